/** Waits, within a request, until a job has ended or changed. */
import type { Job } from '../core/job/job.ts';
import type { JobStore, Runtime } from '../core/job/ports.ts';
import { isTerminal } from '../core/job/states.ts';

/** The time between two reads, in milliseconds: short at first, since most of those who wait expect an end soon. */
const firstPauseMs = 150;
const maxPauseMs = 2_000;
const growth = 1.4;

export interface Wait {
  readonly seconds: number;
  /** Whether the caller need not wait any longer. */
  isOver(job: Job): boolean | Promise<boolean>;
}

/** @returns the wait for the end of a job. One that starts later than the caller would wait is not waited for: only a cancel could end it. */
export function untilEnd({ startAtMs = 0 }: Job, seconds: number, { runtime }: { readonly runtime: Pick<Runtime, 'nowMs'> }): Wait {
  const isLater = startAtMs > runtime.nowMs() + seconds * 1000;
  return { seconds, isOver: ({ status }) => isLater || isTerminal(status) };
}

/**
 * Reads the record until the wait is over. Each read is strongly consistent and costs a read unit for each 4 KB; a wait of 20 s reads 14 times.
 * @param job as it was read last @returns the job as it was read last, also where the time is up
 */
export async function waitForJob(
  job: Job,
  { seconds, isOver }: Wait,
  { store, runtime }: { readonly store: Pick<JobStore, 'get'>; readonly runtime: Runtime },
): Promise<Job> {
  const endsAtMs = runtime.monotonicMs() + seconds * 1000;
  const never = new AbortController().signal;
  let current = job;
  for (let pauseMs = firstPauseMs; !(await isOver(current)); pauseMs = Math.min(maxPauseMs, pauseMs * growth)) {
    const leftMs = endsAtMs - runtime.monotonicMs();
    if (leftMs <= 0) break;
    await runtime.sleep(Math.min(pauseMs, leftMs), never);
    const read = await store.get(job.id, runtime.nowMs());
    if (read === undefined) break; // it expired while it was waited for
    current = read;
  }
  return current;
}
