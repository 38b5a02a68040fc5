/** Cancels a job: at once where no worker runs it and nothing is left to clean up; else the cancel is requested, and the answer says so. */
import type { JobTypeContract } from '../contract/contract.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job, JobPatch } from '../job/job.ts';
import type { JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict, retryOnConflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { completionPatch } from '../job/transitions.ts';

export interface CancelDeps {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly graceMs: number;
  readonly retentionMs: number;
}

export type CancelResult =
  | { readonly kind: 'cancelled'; readonly job: Job }
  /** The worker learns of the request with its next heartbeat, or is woken to clean up. */
  | { readonly kind: 'requested'; readonly job: Job }
  | { readonly kind: 'already-ended'; readonly job: Job }
  | { readonly kind: 'busy' };

type CancelContract = Pick<JobTypeContract, 'cleansUp'>;

/** Heartbeats and clocks change the record, too, so each attempt decides by what the record says then. */
const maxAttempts = 8;

/** Cancels a job that the caller has just read. Repeating the request changes nothing. */
export async function cancelJob(job: Job, contract: CancelContract, deps: CancelDeps): Promise<CancelResult> {
  let read: Job | undefined = job;
  const result = await retryOnConflict<CancelResult>(maxAttempts, async () => {
    const current = read ?? (await deps.store.get(job.id, deps.runtime.nowMs()));
    read = undefined;
    return current === undefined ? { kind: 'busy' } : tryToCancel(current, contract, deps);
  });
  return result === conflict ? { kind: 'busy' } : result;
}

async function tryToCancel(job: Job, contract: CancelContract, deps: CancelDeps): Promise<CancelResult | typeof conflict> {
  const { runtime, graceMs, retentionMs } = deps;
  const nowMs = runtime.nowMs();
  if (isTerminal(job.status)) return { kind: 'already-ended', job };
  const isLeaseOver = (job.leaseEndsAtMs ?? 0) <= nowMs;
  const mustCleanUp = needsCleanUp(job, contract);
  // A lost worker cannot hear of the request, unless the next one has to clean up after it.
  if (job.status === 'running' && (!isLeaseOver || mustCleanUp)) {
    if (job.cancelRequestedAtMs !== undefined) return { kind: 'requested', job };
    return requestCancel(job, { patch: { cancelRequestedAtMs: nowMs }, mustWake: isLeaseOver }, deps);
  }
  if (job.pendingOutcome !== undefined || (job.reason?.code === 'cleaning_up' && job.cancelRequestedAtMs !== undefined)) {
    return { kind: 'requested', job }; // its worker is about to clean up
  }
  const cancelRequestedAtMs = job.cancelRequestedAtMs ?? nowMs;
  if (mustCleanUp) {
    const alarm = { kind: 'rescue', dueAtMs: nowMs + graceMs } as const;
    const patch = { cancelRequestedAtMs, notBeforeMs: nowMs, reason: { code: 'cleaning_up' }, alarm } as const;
    return requestCancel(job, { patch, mustWake: true }, deps);
  }
  const patch = { ...completionPatch(job, { nowMs, graceMs, retentionMs }, { status: 'cancelled' }), cancelRequestedAtMs };
  const written = await deps.store.write(job, { kind: 'revision', revision: job.revision }, patch);
  return written === undefined ? conflict : { kind: 'cancelled', job: written };
}

async function requestCancel(
  job: Job,
  { patch, mustWake }: { readonly patch: JobPatch; readonly mustWake: boolean },
  { store, queues }: CancelDeps,
): Promise<CancelResult | typeof conflict> {
  const written = await store.write(job, { kind: 'revision', revision: job.revision }, patch);
  if (written === undefined) return conflict;
  if (mustWake) await queues.wake(written, 0).catch(() => undefined);
  return { kind: 'requested', job: written };
}
