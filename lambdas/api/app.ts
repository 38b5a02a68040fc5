/** The HTTP API: routes in, core calls, answers out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Log } from '../core/contract/context.ts';
import { findContract, type JobTypeContract } from '../core/contract/contract.ts';
import { UnavailableError } from '../core/contract/errors.ts';
import type { Settings } from '../core/contract/settings.ts';
import { cancelJob } from '../core/control/cancel.ts';
import { type JobTypeStates, jobTypeStates } from '../core/control/job-type-states.ts';
import { jobFields, type Metrics, metricsForEnd } from '../core/control/metrics.ts';
import { isJobId } from '../core/job/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { DownloadedAs, DownloadLinks } from '../core/job/ports.ts';
import { isTerminal } from '../core/job/states.ts';
import { type QuotaStore, takeQuota } from '../core/submit/quota.ts';
import { findReplay, type SubmitDeps, submitJob } from '../core/submit/submit.ts';
import { canonicalJson, parseExactJson } from '../text/exact-json.ts';
import { describeMissingPath } from './address.ts';
import { type Caller, callerOf } from './caller.ts';
import { followedJobs, toFollowedResource } from './followed.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { loadInput, type SecretNames } from './input.ts';
import { toJobTypeResource, toJobTypeSummary } from './job-types.ts';
import { listJobs, parseListQuery } from './listing.ts';
import { formatJob, retryAfterSeconds } from './present.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { readJsonBody } from './read-body.ts';
import { parseSubmission } from './submission.ts';
import { collectViolations, describeViolations, violationsOf } from './violations.ts';

export interface ApiDeps extends SubmitDeps {
  /** The job types there are. */
  readonly catalogue: readonly JobTypeContract[];
  readonly links: DownloadLinks;
  readonly typeStates: JobTypeStates;
  readonly quotas: QuotaStore;
  readonly settings: Settings;
  readonly retentionMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

const jobTypeState = z.strictObject({ state: z.enum(jobTypeStates) });

type Bindings = { Bindings: { event: APIGatewayProxyEventV2 } };
type ApiContext = Context<Bindings>;
type Handler = (call: ApiContext) => Response | Promise<Response>;

/**
 * Makes the API from a table of its routes. Planned, each with a place in this table: `POST /v1/jobs/batch`, `/v1/jobs/{id}/retry`,
 * `/v1/jobs/redrive`, `/v1/uploads`, `GET /openapi.json`; and on existing routes `Prefer: wait`, `ETag` and webhooks.
 */
export function makeApi(ports: ApiDeps): Hono<Bindings> {
  const app = new Hono<Bindings>();
  const routes: Record<string, Record<string, Handler>> = {
    '/v1/jobs': { GET: (call) => list(call, ports), POST: (call) => submit(call, ports) },
    '/v1/jobs/:id': { GET: (call) => show(call, ports) },
    '/v1/jobs/:id/input': { GET: (call) => showInput(call, ports) },
    '/v1/jobs/:id/result': { GET: (call) => showResult(call, ports) },
    '/v1/jobs/:id/files/:name': { GET: (call) => showFile(call, ports) },
    '/v1/jobs/:id/cancel': { POST: (call) => cancel(call, ports) },
    '/v1/job-types': { GET: (call) => listJobTypes(call, ports) },
    '/v1/job-types/:type': { GET: (call) => showJobType(call, ports) },
    '/v1/job-types/:type/state': { PUT: (call) => setJobTypeState(call, ports) },
    '/healthz': { GET: (call) => call.json({ status: 'ok' }) },
  };
  for (const [path, methods] of Object.entries(routes)) {
    for (const [method, handler] of Object.entries(methods)) app.on(method, path, handler);
    const allow = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    app.all(path, (call) => {
      throw new ProblemError('method-not-allowed', {
        detail: `${call.req.method} is not allowed here. Allowed: ${allow.join(', ')}.`,
        headers: { allow: allow.join(', ') },
      });
    });
  }
  app.notFound((call) => problemResponse('not-found', { detail: describeMissingPath(call.req.path, Object.keys(routes)) }, call.req.path));
  app.onError((error, call) => {
    if (error instanceof ProblemError) return problemResponse(error.problem, error.options, call.req.path);
    if (error instanceof UnavailableError) {
      ports.log.warn('A request could not be served for now.', { error: String(error), path: call.req.path });
      const detail = 'A part of the service is not available. Try again; with an Idempotency-Key nothing is done twice.';
      return problemResponse('unavailable', { detail, headers: { 'retry-after': '2' } }, call.req.path);
    }
    ports.log.error('A request failed.', { error: error.stack ?? String(error), path: call.req.path });
    return problemResponse(
      'internal-error',
      { detail: 'The request could not be served. The log of the service tells why.' },
      call.req.path,
    );
  });
  return app;
}

