/** Numbers as the report on jobs writes them. */
import type { BoundedShare } from './one-sided-bounds.ts';

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** @returns such as `350 ms`, `1.4 s`, `12 min`; `–` for null */
export function timeText(ms: number | null): string {
  if (ms === null) return '–';
  const [unit, size] = units.find(([, length]) => ms >= length) ?? ['ms', 1];
  const amount = ms / size;
  return `${amount < 10 && unit !== 'ms' ? Math.round(amount * 10) / 10 : Math.round(amount)} ${unit}`;
}

/** @returns such as `4 %`, `0.3 %`, `less than 0.1 %` */
export function percentText(share: number | null): string {
  if (share === null) return '–';
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return 'less than 0.1 %';
  return `${percent < 10 ? Math.round(percent * 10) / 10 : Math.round(percent)} %`;
}

/** @returns such as `4 % of 1,200 (at least 3.1 %)`, with the bound that a rule looks at */
export function shareText(share: BoundedShare, bound: 'low' | 'high'): string {
  if (share.of === 0) return 'not known';
  const limit = bound === 'low' ? `at least ${percentText(share.low)}` : `at most ${percentText(share.high)}`;
  return `${percentText(share.estimate)} of ${countText(Math.round(share.of))} (${limit})`;
}

export function countText(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** @returns with two digits that count */
export function dollarText(usd: number): string {
  if (usd === 0) return '0 USD';
  const digits = Math.min(12, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(usd)))));
  return `${usd >= 1_000 ? countText(Math.round(usd)) : usd.toFixed(digits)} USD`;
}
