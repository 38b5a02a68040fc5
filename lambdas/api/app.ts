/** The HTTP API: its routes, who may call them, and what becomes of errors. */
import { Hono, type MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import type { UnavailableError } from '../core/contract/errors.ts';
import type { Settings } from '../core/contract/runtime-settings.ts';
import { ownerRule } from '../core/job/owner.ts';
import { unavailableProblem } from './accept.ts';
import type { ApiContext, ApiDeps, ApiEnv, ApiPorts, Handler } from './api-context.ts';
import { callerOf } from './caller.ts';
import { describeMissingPath } from './missing-path.ts';
import { originOf } from './origin.ts';
import { isProblem, ProblemError, type ProblemPlace, problemResponse } from './problem.ts';
import { mayHaveOthers, parametersOf, readParameters } from './request/query-parameters.ts';
import { requestIdOf } from './request/request-id.ts';
import { QueueStates } from './resources/queue-states.ts';
import { TypicalDurations } from './resources/typical-durations.ts';
import { listJobTypes, setJobTypeState, showJobType } from './routes/job-types.ts';
import { cancelRoute, showFile, showInput, showJob, showResult } from './routes/jobs.ts';
import { childrenRoute, countRoute, listRoute } from './routes/listing.ts';
import { eventsRoute } from './routes/live.ts';
import { retryRoute } from './routes/retry.ts';
import { showCaller, showHealth, showOpenApi, showProblem } from './routes/service.ts';
import { signalRoute } from './routes/signals.ts';
import { submitRoute } from './routes/submit.ts';
import { submitBatchRoute } from './routes/submit-batch.ts';

type Routes = Readonly<Record<string, Readonly<Record<string, Handler>>>>;

/** @returns the handler of a route of groups, which is loaded with the first */
function ofGroups(name: 'createGroup' | 'showGroup' | 'listMembers' | 'sealRoute' | 'cancelGroup'): Handler {
  return async (c, deps) => (await import('#group-part'))[name](c, deps);
}

/** The only routes that need no caller. */
export const publicRoutes: Routes = {
  '/healthz': { GET: showHealth },
  '/problems/:name': { GET: showProblem },
  // Its token lets in whoever has it.
  '/v1/links/:id': {
    GET: async (c, deps) => (await import('#link-part')).showLink(c, deps),
    POST: async (c, deps) => (await import('#link-part')).useLink(c, deps),
  },
};

/** Described in `openapi/api-operations.ts`. */
export const routes: Routes = {
  '/openapi.json': { GET: showOpenApi },
  '/v1/jobs': { GET: listRoute, POST: submitRoute },
  // Before the id of a job, which none of them is.
  '/v1/jobs/batch': { POST: submitBatchRoute },
  '/v1/jobs/counts': { GET: countRoute },
  '/v1/jobs/redrive': { POST: async (c, deps) => (await import('#bulk-part')).redriveRoute(c, deps) },
  '/v1/jobs/cancel': { POST: async (c, deps) => (await import('#bulk-part')).bulkCancelRoute(c, deps) },
  '/v1/jobs/:id': { GET: showJob },
  '/v1/jobs/:id/input': { GET: showInput },
  '/v1/jobs/:id/result': { GET: showResult },
  '/v1/jobs/:id/children': { GET: childrenRoute },
  '/v1/jobs/:id/events': { GET: eventsRoute },
  '/v1/jobs/:id/files/:name': { GET: showFile },
  '/v1/jobs/:id/cancel': { POST: cancelRoute },
  '/v1/jobs/:id/retry': { POST: retryRoute },
  '/v1/jobs/:id/signals/:name': { POST: signalRoute },
  '/v1/jobs/:id/webhook': { POST: async (c, deps) => (await import('#delivery-part')).webhookRoute(c, deps) },
  '/v1/schedules': { GET: async (c, deps) => (await import('#schedule-part')).listSchedules(c, deps) },
  '/v1/schedules/:name': {
    GET: async (c, deps) => (await import('#schedule-part')).showSchedule(c, deps),
    PUT: async (c, deps) => (await import('#schedule-part')).putSchedule(c, deps),
    DELETE: async (c, deps) => (await import('#schedule-part')).removeSchedule(c, deps),
  },
  '/v1/schedules/:name/state': { PUT: async (c, deps) => (await import('#schedule-part')).setScheduleState(c, deps) },
  '/v1/groups': { POST: ofGroups('createGroup') },
  '/v1/groups/:id': { GET: ofGroups('showGroup') },
  '/v1/groups/:id/jobs': { GET: ofGroups('listMembers') },
  '/v1/groups/:id/seal': { POST: ofGroups('sealRoute') },
  '/v1/groups/:id/cancel': { POST: ofGroups('cancelGroup') },
  '/v1/uploads': { POST: async (c, deps) => (await import('#upload-part')).createUpload(c, deps) },
  '/v1/me': { GET: showCaller },
  '/v1/job-types': { GET: listJobTypes },
  '/v1/job-types/:type': { GET: showJobType },
  '/v1/job-types/:type/state': { PUT: setJobTypeState },
};

export function createApi(ports: ApiPorts): Hono<ApiEnv> {
  const deps: ApiDeps = { ...ports, durations: new TypicalDurations(), queueStates: new QueueStates(ports) };
  const app = new Hono<ApiEnv>();
  app.use(addCommonHeaders);
  // A browser asks without credentials what it may send, and learns nothing but the methods.
  for (const [path, methods] of Object.entries({ ...publicRoutes, ...routes }))
    app.options(path, (c) => c.body(null, 204, { allow: allowedMethods(methods) }));
  addRoutes(app, publicRoutes, deps);
  // Every route that is registered after it needs a caller, so none can forget to ask. Where there is no route there is nothing to protect.
  app.use(authenticate(deps.settings));
  addRoutes(app, routes, deps);
  const paths = Object.keys({ ...publicRoutes, ...routes });
  app.notFound((c) => problemResponse('not-found', { detail: describeMissingPath(c.req.path, paths) }, placeOf(c)));
  app.onError((error, c) => toErrorResponse(error, c, deps));
  return app;
}

/** Nothing of an answer may be kept by others, or read as another type, and both sides can name the request. */
const addCommonHeaders: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  const { headers } = c.res;
  headers.set('x-request-id', requestIdOf(c.env.event));
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  headers.set('x-content-type-options', 'nosniff');
};

