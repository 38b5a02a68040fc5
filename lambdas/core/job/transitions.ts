/** How an invocation's outcome changes the record: pure functions from a job to the patch that ends it, lets it sleep, or tries it again. */

import { truncate } from '../../text/truncate.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { planWake } from './alarm.ts';
import { backoffMs } from './backoff.ts';
import type { Failure } from './failure.ts';
import type { Job, JobError, JobPatch, Payload, PendingOutcome, Reason, TimelineEntry } from './job.ts';
import { canMove, type JobStatus } from './states.ts';
import { attemptsBegun, extendTimeline } from './timeline.ts';

export interface TransitionContext {
  readonly nowMs: number;
  readonly graceMs: number;
  /** How long an ended job is kept. */
  readonly retentionMs: number;
}

/** Workers may die on a job this often without reaching a safe point; then the job fails. */
export const crashBudget = 3;
/** Cleaning up is tried this often. */
export const cleanUpBudget = 10;
/** Cleaning up is put off this often while a store does not answer, over some four hours; then it does without what is stored there. */
export const maxCleanUpOutages = 20;

export type Continuation = { readonly patch: JobPatch; readonly messageDelaySeconds: number | undefined };

/** @throws Error on an illegal move: a bug of the engine, caught before anything is written */
function move(job: Job, status: JobStatus): { readonly status: JobStatus } {
  if (!canMove(job.status, status)) throw new Error(`A job cannot go from ${job.status} to ${status}.`);
  return { status };
}

/** Ends the job for good: out of the clock's index, and it expires after the retention. */
export function completionPatch(
  job: Job,
  { nowMs, retentionMs }: TransitionContext,
  end:
    | { readonly status: 'succeeded'; readonly result: Payload }
    | { readonly status: 'failed'; readonly error: JobError }
    | { readonly status: 'cancelled' },
  ...before: readonly TimelineEntry[]
): JobPatch {
  const detail = end.status === 'failed' ? `${end.error.code}: ${end.error.message}` : undefined;
  return {
    ...move(job, end.status),
    // The one that was to come will not begin.
    attempt: attemptsBegun(job),
    result: end.status === 'succeeded' ? end.result : undefined,
    error: end.status === 'failed' ? end.error : undefined,
    reason: undefined,
    pendingOutcome: undefined,
    steps: {},
    checkpoint: undefined,
    alarm: undefined,
    leaseEndsAtMs: undefined,
    finishedAtMs: nowMs,
    expiresAtMs: nowMs + retentionMs,
    timeline: extendTimeline(job.timeline, ...before, { atMs: nowMs, event: end.status, ...(detail === undefined ? {} : { detail }) }),
  };
}

/** Lets the job rest until a moment, or its deadline if that is earlier. */
export function waitPatch(
  job: Job,
  moment: TransitionContext,
  { untilMs, reason }: { readonly untilMs: number; readonly reason: Reason },
  ...entries: readonly TimelineEntry[]
): Continuation {
  const notBeforeMs = Math.max(moment.nowMs, job.pendingOutcome === undefined ? Math.min(untilMs, job.deadlineMs) : untilMs);
  const wake = planWake(notBeforeMs, moment);
  const patch: JobPatch = {
    ...move(job, 'waiting'),
    reason,
    notBeforeMs,
    leaseEndsAtMs: undefined,
    crashes: 0,
    alarm: wake.alarm,
    timeline: extendTimeline(job.timeline, ...entries),
  };
  return { patch, messageDelaySeconds: wake.messageDelaySeconds };
}

/** Sleeping and waiting cost no attempt. */
export function sleepPatch(
  job: Job,
  moment: TransitionContext,
  suspension: { readonly untilMs: number; readonly reason: Reason },
): Continuation {
  const { code, detail } = suspension.reason;
  return waitPatch(job, moment, suspension, { atMs: moment.nowMs, event: 'sleeping', detail: detail ?? code });
}

/** What the timeline says of a job that waits for a store of the service. */
export const storeOutage = 'a store of the service does not answer';

/** @returns how often in a row the job has waited for a store, as far as its timeline goes back */
export function outagesInARow(timeline: readonly TimelineEntry[]): number {
  const rests = timeline.filter(({ event }) => event !== 'started').toReversed();
  const other = rests.findIndex(({ event, detail }) => event !== 'sleeping' || detail !== storeOutage);
  return other === -1 ? rests.length : other;
}

/** @param outages before this one @returns the rest before the next look: 15 seconds, doubled each time, 15 minutes at most */
export function outageRestMs(outages: number): number {
  return Math.min(900_000, 15_000 * 2 ** Math.min(outages, 10));
}

/**
 * After a failed attempt: the wait for the next one, or the end that the job comes to.
 * @param random in [0, 1)
 */
export function afterFailure(
  job: Job,
  contract: JobTypeContract,
  failure: Failure,
  moment: TransitionContext,
  random: number,
): Continuation | PendingOutcome {
  const { error, afterMs } = failure;
  if (!error.retryable || job.attempt >= job.maxAttempts) return { status: 'failed', error, tries: 0 };
  const waitMs = Math.max(afterMs ?? backoffMs(job.attempt, contract.backoff, random), 0);
  // Another attempt could only begin after the deadline: the job ends with its own error instead of that of the clock.
  if (moment.nowMs + waitMs >= job.deadlineMs) return { status: 'failed', error, tries: 0 };
  const detail = `attempt ${job.attempt} of ${job.maxAttempts} failed: ${error.code}: ${error.message}`;
  const waiting = waitPatch(
    job,
    moment,
    { untilMs: moment.nowMs + waitMs, reason: { code: 'backing_off', detail: truncate(detail, 300) } },
    { atMs: moment.nowMs, event: 'attempt_failed', attempt: job.attempt, detail: `${error.code}: ${error.message}` },
  );
  return { ...waiting, patch: { ...waiting.patch, attempt: job.attempt + 1 } };
}

/** @returns the end that a claimed job comes to before its worker's code runs at all, or undefined when it may run */
export function outcomeAtClaim(job: Job, contract: JobTypeContract, nowMs: number): PendingOutcome | undefined {
  if (job.pendingOutcome !== undefined) return job.pendingOutcome;
  if (job.cancelRequestedAtMs !== undefined) return { status: 'cancelled', tries: 0 };
  const failed = (code: string, message: string): PendingOutcome => ({
    status: 'failed',
    error: { code, message, retryable: false },
    tries: 0,
  });
  if (job.crashes > crashBudget) {
    return failed(
      'worker_crashed',
      `${job.crashes} workers in a row died on this job (out of memory, killed, or frozen), so it was given up.`,
    );
  }
  if (nowMs >= job.deadlineMs) return failed('deadline_exceeded', deadlineMessage(job));
  const hasMemory = Object.keys(job.steps).length > 0 || job.checkpoint !== undefined;
  if (job.version !== contract.version && hasMemory) {
    return failed(
      'version_mismatch',
      `The job was begun by version ${job.version} of ${job.type}, and version ${contract.version} cannot continue it.`,
    );
  }
  return undefined;
}

export function deadlineMessage(job: Pick<Job, 'deadlineMs'>): string {
  return `The job was not done by its deadline, ${new Date(job.deadlineMs).toISOString()}.`;
}
