/** Intervals: how far an estimate may be off. Pure. */
import type { Interval } from '../delegation-report.ts';

/** The standard normal's 95 % quantile: bounds of rules are one-sided. */
export const z95 = 1.6449;

/** The expansion is too narrow for these. */
const exactT: Readonly<Record<number, number>> = { 1: 6.314, 2: 2.92, 3: 2.353 };

/**
 * Student's t at 95 %, one-sided, by the expansion around the normal's quantile.
 * @param freedom degrees of freedom, at least 1
 * @see Abramowitz & Stegun, Handbook of Mathematical Functions, 26.7.5
 */
export function t95(freedom: number): number {
  const exact = exactT[Math.round(freedom)];
  if (exact !== undefined) return exact;
  const z = z95;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const v = Math.max(1, freedom);
  return z + first / v + second / v ** 2 + third / v ** 3;
}

/**
 * Wilson's interval of a share, which stays within 0 and 1 and holds for shares near them.
 * @param n independent observations; need not be whole, since dependent ones count for less
 * @see Wilson, JASA 22 (1927); Brown, Cai & DasGupta, Statistical Science 16 (2001)
 */
export function wilson(share: number, n: number, z = z95): Interval {
  if (n <= 0) return [0, share, 1];
  const middle = share + z ** 2 / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2));
  const scale = 1 + z ** 2 / n;
  return [Math.max(0, (middle - half) / scale), share, Math.min(1, (middle + half) / scale)];
}

/**
 * The ranks, from 1, of the order statistics that enclose a quantile with 95 % (two-sided), without any assumption about the distribution.
 * @returns undefined when there are too few: 6 for the median, 72 for 95 %, 368 for 99 %
 * @see Hahn & Meeker, Statistical Intervals (1991), chapter 5
 */
export function quantileRanks(n: number, q: number): readonly [low: number, high: number] | undefined {
  // The upper end is the largest observation at best: it must exceed the quantile with 97.5 %.
  if (q ** n > 0.025 || (1 - q) ** n > 0.025) return undefined;
  const spread = 1.96 * Math.sqrt(n * q * (1 - q));
  const low = Math.max(1, Math.floor(n * q - spread));
  const high = Math.min(n, Math.ceil(n * q + spread) + 1);
  return [low, high];
}
