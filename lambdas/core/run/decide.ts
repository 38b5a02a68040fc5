/**
 * What becomes of a claimed job: pure functions from the job and the result of its invocation to one decision, which `apply.ts` carries out.
 */
import { truncate } from '../../text/truncate.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import type { QuotaExceededError } from '../contract/errors.ts';
import { backoffMs } from '../job/backoff.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Failure } from '../job/failure.ts';
import type { Job, JobPatch, Outcome, Payload, PendingOutcome, TimelineEntry, UnsuccessfulOutcome } from '../job/job.ts';
import { maxDetailLength } from '../job/timeline.ts';
import { deadlineMessage, immediateResumption, type Suspension } from '../job/transitions.ts';

/** How the invocation of a worker's code ended. */
export type ExecutionResult =
  | { readonly kind: 'returned'; readonly result: Payload }
  /** The code asked to wait, or ended at a safe point. */
  | { readonly kind: 'suspended'; readonly suspension: Suspension }
  /** The code was not started, since too little of the invocation was left. */
  | { readonly kind: 'out-of-time' }
  | { readonly kind: 'threw'; readonly failure: Failure }
  /** A store, queue or bucket of the service did not answer. */
  | { readonly kind: 'unavailable' }
  /** The owner's quota has no room for a job that this one delegates. */
  | { readonly kind: 'quota-exceeded'; readonly error: QuotaExceededError }
  /** The code was asked to stop. `isStillRunning`: it ignored that, and only the end of its process stops it. */
  | { readonly kind: 'interrupted'; readonly failure: Failure; readonly isStillRunning: boolean };

/** How an invocation of the worker's clean-up ended. */
export type CleanUpResult =
  /** @property detail what was undone, for the timeline; undefined if there was nothing to do */
  | { readonly kind: 'cleaned-up'; readonly detail: string | undefined }
  | { readonly kind: 'threw'; readonly failure: Failure }
  /** A store did not answer, and the clean-up may still be postponed. */
  | { readonly kind: 'unavailable' };

export type Decision = CompleteDecision | CleanUpDecision | SuspendDecision | HandOverDecision;

/** End the job. */
export interface CompleteDecision {
  readonly kind: 'complete';
  readonly outcome: Outcome;
  /** What the worker's clean-up said, or why there is no more clean-up. */
  readonly cleanUpNote?: string | undefined;
  /** Send the message to the dead-letter queue first. */
  readonly isPoison?: boolean;
}

/** Write down how the job will end, then run its worker's clean-up. */
export interface CleanUpDecision {
  readonly kind: 'clean-up';
  readonly outcome: PendingOutcome;
  readonly isPoison?: boolean;
}

/** Give the lease up and resume later. */
export interface SuspendDecision {
  readonly kind: 'suspend';
  readonly suspension: Suspension;
  /** What the timeline says about the suspension. */
  readonly entry?: Omit<TimelineEntry, 'atMs'>;
  /** Whether the job resumes with its next attempt, from its results without the failures of this attempt. */
  readonly isRetry?: boolean;
  readonly patch?: Pick<JobPatch, 'pendingOutcome' | 'storeOutages'>;
}

/**
 * Keep the lease until it expires, since code that ignored its signal may still run until its process ends; then another worker takes over.
 * @property next what that worker does; undefined to go on with this attempt. A retry has no backoff then: the rest of the lease is its wait.
 */
export interface HandOverDecision {
  readonly kind: 'hand-over';
  readonly next?: Omit<Retry, 'suspension'> | End;
}

/** Another attempt, after a backoff. */
export interface Retry {
  readonly kind: 'retry';
  readonly suspension: Suspension;
  /** What the timeline says about the failed attempt. */
  readonly entry: Omit<TimelineEntry, 'atMs'>;
}

/** The end of the job, through its worker's clean-up where there is something to clean up. */
export interface End {
  readonly kind: 'end';
  readonly outcome: PendingOutcome;
}

/** The job that is decided about, with the contract of its type. */
export interface Subject {
  readonly job: Job;
  readonly contract: JobTypeContract;
}

export interface DecisionContext {
  readonly nowMs: number;
  /** Random number in [0, 1), for the jitter of a backoff. */
  readonly random: number;
}