async function submit(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const { owner } = requireCaller(call, ports);
  // As it came: Hono leaves out an empty header, and encodes one that is not ASCII.
  const key = parseIdempotencyKey(call.env.event.headers?.['idempotency-key'] ?? call.req.header('idempotency-key'));
  const body = await readJsonBody(call.req);
  const { job, isReplay } = await accept(call, owner, key, body, ports).catch(async (refusal: unknown) => {
    if (!(refusal instanceof ProblemError) || key === undefined) throw refusal;
    // What was accepted once stays accepted, whatever would be refused by now.
    const job = await findReplay(owner, { idempotencyKey: key, canonicalBody: canonicalJson(body) }, ports);
    if (job === undefined) throw refusal;
    return { job, isReplay: true };
  });
  call.header('location', `/v1/jobs/${job.id}`);
  setRetryAfter(call, job, ports);
  if (!isReplay) ports.metrics.put('accepted', { Accepted: 1 }, jobFields(job));
  if (isReplay) call.header('idempotent-replayed', 'true');
  // Nothing more will happen under this key, so this accepts nothing.
  const hasEnded = isReplay && isTerminal(job.status);
  if (hasEnded)
    call.header('delegation-note', `The job of this Idempotency-Key has ended as ${job.status}. A new key makes a new attempt.`);
  return call.json(await toJobResource(job, ports), hasEnded ? 200 : 202);
}

/** @throws ProblemError that says why a submission is not taken */
async function accept(call: ApiContext, owner: string, key: string | undefined, body: unknown, ports: ApiDeps) {
  const submission = parseSubmission(body, owner, key, ports, ports.runtime.nowMs());
  const type = submission.contract.name;
  if (!(await ports.typeStates.acceptsJobs(type))) {
    throw new ProblemError('job-type-draining', { detail: `The job type ${type} finishes what it has and takes nothing new for now.` });
  }
  await ports.typeStates.registerType(type);
  const submitted = await submitJob(submission, ports, (jobId) => requireQuota(call, owner, jobId, ports));
  if (submitted.kind === 'accepted') return submitted;
  throw new ProblemError('idempotency-key-reused', {
    detail: 'This Idempotency-Key was sent with another submission before. Use a new key for a new job.',
  });
}

