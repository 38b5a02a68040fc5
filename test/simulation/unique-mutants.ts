/** Mutants of jobs that are unique under a key. */
import { change, type Mutant } from './mutant-places.ts';

export const uniqueMutants: Readonly<Record<string, Mutant>> = {
  'a unique key is free while its job goes on': change(
    'if (current !== undefined && isTerminal(current.status)) {',
    'if (current !== undefined && (isTerminal(current.status) || attempt === 0)) {',
  ),
  'a job in the place of another does not wait for it': change(
    "after: { ids: await unfinishedBefore(current, deps), onFailure: 'run' },",
    '',
  ),
  'a job in the place of two waits for the last alone': change(
    'if (unique === undefined || after === undefined) return [id];',
    'if (unique !== undefined || after !== undefined) return [id];',
  ),
  'a submission that comes second makes a job of its own': change(
    "return deriveJobId(owner, { kind: 'unique', type: contract.name, key: unique.key, number });",
    "return deriveJobId(owner, { kind: 'unique', type: contract.name, key: String(Math.random()), number });",
  ),
};
