import { type TallyDeps, tallyEnd } from '../control/tally-end.ts';
import type { EndListener } from './end-announcer.ts';

/** @returns the listener that counts the end of a member of a group */
export function memberOfGroup(deps: TallyDeps): EndListener {
  return { isFor: ({ group }) => group !== undefined, notify: (member) => tallyEnd(member, deps) };
}
