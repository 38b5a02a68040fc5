/** Optimistic changes of a job's record, which workers, callers and clocks may write at the same moment. */
import type { Job, JobPatch } from './job.ts';
import type { JobStore, Runtime, WakeUpQueues } from './ports.ts';
import { conflict, retryOnConflict } from './retry-on-conflict.ts';

/** The record to change. */
export interface Target {
  readonly id: string;
  /** The record as it has just been read, which saves the first attempt a read. */
  readonly read?: Job | undefined;
  readonly maxAttempts: number;
}

/**
 * Changes a record by what it says at that moment: each attempt gets it, decides, and writes over the revision that it got. An attempt after the first reads it
 * again.
 * @returns what the attempt returned; `conflict` where each lost to another writer
 */
export function changeJob<T>(
  { id, read, maxAttempts }: Target,
  { store, runtime }: { readonly store: JobStore; readonly runtime: Runtime },
  attempt: (current: Job | undefined) => Promise<T | typeof conflict>,
): Promise<T | typeof conflict> {
  let known = read;
  return retryOnConflict<T>(maxAttempts, async () => {
    const current = known ?? (await store.get(id, runtime.nowMs()));
    known = undefined;
    return attempt(current);
  });
}

/** @returns the record after the write; `conflict` where it was written since it was read */
export async function writeOver(read: Job, patch: JobPatch, store: JobStore): Promise<Job | typeof conflict> {
  return (await store.write(read, { kind: 'revision', revision: read.revision }, patch)) ?? conflict;
}

/** Wakes a job whose wait is over. If the message is lost, the alarm in the record makes the clock send another. */
export async function wakeAtOnce(job: Job, queues: WakeUpQueues): Promise<void> {
  await queues.wake(job, 0).catch(() => undefined);
}
