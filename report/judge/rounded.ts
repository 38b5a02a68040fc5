/** Numbers of the report: rounded, so that they hold no noise of sums. */
import type { Interval } from '../delegation-report.ts';

/** Six digits: enough for every view, and no noise of sums. */
export const rounded = (value: number) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : 0);
export const roundedOrNull = (value: number | null) => (value === null ? null : rounded(value));
export const intervalOf = ([low, estimate, high]: Interval): Interval => [rounded(low), rounded(estimate), rounded(high)];

/** @returns milliseconds that were held in some minutes */
export const heldIn = (perMinute: ArrayLike<number>, minutes: readonly number[]) =>
  minutes.reduce((sum, minute) => sum + (perMinute[minute] ?? 0), 0);
