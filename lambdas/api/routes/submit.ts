/** `POST /v1/jobs`. */
import { deriveJobId } from '../../core/job/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { type Acceptance, type Acceptances, acceptRequests, keyReused, toCandidate, unavailableProblem } from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { readPreferences } from '../request/prefer.ts';
import { readValidateOnly } from '../request/query-parameters.ts';
import { readJsonBody } from '../request/read-body.ts';
import { traceOf } from '../request/trace-context.ts';
import { setRetryAfter, toJobResource } from '../resources/job-view.ts';
import { untilEnd, waitForJob } from '../wait-for-job.ts';
import { validateCandidate } from './validate.ts';

export async function submitRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const validateOnly = readValidateOnly(c);
  const key = idempotencyKeyOf(c);
  const body = await readJsonBody(c.req);
  const id = deriveJobId(owner, key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'key', key });
  const request = { id, hasKey: key !== undefined, body };
  if (validateOnly)
    return c.json(await validateCandidate(await toCandidate(request, { owner }, deps), { taken: keyReused(), owner }, deps));
  return respond(c, await acceptRequests([request], { owner, ...traceOf(c) }, deps), deps);
}

/** Answers what became of one request, with its job or its problem. */
export function respond(c: ApiContext, { outcomes: [outcome], headers }: Acceptances, deps: ApiDeps): Promise<Response> {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  if (outcome?.kind === 'accepted') return respondAccepted(c, outcome, deps);
  const { problem, options } = outcome?.problem ?? unavailableProblem();
  throw new ProblemError(problem, { ...options, headers: { ...headers, ...options.headers } });
}

/** Answers with the job: `202`, and `200` for a replay whose job has ended. */
export async function respondAccepted(
  c: ApiContext,
  { job, isReplay, freedBy, isJoined = false, replaced }: Omit<Extract<Acceptance, { readonly kind: 'accepted' }>, 'kind'>,
  deps: ApiDeps,
): Promise<Response> {
  c.header('location', `/v1/jobs/${job.id}`);
  if (isReplay) c.header('idempotent-replayed', 'true');
  if (isJoined) c.header('unique-joined', 'true');
  const { waitSeconds } = readPreferences(c, ['respondAsync', 'waitSeconds']);
  // Nothing more will happen to a job that has ended, so this accepts nothing.
  if (isReplay && isTerminal(job.status)) c.header('delegation-note', noteOfEnded(job));
  else if (freedBy !== undefined)
    c.header(
      'delegation-note',
      `The job ${freedBy.id} of this Idempotency-Key has ended as ${freedBy.status}, which freed the key: this is a new job.`,
    );
  if (isJoined)
    c.header('delegation-note', `The job ${job.id} has this uniqueKey and has not ended, so this submission joined it and made no job.`);
  if (replaced !== undefined)
    c.header(
      'delegation-note',
      `This job replaces ${replaced.id}, which had this uniqueKey: it was cancelled if it had not started, else this one starts after it.`,
    );
  const latest = waitSeconds === undefined ? job : await waitForJob(job, untilEnd(job, waitSeconds, deps), deps, c.env.lambdaContext);
  setRetryAfter(c, latest, deps);
  return c.json(await toJobResource(latest, deps), isTerminal(latest.status) ? 200 : 202);
}

function noteOfEnded({ status, retryOf, id }: Job): string {
  return retryOf === undefined
    ? `The job of this Idempotency-Key has ended as ${status}. Send a new key to create a new job.`
    : `This retry has ended as ${status}. A retry that failed or was cancelled can itself be retried: POST /v1/jobs/${id}/retry.`;
}
