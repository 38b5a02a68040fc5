/**
 * When a cron pattern fires in a time zone, with stated rules for the days on which the clocks change:
 *
 * - In an hour that is left out: the times of the gap make one firing together, right after it. A pattern whose hour is `*` just goes on.
 * - In an hour that comes twice: a pattern whose minute or hour begins with `*` runs through both passes; any other fires in the first.
 *
 * The second rule is that of Vixie cron, as is the first but for the star. @see https://man7.org/linux/man-pages/man8/cron.8.html
 */
import type { CronPattern } from './cron.ts';
import type { OffsetAt } from './zone.ts';

const dayMs = 86_400_000;
/** No zone has turned its clocks back by more than this since 2000. */
const maxRepeatMs = 3 * 3_600_000;

/** @returns the first time at which the pattern fires after an instant, in epoch milliseconds */
export function nextCronTime(pattern: CronPattern, offsetAt: OffsetAt, afterMs: number): number | undefined {
  const offsetMs = offsetAt(afterMs);
  let found: number | undefined;
  let wallMs = pattern.next(afterMs + offsetMs);
  while (wallMs !== undefined) {
    found = instantsOf(wallMs, pattern, offsetAt).find((atMs) => atMs > afterMs);
    if (found !== undefined) break;
    wallMs = pattern.next(wallMs);
  }
  const laterOffsetMs = offsetAt(afterMs + maxRepeatMs);
  if (!pattern.isRepeating || laterOffsetMs >= offsetMs) return found;
  return inSecondPass(pattern, offsetAt, { afterMs, offsetMs: laterOffsetMs, untilMs: found }) ?? found;
}

/** Looks for a time in the second pass of a repeated hour, seen from within its first: by the wall clock it is earlier, yet it is to come. */
function inSecondPass(
  pattern: CronPattern,
  offsetAt: OffsetAt,
  {
    afterMs,
    offsetMs,
    untilMs = Number.POSITIVE_INFINITY,
  }: { readonly afterMs: number; readonly offsetMs: number; readonly untilMs: number | undefined },
): number | undefined {
  let wallMs = pattern.next(afterMs + offsetMs);
  while (wallMs !== undefined && wallMs - offsetMs < untilMs) {
    if (offsetAt(wallMs - offsetMs) === offsetMs) return wallMs - offsetMs;
    wallMs = pattern.next(wallMs);
  }
  return undefined;
}

/** @returns the instants at which the pattern fires for a wall-clock time that it matches, in order: none, one or two */
function instantsOf(wallMs: number, { isHourly, isRepeating }: CronPattern, offsetAt: OffsetAt): readonly number[] {
  const [before, after] = [offsetAt(wallMs - dayMs), offsetAt(wallMs + dayMs)];
  const offsets = before === after ? [before] : [Math.max(before, after), Math.min(before, after)];
  const instants = offsets.filter((offset) => offsetAt(wallMs - offset) === offset).map((offset) => wallMs - offset);
  if (instants.length === 0) return isHourly ? [] : [endOfGap(wallMs - after, wallMs - before, offsetAt)];
  return isRepeating ? instants : instants.slice(0, 1);
}

/** Finds the change of the clocks between two instants, the first instant with the new offset, by bisection. */
function endOfGap(beforeMs: number, afterMs: number, offsetAt: OffsetAt): number {
  const newOffset = offsetAt(afterMs);
  let [low, high] = [beforeMs, afterMs];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(middle) === newOffset) high = middle;
    else low = middle;
  }
  return high;
}
