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
