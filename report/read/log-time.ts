/** Times as logs write them, in milliseconds since 1970, UTC. */
import { ReportError } from '../report-error.ts';
import { localOffsets } from './zone-offset.ts';

/** Reads one time; undefined for what is none. */
export type ReadTime = (text: string) => number | undefined;

const months: Readonly<Record<string, number>> = {
  Jan: 1,
  Feb: 2,
  Mar: 3,
  Apr: 4,
  May: 5,
  Jun: 6,
  Jul: 7,
  Aug: 8,
  Sep: 9,
  Oct: 10,
  Nov: 11,
  Dec: 12,
};

/**
 * Prepares to read times of these forms: `25/Nov/2026:09:12:44 +0100` (also with `.123` after the seconds), ISO 8601 with `T` or a blank, and Unix time in seconds, ms, µs or ns.
 * @param timezone IANA zone for times without an offset; an hour that the change to winter time repeats is read as its first
 * @returns a function that throws a ReportError for a time without an offset where no zone is given
 * @throws ReportError when the zone is not known
 */
export function openLogTime({ timezone }: { readonly timezone?: string | undefined } = {}): ReadTime {
  const offsetAt = timezone === undefined ? undefined : localOffsets(timezone);
  const finish = (localMs: number, offset: number | undefined): number => {
    if (offset !== undefined) return localMs - offset;
    if (offsetAt === undefined)
      throw new ReportError('The times of this log have no offset from UTC. Name their zone, such as --timezone Europe/Berlin.');
    return localMs - offsetAt(localMs);
  };
  return (text) => {
    if (text.charCodeAt(2) === 47) return commonTime(text, finish);
    if (text.charCodeAt(4) === 45) return isoTime(text, finish);
    return epochTime(text);
  };
}

type Finish = (localMs: number, offset: number | undefined) => number;

/** `25/Nov/2026:09:12:44 +0100` of nginx, Apache and API Gateway. */
function commonTime(text: string, finish: Finish): number | undefined {
  const month = months[text.slice(3, 6)];
  if (month === undefined || text.charCodeAt(6) !== 47 || text.charCodeAt(11) !== 58) return undefined;
  const day = dayMs(number4(text, 7), month, number2(text, 0));
  return withClock(text, 12, day, finish);
}

/** `2026-11-25T09:13:14.002113Z` of ISO 8601. */
function isoTime(text: string, finish: Finish): number | undefined {
  const between = text.charCodeAt(10);
  if (text.charCodeAt(7) !== 45 || (between !== 84 && between !== 32 && between !== 116)) return undefined;
  const day = dayMs(number4(text, 0), number2(text, 5), number2(text, 8));
  return withClock(text, 11, day, finish);
}

/** Adds `hh:mm:ss[.fraction][offset]` that starts at `at`. A leap second counts as the next one. */
function withClock(text: string, at: number, day: number, finish: Finish): number | undefined {
  const hour = number2(text, at);
  const minute = number2(text, at + 3);
  const second = number2(text, at + 6);
  if (!(hour < 24 && minute < 60 && second <= 60) || text.charCodeAt(at + 2) !== 58 || text.charCodeAt(at + 5) !== 58) return undefined;
  let end = at + 8;
  let fraction = 0;
  const mark = text.charCodeAt(end);
  if (mark === 46 || mark === 44) {
    let scale = 100;
    for (end++; isDigit(text.charCodeAt(end)); end++, scale /= 10) fraction += (text.charCodeAt(end) - 48) * scale;
  }
  const offset = offsetMs(text, end);
  const localMs = day + ((hour * 60 + minute) * 60 + second) * 1_000 + Math.floor(fraction + 1e-6);
  if (Number.isNaN(localMs) || Number.isNaN(offset)) return undefined;
  return finish(localMs, offset);
}

/** The offset that ends a time, as `Z`, `+0100`, `+01:00` or ` +0100`; undefined when there is none, NaN for anything else. */
function offsetMs(text: string, from: number): number | undefined {
  if (from === text.length) return undefined;
  const at = text.charCodeAt(from) === 32 ? from + 1 : from;
  const first = text.charCodeAt(at);
  if ((first === 90 || first === 122) && at + 1 === text.length) return 0;
  if (first !== 43 && first !== 45) return Number.NaN;
  const hours = number2(text, at + 1);
  const rest = text.charCodeAt(at + 3) === 58 ? at + 4 : at + 3;
  const minutes = rest >= text.length ? 0 : number2(text, rest);
  if (rest < text.length && rest + 2 !== text.length) return Number.NaN;
  return (first === 45 ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

/** Unix time: the number of digits before the point says the unit, for the years 2001 to 2286. */
function epochTime(text: string): number | undefined {
  const match = /^(\d{10,19})(\.\d{1,9})?$/.exec(text);
  if (match === null) return undefined;
  const digits = match[1]?.length ?? 0;
  if (digits === 10) return Math.round(Number(text) * 1_000);
  return digits === 13 || digits === 16 || digits === 19 ? Number(text.slice(0, 13)) : undefined;
}

/** Days of a common year before each month. */
const daysBefore = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

/** Midnight UTC of a date of the Gregorian calendar; NaN for a date that does not exist. Several times as fast as Date.UTC. */
function dayMs(year: number, month: number, day: number): number {
  if (!(year >= 1970 && year <= 9999 && month >= 1 && month <= 12 && day >= 1)) return Number.NaN;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const before = daysBefore[month - 1] ?? 0;
  const length = (daysBefore[month] ?? 0) - before + (isLeap && month === 2 ? 1 : 0);
  if (day > length) return Number.NaN;
  const past = year - 1;
  const leapDays = Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) - 477;
  return ((year - 1970) * 365 + leapDays + before + (isLeap && month > 2 ? 1 : 0) + day - 1) * 86_400_000;
}

const isDigit = (code: number) => code >= 48 && code <= 57;

/** Two digits as a number, NaN for anything else. */
function number2(text: string, at: number): number {
  const tens = text.charCodeAt(at);
  const ones = text.charCodeAt(at + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : Number.NaN;
}

function number4(text: string, at: number): number {
  return number2(text, at) * 100 + number2(text, at + 2);
}
