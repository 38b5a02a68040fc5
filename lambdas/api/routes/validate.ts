/** `POST /v1/jobs?validateOnly=true`: everything that can be said about a submission now, without writing anything. */
import { durationMs } from '../../core/contract/duration.ts';
import { missingUploads } from '../../core/submit/named-uploads.ts';
import { peekQuota } from '../../core/submit/quota.ts';
import { isSameSubmission, type Submission } from '../../core/submit/submit-job.ts';
import { draining, keyReused, overQuota, type SubmissionRequest, uploadNotFound, withKeyHolder } from '../accept.ts';
import type { ApiDeps } from '../api-context.ts';
import type { ValidationResource } from '../openapi/resource-schemas.ts';
import { ProblemError } from '../problem.ts';
import { parseSubmission } from '../request/submission.ts';
import { estimateCost } from '../resources/estimated-cost.ts';

/** @throws ProblemError the one that the submission would be refused with */
export async function validateSubmission(given: SubmissionRequest, owner: string, deps: ApiDeps): Promise<ValidationResource> {
  const request = await withKeyHolder(given, owner, deps);
  const nowMs = deps.runtime.nowMs();
  const submission = parseSubmission(request.body, owner, deps, nowMs);
  const replayOf = await findEarlier(request, submission, deps);
  if (submission instanceof ProblemError) throw submission;
  const { contract, input, startAtMs = nowMs, deadlineMs } = submission;
  // A repeat stays accepted, although the job might be refused now.
  if (replayOf === null) await checkAdmission(request.id, submission, deps);
  const notBeforeMs = Math.max(startAtMs, nowMs);
  const seconds = deps.durations.typicalSeconds(contract);
  return {
    type: contract.name,
    startAt: new Date(notBeforeMs).toISOString(),
    deadline: new Date(deadlineMs ?? notBeforeMs + durationMs(contract.deadline)).toISOString(),
    replayOf,
    estimatedCost: estimateCost(contract, { inputBytes: Buffer.byteLength(JSON.stringify(input)), seconds }),
  };
}

async function findEarlier({ id, hasKey }: SubmissionRequest, submission: Submission | ProblemError, { store, runtime }: ApiDeps) {
  const job = hasKey ? await store.get(id, runtime.nowMs()) : undefined;
  if (job === undefined || submission instanceof ProblemError) return null;
  if (!isSameSubmission(job, submission.canonicalBody)) throw keyReused();
  return job.id;
}

async function checkAdmission(jobId: string, submission: Submission, deps: ApiDeps): Promise<void> {
  const { owner, contract } = submission;
  if (!(await deps.typeStates.acceptsJobs(contract.name))) throw draining(contract.name);
  const missing = await missingUploads(submission, deps.uploads.exists);
  if (missing.length > 0) throw uploadNotFound(missing);
  const { quota } = deps.settings;
  if (quota === undefined) return;
  const admission = await peekQuota({ owner, jobId, quota }, deps);
  if (admission.kind === 'refused') throw overQuota(admission, deps);
}
