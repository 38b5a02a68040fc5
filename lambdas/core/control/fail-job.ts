/** Fails a job that no worker holds. */
import type { Job, JobError } from '../job/job.ts';
import type { EndAnnouncer, JobStore, Runtime } from '../job/ports.ts';
import { completionPatch, deadlineMessage } from '../job/transitions.ts';
import { jobFields, type Metrics, metricsForEnd } from './metrics.ts';

export interface FailDeps {
  readonly store: JobStore;
  readonly runtime: Runtime;
  readonly metrics: Metrics;
  readonly ends: EndAnnouncer;
  readonly graceMs: number;
  readonly retentionMs: number;
}

/** @param job the record as it was read @returns the job that failed, or undefined when another writer changed it first */
export async function failJob(job: Job, error: JobError, deps: FailDeps): Promise<Job | undefined> {
  const { store, runtime, metrics, ends, graceMs, retentionMs } = deps;
  const patch = completionPatch(job, { nowMs: runtime.nowMs(), graceMs, retentionMs, ends }, { outcome: { status: 'failed', error } });
  const failed = await store.write(job, { kind: 'revision', revision: job.revision }, patch);
  if (failed === undefined) return undefined;
  metrics.put('failed', metricsForEnd(failed), { ...jobFields(failed), code: error.code });
  await ends.announce(failed);
  return failed;
}

/** @returns the error of a job that has not ended by its deadline */
export function deadlineExceeded(job: Pick<Job, 'deadlineMs'>): JobError {
  return { code: 'deadline_exceeded', message: deadlineMessage(job), retryable: false };
}
