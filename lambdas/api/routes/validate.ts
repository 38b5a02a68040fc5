/** `?validateOnly=true`: everything that can be said about a submission or a retry now, without writing anything. */
import type { Job } from '../../core/job/job.ts';
import { refusedPredecessors } from '../../core/submit/named-predecessors.ts';
import { missingUploads } from '../../core/submit/named-uploads.ts';
import { peekQuota } from '../../core/submit/quota.ts';
import { isSameSubmission, type Submission } from '../../core/submit/submit-job.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import {
  type AcceptOptions,
  type Candidate,
  draining,
  findUniqueReplay,
  invalidPredecessor,
  overQuota,
  uploadNotFound,
} from '../accept.ts';
import type { ApiDeps } from '../api-context.ts';
import type { ValidationResource } from '../openapi/resource-schemas.ts';
import { ProblemError } from '../problem.ts';

/**
 * Decides as `acceptCandidates` does.
 * @throws ProblemError the one that the request would be refused with
 */
export async function validateCandidate(
  { id, hasKey, body, verdict }: Candidate,
  { taken, owner }: AcceptOptions,
  deps: ApiDeps,
): Promise<ValidationResource> {
  const decided = verdict instanceof ProblemError ? verdict : ((await refusalOf(id, verdict, deps)) ?? verdict);
  const earlier = hasKey
    ? ((await deps.store.get(id, deps.runtime.nowMs())) ?? (await findUniqueReplay({ id, body, owner }, deps)))
    : undefined;
  // A repeat stays accepted, although the job might be refused now.
  if (earlier !== undefined && isSameSubmission(earlier, canonicalJson(body))) return describeReplay(earlier, deps);
  if (decided instanceof ProblemError) throw decided;
  if (earlier !== undefined) throw taken;
  const { unique } = decided;
  const joined = unique === undefined ? undefined : await (await import('#unique-part')).findJoined({ ...decided, unique }, deps);
  if (joined !== undefined) return describeReplay(joined, deps);
  const { describeValid } = await import('#description-part');
  return describeValid(decided, deps);
}

async function refusalOf(jobId: string, submission: Submission, deps: ApiDeps): Promise<ProblemError | undefined> {
  const { owner, contract } = submission;
  if (!(await deps.typeStates.acceptsJobs(contract.name))) return draining(contract.name);
  const missing = await missingUploads(submission, deps.uploads.exists);
  if (missing.length > 0) return uploadNotFound(missing);
  const refused = (await refusedPredecessors([{ id: jobId, submission }], deps)).values().next().value;
  if (refused !== undefined) return invalidPredecessor(refused);
  const { quota } = deps.settings;
  if (quota === undefined) return undefined;
  const admission = await peekQuota({ owner, jobId, quota }, deps);
  return admission.kind === 'refused' ? overQuota(admission, deps) : undefined;
}

/** Describes the job that an earlier copy of the request created. */
export async function describeReplay(job: Job, deps: ApiDeps): Promise<ValidationResource> {
  const { describeMade } = await import('#description-part');
  return describeMade(job, deps);
}
