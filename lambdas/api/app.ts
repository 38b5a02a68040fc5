/** The HTTP API: routes in, core calls, answers out. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Context, Hono } from 'hono';
import * as z from 'zod';
import type { Log } from '../core/contract/context.ts';
import { findContract, type JobTypeContract } from '../core/contract/contract.ts';
import { UnavailableError } from '../core/contract/errors.ts';
import type { Settings } from '../core/contract/settings.ts';
import { cancelJob } from '../core/control/cancel.ts';
import { type TypeSwitches, typeStates } from '../core/control/job-type-states.ts';
import { aboutJob, type Metrics, numbersOfEnd } from '../core/control/metrics.ts';
import { isJobId } from '../core/job/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { DownloadedAs, DownloadLinks } from '../core/job/ports.ts';
import { isTerminal } from '../core/job/states.ts';
import { type QuotaStore, takeQuota } from '../core/submit/quota.ts';
import { findReplay, type SubmitPorts, submitJob } from '../core/submit/submit.ts';
import { canonicalJson, parseExactJson } from '../text/exact-json.ts';
import { whatIsThere } from './address.ts';
import { type Caller, callerOf } from './caller.ts';
import { collectFaults, describeFaults, faultsOf } from './faults.ts';
import { followedJobs, presentFollowed } from './followed.ts';
import { parseIdempotencyKey } from './idempotency-key.ts';
import { loadInput, type SecretNames } from './input.ts';
import { presentJobType, presentJobTypeSummary } from './job-types.ts';
import { listJobs, parseListQuery } from './listing.ts';
import { presentJob, retryAfterSeconds } from './present.ts';
import { ProblemError, problemResponse } from './problem.ts';
import { readJsonBody } from './read-body.ts';
import { parseSubmission } from './submission.ts';

export interface ApiPorts extends SubmitPorts {
  /** The job types there are. */
  readonly catalogue: readonly JobTypeContract[];
  readonly links: DownloadLinks;
  readonly switches: TypeSwitches;
  readonly quotas: QuotaStore;
  readonly settings: Settings;
  readonly retentionMs: number;
  readonly log: Log;
  readonly metrics: Metrics;
}

const jobTypeState = z.strictObject({ state: z.enum(typeStates) });

type Bindings = { Bindings: { event: APIGatewayProxyEventV2 } };
type Call = Context<Bindings>;
type Handler = (call: Call) => Response | Promise<Response>;

/**
 * Makes the API from a table of its routes. Planned, each with a place in this table: `POST /v1/jobs/batch`, `/v1/jobs/{id}/retry`,
 * `/v1/jobs/redrive`, `/v1/uploads`, `GET /openapi.json`; and on existing routes `Prefer: wait`, `ETag` and webhooks.
 */
