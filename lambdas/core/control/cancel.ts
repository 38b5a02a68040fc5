/** Cancels a job: at once where no worker runs it and nothing is left to clean up; else the cancel is requested, and the answer says so. */
import type { JobTypeContract } from '../contract/contract.ts';
import { changeJob, wakeAtOnce, writeOver } from '../job/change-job.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job, JobPatch } from '../job/job.ts';
import type { EndAnnouncer, JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { completionPatch } from '../job/transitions.ts';
import { jobFields, type Metrics, metricsForEnd } from './metrics.ts';

export interface CancelDeps {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly metrics: Metrics;
  readonly ends: EndAnnouncer;
  readonly graceMs: number;
  readonly retentionMs: number;
}

export type CancelResult =
  | { readonly kind: 'cancelled'; readonly job: Job }
  /** The worker learns of the request with its next heartbeat, or is woken to clean up. */
  | { readonly kind: 'requested'; readonly job: Job }
  | { readonly kind: 'already-ended'; readonly job: Job }
  | { readonly kind: 'busy' };

/** Who cancels a job, and why. */
export interface Canceller {
  /** The caller. */
  readonly by: string;
  /** The job of the service that cancels for the caller. */
  readonly actedBy?: string | undefined;
  /** The caller's own words, at most `maxReasonLength` characters. */
  readonly reason?: string | undefined;
}

/** What callers say of a cancel, a pause or a drain is shown with it, so it is a sentence and not a report. */
export const maxReasonLength = 500;

type CancelContract = Pick<JobTypeContract, 'cleansUp'>;

/** Heartbeats and clocks change the record, too, so each attempt decides by what the record says then. */
const maxAttempts = 8;

/** What is cancelled, and for whom. */
export interface Cancellation {
  /** The record as it has just been read. */
  readonly job: Job;
  readonly contract: CancelContract;
  /** Undefined where the request was made before, and is carried out now. */
  readonly canceller?: Canceller | undefined;
}

/** Repeating the request changes nothing: the first one stays, with its reason. */
export async function cancelJob(cancellation: Cancellation, deps: CancelDeps): Promise<CancelResult> {
  const { job } = cancellation;
  const result = await changeJob<CancelResult>({ id: job.id, read: job, maxAttempts }, deps, async (current) =>
    current === undefined ? { kind: 'busy' } : tryToCancel({ ...cancellation, job: current }, deps),
  );
  return result === conflict ? { kind: 'busy' } : result;
}

async function tryToCancel({ job, contract, canceller }: Cancellation, deps: CancelDeps): Promise<CancelResult | typeof conflict> {
  const { runtime, graceMs } = deps;
  const nowMs = runtime.nowMs();
  if (isTerminal(job.status)) return { kind: 'already-ended', job };
  const request = requestPatch(job, canceller, nowMs);
  const isLeaseOver = (job.leaseEndsAtMs ?? 0) <= nowMs;
  const mustCleanUp = needsCleanUp(job, contract);
  // A live worker is asked. A dead one is not waited for, unless there is something to clean up, which needs another worker.
  if (job.status === 'running' && (!isLeaseOver || mustCleanUp)) {
    if (job.cancelRequestedAtMs !== undefined) return { kind: 'requested', job };
    return requestCancel(job, { patch: request, mustWake: isLeaseOver }, deps);
  }
  if (job.pendingOutcome !== undefined || (job.reason?.code === 'cleaning_up' && job.cancelRequestedAtMs !== undefined)) {
    return { kind: 'requested', job }; // its worker is about to clean up
  }
  if (mustCleanUp) {
    const alarm = { kind: 'rescue', dueAtMs: nowMs + graceMs } as const;
    const patch = { ...request, notBeforeMs: nowMs, reason: { code: 'cleaning_up' }, alarm } as const;
    return requestCancel(job, { patch, mustWake: true }, deps);
  }
  return endAsCancelled(job, { request, nowMs }, deps);
}

/**
 * Cancels a job unless a worker has started it.
 * @param job the record as it has just been read
 * @returns false when it could not be decided, since others wrote the record all the time
 */
export async function cancelUnstarted(job: Job, canceller: Canceller, deps: CancelDeps): Promise<boolean> {
  const result = await changeJob<unknown>({ id: job.id, read: job, maxAttempts }, deps, async (current) => {
    const nowMs = deps.runtime.nowMs();
    if (current === undefined || isTerminal(current.status) || current.attemptsStarted > 0) return 'left alone';
    return endAsCancelled(current, { request: requestPatch(current, canceller, nowMs), nowMs }, deps);
  });
  return result !== conflict;
}

/** The only place that cancels a job which no worker holds, so each such end is counted here, once. */
async function endAsCancelled(
  job: Job,
  { request, nowMs }: { readonly request: JobPatch; readonly nowMs: number },
  { store, ends, metrics, graceMs, retentionMs }: CancelDeps,
): Promise<CancelResult | typeof conflict> {
  const patch = { ...completionPatch(job, { nowMs, graceMs, retentionMs, ends }, { outcome: { status: 'cancelled' } }), ...request };
  const written = await writeOver(job, patch, store);
  if (written === conflict) return conflict;
  metrics.put('cancelled', metricsForEnd(written), jobFields(written));
  await ends.announce(written);
  return { kind: 'cancelled', job: written };
}

/** @returns the request as the record keeps it; the first one stays */
function requestPatch(job: Job, canceller: Canceller | undefined, nowMs: number): JobPatch {
  if (job.cancelRequestedAtMs !== undefined) return {};
  const cancelRequest = canceller && { ...canceller, afterEntries: job.timeline.length };
  return { cancelRequestedAtMs: nowMs, cancelRequest };
}

async function requestCancel(
  job: Job,
  { patch, mustWake }: { readonly patch: JobPatch; readonly mustWake: boolean },
  { store, queues }: CancelDeps,
): Promise<CancelResult | typeof conflict> {
  const written = await writeOver(job, patch, store);
  if (written === conflict) return conflict;
  if (mustWake) await wakeAtOnce(written, queues);
  return { kind: 'requested', job: written };
}
