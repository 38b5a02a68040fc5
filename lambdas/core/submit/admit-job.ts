/** Every way into the service: whether the type accepts jobs, whether the uploads and the jobs before it are there, whether the owner's quota has room, and only then the job. */

import type { Quota, Settings } from '../contract/runtime-settings.ts';
import type { JobTypeStates } from '../control/job-type-states.ts';
import type { Job } from '../job/job.ts';
import type { UploadStore } from '../job/upload.ts';
import { type RefusedPredecessor, refusedPredecessors } from './named-predecessors.ts';
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
  /** It names jobs that it cannot start after. */
  | { readonly kind: 'predecessors-refused'; readonly refused: readonly RefusedPredecessor[] }
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
  const candidates: readonly Candidate[] = items.map((item) => ({ item, refusal: undefined }));
  await refuseDraining(candidates, deps);
  // The others have nothing to do for most submissions, and none of them is waited for then.
  if (items.some(({ submission }) => submission.contract.uploads !== undefined)) await refuseMissingUploads(candidates, deps);
  if (items.some(({ submission }) => submission.after !== undefined)) await refuseUnknownPredecessors(candidates, deps);
  const { quota: limits } = deps.settings;
  const quota = limits === undefined ? undefined : await refuseOverQuota(candidates, { owner, quota: limits }, deps);
  const submitted = (await submitJobs(itemsOf(candidates), deps)).values();
  const results = candidates.map(({ refusal }) => (refusal === undefined ? toAdmitResult(submitted.next().value) : fulfilled(refusal)));
  return { results, quota };
}

/** A submission on its way in. Each check refuses some of those that the checks before have left. */
interface Candidate {
  readonly item: IdentifiedSubmission;
  refusal: AdmitResult | undefined;
}

function itemsOf(candidates: readonly Candidate[]): readonly IdentifiedSubmission[] {
  return candidates.filter(({ refusal }) => refusal === undefined).map(({ item }) => item);
}

function refuse(candidates: readonly Candidate[], refusalOf: (item: IdentifiedSubmission) => AdmitResult | undefined): void {
  for (const candidate of candidates) candidate.refusal ??= refusalOf(candidate.item);
}

/** Makes the other types known to the clock. */
async function refuseDraining(candidates: readonly Candidate[], { typeStates }: AdmitDeps): Promise<void> {
  for (const type of new Set(candidates.map(({ item }) => item.submission.contract.name))) {
    if (await typeStates.registerJobs(type)) continue;
    refuse(candidates, ({ submission }) => (submission.contract.name === type ? { kind: 'draining' } : undefined));
  }
}

async function refuseMissingUploads(candidates: readonly Candidate[], { uploads }: AdmitDeps): Promise<void> {
  const missing = await keepUploads(itemsOf(candidates), uploads);
  refuse(candidates, (item) => {
    const absent = missing.get(item);
    return absent && { kind: 'upload-missing', missing: absent };
  });
}

async function refuseUnknownPredecessors(candidates: readonly Candidate[], deps: AdmitDeps): Promise<void> {
  const refused = await refusedPredecessors(itemsOf(candidates), deps);
  refuse(candidates, (item) => {
    const faults = refused.get(item);
    return faults && { kind: 'predecessors-refused', refused: faults };
  });
}

/** @returns what the owner has used; undefined where nothing is left to count */
async function refuseOverQuota(
  candidates: readonly Candidate[],
  { owner, quota }: { readonly owner: string; readonly quota: Quota },
  deps: AdmitDeps,
): Promise<BatchAdmission | undefined> {
  const jobIds = [...new Set(itemsOf(candidates).map(({ id }) => id))];
  if (jobIds.length === 0) return undefined;
  const taken = await takeQuotas({ owner, jobIds, quota }, deps);
  const { admitted, refusal } = taken;
  if (refusal !== undefined) refuse(candidates, ({ id }) => (admitted.has(id) ? undefined : { kind: 'over-quota', refusal }));
  return taken;
}

function toAdmitResult(submitted: PromiseSettledResult<SubmitResult> | undefined): PromiseSettledResult<AdmitResult> {
  if (submitted === undefined) throw new Error('A submission has no outcome.');
  if (submitted.status === 'rejected') return submitted;
  return fulfilled(submitted.value.kind === 'accepted' ? submitted.value : { kind: 'id-taken' });
}

function fulfilled(value: AdmitResult): PromiseSettledResult<AdmitResult> {
  return { status: 'fulfilled', value };
}
