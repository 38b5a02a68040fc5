/** Numbers as a person reads them: two digits that matter, a unit, and no break between them. */

import type { Interval } from '../delegation-report.ts';
import { duration as shownDuration, percent as shownPercent } from '../shown-number.ts';

const space = '\u00a0';
const nothing = '–';
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const weekdays = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');

/** Writes two digits that matter, and no fewer than all before the point: `0.51`, `6.8`, `24`, `1,204`. */
export function decimal(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size < 0.005) return value < 0 ? '−0.01' : 'under 0.01';
  const digits = size < 0.995 ? 2 : size < 9.95 ? 1 : 0;
  return grouped(value, digits);
}

/** Writes a whole number with its thousands apart, in millions from ten million on. */
export function count(value: number): string {
  return Math.abs(value) < 9_999_500 ? grouped(value, 0) : `${grouped(value / 1e6, value < 1e8 ? 1 : 0)} million`;
}

/** Writes a short form for a column or an axis: `880`, `3.1 k`, `41 k`, `1.2 M`. */
export function shortCount(value: number): string {
  if (value < 1000) return value > 0 && value < 9.95 ? trimmed(grouped(value, 1)) : grouped(value, 0);
  const [size, unit] = value < 999_500 ? [value / 1000, 'k'] : [value / 1e6, 'M'];
  return `${trimmed(grouped(size, size < 9.95 ? 1 : 0))}${space}${unit}`;
}

/** Writes a share as per cent, as everywhere in the report. */
export const percent = (share: number): string => unbroken(shownPercent(share));

/** Writes a time in the unit that a person would say it in. */
export const duration = (ms: number): string => unbroken(shownDuration(ms));

const unbroken = (text: string) => text.replaceAll(' ', space).replace('-', '−');

/** Writes an amount of money; a small one with its cents. */
export function dollars(value: number): string {
  return `${grouped(value, Math.abs(value) < 99.5 ? 2 : 0)}${space}USD`;
}

/** Writes an estimate with its bounds, `14 s (14 s to 15 s)`, or a dash where there are too few requests. */
export function between(interval: Interval | null, show: (value: number) => string): string {
  if (interval === null) return nothing;
  const [low, estimate, high] = interval.map(show);
  return low === high ? `${estimate}` : `${estimate} (${low} to ${high})`;
}

/** Writes a whole number with its sign, such as `+2` or `−1`. */
export function signed(points: number): string {
  return points > 0 ? `+${points}` : String(points).replace('-', '−');
}

/** Writes what a function says of a value, or a dash where there is none. */
export function orDash(value: number | null | undefined, show: (value: number) => string): string {
  return value === null || value === undefined ? nothing : show(value);
}

/** Writes a day in UTC, such as `Mon 2 Nov`. */
export function weekday(ms: number): string {
  const date = new Date(ms);
  return `${weekdays[date.getUTCDay()]}${space}${date.getUTCDate()}${space}${months[date.getUTCMonth()]}`;
}

/** Writes a moment in UTC, such as `2 Nov 2026, 14:30`. */
export function moment(iso: string): string {
  const date = new Date(iso);
  return `${date.getUTCDate()}${space}${months[date.getUTCMonth()]}${space}${date.getUTCFullYear()}, ${clock(date.getTime())}`;
}

/** Writes a time of day in UTC, such as `14:30`. */
export function clock(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

function grouped(value: number, digits: number): string {
  const [whole = '', rest] = Math.abs(value).toFixed(digits).split('.');
  const text = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

function trimmed(text: string): string {
  return text.replace(/\.0+$/, '');
}
