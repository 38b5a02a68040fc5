/** Mutants of groups. */
import { change, type Mutant } from './mutant-places.ts';

export const groupMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'the last end of a batch is reported to no group': change(
    'if (isComplete(tally, group.size)) await reportShard(group, tally, deps);',
    'void isComplete(tally, group.size);',
  ),
  'an end that is announced twice counts twice': change(
    'for (const position of positions) sets[end].add(position);',
    'for (const position of positions) sets[end].add(sets[end].has(position) ? position + 1_000 : position);',
  ),
  'a group waits for a member that was refused': change('if (!isThere) refused.push(position);', 'void isThere;'),
  'a group ends before its last batch': change(
    'isSealed && shards.every(({ ended }) => ended !== undefined)',
    'isSealed && shards.some(({ ended }) => ended !== undefined)',
  ),
  'a group ends before it is sealed': change(
    'return isSealed && shards.every(({ ended }) => ended !== undefined)',
    'return isSealed !== undefined && shards.every(({ ended }) => ended !== undefined)',
  ),
  'a cancelled group leaves its members alone': change(
    'await Promise.all(some.map((job) => cancelMember(job, group, deps)));',
    'void cancelMember;',
  ),
  'a group that is cancelled before it runs leaves its members alone': change(
    '(job.attemptsStarted > 0 || job.members !== undefined)',
    '(job.attemptsStarted > 0)',
  ),
  'the seal of a complete group wakes it not': change('if (sealed !== undefined) await wakeIfOver(sealed, deps);', 'void wakeIfOver;'),
};
