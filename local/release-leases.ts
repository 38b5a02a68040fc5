/** The jobs that a process left running which was killed. */
import type { JobStore } from '../lambdas/core/job/ports.ts';

/**
 * Ends the leases of jobs whose workers are known to be dead, so that they start again at once and not when their leases run out. One process at a time
 * has a data folder, and it does this before it works. What follows is what follows a lease that ran out: the crash counts, and the job runs alone.
 * @param ids of jobs that were running
 */
export async function releaseLeases(ids: readonly string[], store: JobStore, nowMs = Date.now()): Promise<void> {
  for (const job of await store.getMany(ids, nowMs))
    if (job.status === 'running')
      await store.write(
        job,
        { kind: 'revision', revision: job.revision },
        { leaseEndsAtMs: Math.min(nowMs, job.leaseEndsAtMs ?? nowMs), alarm: { kind: 'rescue', dueAtMs: nowMs } },
      );
}
