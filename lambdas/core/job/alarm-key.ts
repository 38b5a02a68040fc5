/**
 * The sort key of an alarm in its partition of the `due` index: a decimal number built from the minute, the owner, and the milliseconds
 * within the minute. The alarms of one owner in one minute are neighbours, so the clock steps over any number of them with one read.
 */
import { sha256Hex } from './ids.ts';

const minuteMs = 60_000;
/** DynamoDB's numbers have at most 38 digits. The minute takes 13, the owner 18 and the milliseconds 5. */
const slotDigits = 18;
const offsetDigits = 5;

/** @returns the owner's number, from 1 to 10^18 - 1, derived from a hash: two of many millions of owners hardly ever share one */
function slotOf(owner: string): string {
  const slot = (BigInt(`0x${sha256Hex(owner).slice(0, 32)}`) % (10n ** BigInt(slotDigits) - 1n)) + 1n;
  return String(slot).padStart(slotDigits, '0');
}

/** @returns the sort key of an owner's alarm */
export function alarmKey(owner: string, wakeAtMs: number): string {
  const atMs = Math.ceil(wakeAtMs);
  const offsetMs = atMs % minuteMs;
  return `${atMs - offsetMs}.${slotOf(owner)}${String(offsetMs).padStart(offsetDigits, '0')}`;
}

interface AlarmKeyParts {
  /** The start of the minute, in epoch milliseconds. */
  readonly sinceMs: number;
  /** The owner's number, with leading zeros. */
  readonly slot: string;
  readonly wakeAtMs: number;
}

/** @param key as DynamoDB returns it, without trailing zeros */
export function readAlarmKey(key: string): AlarmKeyParts {
  const [whole = '0', fraction = ''] = key.split('.');
  const digits = fraction.padEnd(slotDigits + offsetDigits, '0');
  const sinceMs = Number(whole);
  return { sinceMs, slot: digits.slice(0, slotDigits), wakeAtMs: sinceMs + Number(digits.slice(slotDigits, slotDigits + offsetDigits)) };
}

/** @returns a key behind all alarms of the same owner and minute, and before those of the next */
export function behindOwner(key: string): string {
  const { sinceMs, slot } = readAlarmKey(key);
  return `${sinceMs}.${slot}${'9'.repeat(offsetDigits)}`;
}

/** @returns a key behind all alarms of the minutes that start at or before a time */
export function behindMoment(atMs: number): string {
  return `${Math.floor(atMs)}.${'9'.repeat(slotDigits + offsetDigits)}`;
}

/** @returns less than, equal to or more than 0, as `a` is before, at or behind `b` */
export function compareAlarmKeys(a: string, b: string): number {
  const [one, other] = [readAlarmKey(a), readAlarmKey(b)];
  if (one.sinceMs !== other.sinceMs) return one.sinceMs - other.sinceMs;
  if (one.slot !== other.slot) return one.slot < other.slot ? -1 : 1;
  return one.wakeAtMs - other.wakeAtMs;
}