/** Number of workers that may die on a job in a row without reaching a safe point; after one more the job fails. */
export const maxCrashes = 3;
/** Number of failed clean-ups after which the job ends without. */
export const maxCleanUpFailures = 10;
/** Number of times a clean-up is postponed because a store does not answer, some four hours; then it goes without what is stored there. */
export const maxCleanUpOutages = 20;
/** The detail, in reason and timeline, of a job that waits for a store of the service. */
export const storeOutage = 'a store of the service does not answer';

/** @returns what to do with a claimed job before its worker's code runs at all, or undefined when it may run */
export function decideAtClaim(subject: Subject, nowMs: number): CompleteDecision | CleanUpDecision | undefined {
  const outcome = outcomeAtClaim(subject, nowMs);
  return outcome && decideEnd(subject, outcome);
}

/** @returns what to do after the worker's code has run */
export function decide(subject: Subject, result: ExecutionResult, context: DecisionContext): Decision {
  const { nowMs } = context;
  switch (result.kind) {
    case 'returned':
      return { kind: 'complete', outcome: { status: 'succeeded', result: result.result } };
    case 'suspended':
      return suspendWithoutRetry(result.suspension);
    case 'out-of-time':
      return suspendWithoutRetry(immediateResumption(nowMs));
    case 'unavailable':
      return waitForStore(subject.job, nowMs);
    case 'quota-exceeded': {
      const { message, afterSeconds } = result.error;
      return suspendWithoutRetry({ untilMs: nowMs + afterSeconds * 1000, reason: { code: 'quota', detail: message } });
    }
    case 'threw':
      return toDecision(subject, afterFailedAttempt(subject, result.failure, context));
    case 'interrupted':
      return afterInterruption(subject, result, context);
  }
}

/** @returns what to do after the worker's clean-up has run */
export function decideAfterCleanUp(outcome: PendingOutcome, result: CleanUpResult, nowMs: number): CompleteDecision | SuspendDecision {
  switch (result.kind) {
    case 'cleaned-up':
      return completeUnsuccessfully(outcome, result.detail);
    case 'unavailable': {
      const { cleanUpOutages: outages = 0 } = outcome;
      const suspension: Suspension = { untilMs: nowMs + outageDelayMs(outages), reason: { code: 'cleaning_up', detail: storeOutage } };
      return { kind: 'suspend', suspension, patch: { pendingOutcome: { ...outcome, cleanUpOutages: outages + 1 } } };
    }
    case 'threw':
      return afterFailedCleanUp(outcome, result.failure.error, nowMs);
  }
}

/** @returns the end of a job, through its worker's clean-up where there is something to clean up */
export function decideEnd({ job, contract }: Subject, outcome: PendingOutcome): CompleteDecision | CleanUpDecision {
  const isPoison = outcome.status === 'failed' && outcome.error.code === 'worker_crashed' && job.pendingOutcome === undefined;
  if (!needsCleanUp(job, contract)) return { ...completeUnsuccessfully(outcome, undefined), isPoison };
  // Workers that die in the clean-up, too, must not keep the job from ending.
  if (job.crashes > 2 * maxCrashes) return { ...completeUnsuccessfully(outcome, 'cleaning up was given up: its workers died'), isPoison };
  return { kind: 'clean-up', outcome, isPoison };
}

/** @returns the delay before the next try. @param outages consecutive outages before this one. 15 seconds, doubled each time, at most 15 minutes */
export function outageDelayMs(outages: number): number {
  return Math.min(900_000, 15_000 * 2 ** Math.min(outages, 10));
}

function outcomeAtClaim({ job, contract }: Subject, nowMs: number): PendingOutcome | undefined {
  if (job.pendingOutcome !== undefined) return job.pendingOutcome;
  if (job.cancelRequestedAtMs !== undefined) return { status: 'cancelled' };
  if (job.crashes > maxCrashes) {
    return failed(
      'worker_crashed',
      `${job.crashes} workers in a row died on this job (out of memory, killed, or frozen), so it was given up.`,
    );
  }
  if (nowMs >= job.deadlineMs) return failed('deadline_exceeded', deadlineMessage(job));
  const hasJournal = Object.keys(job.journal).length > 0 || job.checkpoint !== undefined;
  if (job.version !== contract.version && hasJournal) {
    return failed(
      'version_mismatch',
      `The job was started by version ${job.version} of ${job.type}, and version ${contract.version} cannot continue it.`,
    );
  }
  return undefined;
}

