/** When the clock should look at a schedule. */
import type { Schedule } from './schedule-record.ts';
import type { Timetable } from './timetable.ts';

/** @returns when the clock should look at a schedule: at once while a firing is decided, else when the next is due or its input has to be stored again */
export function dueAtOf(schedule: Schedule, timetable: Timetable): number | undefined {
  const atMs = schedule.decision?.atMs ?? schedule.nextAtMs;
  const dueAtMs = atMs === undefined ? undefined : timetable.dueAtMs(atMs);
  const refreshAtMs = refreshAtOf(schedule);
  return dueAtMs === undefined || refreshAtMs === undefined ? (dueAtMs ?? refreshAtMs) : Math.min(dueAtMs, refreshAtMs);
}

/** A year: the bucket keeps an object for two. */
const refreshAfterMs = 366 * 86_400_000;

/** @returns when the input is stored again; undefined where it is in the record, and after the schedule's end */
export function refreshAtOf({ input, inputStoredAtMs, nextAtMs, paused }: Schedule): number | undefined {
  return input.kind === 'inline' || (nextAtMs === undefined && !paused) ? undefined : inputStoredAtMs + refreshAfterMs;
}
