/** The times that a schedule fires for, within its start and end, and the jitter of each. */
import { durationMs } from '../contract/duration.ts';
import { sha256Hex } from '../job/ids.ts';
import type { ParseCron } from './cron.ts';
import { nextCronTime } from './cron-times.ts';
import type { Schedule, ScheduleTimes } from './schedule-record.ts';
import { offsetsOf } from './zone.ts';

/** The next times that are shown with a schedule. */
export const shownTimes = 5;

type Timed = Omit<ScheduleTimes, 'paused'> & Pick<Schedule, 'owner' | 'name' | 'creation' | 'createdAtMs'>;

export interface Timetable {
  /** @returns the first time after an instant for which the schedule fires; undefined after its end */
  next(afterMs: number): number | undefined;
  /** @returns when the firing that stands for a time is due: the time and its jitter, always before the next time */
  dueAtMs(atMs: number): number;
}

/** Neither the pause nor the state of the record matter here: the times are those of the rule. */
export function timetableOf(schedule: Timed, parseCron: ParseCron): Timetable {
  const nextByRule = ruleOf(schedule, parseCron);
  const { startAtMs = Number.NEGATIVE_INFINITY, endAtMs = Number.POSITIVE_INFINITY } = schedule;
  const next = (afterMs: number) => {
    const atMs = nextByRule(Math.max(afterMs, startAtMs - 1));
    return atMs === undefined || atMs > endAtMs ? undefined : atMs;
  };
  const dueAtMs = (atMs: number) => {
    if (schedule.jitterSeconds === 0) return atMs;
    const roomMs = Math.min(schedule.jitterSeconds * 1000, (nextByRule(atMs) ?? Number.POSITIVE_INFINITY) - atMs);
    return atMs + Math.floor(fraction(schedule, atMs) * roomMs);
  };
  return { next, dueAtMs };
}

/** @returns the first times after an instant, at most `count` */
export function timesAfter({ next }: Timetable, afterMs: number, count: number): readonly number[] {
  const times: number[] = [];
  for (let atMs = next(afterMs); atMs !== undefined && times.length < count; atMs = next(atMs)) times.push(atMs);
  return times;
}

function ruleOf({ rule, startAtMs, createdAtMs }: Timed, parseCron: ParseCron): (afterMs: number) => number | undefined {
  if (rule.kind === 'cron') {
    const parsed = parseCron(rule.cron);
    // It was accepted when it was set; a later version that refused it would have to say so here.
    if ('fault' in parsed) throw new Error(`The stored pattern ${rule.cron} ${parsed.fault}.`);
    const offsetAt = offsetsOf(rule.timeZone);
    return (afterMs) => nextCronTime(parsed.pattern, offsetAt, afterMs);
  }
  const everyMs = durationMs(rule.every);
  const originMs = startAtMs ?? Math.floor(createdAtMs / 1000) * 1000;
  return (afterMs) => originMs + (Math.floor((afterMs - originMs) / everyMs) + 1) * everyMs;
}

/** @returns a number in [0, 1) that is the same in every evaluation */
function fraction({ owner, name, creation }: Timed, atMs: number): number {
  return Number.parseInt(sha256Hex(JSON.stringify([owner, name, creation, atMs])).slice(0, 12), 16) / 2 ** 48;
}
