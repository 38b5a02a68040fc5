/**
 * Decides which firing comes next, after an outage as well. A firing is *missed* if the clock reaches it more than five minutes after it was due.  Every
 * firing that is not missed happens. Of those that are missed:
 *
 * - `none` makes up for none,
 * - `last` for the last one, unless one that is not missed is due as well,
 * - `all` for the last 100 of them.
 */
import type { Schedule } from './schedule-record.ts';
import type { Timetable } from './timetable.ts';

/** A firing that is due for longer than this is missed. The clock runs every minute. */
export const missedAfterMs = 5 * 60_000;
/** The firings of one schedule that `all` makes up for, after any outage. */
export const maxMadeUpFor = 100;
/** Firings that are due and not missed: one a minute at most. */
const maxPunctual = missedAfterMs / 60_000 + 1;

export type FiringDecision =
  /** Nothing is due. */
  | { readonly kind: 'wait' }
  /** Fire for a time, after leaving out what is due up to `missedAtMs`, if anything is. */
  | { readonly kind: 'fire'; readonly atMs: number; readonly missedAtMs: number | undefined }
  /** Every time that is due is left out. */
  | { readonly kind: 'leave-out'; readonly missedAtMs: number };

/** Decides by the record alone; a schedule whose firing is already decided is not asked about. */
export function decideFiring(
  { nextAtMs, catchUp }: Pick<Schedule, 'nextAtMs' | 'catchUp'>,
  timetable: Timetable,
  nowMs: number,
): FiringDecision {
  if (nextAtMs === undefined || timetable.dueAtMs(nextAtMs) > nowMs) return { kind: 'wait' };
  const isMissed = (atMs: number) => nowMs - timetable.dueAtMs(atMs) > missedAfterMs;
  if (!isMissed(nextAtMs)) return { kind: 'fire', atMs: nextAtMs, missedAtMs: undefined };
  const due = lastDue(nextAtMs, timetable, nowMs);
  const missed = due.filter(isMissed);
  const punctual = due.find((atMs) => !isMissed(atMs));
  const madeUpFor = {
    none: undefined,
    last: punctual === undefined ? missed.at(-1) : undefined,
    all: missed.at(-maxMadeUpFor) ?? missed[0],
  }[catchUp];
  const atMs = madeUpFor ?? punctual;
  if (atMs === undefined) return { kind: 'leave-out', missedAtMs: due.at(-1) ?? nextAtMs };
  const leftOut = due.filter((one) => one < atMs).at(-1) ?? nextAtMs;
  return { kind: 'fire', atMs, missedAtMs: leftOut < atMs ? leftOut : undefined };
}

/**
 * @returns the last times that are due, at most as many as matter, from `firstMs` on. After a long outage they are searched for in the last two hours, then
 * in ever longer spans, so that no number of times is walked through.
 */
function lastDue(firstMs: number, { next, dueAtMs }: Timetable, nowMs: number): readonly number[] {
  const enough = maxMadeUpFor + maxPunctual;
  for (let spanMs = 2 * 3_600_000; ; spanMs *= 12) {
    const fromMs = Math.max(firstMs, nowMs - spanMs);
    const times: number[] = [];
    for (let atMs = next(fromMs - 1); atMs !== undefined && dueAtMs(atMs) <= nowMs; atMs = next(atMs)) times.push(atMs);
    if (times.length >= enough || fromMs === firstMs) return times.slice(-enough);
  }
}