/** Says what is left, with https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
async function requireQuota(call: ApiContext, owner: string, jobId: string, ports: ApiDeps): Promise<void> {
  const { quota } = ports.settings;
  if (quota === undefined) return;
  const admission = await takeQuota(owner, jobId, quota, ports);
  const { submissionsPerMinute } = quota;
  const remaining = admission.kind === 'admitted' ? admission.remaining : 0;
  const headers: Record<string, string> = {};
  if (submissionsPerMinute !== undefined && (admission.kind === 'admitted' || admission.why === 'rate')) {
    headers['ratelimit-policy'] = `"submit";q=${submissionsPerMinute};w=60`;
    headers['ratelimit'] = `"submit";r=${remaining};t=${admission.resetSeconds}`;
  }
  if (admission.kind === 'refused') {
    const detail = {
      rate: `At most ${submissionsPerMinute} submissions a minute are taken from one owner.`,
      'in-flight': `At most ${quota.jobsInFlight} jobs of one owner may be in flight.`,
      busy: 'Too many submissions of this owner came at the same moment.',
    }[admission.why];
    throw new ProblemError('over-quota', { detail, headers: { ...headers, 'retry-after': String(admission.retryAfterSeconds) } });
  }
  for (const [name, value] of Object.entries(headers)) call.header(name, value);
}

/** @throws ProblemError when one is empty, or given twice: which of them counts would be a guess */
function parameters(call: ApiContext): Readonly<Record<string, string>> {
  const given = Object.entries(call.req.queries());
  for (const [name, values] of given) {
    if (values.length > 1) throw new ProblemError('invalid-parameter', { detail: `${name} is given ${values.length} times.` });
    if (values[0] === '') throw new ProblemError('invalid-parameter', { detail: `${name} is empty. Give it a value, or leave it out.` });
  }
  return Object.fromEntries(given.map(([name, [value = '']]) => [name, value]));
}

async function list(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const caller = requireCaller(call, ports);
  const { owner: wanted = caller.owner, ...filters } = parameters(call);
  if (wanted !== caller.owner && !caller.isAdmin) {
    throw new ProblemError('forbidden', { detail: "Only admins list other owners' jobs. Leave out the parameter owner for your own." });
  }
  const query = parseListQuery(filters, wanted);
  return call.json(await listJobs(ports.store, wanted, query, ports.runtime.nowMs(), (job) => toJobResource(job, ports)));
}

async function show(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const job = await requireJob(call, ports);
  setRetryAfter(call, job, ports);
  const followed = await followedJobs(job, findContract(ports.catalogue, job.type), ports.store, ports.runtime.nowMs());
  const delegated = followed && (await Promise.all(followed.map(async (one) => toFollowedResource(await toJobResource(one, ports)))));
  return call.json({ ...(await toJobResource(job, ports)), ...(delegated === undefined ? {} : { delegated }) });
}

async function showInput(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const job = await requireJob(call, ports);
  return call.body(await loadInput(job, secretNamesOf(job, ports), ports.payloads), 200, { 'content-type': 'application/json' });
}

async function showResult(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const job = await requireJob(call, ports);
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
        headers: { 'retry-after': String(retryAfterSeconds(job, typicalSeconds(job, ports), ports.runtime.nowMs())) },
      });
  }
  if (job.result?.kind === 'stored') {
    return redirectTo(job.result.key, { contentType: 'application/json', fileName: `${job.id}.json` }, call, ports);
  }
  return call.json(parseExactJson(job.result?.json ?? 'null') as object);
}

async function showFile(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const job = await requireJob(call, ports);
  const name = call.req.param('name') ?? '';
  const file = Object.hasOwn(job.files, name) ? job.files[name] : undefined;
  if (file === undefined) throw new ProblemError('file-not-found', { detail: 'The job has no file of this name.' });
  return redirectTo(file.key, { contentType: file.contentType, fileName: name }, call, ports);
}

/**
 * Redirects to a download link, and gives it in the body too: S3 refuses a link that is followed with the headers of a signed request
 * (X-Amz-Security-Token, Authorization), so callers that sign read it and request it bare.
 */
async function redirectTo(key: string, as: DownloadedAs, call: ApiContext, { links }: ApiDeps): Promise<Response> {
  const location = await links.sign(key, as);
  return call.json({ location }, 303, { location });
}

async function cancel(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const job = await requireJob(call, ports);
  // Of a type that is no longer deployed nobody knows what its worker had to clean up: the clock ends the job, and says so.
  const contract = findContract(ports.catalogue, job.type) ?? { cleansUp: true };
  const cancelled = await cancelJob(job, contract, ports);
  switch (cancelled.kind) {
    case 'cancelled':
      ports.metrics.put('cancelled', metricsForEnd(cancelled.job), jobFields(cancelled.job));
      return call.json(await toJobResource(cancelled.job, ports), 200);
    case 'requested':
      setRetryAfter(call, cancelled.job, ports);
      return call.json(await toJobResource(cancelled.job, ports), 202);
    case 'already-ended':
      throw new ProblemError('job-already-ended', {
        detail: `The job has already ${cancelled.job.status === 'cancelled' ? 'been cancelled' : cancelled.job.status}.`,
      });
    case 'busy':
      throw new UnavailableError('The job changed all the time while it was to be cancelled.');
  }
}

