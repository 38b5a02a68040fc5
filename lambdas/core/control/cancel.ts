/** Cancelling tells the truth: at once where no worker is at it and nothing is left to clean up, else it is asked for. */
import type { JobTypeContract } from '../contract/contract.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job } from '../job/job.ts';
import type { JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { isTerminal } from '../job/states.ts';
import { completionPatch } from '../job/transitions.ts';

export interface CancelPorts {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly graceMs: number;
  readonly retentionMs: number;
}

export type Cancelled =
  | { readonly kind: 'cancelled'; readonly job: Job }
  /** Its worker learns of it with the next heartbeat, or is woken to clean up. */
  | { readonly kind: 'requested'; readonly job: Job }
  | { readonly kind: 'already-ended'; readonly job: Job }
  | { readonly kind: 'busy' };

/** Heartbeats and clocks change the record, too; each try is decided on what the record says then. */
const tries = 8;

/** Cancels a job that the caller has just read. Asking twice is the same as asking once. */
export async function cancelJob(job: Job, contract: Pick<JobTypeContract, 'cleansUp'>, ports: CancelPorts): Promise<Cancelled> {
  let current: Job | undefined = job;
  for (let i = 0; i < tries && current !== undefined; i++) {
    const outcome = await tryToCancel(current, contract, ports);
    if (outcome !== undefined) return outcome;
    current = await ports.store.get(job.id, ports.runtime.nowMs());
  }
  return { kind: 'busy' };
}

async function tryToCancel(job: Job, contract: Pick<JobTypeContract, 'cleansUp'>, ports: CancelPorts): Promise<Cancelled | undefined> {
  const { store, queues, runtime, graceMs, retentionMs } = ports;
  const nowMs = runtime.nowMs();
  const guard = { revision: job.revision };
  if (isTerminal(job.status)) return { kind: 'already-ended', job };
  const isLost = (job.leaseEndsAtMs ?? 0) <= nowMs;
  // Where its worker was lost there is nobody to tell, unless the next one has to clean up.
  if (job.status === 'running' && (!isLost || needsCleanUp(job, contract))) {
    if (job.cancelRequestedAtMs !== undefined) return { kind: 'requested', job };
    const written = await store.write(job, guard, { cancelRequestedAtMs: nowMs });
    if (written && isLost) await queues.wake(written, 0).catch(() => undefined);
    return written && { kind: 'requested', job: written };
  }
  if (job.pendingOutcome !== undefined || (job.reason?.code === 'cleaning_up' && job.cancelRequestedAtMs !== undefined)) {
    return { kind: 'requested', job }; // its worker is about to clean up
  }
  if (needsCleanUp(job, contract)) {
    const written = await store.write(job, guard, {
      cancelRequestedAtMs: job.cancelRequestedAtMs ?? nowMs,
      notBeforeMs: nowMs,
      reason: { code: 'cleaning_up' },
      alarm: { kind: 'rescue', wakeAtMs: nowMs + graceMs },
    });
    if (written) await queues.wake(written, 0).catch(() => undefined);
    return written && { kind: 'requested', job: written };
  }
  const written = await store.write(job, guard, {
    ...completionPatch(job, { nowMs, graceMs, retentionMs }, { status: 'cancelled' }),
    cancelRequestedAtMs: job.cancelRequestedAtMs ?? nowMs,
  });
  return written && { kind: 'cancelled', job: written };
}
