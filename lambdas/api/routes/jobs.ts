/** The routes of jobs that were submitted before. */
import { UnavailableError } from '../../core/contract/errors.ts';
import { cancelJob } from '../../core/control/cancel.ts';
import type { DownloadedAs } from '../../core/job/ports.ts';
import { parseExactJson } from '../../text/exact-json.ts';
import { type ApiContext, type ApiDeps, contractOf, requireJob } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { cancelBody } from '../request/body-schemas.ts';
import { parseBody } from '../request/parse-body.ts';
import { readOptionalJsonBody } from '../request/read-body.ts';
import { toDetailedResource } from '../resources/detailed-job.ts';
import { answerTagged } from '../resources/entity-tag.ts';
import { loadInput } from '../resources/job-input.ts';
import { retryAfter, secretNamesOf, setRetryAfter, toJobResource } from '../resources/job-view.ts';
import { waitAsPreferred } from '../wait-as-preferred.ts';

export async function showJob(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const first = await requireJob(c, deps);
  const job = await waitAsPreferred(c, first, deps, async (current) => toDetailedResource(current, deps));
  setRetryAfter(c, job, deps);
  return answerTagged(c, await toDetailedResource(job, deps));
}

export async function showInput(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const job = await requireJob(c, deps);
  return c.body(await loadInput(job, secretNamesOf(job, deps), deps.payloads), 200, { 'content-type': 'application/json' });
}

export async function showResult(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const job = await requireJob(c, deps);
  switch (job.status) {
    case 'succeeded':
      break;
    case 'failed':
      throw new ProblemError('job-failed', { detail: `The job failed with ${job.error?.code}: ${job.error?.message}` });
    case 'cancelled':
      throw new ProblemError('job-cancelled', { detail: 'The job was cancelled before it was done.' });
    default:
      throw new ProblemError('job-not-finished', {
        detail: `The job is ${job.status}. Ask again later.`,
        headers: { 'retry-after': retryAfter(job, deps) },
      });
  }
  if (job.result?.kind === 'stored') {
    return redirectTo(job.result.key, { contentType: 'application/json', fileName: `${job.id}.json` }, c, deps);
  }
  return c.json(parseExactJson(job.result?.json ?? 'null') as object);
}

export async function showFile(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const job = await requireJob(c, deps);
  const name = c.req.param('name') ?? '';
  const file = Object.hasOwn(job.files, name) ? job.files[name] : undefined;
  if (file === undefined) throw new ProblemError('file-not-found', { detail: 'The job has no file of this name.' });
  return redirectTo(file.key, { contentType: file.contentType, fileName: name }, c, deps);
}

/**
 * Redirects to a download link, which is in the body too: S3 refuses a link that is followed with the headers of a signed request
 * (X-Amz-Security-Token, Authorization), so callers that sign read the link and request it without them.
 */
async function redirectTo(key: string, as: DownloadedAs, c: ApiContext, { links }: ApiDeps): Promise<Response> {
  const location = await links.sign(key, as);
  return c.json({ location }, 303, { location });
}

export async function cancelRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const job = await requireJob(c, deps);
  const reason = parseBody(cancelBody, await readOptionalJsonBody(c.req), 'The cancel');
  // What the worker of a type that is no longer deployed had to clean up is unknown: the clock ends the job, and says so.
  const contract = contractOf(job, deps) ?? { cleansUp: true };
  const canceller = { by: c.var.caller.owner, ...reason };
  const cancelled = await cancelJob({ job, contract, canceller }, deps);
  switch (cancelled.kind) {
    case 'cancelled':
      return c.json(await toJobResource(cancelled.job, deps), 200);
    case 'requested':
      setRetryAfter(c, cancelled.job, deps);
      return c.json(await toJobResource(cancelled.job, deps), 202);
    case 'already-ended':
      throw new ProblemError('job-already-ended', {
        detail: `The job has already ${cancelled.job.status === 'cancelled' ? 'been cancelled' : cancelled.job.status}.`,
      });
    case 'busy':
      throw new UnavailableError('Too many concurrent updates to this job; retry the cancel.');
  }
}
