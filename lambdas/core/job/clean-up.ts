/** Whether a job has to end, and whether it must be cleaned up first. */
import type { JobTypeContract } from '../contract/contract.ts';
import type { Job } from './job.ts';
import { isTerminal } from './states.ts';

/** @returns whether a job can only end now: a worker that claims it may clean up, but not run it */
export function mustEnd(job: Job, nowMs: number): boolean {
  return job.pendingOutcome !== undefined || job.cancelRequestedAtMs !== undefined || nowMs >= job.deadlineMs;
}

/** @returns whether a job's end must wait for its worker to clean up. The members of a group are there before its worker is. */
export function needsCleanUp(job: Job, contract: Pick<JobTypeContract, 'cleansUp'>): boolean {
  return contract.cleansUp === true && (job.attemptsStarted > 0 || job.members !== undefined) && !isTerminal(job.status);
}
