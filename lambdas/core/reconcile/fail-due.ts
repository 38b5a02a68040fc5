/** Jobs that the clock ends itself: those past their deadline, and those whose type is gone. A job with a valid lease is its worker's to end. */
import { findContract } from '../contract/contract.ts';
import { deadlineExceeded, failJob } from '../control/fail-job.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job } from '../job/job.ts';
import { isTerminal } from '../job/states.ts';
import type { Sweep } from './sweep.ts';

/** Fails a job past its deadline, unless a worker has the lease or has something to clean up first. */
export async function failIfExpired({ run, report }: Sweep, job: Job): Promise<void> {
  const { runtime, catalogue } = run.deps;
  const nowMs = runtime.nowMs();
  const contract = findContract(catalogue, job.type);
  if (nowMs < job.deadlineMs || contract === undefined || needsCleanUp(job, contract) || isEndedOrLeased(job, nowMs)) return;
  if (await failJob(job, deadlineExceeded(job), run.deps)) report.expired += 1;
}

/** Fails a job whose type is no longer deployed, once no worker of the old deployment has its lease. */
export async function failRemoved({ run, report }: Sweep, job: Job): Promise<void> {
  if (isEndedOrLeased(job, run.deps.runtime.nowMs())) return;
  const message = `The job type ${job.type} is no longer deployed, so no worker can run this job.`;
  const cleanUp = 'did not run: a worker had started this job, and its clean-up code is no longer deployed either';
  const details = job.attemptsStarted === 0 ? {} : { details: { cleanUp } };
  if (await failJob(job, { code: 'type_removed', message, retryable: false, ...details }, run.deps)) report.removed += 1;
}

/** An ended job can still be in the index, which lags behind the record. */
function isEndedOrLeased({ status, leaseEndsAtMs }: Job, nowMs: number): boolean {
  return isTerminal(status) || (status === 'running' && leaseEndsAtMs !== undefined && leaseEndsAtMs > nowMs);
}
