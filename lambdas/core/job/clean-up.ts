/** What stands between a job and its end. */
import type { JobTypeContract } from '../contract/contract.ts';
import type { Job } from './job.ts';
import { isTerminal } from './states.ts';

/** @returns whether all that is left to do about a job is to end it: its worker, if it comes, does nothing but clean up */
export function mustEnd(job: Job, nowMs: number): boolean {
  return job.pendingOutcome !== undefined || job.cancelRequestedAtMs !== undefined || nowMs >= job.deadlineMs;
}

/** @returns whether a job's end must wait for its worker to clean up */
export function needsCleanUp(job: Job, contract: Pick<JobTypeContract, 'cleansUp'>): boolean {
  return contract.cleansUp === true && job.leaseToken !== undefined && !isTerminal(job.status);
}
