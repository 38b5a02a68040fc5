/** What every measured process has in common. */

/** Jobs before the measured ones, so that code is compiled and connections are open. */
export const warmUpJobs = 4_000;

/** @returns how many of `count` were done a second */
export async function rate(count: number, act: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await act();
  return (count / (performance.now() - startedMs)) * 1000;
}
