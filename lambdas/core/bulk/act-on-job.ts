/** What a bulk action does to one job. Doing it again does nothing more, and has the same outcome: the record says which action did it. */
import { parseExactJson } from '../../text/exact-json.ts';
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { DamagedPayloadError } from '../contract/errors.ts';
import type { Settings } from '../contract/runtime-settings.ts';
import { type CancelDeps, cancelJob } from '../control/cancel.ts';
import { jobFields } from '../control/metrics.ts';
import type { Job } from '../job/job.ts';
import { loadPayload } from '../job/payload.ts';
import { type AdmitDeps, admitJob } from '../submit/admit-job.ts';
import { inputFault } from '../submit/check-input.ts';
import { plainRetryBody, retryId, retrySubmission } from '../submit/retry-job.ts';
import type { SelectedJob } from './selection.ts';

export type ActionOutcome =
  | { readonly kind: 'retried' }
  | { readonly kind: 'cancelled' }
  /** The job runs, and its worker was asked to stop. */
  | { readonly kind: 'cancel_requested' }
  /** There was nothing to do, or nothing may be done now. */
  | { readonly kind: 'skipped'; readonly why: SkipReason }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export type SkipReason =
  | 'already_retried'
  | 'already_ended'
  | 'already_ending'
  | 'already_requested'
  | 'job_type_draining'
  | 'job_type_removed';

/** The owner's quota has no room: the action waits and does the rest later. */
export interface OverQuota {
  readonly kind: 'over-quota';
  readonly afterSeconds: number;
}

export interface ActDeps extends AdmitDeps, CancelDeps {
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
}

/** Who acts: the job that carries the action out, and the caller who asked for it. */
export interface Actor {
  readonly actedBy: string;
  readonly by: string;
  readonly reason?: string | undefined;
}

/** Retries a job that failed or was cancelled, as `POST /v1/jobs/{id}/retry` without a body does. */
export async function retryOne({ job, retriedBy }: SelectedJob, { actedBy }: Actor, deps: ActDeps): Promise<ActionOutcome | OverQuota> {
  if (retriedBy !== undefined) return outcomeOfRetry(retriedBy, actedBy);
  // It was created by this very action, on a machine whose clock is behind.
  if (job.actedBy === actedBy) return { kind: 'skipped', why: 'already_retried' };
  const contract = findContract(deps.catalogue, job.type);
  if (contract === undefined) return { kind: 'skipped', why: 'job_type_removed' };
  const input = await loadInput(job, deps);
  if ('kind' in input) return input;
  const fault = inputFault(contract, input.value, deps.settings);
  if (fault !== undefined) return { kind: 'failed', code: 'invalid_input', message: fault };
  const changes = { canonicalBody: plainRetryBody, actedBy };
  const retry = retrySubmission(job, { contract, input: input.value }, changes, deps.runtime.nowMs());
  const admitted = await admitJob(retryId(job), retry, deps);
  switch (admitted.kind) {
    case 'accepted':
      if (!admitted.isReplay) deps.metrics.put('accepted', { Accepted: 1 }, jobFields(admitted.job));
      return outcomeOfRetry(admitted.job, actedBy);
    case 'draining':
      return { kind: 'skipped', why: 'job_type_draining' };
    case 'upload-missing':
      return { kind: 'failed', code: 'upload_missing', message: 'An upload that the input names is no longer there.' };
    case 'predecessors-refused':
      throw new Error('A retry starts after no other jobs.');
    case 'over-quota':
      return { kind: 'over-quota', afterSeconds: admitted.refusal.retryAfterSeconds };
    case 'id-taken':
      return { kind: 'skipped', why: 'already_retried' };
  }
}

function outcomeOfRetry(retry: Job, actedBy: string): ActionOutcome {
  return retry.actedBy === actedBy ? { kind: 'retried' } : { kind: 'skipped', why: 'already_retried' };
}

async function loadInput({ input }: Job, { payloads }: ActDeps): Promise<{ readonly value: unknown } | ActionOutcome> {
  try {
    return { value: parseExactJson(await loadPayload(payloads, input)) };
  } catch (error) {
    if (!(error instanceof DamagedPayloadError)) throw error;
    return { kind: 'failed', code: 'input_lost', message: error.message };
  }
}

/** Cancels a job that has not ended, as `POST /v1/jobs/{id}/cancel` does. */
export async function cancelOne(job: Job, actor: Actor, deps: ActDeps): Promise<ActionOutcome> {
  const { actedBy } = actor;
  // What a worker of a removed type had to clean up is unknown: the clock ends the job, and says so.
  const contract = findContract(deps.catalogue, job.type) ?? { cleansUp: true };
  const isOwn = ({ cancelRequest }: Job) => cancelRequest?.actedBy === actedBy;
  const cancelled = await cancelJob({ job, contract, canceller: actor }, deps);
  switch (cancelled.kind) {
    case 'cancelled':
      // It had been requested before, of a worker that is lost: a second try would find the first request, too.
      return isOwn(cancelled.job) ? { kind: 'cancelled' } : { kind: 'skipped', why: 'already_requested' };
    case 'requested':
      if (isOwn(cancelled.job)) return { kind: 'cancel_requested' };
      // Otherwise its worker cleans up: its end is decided, and nothing was requested.
      return { kind: 'skipped', why: cancelled.job.cancelRequestedAtMs === undefined ? 'already_ending' : 'already_requested' };
    case 'already-ended':
      return cancelled.job.status === 'cancelled' && isOwn(cancelled.job)
        ? { kind: 'cancelled' }
        : { kind: 'skipped', why: 'already_ended' };
    case 'busy':
      return { kind: 'failed', code: 'busy', message: 'Too many concurrent updates of the job.' };
  }
}
