/** Jobs that the clock ends itself: those past their deadline, and those whose type is gone. A job with a valid lease is its worker's to end. */
import { findContract } from '../contract/contract.ts';
import { jobFields, metricsForEnd } from '../control/metrics.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job, JobError } from '../job/job.ts';
import { isTerminal } from '../job/states.ts';
import { completionPatch, deadlineMessage } from '../job/transitions.ts';
import type { ClockRun } from './clock-run.ts';
import type { Sweep } from './sweep.ts';

/** Fails a job past its deadline, unless a worker has the lease or has something to clean up first. */
export async function failIfExpired({ run, report }: Sweep, job: Job): Promise<void> {
  const { runtime, catalogue } = run.deps;
  const nowMs = runtime.nowMs();
  const contract = findContract(catalogue, job.type);
  if (nowMs < job.deadlineMs || contract === undefined || needsCleanUp(job, contract) || isEndedOrLeased(job, nowMs)) return;
  if (await failJob(run, job, { code: 'deadline_exceeded', message: deadlineMessage(job), retryable: false })) report.expired += 1;
}

/** Fails a job whose type is no longer deployed, once no worker of the old deployment has its lease. */
export async function failRemoved({ run, report }: Sweep, job: Job): Promise<void> {
  if (isEndedOrLeased(job, run.deps.runtime.nowMs())) return;
  const message = `The job type ${job.type} is no longer deployed, so no worker can run this job.`;
  const cleanUp = 'did not run: a worker had started this job, and its clean-up code is no longer deployed either';
  const details = job.attemptsStarted === 0 ? {} : { details: { cleanUp } };
  if (await failJob(run, job, { code: 'type_removed', message, retryable: false, ...details })) report.removed += 1;
}

/** @returns the job that failed, or undefined when another writer changed it first */
async function failJob({ deps }: ClockRun, job: Job, error: JobError): Promise<Job | undefined> {
  const { store, runtime, metrics, ends, graceMs, retentionMs } = deps;
  const context = { nowMs: runtime.nowMs(), graceMs, retentionMs, ends };
  const failed = await store.write(
    job,
    { kind: 'revision', revision: job.revision },
    completionPatch(job, context, { outcome: { status: 'failed', error } }),
  );
  if (failed === undefined) return undefined;
  metrics.put('failed', metricsForEnd(failed), { ...jobFields(failed), code: error.code });
  await ends.announce(failed);
  return failed;
}

/** An ended job can still be in the index, which lags behind the record. */
function isEndedOrLeased({ status, leaseEndsAtMs }: Job, nowMs: number): boolean {
  return isTerminal(status) || (status === 'running' && leaseEndsAtMs !== undefined && leaseEndsAtMs > nowMs);
}
