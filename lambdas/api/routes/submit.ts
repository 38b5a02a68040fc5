/** `POST /v1/jobs`. */
import { jobFields } from '../../core/control/metrics.ts';
import { deriveJobId } from '../../core/job/ids.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { admitJob } from '../../core/submit/admit-job.ts';
import type { Admission } from '../../core/submit/quota.ts';
import { findReplay, type Submission } from '../../core/submit/submit-job.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError, type ProblemOptions } from '../problem.ts';
import type { ProblemName } from '../problems.ts';
import { parseIdempotencyKey } from '../request/idempotency-key.ts';
import { readPreferences } from '../request/prefer.ts';
import { readJsonBody } from '../request/read-body.ts';
import { parseSubmission } from '../request/submission.ts';
import { setRetryAfter, toJobResource } from '../resources/job-view.ts';
import { type Wait, waitForJob } from '../wait-for-job.ts';

type Headers = Readonly<Record<string, string>>;

interface SubmitRequest {
  readonly id: string;
  readonly owner: string;
  /** Parsed JSON. */
  readonly body: unknown;
}

export type Acceptance =
  | { readonly kind: 'accepted'; readonly job: Job; readonly isReplay: boolean; readonly headers: Headers }
  | { readonly kind: 'refused'; readonly problem: ProblemError };

export async function submitRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  // From the event, since Hono leaves out an empty header and encodes one that is not ASCII.
  const key = parseIdempotencyKey(c.env.event.headers?.['idempotency-key'] ?? c.req.header('idempotency-key'));
  const body = await readJsonBody(c.req);
  const id = deriveJobId(owner, key === undefined ? { token: deps.runtime.newToken() } : { key });
  const result = await accept({ id, owner, body }, deps);
  if (result.kind === 'accepted') return respondAccepted(c, result, deps);
  // A submission that was accepted once stays accepted, so a replay is looked for before the refusal is sent.
  const job = key === undefined ? undefined : await findReplay(id, canonicalJson(body), deps);
  if (job === undefined) throw result.problem;
  return respondAccepted(c, { job, isReplay: true, headers: {} }, deps);
}

async function accept({ id, owner, body }: SubmitRequest, deps: ApiDeps): Promise<Acceptance> {
  const submission = parseSubmission(body, owner, deps, deps.runtime.nowMs());
  if (submission instanceof ProblemError) return { kind: 'refused', problem: submission };
  const taken = new ProblemError('idempotency-key-reused', {
    detail: 'This Idempotency-Key was sent with another submission before. Use a new key for a new job.',
  });
  return admit({ id, submission, taken }, deps);
}

interface Admittance {
  readonly id: string;
  readonly submission: Submission;
  /** The problem where the id belongs to another submission. */
  readonly taken: ProblemError;
}

/** @returns the job with the headers that say what is left of the quota, or the problem that says why there is none */
export async function admit({ id, submission, taken }: Admittance, deps: ApiDeps): Promise<Acceptance> {
  const type = submission.contract.name;
  const admitted = await admitJob(id, submission, deps);
  switch (admitted.kind) {
    case 'accepted':
      return { ...admitted, headers: rateLimitHeaders(admitted.quota, deps) };
    case 'draining':
      return refuse('job-type-draining', {
        detail: `The job type ${type} is draining: it finishes the jobs it has and accepts no new ones for now.`,
      });
    case 'over-quota':
      return refuse('over-quota', overQuota(admitted.quota, deps));
    case 'id-taken':
      return { kind: 'refused', problem: taken };
  }
}

function refuse(problem: ProblemName, options: ProblemOptions): Acceptance {
  return { kind: 'refused', problem: new ProblemError(problem, options) };
}

function overQuota(refusal: Extract<Admission, { readonly kind: 'refused' }>, deps: ApiDeps): ProblemOptions {
  const { submissionsPerMinute, jobsInFlight } = deps.settings.quota ?? {};
  const detail = {
    rate: `At most ${submissionsPerMinute} submissions a minute are accepted from one owner.`,
    'in-flight': `At most ${jobsInFlight} jobs of one owner may be in flight.`,
    busy: 'Too many submissions of this owner came at the same moment.',
  }[refusal.why];
  return { detail, headers: { ...rateLimitHeaders(refusal, deps), 'retry-after': String(refusal.retryAfterSeconds) } };
}

/** @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
function rateLimitHeaders(admission: Admission | undefined, { settings }: ApiDeps): Headers {
  const { submissionsPerMinute } = settings.quota ?? {};
  if (admission === undefined || submissionsPerMinute === undefined) return {};
  if (admission.kind === 'refused' && admission.why !== 'rate') return {};
  const remaining = admission.kind === 'admitted' ? admission.remaining : 0;
  return {
    'ratelimit-policy': `"submit";q=${submissionsPerMinute};w=60`,
    ratelimit: `"submit";r=${remaining};t=${admission.resetSeconds}`,
  };
}

/** Answers with the job: `202`, and `200` for a replay whose job has ended. */
export async function respondAccepted(
  c: ApiContext,
  { job, isReplay, headers }: { readonly job: Job; readonly isReplay: boolean; readonly headers: Headers },
  deps: ApiDeps,
): Promise<Response> {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  c.header('location', `/v1/jobs/${job.id}`);
  if (isReplay) c.header('idempotent-replayed', 'true');
  else deps.metrics.put('accepted', { Accepted: 1 }, jobFields(job));
  const { waitSeconds } = readPreferences(c, ['respondAsync', 'waitSeconds']);
  // Nothing more will happen to a job that has ended, so this accepts nothing.
  if (isReplay && isTerminal(job.status)) c.header('delegation-note', noteOfEnded(job));
  const latest = waitSeconds === undefined ? job : await waitForJob(job, waitForEnd(job, waitSeconds, deps), deps);
  setRetryAfter(c, latest, deps);
  return c.json(await toJobResource(latest, deps), isTerminal(latest.status) ? 200 : 202);
}

function noteOfEnded({ status, retryOf, id }: Job): string {
  return retryOf === undefined
    ? `The job of this Idempotency-Key has ended as ${status}. Send a new key to create a new job.`
    : `This retry has ended as ${status}. A retry that failed or was cancelled can itself be retried: POST /v1/jobs/${id}/retry.`;
}

/** A job that starts later than the caller would wait is not waited for. */
function waitForEnd({ startAtMs = 0 }: Job, seconds: number, { runtime }: ApiDeps): Wait {
  const isLater = startAtMs > runtime.nowMs() + seconds * 1000;
  return { seconds, isOver: ({ status }) => isLater || isTerminal(status) };
}
