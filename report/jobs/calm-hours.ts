/** How much of the work of busy hours could have been done in calm ones. */
import type { JobRecord } from './job-record.ts';
import { type BoundedShare, boundedShare } from './one-sided-bounds.ts';

const hourMs = 3_600_000;
const weekHours = 168;
/** A fifth of the week. */
const busyHours = Math.floor(weekHours / 5);

/**
 * @param jobs of one type
 * @returns of the jobs accepted in the busiest fifth of the week's hours (UTC), the share whose deadline left time until another hour; null for records of less than a week
 */
export function calmHourShare(jobs: readonly JobRecord[]): BoundedShare | null {
  const created = jobs.map(({ createdMs }) => createdMs);
  const spanMs =
    created.reduce((max, ms) => Math.max(max, ms), Number.NEGATIVE_INFINITY) -
    created.reduce((min, ms) => Math.min(min, ms), Number.POSITIVE_INFINITY);
  if (!(spanMs >= weekHours * hourMs)) return null;
  const counts = new Array<number>(weekHours).fill(0);
  for (const ms of created) counts[hourOf(ms)] = (counts[hourOf(ms)] ?? 0) + 1;
  const ranked = counts.map((count, hour) => ({ count, hour })).sort((a, b) => b.count - a.count || a.hour - b.hour);
  const busy = new Set(ranked.slice(0, busyHours).flatMap(({ count, hour }) => (count === 0 ? [] : [hour])));
  const inBusy = jobs.filter(({ createdMs, end }) => end !== null && end !== 'cancelled' && busy.has(hourOf(createdMs)));
  const movable = inBusy.filter(({ createdMs, deadlineMs, finishedMs = deadlineMs }) => {
    let calmMs = (Math.floor(createdMs / hourMs) + 1) * hourMs;
    while (busy.has(hourOf(calmMs))) calmMs += hourMs;
    return calmMs + (finishedMs - createdMs) <= deadlineMs;
  });
  return boundedShare(movable.length, inBusy.length);
}

function hourOf(ms: number): number {
  return Math.floor(ms / hourMs) % weekHours;
}
