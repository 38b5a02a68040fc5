/** Every way into the service: whether the type accepts jobs, whether the owner's quota has room, and only then the job. */

import type { Settings } from '../contract/runtime-settings.ts';
import type { JobTypeStates } from '../control/job-type-states.ts';
import type { Job } from '../job/job.ts';
import { type Admission, type QuotaDeps, takeQuota } from './quota.ts';
import { type Submission, type SubmitDeps, submitJob } from './submit-job.ts';

export interface AdmitDeps extends SubmitDeps, QuotaDeps {
  readonly typeStates: JobTypeStates;
  readonly settings: Pick<Settings, 'quota'>;
}

export type AdmitResult =
  /** `quota` is undefined where none is set. */
  | { readonly kind: 'accepted'; readonly job: Job; readonly isReplay: boolean; readonly quota: Admission | undefined }
  /** The type finishes the jobs that it has. */
  | { readonly kind: 'draining' }
  | { readonly kind: 'over-quota'; readonly quota: Extract<Admission, { readonly kind: 'refused' }> }
  /** The id belongs to another submission. */
  | { readonly kind: 'id-taken' };

/**
 * Creates the job, if its type accepts jobs and its owner's quota has room. A refusal writes nothing.
 * @param id as for `submitJob`
 * @throws UnavailableError when that could not be decided or written; repeating it with the same id is safe
 */
export async function admitJob(id: string, submission: Submission, deps: AdmitDeps): Promise<AdmitResult> {
  const { owner, contract } = submission;
  if (!(await deps.typeStates.acceptsJobs(contract.name))) return { kind: 'draining' };
  await deps.typeStates.registerType(contract.name);
  const { quota: limits } = deps.settings;
  const quota = limits === undefined ? undefined : await takeQuota({ owner, jobId: id, quota: limits }, deps);
  if (quota?.kind === 'refused') return { kind: 'over-quota', quota };
  const submitted = await submitJob(id, submission, deps);
  return submitted.kind === 'accepted' ? { ...submitted, quota } : { kind: 'id-taken' };
}
