/** Shares and quantiles with one-sided 95 % bounds: a rule looks at the bound that makes it harder to fire. */

import { wilson } from '../measure/interval.ts';

/** A share of jobs. Without any job the estimate is null and the bounds are 0 and 1. */
export interface BoundedShare {
  readonly count: number;
  readonly of: number;
  readonly estimate: number | null;
  readonly low: number;
  readonly high: number;
}

/** @param count may be a fraction, where it is a mean of several looks at the same jobs */
export function boundedShare(count: number, of: number): BoundedShare {
  if (of <= 0) return { count: 0, of: 0, estimate: null, low: 0, high: 1 };
  const [low, estimate, high] = wilson(count / of, of);
  return { count, of, estimate, low: count <= 0 ? 0 : low, high: count >= of ? 1 : high };
}

/** @returns how much larger one share is than the other, of the same jobs, with bounds from both @see Newcombe, Statistics in Medicine 17 (1998) */
export function shareDifference(one: BoundedShare, other: BoundedShare): BoundedShare {
  if (one.estimate === null || other.estimate === null) return boundedShare(0, 0);
  const difference = one.estimate - other.estimate;
  const down = Math.hypot(one.estimate - one.low, other.high - other.estimate);
  const up = Math.hypot(one.high - one.estimate, other.estimate - other.low);
  return {
    count: one.count - other.count,
    of: one.of,
    estimate: Math.max(0, difference),
    low: Math.max(0, difference - down),
    high: Math.min(1, Math.max(0, difference + up)),
  };
}

/** @param sorted ascending @returns the nearest rank; null without any value */
export function nearestRank(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

/**
 * @param sorted ascending
 * @returns a value that the quantile exceeds in at most 5 % of samples, for any distribution; null with too few values, 59 for p95
 * @see Hahn & Meeker, Statistical Intervals (1991)
 */
export function quantileHigh(sorted: readonly number[], share: number): number | null {
  const n = sorted.length;
  let [logTerm, below] = [n * Math.log(1 - share), 0];
  for (let rank = 1; rank <= n; rank++) {
    below += Math.exp(logTerm);
    if (below >= 0.95) return sorted[rank - 1] ?? null;
    logTerm += Math.log((n - rank + 1) / rank) + Math.log(share / (1 - share));
  }
  return null;
}
