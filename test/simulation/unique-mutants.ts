/** Mutants of jobs that are unique under a key. */
import { change, type Mutant } from './mutant-places.ts';

export const uniqueMutants: Readonly<Record<string, Mutant>> = {
  'a unique key is free while its job goes on': change(
    'return [current, ...rivals].filter(({ status }) => !isTerminal(status)).slice(0, maxPredecessors);',
    'return [current, ...rivals].filter(({ status, attemptsStarted }) => !isTerminal(status) && attemptsStarted === 0).slice(0, maxPredecessors);',
  ),
  'a job in the place of another does not wait for it': change(
    "...(latest === undefined ? {} : { after: { ids: unfinished.map(({ id }) => id), onFailure: 'run' as const } }),",
    '',
  ),
  'a job in the place of two waits for the last alone': change(
    'return [current, ...rivals].filter(({ status }) => !isTerminal(status)).slice(0, maxPredecessors);',
    'return [current, ...rivals].filter(({ status }) => !isTerminal(status)).slice(0, 1);',
  ),
  'a unique key is free once a job that took its place was cancelled': change(
    'return [current, ...rivals].filter(({ status }) => !isTerminal(status)).slice(0, maxPredecessors);',
    'return isTerminal(current.status) ? [] : [current, ...rivals].filter(({ status }) => !isTerminal(status)).slice(0, maxPredecessors);',
  ),
  'a submission that comes second makes a job of its own': change(
    "return deriveJobId(owner, { kind: 'unique', type, key, number });",
    "return deriveJobId(owner, { kind: 'unique', type, key: String(Math.random()), number });",
  ),
};
