/** Waits, within a request, until a job has ended or changed. */
import type { UnavailableError } from '../core/contract/errors.ts';
import type { Job } from '../core/job/job.ts';
import type { JobStore, Runtime } from '../core/job/ports.ts';
import { isTerminal } from '../core/job/states.ts';
import type { ApiHost } from './api-context.ts';

/** The time between two reads, in milliseconds: short at first, since most of those who wait expect an end soon. */
const firstPauseMs = 150;
const maxPauseMs = 2_000;
const growth = 1.4;
/** What a wait leaves of the invocation's time: a read that is tried again after its time-out of 3 s, and the answer. */
const answerMs = 6_000;

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
 * Reads the record until the wait is over. Each read is strongly consistent and costs a read unit for each 4 KB; a wait of 20 s reads 16 times at most.
 * A read that fails is only one that saw no change. The wait ends early when the caller is gone, or the time of the invocation runs out.
 * @param job as it was read last @returns the job as it was read last, also where the time is up
 */
export async function waitForJob(
  job: Job,
  { seconds, isOver }: Wait,
  { store, runtime }: { readonly store: Pick<JobStore, 'get'>; readonly runtime: Runtime },
  host: ApiHost = {},
): Promise<Job> {
  const { signal = new AbortController().signal } = host;
  const leftOfInvocationMs = (host.getRemainingTimeInMillis?.() ?? Number.POSITIVE_INFINITY) - answerMs;
  const endsAtMs = runtime.monotonicMs() + Math.min(seconds * 1000, leftOfInvocationMs);
  let current = job;
  for (let pauseMs = firstPauseMs; !(await isOver(current)); pauseMs = Math.min(maxPauseMs, pauseMs * growth)) {
    const leftMs = endsAtMs - runtime.monotonicMs();
    if (leftMs <= 0) break;
    await runtime.sleep(Math.min(pauseMs, leftMs), signal);
    if (signal.aborted) break;
    const read = await store.get(job.id, runtime.nowMs()).catch(sawNoChange);
    if (read === undefined) break; // it expired while it was waited for
    if (read !== 'unknown') current = read;
  }
  return current;
}

// By its name: a part that is loaded later has classes of its own.
const unavailable: UnavailableError['name'] = 'UnavailableError';

/** The next read may succeed. An answer of 503 would say of a job that was accepted just now that it was not. */
function sawNoChange(error: Error): 'unknown' {
  if (error.name === unavailable) return 'unknown';
  throw error;
}
