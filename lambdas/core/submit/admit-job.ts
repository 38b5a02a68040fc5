/** Every way into the service: whether the type accepts jobs, whether the uploads are there, whether the owner's quota has room, and only then the job. */

import type { Settings } from '../contract/runtime-settings.ts';
import type { JobTypeStates } from '../control/job-type-states.ts';
import type { Job } from '../job/job.ts';
import type { UploadStore } from '../job/upload.ts';
import { keepUploads, type MissingUpload } from './named-uploads.ts';
import { type BatchAdmission, type QuotaDeps, type Refusal, takeQuotas } from './quota.ts';
import { type IdentifiedSubmission, type Submission, type SubmitDeps, type SubmitResult, submitJobs } from './submit-job.ts';

export interface AdmitDeps extends SubmitDeps, QuotaDeps {
  readonly typeStates: JobTypeStates;
  readonly settings: Pick<Settings, 'quota'>;
  readonly uploads: UploadStore;
}

export type AdmitResult =
  | { readonly kind: 'accepted'; readonly job: Job; readonly isReplay: boolean }
  /** The type finishes the jobs that it has. */
  | { readonly kind: 'draining' }
  /** The input names uploads that are not there. */
  | { readonly kind: 'upload-missing'; readonly missing: readonly MissingUpload[] }
  | { readonly kind: 'over-quota'; readonly refusal: Refusal }
  /** The id belongs to another submission. */
  | { readonly kind: 'id-taken' };

export interface AdmitResults {
  /** One for each submission, in order; rejected with an `UnavailableError` where the record could not be written. */
  readonly results: readonly PromiseSettledResult<AdmitResult>[];
  /** What the owner has used; undefined where no quota is set. */
  readonly quota: BatchAdmission | undefined;
}

/**
 * Creates the job, if its type accepts jobs, the uploads that it names are there, and its owner's quota has room. A refusal writes nothing.
 * @param id as for `submitJob`
 * @throws UnavailableError when that could not be decided or written; repeating it with the same id is safe
 */
export async function admitJob(id: string, submission: Submission, deps: AdmitDeps): Promise<AdmitResult> {
  const [result] = (await admitJobs([{ id, submission }], submission.owner, deps)).results;
  if (result?.status !== 'fulfilled') throw result?.reason;
  return result.value;
}

/**
 * Creates an owner's jobs, each decided independently. The quota is taken for all of them before the first is written.
 * @throws UnavailableError when the states of the types, the uploads or the quota could not be read or written
 */
export async function admitJobs(items: readonly IdentifiedSubmission[], owner: string, deps: AdmitDeps): Promise<AdmitResults> {
  const draining = await findDraining(items, deps);
  const welcome = items.filter(({ submission }) => !draining.has(submission.contract.name));
  const missing = await keepUploads(welcome, deps.uploads);
  const open = welcome.filter((item) => !missing.has(item));
  const { quota: limits } = deps.settings;
  const jobIds = [...new Set(open.map(({ id }) => id))];
  const quota = limits === undefined || jobIds.length === 0 ? undefined : await takeQuotas({ owner, jobIds, quota: limits }, deps);
  const admitted = open.filter(({ id }) => quota?.admitted.has(id) !== false);
  const submitted = await submitJobs(admitted, deps);
  const outcomes = new Map(admitted.map((item, i) => [item, submitted[i]]));
  const results = items.map((item) => {
    const outcome = outcomes.get(item);
    if (outcome !== undefined) return toAdmitResult(outcome);
    const absent = missing.get(item);
    if (absent !== undefined) return fulfilled({ kind: 'upload-missing', missing: absent });
    return fulfilled(
      quota?.refusal !== undefined && open.includes(item) ? { kind: 'over-quota', refusal: quota.refusal } : { kind: 'draining' },
    );
  });
  return { results, quota };
}

/** Makes the other types known to the clock. @returns the types that finish the jobs they have */
async function findDraining(items: readonly IdentifiedSubmission[], { typeStates }: AdmitDeps): Promise<ReadonlySet<string>> {
  const draining = new Set<string>();
  for (const type of new Set(items.map(({ submission }) => submission.contract.name))) {
    if (await typeStates.acceptsJobs(type)) await typeStates.registerType(type);
    else draining.add(type);
  }
  return draining;
}

function toAdmitResult(submitted: PromiseSettledResult<SubmitResult>): PromiseSettledResult<AdmitResult> {
  if (submitted.status === 'rejected') return submitted;
  return fulfilled(submitted.value.kind === 'accepted' ? submitted.value : { kind: 'id-taken' });
}

function fulfilled(value: AdmitResult): PromiseSettledResult<AdmitResult> {
  return { status: 'fulfilled', value };
}
