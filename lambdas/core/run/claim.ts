/** From a wake-up to the lease on its job, or to what to do with the message instead. */
import type { JobTypeContract } from '../contract/contract.ts';
import { UnavailableError } from '../contract/errors.ts';
import type { Job } from '../job/job.ts';
import type { ClaimResult, JobStore } from '../job/ports.ts';
import { isTerminal } from '../job/states.ts';
import { extendTimeline } from '../job/timeline.ts';
import type { ClaimedJob } from '../session/job-session.ts';
import { readTimestamps } from '../session/timestamps.ts';
import { type HoldDeps, lookAtHolds } from './hold.ts';

export type Claim =
  | ({ readonly kind: 'claimed' } & ClaimedJob)
  /** Keep the message: another worker holds the lease, the job must run alone, it is due in a moment, or its record is not written yet. */
  | { readonly kind: 'retry-later'; readonly afterSeconds: number }
  /** Acknowledge: the job ended, is not due yet (another message or the clock will come), is of another type, or was never written. */
  | { readonly kind: 'nothing' };

/** A message may arrive before its record is written, by up to this time. */
const recordDelaySeconds = 2;
/** A message that is early by no more than this is kept instead of leaving the job to the clock: machines' clocks differ. */
const maxEarlySeconds = 5;
/** The delay of a message whose job may not run beside the others in this process. */
export const exclusiveRetrySeconds = 5;

export interface ClaimDeps extends Omit<HoldDeps, 'contract'> {
  readonly leaseMs: number;
}

interface ClaimMessage {
  readonly id: string;
  readonly contract: Pick<JobTypeContract, 'name' | 'keys'>;
  /** Waits until no other job runs in this process. @returns false when that takes too long */
  readonly waitUntilAlone: () => Promise<boolean>;
  /** How often SQS has delivered this message, from 1. */
  readonly receiveCount: number;
  /** How often another writer has changed the held job first. @default 0 */
  readonly changes?: number;
}

/** A held job that others write at the same moment, such as jobs that start after it, is looked at this often before its message comes again. */
const maxChanges = 3;

const nothing: Claim = { kind: 'nothing' };
const retryLater = (afterSeconds: number): Claim => ({ kind: 'retry-later', afterSeconds });

/**
 * Claims a job for this worker. Of any number of claims at the same time one wins. A job that is held is claimed once nothing holds it.
 */
export async function claimJob(message: ClaimMessage, deps: ClaimDeps): Promise<Claim> {
  const { id, contract, receiveCount } = message;
  const { store, runtime, leaseMs } = deps;
  const leaseToken = runtime.newToken();
  const claimedAt = readTimestamps(runtime);
  const nowMs = claimedAt.wallMs;
  const claimed = (job: Job): Claim => ({
    kind: 'claimed',
    ...{ job, leaseToken, claimedAt },
    origin: job.wasSuspended === true ? 'resumed' : 'first',
  });
  const result = await claimInStore(id, { type: contract.name, leaseToken, nowMs, leaseEndsAtMs: nowMs + leaseMs }, store);
  switch (result.kind) {
    case 'claimed':
      return claimed(result.job);
    case 'missing':
      return receiveCount <= 1 ? retryLater(recordDelaySeconds) : nothing;
    case 'refused': {
      const { job } = result;
      // An earlier request succeeded but its response was lost, and the record has changed since, e.g. by a cancel.
      if (job.leaseToken === leaseToken && job.status === 'running') return claimed(job);
      if (job.type !== contract.name) return nothing;
      if (isHeld(job, nowMs)) return afterHold(job, message, deps);
      return afterRefusal(job, { leaseToken, nowMs, waitUntilAlone: message.waitUntilAlone }, deps);
    }
  }
}

function isHeld({ status, held, notBeforeMs }: Job, nowMs: number): boolean {
  return held !== undefined && notBeforeMs <= nowMs && status !== 'running' && !isTerminal(status);
}

async function afterHold(job: Job, message: ClaimMessage, deps: ClaimDeps): Promise<Claim> {
  switch (await lookAtHolds(job, { ...deps, contract: message.contract })) {
    case 'free':
      return claimJob(message, deps);
    case 'held':
      return nothing;
    case 'changed': {
      const { changes = 0 } = message;
      return changes < maxChanges ? claimJob({ ...message, changes: changes + 1 }, deps) : retryLater(1);
    }
  }
}

/** A claim whose response was lost may have succeeded; only its token in the record shows that. */
async function claimInStore(id: string, claim: Parameters<JobStore['claim']>[1], store: JobStore): Promise<ClaimResult> {
  try {
    return await store.claim(id, claim);
  } catch (error) {
    const job = error instanceof UnavailableError ? await store.get(id, claim.nowMs) : undefined;
    if (job?.leaseToken === claim.leaseToken) return { kind: 'claimed', job };
    throw error;
  }
}

async function afterRefusal(
  job: Job,
  { leaseToken, nowMs, waitUntilAlone }: Pick<ClaimMessage, 'waitUntilAlone'> & { readonly leaseToken: string; readonly nowMs: number },
  deps: ClaimDeps,
): Promise<Claim> {
  if (isTerminal(job.status)) return nothing;
  if (job.status !== 'running') {
    const earlySeconds = secondsUntil(job.notBeforeMs, nowMs);
    return earlySeconds <= maxEarlySeconds ? retryLater(earlySeconds) : nothing;
  }
  const { leaseEndsAtMs = 0 } = job;
  if (leaseEndsAtMs > nowMs) return retryLater(secondsUntil(leaseEndsAtMs, nowMs) + 1);
  // The job may have killed its process, and every job that ran beside it.
  return (await waitUntilAlone()) ? takeOver(job, leaseToken, deps) : retryLater(exclusiveRetrySeconds);
}

/** The lease expired, so its worker died or froze. Guarded by the revision: a heartbeat in between keeps the job with its worker. */
async function takeOver(job: Job, leaseToken: string, { store, leaseMs, runtime }: ClaimDeps): Promise<Claim> {
  const claimedAt = readTimestamps(runtime);
  const nowMs = claimedAt.wallMs;
  const taken = await store.write(
    job,
    { kind: 'revision', revision: job.revision },
    {
      leaseToken,
      leaseEndsAtMs: nowMs + leaseMs,
      attemptsStarted: job.attempt,
      crashes: job.isHandedOver === true ? job.crashes : job.crashes + 1,
      isHandedOver: undefined,
      storeOutages: undefined,
      timeline: extendTimeline(
        job.timeline,
        { atMs: nowMs, event: 'worker_lost', attempt: job.attemptsStarted },
        { atMs: nowMs, event: 'started' },
      ),
    },
  );
  // Another worker took it over, its own worker lives, or the clock moved its alarm: the record says which when the message comes again.
  return taken === undefined ? retryLater(1) : { kind: 'claimed', job: taken, leaseToken, claimedAt, origin: 'takeover' };
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1000));
}
