/** How often the API asks its callers to look: the rule of `Retry-After`, computed afterwards from the record. docs/http-api.md describes it. */

const shortestMs = 1_000;
const longestMs = 3_600_000;

/**
 * @param ageMs since the job could start
 * @param typicalMs how long jobs of the type take
 * @returns the pause that the API asked for; while a job rests until a known time it asked for more, which the record no longer says
 */
export function askedMs(ageMs: number, typicalMs: number): number {
  const ms = Math.max(typicalMs - ageMs, ageMs / 2);
  return Math.min(longestMs, Math.max(shortestMs, Math.ceil(ms / 1000) * 1000));
}

/** @returns how many looks before its end a job of this length gets from one caller who keeps the pace */
export function askedLooks(totalMs: number, typicalMs: number): number {
  let looks = 0;
  for (let ageMs = askedMs(0, typicalMs); ageMs < totalMs && looks < 10_000; ageMs += askedMs(ageMs, typicalMs)) looks += 1;
  return looks;
}
