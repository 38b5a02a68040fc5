/** From a wake-up to the right to work on its job, or to the reason why there is nothing to do. */
import { UnavailableError } from '../contract/errors.ts';
import type { Job } from '../job/job.ts';
import type { ClaimResult, JobStore, Runtime } from '../job/ports.ts';
import { isTerminal } from '../job/states.ts';
import { attemptsBegun, extendTimeline } from '../job/timeline.ts';

export type Claim =
  | { readonly kind: 'claimed'; readonly job: Job; readonly leaseToken: string }
  /** Keep the message: somebody is at it, or the record may still be on its way. */
  | { readonly kind: 'look-again'; readonly afterSeconds: number }
  /** Acknowledge: ended, not yet due (another message or the clock will come), or never written. */
  | { readonly kind: 'nothing'; readonly why: 'ended' | 'early' | 'missing' | 'other-type' };

/** A message may overtake its record's write by this much. */
const overtakingSeconds = 2;
/** A message this little too early is kept instead of leaving the job to the clock: machines' clocks differ. */
const earlySeconds = 5;

export interface ClaimPorts {
  readonly store: JobStore;
  readonly runtime: Runtime;
  readonly leaseMs: number;
  /** Waits until no other job runs in this process. @returns false when that takes too long */
  readonly becomeAlone: () => Promise<boolean>;
}

/** When to look again at a job that may not run beside the others in this process. */
export const companySeconds = 5;

/**
 * Claims a job for this worker. Of any number at the same moment one wins.
 * @param receiveCount how often SQS has delivered this message, from 1
 */
export async function claimJob(
  id: string,
  type: string,
  receiveCount: number,
  { store, runtime, leaseMs, becomeAlone }: ClaimPorts,
): Promise<Claim> {
  const leaseToken = runtime.newToken();
  const nowMs = runtime.nowMs();
  const result = await claimInStore(id, { type, leaseToken, nowMs, leaseEndsAtMs: nowMs + leaseMs }, store);
  switch (result.kind) {
    case 'claimed':
      return { kind: 'claimed', job: result.job, leaseToken };
    case 'missing':
      return receiveCount <= 1 ? { kind: 'look-again', afterSeconds: overtakingSeconds } : { kind: 'nothing', why: 'missing' };
    case 'refused':
      // Done at a try whose answer was lost, and changed since: by a cancel, say.
      if (result.job.leaseToken === leaseToken && result.job.status === 'running') return { kind: 'claimed', job: result.job, leaseToken };
      return afterRefusal(result.job, type, nowMs, async () => {
        // It may have killed its process, and whoever ran beside it.
        if (!(await becomeAlone())) return { kind: 'look-again', afterSeconds: companySeconds };
        return takeOver(result.job, leaseToken, runtime.nowMs(), { store, leaseMs });
      });
  }
}

/** A claim whose answer was lost may have been done: its token in the record tells, and only that. */
async function claimInStore(id: string, claim: Parameters<JobStore['claim']>[1], store: JobStore): Promise<ClaimResult> {
  try {
    return await store.claim(id, claim);
  } catch (error) {
    const job = error instanceof UnavailableError ? await store.get(id, claim.nowMs) : undefined;
    if (job?.leaseToken === claim.leaseToken) return { kind: 'claimed', job };
    throw error;
  }
}

function afterRefusal(job: Job, type: string, nowMs: number, takeOverJob: () => Promise<Claim>): Claim | Promise<Claim> {
  if (job.type !== type) return { kind: 'nothing', why: 'other-type' };
  if (isTerminal(job.status)) return { kind: 'nothing', why: 'ended' };
  if (job.status === 'running') {
    const leaseEndsAtMs = job.leaseEndsAtMs ?? 0;
    return leaseEndsAtMs > nowMs ? { kind: 'look-again', afterSeconds: secondsUntil(leaseEndsAtMs, nowMs) + 1 } : takeOverJob();
  }
  const afterSeconds = secondsUntil(job.notBeforeMs, nowMs);
  return afterSeconds <= earlySeconds ? { kind: 'look-again', afterSeconds } : { kind: 'nothing', why: 'early' };
}

/** The lease ran out, so its worker died or froze. Guarded by the revision: a heartbeat in between keeps the job with its worker. */
async function takeOver(
  job: Job,
  leaseToken: string,
  nowMs: number,
  { store, leaseMs }: { readonly store: JobStore; readonly leaseMs: number },
): Promise<Claim> {
  const taken = await store.write(
    job,
    { revision: job.revision },
    {
      leaseToken,
      leaseEndsAtMs: nowMs + leaseMs,
      crashes: job.crashes + 1,
      timeline: extendTimeline(
        job.timeline,
        { atMs: nowMs, event: 'worker_lost', attempt: attemptsBegun(job) },
        { atMs: nowMs, event: 'started' },
      ),
    },
  );
  return taken === undefined
    ? { kind: 'look-again', afterSeconds: secondsUntil(nowMs + leaseMs, nowMs) }
    : { kind: 'claimed', job: taken, leaseToken };
}

function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1000));
}
