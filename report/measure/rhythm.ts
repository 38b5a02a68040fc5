/** Rhythms of one caller at one endpoint: runs of many requests, and timers. */

const minRun = 20;
const pauseMs = 2_000;

/**
 * Bulk: runs of at least 20 requests, each of which starts within 2 s of the end of the one before. Both numbers are ours.
 * @param starts in order
 * @returns for each request 1 if it is in such a run
 */
export function bulkRequests(starts: readonly number[], ends: readonly number[]): Uint8Array {
  const isBulk = new Uint8Array(starts.length);
  let first = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (let i = 0; i <= starts.length; i++) {
    if (i === starts.length || (starts[i] ?? 0) > end + pauseMs) {
      if (i - first >= minRun) isBulk.fill(1, first, i);
      first = i;
      end = Number.NEGATIVE_INFINITY;
    }
    end = Math.max(end, ends[i] ?? 0);
  }
  return isBulk;
}

const minStarts = 8;
/** Periods of timers, with how far their starts may scatter: a person at work in the mornings scatters by hours. */
const periods = [
  { ms: 3_600_000, spreadMs: 60_000 },
  { ms: 86_400_000, spreadMs: 300_000 },
];

/**
 * A timer: at least 8 requests that start at the same time of the hour or of the day, over at least three hours or days, or at even distances.
 * @param starts in order
 */
export function isTimer(starts: readonly number[]): boolean {
  if (starts.length < minStarts) return false;
  return isEven(starts) || periods.some((period) => isConcentrated(starts, period));
}

/** @returns whether the distances differ by less than a tenth of their mean, as a coefficient of variation */
function isEven(starts: readonly number[]): boolean {
  const gaps = starts.slice(1).map((start, i) => start - (starts[i] ?? 0));
  const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
  const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
  // Requests in a burst are at even distances too, and no timer.
  return mean >= 30_000 && Math.sqrt(variance) < mean / 10;
}

/** Looks at the length of the mean vector of the starts on the circle of a period. @see Mardia & Jupp, Directional Statistics (2000), 2.3 */
function isConcentrated(starts: readonly number[], { ms, spreadMs }: (typeof periods)[number]): boolean {
  if (new Set(starts.map((start) => Math.floor(start / ms))).size < 3) return false;
  let [x, y] = [0, 0];
  for (const start of starts) {
    const angle = (2 * Math.PI * (start % ms)) / ms;
    x += Math.cos(angle);
    y += Math.sin(angle);
  }
  const length = Math.hypot(x, y) / starts.length;
  return Math.sqrt(-2 * Math.log(Math.min(1, length))) * (ms / (2 * Math.PI)) <= spreadMs;
}
