/** The jobs that a process left running which was killed. */
import { inGroups } from '../lambdas/core/job/in-groups.ts';
import type { JobStore } from '../lambdas/core/job/ports.ts';

/** A read of records takes at most this many. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const readAtOnce = 100;

/**
 * Ends the leases of jobs whose workers are known to be dead, so that they start again at once and not when their leases run out. One process at a time
 * has a data folder, and it does this before it works. What follows is what follows a lease that ran out: the crash counts, and the job runs alone.
 * @param ids of jobs that were running
 */
export async function releaseLeases(ids: readonly string[], store: JobStore, nowMs = Date.now()): Promise<void> {
  for (const group of inGroups(ids, readAtOnce)) {
    for (const job of await store.getMany(group, nowMs)) {
      if (job.status !== 'running') continue;
      const patch = { leaseEndsAtMs: Math.min(nowMs, job.leaseEndsAtMs ?? nowMs), alarm: { kind: 'rescue', dueAtMs: nowMs } } as const;
      await store.write(job, { kind: 'revision', revision: job.revision }, patch);
    }
  }
}