function failed(code: string, message: string): PendingOutcome {
  return { status: 'failed', error: { code, message, retryable: false } };
}

/** Sleeps and waits spend no attempt. */
function suspendWithoutRetry(suspension: Suspension): SuspendDecision {
  const { code, detail } = suspension.reason;
  return { kind: 'suspend', suspension, entry: { event: 'sleeping', detail: detail ?? code } };
}

function waitForStore(job: Job, nowMs: number): SuspendDecision {
  const { storeOutages = 0 } = job;
  const reason = { code: 'waiting_for_worker', detail: storeOutage } as const;
  return { ...suspendWithoutRetry({ untilMs: nowMs + outageDelayMs(storeOutages), reason }), patch: { storeOutages: storeOutages + 1 } };
}

function afterFailedAttempt({ job, contract }: Subject, { error, afterMs }: Failure, { nowMs, random }: DecisionContext): Retry | End {
  const failure: End = { kind: 'end', outcome: { status: 'failed', error } };
  if (!error.retryable || job.attempt >= job.maxAttempts) return failure;
  const waitMs = Math.max(afterMs ?? backoffMs(job.attempt, contract.backoff, random), 0);
  // The next attempt could only start after the deadline: the job ends with its own error instead of the clock's.
  if (nowMs + waitMs >= job.deadlineMs) return failure;
  const cause = `${error.code}: ${error.message}`;
  const detail = truncate(`attempt ${job.attempt} of ${job.maxAttempts} failed: ${cause}`, maxDetailLength);
  return {
    kind: 'retry',
    suspension: { untilMs: nowMs + waitMs, reason: { code: 'backing_off', detail } },
    entry: { event: 'attempt_failed', attempt: job.attempt, detail: cause },
  };
}

function afterInterruption(
  subject: Subject,
  { failure, isStillRunning }: Extract<ExecutionResult, { kind: 'interrupted' }>,
  context: DecisionContext,
): Decision {
  const { code } = failure.error;
  if (code === 'host_stopping') return isStillRunning ? { kind: 'hand-over' } : suspendWithoutRetry(immediateResumption(context.nowMs));
  const next: Retry | End =
    code === 'cancelled' ? { kind: 'end', outcome: { status: 'cancelled' } } : afterFailedAttempt(subject, failure, context);
  if (!isStillRunning) return toDecision(subject, next);
  return { kind: 'hand-over', next: next.kind === 'retry' ? { kind: 'retry', entry: next.entry } : next };
}

function toDecision(subject: Subject, next: Retry | End): Decision {
  if (next.kind === 'end') return decideEnd(subject, next.outcome);
  return { kind: 'suspend', suspension: next.suspension, entry: next.entry, isRetry: true };
}

function afterFailedCleanUp(
  outcome: PendingOutcome,
  { code, message }: { readonly code: string; readonly message: string },
  nowMs: number,
): CompleteDecision | SuspendDecision {
  const failures = (outcome.cleanUpFailures ?? 0) + 1;
  if (failures >= maxCleanUpFailures) return completeUnsuccessfully(outcome, `cleaning up failed ${failures} times: ${code}: ${message}`);
  const detail = truncate(`try ${failures} failed: ${code}: ${message}`, maxDetailLength);
  return {
    kind: 'suspend',
    suspension: { untilMs: nowMs + Math.min(300_000, 1_000 * 2 ** failures), reason: { code: 'cleaning_up', detail } },
    patch: { pendingOutcome: { ...outcome, cleanUpFailures: failures } },
  };
}

/** The record of a failed job keeps what its clean-up said, beside the error. */
function completeUnsuccessfully(outcome: UnsuccessfulOutcome, cleanUpNote: string | undefined): CompleteDecision {
  if (outcome.status === 'cancelled') return { kind: 'complete', outcome: { status: 'cancelled' }, cleanUpNote };
  const { error } = outcome;
  const withCleanUp = cleanUpNote === undefined ? error : { ...error, details: { ...error.details, cleanUp: cleanUpNote } };
  return { kind: 'complete', outcome: { status: 'failed', error: withCleanUp }, cleanUpNote };
}
