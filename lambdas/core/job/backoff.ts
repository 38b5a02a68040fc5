import type { Backoff } from '../contract/contract.ts';

/**
 * The wait before the next attempt: full jitter below an exponential ceiling.
 * @param attempt the attempt that just failed, from 1
 * @param random  in [0, 1), handed in so that a test can choose it
 * @returns whole milliseconds, from 0 to `capMs`
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(attempt: number, { baseMs, capMs }: Backoff, random: number): number {
  return Math.floor(random * Math.min(capMs, baseMs * 2 ** (attempt - 1)));
}
