/** `?validateOnly=true`: everything that can be said about a submission or a retry now, without writing anything. */
import { findContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import type { Job } from '../../core/job/job.ts';
import { missingUploads } from '../../core/submit/named-uploads.ts';
import { peekQuota } from '../../core/submit/quota.ts';
import { isSameSubmission, type Submission } from '../../core/submit/submit-job.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import { type Candidate, draining, overQuota, uploadNotFound } from '../accept.ts';
import type { ApiDeps } from '../api-context.ts';
import type { ValidationResource } from '../openapi/resource-schemas.ts';
import { ProblemError } from '../problem.ts';

/**
 * Decides as `acceptCandidates` does.
 * @param taken the problem where the id belongs to another submission
 * @throws ProblemError the one that the request would be refused with
 */
export async function validateCandidate(
  { id, hasKey, body, verdict }: Candidate,
  taken: ProblemError,
  deps: ApiDeps,
): Promise<ValidationResource> {
  const decided = verdict instanceof ProblemError ? verdict : ((await refusalOf(id, verdict, deps)) ?? verdict);
  const earlier = hasKey ? await deps.store.get(id, deps.runtime.nowMs()) : undefined;
  // A repeat stays accepted, although the job might be refused now.
  if (earlier !== undefined && isSameSubmission(earlier, canonicalJson(body))) return describeReplay(earlier, deps);
  if (decided instanceof ProblemError) throw decided;
  if (earlier !== undefined) throw taken;
  return describe(decided, deps);
}

async function refusalOf(jobId: string, submission: Submission, deps: ApiDeps): Promise<ProblemError | undefined> {
  const { owner, contract } = submission;
  if (!(await deps.typeStates.acceptsJobs(contract.name))) return draining(contract.name);
  const missing = await missingUploads(submission, deps.uploads.exists);
  if (missing.length > 0) return uploadNotFound(missing);
  const { quota } = deps.settings;
  if (quota === undefined) return undefined;
  const admission = await peekQuota({ owner, jobId, quota }, deps);
  return admission.kind === 'refused' ? overQuota(admission, deps) : undefined;
}

async function describe(
  { contract, input, startAtMs = 0, deadlineMs }: Submission,
  { runtime, durations }: ApiDeps,
): Promise<ValidationResource> {
  const { estimateCost } = await import('#description-part');
  const notBeforeMs = Math.max(startAtMs, runtime.nowMs());
  return {
    type: contract.name,
    startAt: new Date(notBeforeMs).toISOString(),
    deadline: new Date(deadlineMs ?? notBeforeMs + durationMs(contract.deadline)).toISOString(),
    replayOf: null,
    estimatedCost: estimateCost(contract, {
      inputBytes: Buffer.byteLength(JSON.stringify(input)),
      seconds: durations.typicalRunSeconds(contract),
    }),
  };
}

/** Describes the job that an earlier copy of the request created; what it costs is unknown where its type is no longer deployed. */
export async function describeReplay({ id, type, input, ...job }: Job, { catalogue, durations }: ApiDeps): Promise<ValidationResource> {
  const { estimateCost } = await import('#description-part');
  const contract = findContract(catalogue, type);
  const inputBytes = input.kind === 'inline' ? Buffer.byteLength(input.json) : input.sizeBytes;
  return {
    type,
    startAt: new Date(job.startAtMs ?? job.createdAtMs).toISOString(),
    deadline: new Date(job.deadlineMs).toISOString(),
    replayOf: id,
    estimatedCost: contract === undefined ? null : estimateCost(contract, { inputBytes, seconds: durations.typicalRunSeconds(contract) }),
  };
}