async function listJobTypes(call: ApiContext, { catalogue, typeStates }: ApiDeps): Promise<Response> {
  const jobTypes = await Promise.all(
    catalogue.map(async (contract) => toJobTypeSummary(contract, await typeStates.stateOf(contract.name))),
  );
  return call.json({ jobTypes });
}

async function showJobType(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const contract = requireJobType(call, ports);
  return call.json(toJobTypeResource(contract, await ports.typeStates.stateOf(contract.name)));
}

async function setJobTypeState(call: ApiContext, ports: ApiDeps): Promise<Response> {
  const { owner, isAdmin } = requireCaller(call, ports);
  if (!isAdmin) throw new ProblemError('forbidden', { detail: 'Only those whom the settings make admins switch job types.' });
  const contract = requireJobType(call, ports);
  const body = jobTypeState.safeParse(await readJsonBody(call.req));
  if (!body.success)
    throw new ProblemError('invalid-submission', describeViolations('The state', collectViolations(violationsOf(body.error.issues))));
  const { state } = body.data;
  await ports.typeStates.setState(contract.name, state);
  ports.log.info('A job type was switched.', { type: contract.name, state, owner });
  return call.json(toJobTypeResource(contract, state));
}

function requireJobType(call: ApiContext, { catalogue }: ApiDeps): JobTypeContract {
  const contract = findContract(catalogue, call.req.param('type') ?? '');
  if (contract !== undefined) return contract;
  throw new ProblemError('job-type-not-found', {
    detail: `There is no such job type. There are: ${catalogue.map(({ name }) => name).join(', ')}.`,
  });
}

/** With the reason why it rests, which may be its type's. */
async function toJobResource(job: Job, ports: ApiDeps) {
  const mayBePaused = !isTerminal(job.status) && job.status !== 'running';
  const isPaused = mayBePaused && (await ports.typeStates.stateOf(job.type)) === 'paused';
  return formatJob(job, ports.runtime.nowMs(), { isPaused, secretNames: secretNamesOf(job, ports) });
}

function secretNamesOf({ type }: Job, { catalogue }: ApiDeps): SecretNames {
  const contract = findContract(catalogue, type);
  return contract && (contract.redact ?? []);
}

function requireCaller(call: ApiContext, { settings }: ApiDeps): Caller {
  const caller = callerOf(call.env.event, settings);
  if (caller !== undefined) return caller;
  const { jwt } = settings;
  const detail = jwt === undefined ? 'Sign the request (SigV4).' : `Send a token that names its owner in the claim "${jwt.ownerClaim}".`;
  throw new ProblemError('unauthenticated', { detail });
}

/** Another owner's job is answered just as one that does not exist, but to admins. */
async function requireJob(call: ApiContext, ports: ApiDeps): Promise<Job> {
  const { owner, isAdmin } = requireCaller(call, ports);
  const id = call.req.param('id') ?? '';
  const job = isJobId(id) ? await ports.store.get(id, ports.runtime.nowMs()) : undefined;
  if (job === undefined || (job.owner !== owner && !isAdmin))
    throw new ProblemError('job-not-found', { detail: 'There is no job with this id.' });
  return job;
}

function setRetryAfter(call: ApiContext, job: Job, ports: ApiDeps): void {
  if (!isTerminal(job.status))
    call.header('retry-after', String(retryAfterSeconds(job, typicalSeconds(job, ports), ports.runtime.nowMs())));
}

function typicalSeconds(job: Job, { catalogue }: ApiDeps): number {
  return findContract(catalogue, job.type)?.typicalSeconds ?? 5;
}
