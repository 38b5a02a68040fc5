/** Reads and jobs that fail are counted and logged, and stop neither the others nor the run. */
import type { Job } from '../job/job.ts';
import type { DueEntry } from '../job/ports.ts';
import { maxParallelJobs } from './limits.ts';
import type { Sweep } from './sweep.ts';

/**
 * Reads the job of each alarm and processes it, some at the same time.
 * @returns how many were processed, successfully or not, before the time was up
 */
export function processBatch(
  sweep: Sweep,
  entries: readonly DueEntry[],
  processJob: (job: Job, dueAtMs: number) => Promise<void>,
): Promise<number> {
  const { store, runtime } = sweep.run.deps;
  return processEach(sweep, entries, async ({ id, dueAtMs }) => {
    const job = await store.get(id, runtime.nowMs());
    if (job !== undefined) await processJob(job, dueAtMs);
  });
}

/**
 * Processes what each entry of the index stands for, some at the same time.
 * @returns how many were processed, successfully or not, before the time was up
 */
export async function processEach(
  { run, report }: Sweep,
  entries: readonly DueEntry[],
  process: (entry: DueEntry) => Promise<void>,
): Promise<number> {
  const { log } = run.deps;
  for (let i = 0; i < entries.length; i += maxParallelJobs) {
    if (run.isTimeUp()) return i;
    await Promise.all(
      entries.slice(i, i + maxParallelJobs).map(async (entry) => {
        try {
          await process(entry);
        } catch (error) {
          report.failed += 1;
          log.warn('The clock could not handle a job or a schedule; the next run tries again.', { id: entry.id, error: String(error) });
        }
      }),
    );
  }
  return entries.length;
}

/** @returns what a read of the index returns, or undefined when it failed: the clock goes on with the other partitions */
export async function readOrSkip<T>({ run, report }: Sweep, read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    report.failed += 1;
    run.deps.log.warn('A part of the index could not be read; the next run tries again.', { error: String(error) });
    return undefined;
  }
}
