/** What every measured process has in common. */

/** Jobs before the measured ones, so that connections are open and code is compiled for good, on either side: after fewer, the numbers still rise. */
export const warmUpJobs = 40_000;

/** Does something for each number below `count`, some at the same time. */
export async function inLanes(count: number, atOnce: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < count) await act(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

/** @returns how many of `count` were done a second */
export async function rate(count: number, act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return (count / (performance.now() - startedMs)) * 1000;
}

/** Does something `count` times, one after the other. @returns how long each took, in milliseconds */
export async function latencies(count: number, act: (n: number) => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let n = 0; n < count; n++) {
    const startedMs = performance.now();
    await act(n);
    taken.push(performance.now() - startedMs);
  }
  return taken;
}

/** @param part from 0 to 1 @returns the number that this part of them does not exceed */
export function percentile(numbers: readonly number[], part: number): number {
  return numbers.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(numbers.length * part) - 1)] ?? Number.NaN;
}