/** A method that a path does not have is answered with 405 and the methods that it has. */
function addRoutes(app: Hono<ApiEnv>, table: Routes, deps: ApiDeps): void {
  for (const [path, methods] of Object.entries(table)) {
    for (const [method, handler] of Object.entries(methods)) {
      const known = parametersOf(method, path);
      app.on(method, path, (c) => {
        c.set('parameters', readParameters(c, known, mayHaveOthers(path)));
        return handler(c, deps);
      });
    }
    const allow = allowedMethods(methods);
    app.all(path, (c) => {
      throw new ProblemError('method-not-allowed', {
        detail: `${c.req.method} is not allowed here. Allowed: ${allow}.`,
        headers: { allow },
      });
    });
  }
}

function allowedMethods(methods: Routes[string]): string {
  const own = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
  return [...own, 'OPTIONS'].join(', ');
}

function authenticate(settings: Settings): MiddlewareHandler<ApiEnv> {
  const detail =
    settings.jwt === undefined
      ? 'Sign the request (SigV4).'
      : `Send a token that names its owner in the claim "${settings.jwt.ownerClaim}", in ${ownerRule}.`;
  return async (c, next) => {
    if (matchedRoutes(c).every(({ path }) => path === '/*')) return next(); // middleware alone: the answer is 404
    const caller = callerOf(c.env.event, settings);
    if (caller === undefined) throw new ProblemError('unauthenticated', { detail });
    c.set('caller', caller);
    await next();
  };
}

// By its name: a part that is loaded later has classes of its own.
const unavailable: UnavailableError['name'] = 'UnavailableError';

function toErrorResponse(error: Error, c: ApiContext, { log }: ApiDeps): Response {
  const place = placeOf(c);
  if (isProblem(error)) return problemResponse(error.problem, error.options, place);
  const about = { path: place.path, requestId: requestIdOf(c.env.event) };
  if (error.name === unavailable) {
    log.warn('A request could not be served for now.', { ...about, error: String(error) });
    const { problem, options } = unavailableProblem();
    return problemResponse(problem, options, place);
  }
  log.error('A request failed.', { ...about, error: error.stack ?? String(error) });
  return problemResponse('internal-error', { detail: 'The request could not be served. The log of the service says why.' }, place);
}

function placeOf(c: ApiContext): ProblemPlace {
  return { path: c.req.path, origin: originOf(c.req.url) };
}
