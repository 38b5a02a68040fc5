/** `POST /v1/jobs/{id}/retry`. */
import type * as z from 'zod';
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import { DamagedPayloadError } from '../../core/contract/errors.ts';
import type { Job } from '../../core/job/job.ts';
import { loadPayload } from '../../core/job/payload.ts';
import { isTerminal } from '../../core/job/states.ts';
import { isRetryable, retryId, retrySubmission } from '../../core/submit/retry-job.ts';
import { isSameSubmission } from '../../core/submit/submit-job.ts';
import { canonicalJson, parseExactJson } from '../../text/exact-json.ts';
import { acceptItems } from '../accept.ts';
import { type ApiContext, type ApiDeps, contractOf, requireJob } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { retryBody } from '../request/body-schemas.ts';
import { parseBody } from '../request/parse-body.ts';
import { readValidateOnly } from '../request/query-parameters.ts';
import { readOptionalJsonBody } from '../request/read-body.ts';
import { parseSubmission } from '../request/submission.ts';
import { traceOf } from '../request/trace-context.ts';
import { findWebhookFault } from '../request/webhook-member.ts';
import { retryAfter } from '../resources/job-view.ts';
import { respond, respondAccepted } from './submit.ts';
import { describeReplay, validateCandidate } from './validate.ts';

type Changes = z.output<typeof retryBody>;

export async function retryRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const validateOnly = readValidateOnly(c);
  const ended = await requireJob(c, deps);
  requireRetryable(ended, deps);
  const body = await readOptionalJsonBody(c.req);
  const changes = parseBody(retryBody, body, 'The retry');
  const canonicalBody = canonicalJson(body);
  const id = retryId(ended);
  const retried = new ProblemError('already-retried', {
    detail: `The job was retried with other content by ${id}. Look at /v1/jobs/${id}, and retry that one if it has ended.`,
  });
  const known = await deps.store.get(id, deps.runtime.nowMs());
  if (known !== undefined) {
    if (!isSameSubmission(known, canonicalBody)) throw retried;
    return validateOnly ? c.json(await describeReplay(known, deps)) : respondAccepted(c, { job: known, isReplay: true }, deps);
  }
  const work = await workOf(ended, changes, deps);
  const submission = retrySubmission(ended, work, { ...membersOf(changes), ...traceOf(c), canonicalBody }, deps.runtime.nowMs());
  if (validateOnly)
    return c.json(
      await validateCandidate({ id, hasKey: true, body, verdict: submission }, { taken: retried, owner: submission.owner }, deps),
    );
  return respond(c, await acceptItems([{ id, submission }], { owner: ended.owner, taken: retried }, deps), deps);
}

function requireRetryable(job: Job, deps: ApiDeps): void {
  if (!isTerminal(job.status)) {
    throw new ProblemError('job-not-finished', {
      detail: `The job is ${job.status}. It can be retried once it has failed or was cancelled.`,
      headers: { 'retry-after': retryAfter(job, deps) },
    });
  }
  if (contractOf(job, deps)?.isInternal === true)
    throw new ProblemError('not-retryable', { detail: 'The job is work of the service itself. Send the request that it came from again.' });
  if (!isRetryable(job.status))
    throw new ProblemError('not-retryable', { detail: 'The job succeeded. Submit a new job to do its work a second time.' });
}

/** @returns the contract as it is deployed now, and an input that it accepts: the new one, or else the former one */
async function workOf(ended: Job, changes: Changes, deps: ApiDeps) {
  const contract = requireDeployed(ended, deps);
  const input = changes.input === undefined ? await loadFormerInput(ended, deps) : changes.input;
  const { tags = ended.tags } = changes;
  const deployed = { ...deps, webhookFault: await findWebhookFault(changes, deps.settings) };
  // Its webhook is that of the ended job, which may have none; a default of the settings is for submissions.
  const { webhookUrl = ended.webhookUrl ?? null } = changes;
  const checked = parseSubmission({ ...changes, type: ended.type, input, tags, webhookUrl }, ended.owner, deployed, deps.runtime.nowMs());
  if (checked instanceof ProblemError) throw checked;
  return { contract, input };
}

function requireDeployed({ type }: Job, { catalogue }: ApiDeps): JobTypeContract {
  const contract = findContract(catalogue, type);
  if (contract !== undefined) return contract;
  throw new ProblemError('job-type-removed', { detail: `The job type ${type} is no longer deployed, so nothing could run the retry.` });
}

/** Through the function, and never through the caller: it may be large, and hold secrets. */
async function loadFormerInput({ input }: Job, { payloads }: ApiDeps): Promise<unknown> {
  try {
    return parseExactJson(await loadPayload(payloads, input));
  } catch (error) {
    if (!(error instanceof DamagedPayloadError)) throw error;
    throw new ProblemError('input-lost', { detail: `${error.message} Send the retry with an input of its own.` });
  }
}

function membersOf({ deadline, tags, maxAttempts, webhookUrl, webhookEvents }: Changes) {
  return {
    ...(deadline === undefined ? {} : { deadlineMs: Date.parse(deadline) }),
    ...(tags === undefined ? {} : { tags }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
    ...(webhookEvents === undefined ? {} : { webhookEvents }),
  };
}
