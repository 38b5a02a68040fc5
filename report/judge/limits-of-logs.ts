/** What logs cannot say, and what the figures rest on: printed with every report. */
import type { LogMeasures } from '../measure/measure-log.ts';
import { duration } from '../shown-number.ts';
import { type CostOptions, costAssumptions } from './endpoint-cost.ts';

/** @returns sentences, those that always hold first */
export function cannotKnow({ observed }: LogMeasures): readonly string[] {
  const days = observed.count / 1_440;
  return [
    'Whether somebody needs an answer at once: logs show what callers did with the present design, and everybody waits where they must.',
    'Whether work that fails after an early answer can be put right: somebody has to be notified then.',
    'Whether two writes may overtake each other in a queue.',
    'Money, safety, law: a receipt, a lock or an audit entry may have to exist before the answer.',
    'Causes: what happens together need not be cause and effect.',
    'Use of an answer within the client: a number that is shown on a page causes no request.',
    ...(days < 28 ? [`Seasons: these ${duration(observed.count * 60_000)} hold no whole month, and no Christmas.`] : []),
    'Requests that the log left out: some logs are sampled, or kept as well as can be.',
    'Whether an endpoint should be slow at all: often the right answer is an index.',
  ];
}

export function assumptionsOf({ acceptMs, cost }: { readonly acceptMs: number; readonly cost: CostOptions }): readonly string[] {
  return [
    `An acceptance takes ${duration(acceptMs)}: what a request holds beyond that is what delegating would free.`,
    'Intervals are one-sided 95 % bounds by caller (by caller and six hours for programs); quantiles lie between two-sided ones.',
    'Busiest minutes are the 1 % with the most requests in progress.',
    costAssumptions(cost),
  ];
}
