/** Numbers as the report on jobs writes them. */
import { duration, grouped, percent } from '../shown-number.ts';
import type { BoundedShare } from './one-sided-bounds.ts';

/** @returns such as `350 ms`, `1.4 s`, `12 min`; `–` for null */
export const timeText = (ms: number | null): string => (ms === null ? '–' : duration(ms));

/** @returns such as `4 %`, `0.3 %`; `–` for null */
export const percentText = (share: number | null): string => (share === null ? '–' : percent(share));

/** @returns such as `4 % of 1,200 (at least 3.1 %)`, with the bound that a rule looks at */
export function shareText(share: BoundedShare, bound: 'low' | 'high'): string {
  if (share.of === 0) return 'not known';
  const limit = bound === 'low' ? `at least ${percentText(share.low)}` : `at most ${percentText(share.high)}`;
  return `${percentText(share.estimate)} of ${grouped(Math.round(share.of))} (${limit})`;
}

/** @returns with two digits that count */
export function dollarText(usd: number): string {
  if (usd === 0) return '0 USD';
  const digits = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(usd)))));
  return `${usd >= 1_000 ? grouped(Math.round(usd)) : usd.toFixed(digits)} USD`;
}
