/**
 * The sort key of an alarm in its partition of the `due` index: a decimal number built from the minute, the owner, and the milliseconds
 * within the minute. The alarms of one owner in one minute are neighbours, so the clock steps over any number of them with one read.
 */
import { sha256Hex } from './ids.ts';

const minuteMs = 60_000;
/** DynamoDB's numbers have at most 38 digits. The minute takes 13, the owner 18 and the milliseconds 5. */
const ownerDigits = 18;
const offsetDigits = 5;

/** @returns the owner's number, from 1 to 10^18 - 1, derived from a hash: two of many millions of owners hardly ever share one */
export function ownerNumber(owner: string): string {
  const number = (BigInt(`0x${sha256Hex(owner).slice(0, 32)}`) % (10n ** BigInt(ownerDigits) - 1n)) + 1n;
  return String(number).padStart(ownerDigits, '0');
}

/** @returns the sort key of an owner's alarm */
export function alarmKey(owner: string, dueAtMs: number): string {
  const atMs = Math.ceil(dueAtMs);
  const offsetMs = atMs % minuteMs;
  return `${atMs - offsetMs}.${ownerNumber(owner)}${String(offsetMs).padStart(offsetDigits, '0')}`;
}

interface AlarmKeyParts {
  /** The start of the minute, in epoch milliseconds. */
  readonly minuteStartMs: number;
  /** The owner's number, with leading zeros. */
  readonly owner: string;
  readonly dueAtMs: number;
}

/** @param key as DynamoDB returns it, without trailing zeros */
export function readAlarmKey(key: string): AlarmKeyParts {
  const [whole = '0', fraction = ''] = key.split('.');
  const digits = fraction.padEnd(ownerDigits + offsetDigits, '0');
  const minuteStartMs = Number(whole);
  return { minuteStartMs, owner: digits.slice(0, ownerDigits), dueAtMs: minuteStartMs + Number(digits.slice(ownerDigits)) };
}

/** @returns a key after all alarms of the same owner and minute, and before those of the next owner */
export function keyAfterOwner(key: string): string {
  const { minuteStartMs, owner } = readAlarmKey(key);
  return `${minuteStartMs}.${owner}${'9'.repeat(offsetDigits)}`;
}

/**
 * @param key of an alarm after which an owner's next alarm is wanted
 * @param owner the owner's number
 * @returns the first key that can be the owner's: in the minute of the given one, or in the next. One before all alarms if there is no `key`
 */
export function nextKeyOfOwner(key: string | undefined, owner: string): string {
  if (key === undefined) return `0.${owner}`;
  const { minuteStartMs, owner: passed } = readAlarmKey(key);
  return `${passed < owner ? minuteStartMs : minuteStartMs + minuteMs}.${owner}`;
}

/** @returns a key after all alarms of the minutes that start at or before a time */
export function keyAfterMinutes(atMs: number): string {
  return `${Math.floor(atMs)}.${'9'.repeat(ownerDigits + offsetDigits)}`;
}

/** @returns less than, equal to or more than 0, as `a` is before, at or after `b` */
export function compareAlarmKeys(a: string, b: string): number {
  const [one, other] = [readAlarmKey(a), readAlarmKey(b)];
  if (one.minuteStartMs !== other.minuteStartMs) return one.minuteStartMs - other.minuteStartMs;
  if (one.owner !== other.owner) return one.owner < other.owner ? -1 : 1;
  return one.dueAtMs - other.dueAtMs;
}