export function makeApi(ports: ApiPorts): Hono<Bindings> {
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
    '/v1/job-types/:type/state': { PUT: (call) => switchJobType(call, ports) },
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
  app.notFound((call) => problemResponse('not-found', { detail: whatIsThere(call.req.path, Object.keys(routes)) }, call.req.path));
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

async function submit(call: Call, ports: ApiPorts): Promise<Response> {
  const { owner } = requireCaller(call, ports);
  // As it came: Hono leaves out an empty header, and encodes one that is not ASCII.
  const key = parseIdempotencyKey(call.env.event.headers?.['idempotency-key'] ?? call.req.header('idempotency-key'));
  const body = await readJsonBody(call.req);
  const { job, isReplay } = await accept(call, owner, key, body, ports).catch(async (refusal: unknown) => {
    if (!(refusal instanceof ProblemError) || key === undefined) throw refusal;
    // What was accepted once stays accepted, whatever would be refused by now.
    const job = await findReplay(owner, { idempotencyKey: key, fingerprint: canonicalJson(body) }, ports);
    if (job === undefined) throw refusal;
    return { job, isReplay: true };
  });
  call.header('location', `/v1/jobs/${job.id}`);
  sayWhenToAskAgain(call, job, ports);
  if (!isReplay) ports.metrics.put('accepted', { Accepted: 1 }, aboutJob(job));
  if (isReplay) call.header('idempotent-replayed', 'true');
  // Nothing more will happen under this key, so this accepts nothing.
  const hasEnded = isReplay && isTerminal(job.status);
  if (hasEnded)
    call.header('delegation-note', `The job of this Idempotency-Key has ended as ${job.status}. A new key makes a new attempt.`);
  return call.json(await present(job, ports), hasEnded ? 200 : 202);
}

/** @throws ProblemError that says why a submission is not taken */
async function accept(call: Call, owner: string, key: string | undefined, body: unknown, ports: ApiPorts) {
  const submission = parseSubmission(body, owner, key, ports, ports.runtime.nowMs());
  const type = submission.contract.name;
  if (!(await ports.switches.takesNew(type))) {
    throw new ProblemError('job-type-draining', { detail: `The job type ${type} finishes what it has and takes nothing new for now.` });
  }
  const submitted = await submitJob(submission, ports, (jobId) => requireQuota(call, owner, jobId, ports));
  if (submitted.kind === 'accepted') return submitted;
  throw new ProblemError('idempotency-key-reused', {
    detail: 'This Idempotency-Key was sent with another submission before. Use a new key for a new job.',
  });
}

/** Says what is left, with https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
async function requireQuota(call: Call, owner: string, jobId: string, ports: ApiPorts): Promise<void> {
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
function parameters(call: Call): Readonly<Record<string, string>> {
  const given = Object.entries(call.req.queries());
  for (const [name, values] of given) {
    if (values.length > 1) throw new ProblemError('invalid-parameter', { detail: `${name} is given ${values.length} times.` });
    if (values[0] === '') throw new ProblemError('invalid-parameter', { detail: `${name} is empty. Give it a value, or leave it out.` });
  }
  return Object.fromEntries(given.map(([name, [value = '']]) => [name, value]));
}

async function list(call: Call, ports: ApiPorts): Promise<Response> {
  const caller = requireCaller(call, ports);
  const { owner: wanted = caller.owner, ...filters } = parameters(call);
  if (wanted !== caller.owner && !caller.isAdmin) {
    throw new ProblemError('forbidden', { detail: "Only admins list other owners' jobs. Leave out the parameter owner for your own." });
  }
  const query = parseListQuery(filters, wanted);
  return call.json(await listJobs(ports.store, wanted, query, ports.runtime.nowMs(), (job) => present(job, ports)));
}

async function show(call: Call, ports: ApiPorts): Promise<Response> {
  const job = await requireJob(call, ports);
  sayWhenToAskAgain(call, job, ports);
  const followed = await followedJobs(job, findContract(ports.catalogue, job.type), ports.store, ports.runtime.nowMs());
  const delegated = followed && (await Promise.all(followed.map(async (one) => presentFollowed(await present(one, ports)))));
  return call.json({ ...(await present(job, ports)), ...(delegated === undefined ? {} : { delegated }) });
}

async function showInput(call: Call, ports: ApiPorts): Promise<Response> {
  const job = await requireJob(call, ports);
  return call.body(await loadInput(job, secretNamesOf(job, ports), ports.payloads), 200, { 'content-type': 'application/json' });
}

async function showResult(call: Call, ports: ApiPorts): Promise<Response> {
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
    return linkTo(job.result.key, { contentType: 'application/json', fileName: `${job.id}.json` }, call, ports);
  }
  return call.json(parseExactJson(job.result?.json ?? 'null') as object);
}

async function showFile(call: Call, ports: ApiPorts): Promise<Response> {
  const job = await requireJob(call, ports);
  const name = call.req.param('name') ?? '';
  const file = Object.hasOwn(job.files, name) ? job.files[name] : undefined;
  if (file === undefined) throw new ProblemError('file-not-found', { detail: 'The job has no file of this name.' });
  return linkTo(file.key, { contentType: file.contentType, fileName: name }, call, ports);
}

/**
 * Redirects to a download link, and gives it in the body too: S3 refuses a link that is followed with the headers of a signed request
 * (X-Amz-Security-Token, Authorization), so callers that sign read it and request it bare.
 */
async function linkTo(key: string, as: DownloadedAs, call: Call, { links }: ApiPorts): Promise<Response> {
  const location = await links.sign(key, as);
  return call.json({ location }, 303, { location });
}

async function cancel(call: Call, ports: ApiPorts): Promise<Response> {
  const job = await requireJob(call, ports);
  // Of a type that is no longer deployed nobody knows what its worker had to clean up: the clock ends the job, and says so.
  const contract = findContract(ports.catalogue, job.type) ?? { cleansUp: true };
  const cancelled = await cancelJob(job, contract, ports);
  switch (cancelled.kind) {
    case 'cancelled':
      ports.metrics.put('cancelled', numbersOfEnd(cancelled.job), aboutJob(cancelled.job));
      return call.json(await present(cancelled.job, ports), 200);
    case 'requested':
      sayWhenToAskAgain(call, cancelled.job, ports);
      return call.json(await present(cancelled.job, ports), 202);
    case 'already-ended':
      throw new ProblemError('job-already-ended', {
        detail: `The job has already ${cancelled.job.status === 'cancelled' ? 'been cancelled' : cancelled.job.status}.`,
      });
    case 'busy':
      throw new UnavailableError('The job changed all the time while it was to be cancelled.');
  }
}

async function listJobTypes(call: Call, { catalogue, switches }: ApiPorts): Promise<Response> {
  const jobTypes = await Promise.all(
    catalogue.map(async (contract) => presentJobTypeSummary(contract, await switches.stateOf(contract.name))),
  );
  return call.json({ jobTypes });
}

async function showJobType(call: Call, ports: ApiPorts): Promise<Response> {
  const contract = requireJobType(call, ports);
  return call.json(presentJobType(contract, await ports.switches.stateOf(contract.name)));
}

async function switchJobType(call: Call, ports: ApiPorts): Promise<Response> {
  const { owner, isAdmin } = requireCaller(call, ports);
  if (!isAdmin) throw new ProblemError('forbidden', { detail: 'Only those whom the settings make admins switch job types.' });
  const contract = requireJobType(call, ports);
  const body = jobTypeState.safeParse(await readJsonBody(call.req));
  if (!body.success) throw new ProblemError('invalid-submission', describeFaults('The state', collectFaults(faultsOf(body.error.issues))));
  const { state } = body.data;
  await ports.switches.switch(contract.name, state);
  ports.log.info('A job type was switched.', { type: contract.name, state, owner });
  return call.json(presentJobType(contract, state));
}

function requireJobType(call: Call, { catalogue }: ApiPorts): JobTypeContract {
  const contract = findContract(catalogue, call.req.param('type') ?? '');
  if (contract !== undefined) return contract;
  throw new ProblemError('job-type-not-found', {
    detail: `There is no such job type. There are: ${catalogue.map(({ name }) => name).join(', ')}.`,
  });
}

/** With the reason why it rests, which may be its type's. */
async function present(job: Job, ports: ApiPorts) {
  const mayBePaused = !isTerminal(job.status) && job.status !== 'running';
  const isPaused = mayBePaused && (await ports.switches.stateOf(job.type)) === 'paused';
  return presentJob(job, ports.runtime.nowMs(), { isPaused, secretNames: secretNamesOf(job, ports) });
}

function secretNamesOf({ type }: Job, { catalogue }: ApiPorts): SecretNames {
  const contract = findContract(catalogue, type);
  return contract && (contract.redact ?? []);
}

function requireCaller(call: Call, { settings }: ApiPorts): Caller {
  const caller = callerOf(call.env.event, settings);
  if (caller !== undefined) return caller;
  const { jwt } = settings;
  const detail = jwt === undefined ? 'Sign the request (SigV4).' : `Send a token that names its owner in the claim "${jwt.ownerClaim}".`;
  throw new ProblemError('unauthenticated', { detail });
}

/** Another owner's job is answered just as one that does not exist, but to admins. */
async function requireJob(call: Call, ports: ApiPorts): Promise<Job> {
  const { owner, isAdmin } = requireCaller(call, ports);
  const id = call.req.param('id') ?? '';
  const job = isJobId(id) ? await ports.store.get(id, ports.runtime.nowMs()) : undefined;
  if (job === undefined || (job.owner !== owner && !isAdmin))
    throw new ProblemError('job-not-found', { detail: 'There is no job with this id.' });
  return job;
}

function sayWhenToAskAgain(call: Call, job: Job, ports: ApiPorts): void {
  if (!isTerminal(job.status))
    call.header('retry-after', String(retryAfterSeconds(job, typicalSeconds(job, ports), ports.runtime.nowMs())));
}

function typicalSeconds(job: Job, { catalogue }: ApiPorts): number {
  return findContract(catalogue, job.type)?.typicalSeconds ?? 5;
}
