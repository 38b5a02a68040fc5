/** The routes about the service itself. */
import type { ApiContext, ApiDeps } from '../api-context.ts';
import type { MeResource } from '../openapi/service-schemas.ts';
import { originOf } from '../origin.ts';
import { ProblemError } from '../problem.ts';
import { type ProblemName, problems } from '../problems.ts';
import { version } from '../version.ts';

export function showHealth(c: ApiContext): Response {
  return c.json({ status: 'ok' });
}

/** A page about a problem, at the address that is the problem's `type`. */
export async function showProblem(c: ApiContext): Promise<Response> {
  const code = c.req.param('name') ?? '';
  if (!Object.hasOwn(problems, code))
    throw new ProblemError('not-found', { detail: 'There is no problem of this name. docs/problems.md lists them.' });
  const { problemPage } = await import('#description-part');
  const page = problemPage(code as ProblemName);
  return c.body(page, 200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': "default-src 'none'" });
}

/** Who calls, and what is allowed. */
export async function showCaller(c: ApiContext, { catalogue, typeStates, settings }: ApiDeps): Promise<Response> {
  const { owner, isAdmin } = c.var.caller;
  const names = catalogue.map(({ name }) => name);
  const open = await Promise.all(names.map((name) => typeStates.acceptsJobs(name)));
  const { submissionsPerMinute = null, jobsInFlight = null } = settings.quota ?? {};
  const me: MeResource = {
    owner,
    isAdmin,
    allowed: { submit: names.filter((_, i) => open[i]), seeAllJobs: isAdmin, changeJobTypes: isAdmin },
    quota: { submissionsPerMinute, jobsInFlight },
    idempotencyRelease: settings.idempotencyRelease ?? 'never',
    deployment: settings.deployment ?? null,
    version,
  };
  return c.json(me);
}

export async function showOpenApi(c: ApiContext, { catalogue }: ApiDeps): Promise<Response> {
  const { openApiDocument } = await import('#description-part');
  return c.json(openApiDocument(catalogue, { servers: [originOf(c.req.url)] }));
}
