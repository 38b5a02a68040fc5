/** The query string of a request: which parameters each route takes, checked in one place before a route runs. */
import { isOwner, ownerRule } from '../../core/job/owner.ts';
import { truncate } from '../../text/truncate.ts';
import type { ApiContext } from '../api-context.ts';
import { ProblemError } from '../problem.ts';

const ofCounts = ['type', 'tag', 'since', 'until', 'cursor', 'owner'];

/**
 * By method and path, as the route table has them. A route that is not named takes none. A parameter that is not known is refused: if it were
 * ignored, `?validateOnly=true` would create jobs where it is not supported. A test compares this with the OpenAPI document.
 */
const known: Readonly<Record<string, readonly string[]>> = {
  'GET /v1/jobs': ['status', ...ofCounts, 'order', 'limit'],
  'GET /v1/jobs/counts': ofCounts,
  'POST /v1/jobs': ['validateOnly'],
  'POST /v1/jobs/:id/retry': ['validateOnly'],
  'GET /v1/jobs/:id/children': ['limit', 'cursor'],
  'GET /v1/groups/:id/jobs': ['limit', 'cursor'],
  'GET /v1/schedules': ['limit', 'cursor', 'owner'],
  'GET /v1/schedules/:name': ['owner'],
  'DELETE /v1/schedules/:name': ['owner'],
  'PUT /v1/schedules/:name/state': ['owner'],
  'GET /v1/links/:id': ['token'],
  'POST /v1/links/:id': ['token'],
};

/** Parameters that may be repeated, each time with another value. */
const repeatable: ReadonlySet<string> = new Set(['status', 'type', 'tag']);

/** The parameters by which a request may be signed in place of a header. They are not the route's. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html */
const ofSignature = /^x-amz-(algorithm|credential|date|expires|security-token|signature|signedheaders)$/i;

/** Every value of each parameter that the route takes and the request has; none of the values is empty. */
export type Parameters = Readonly<Record<string, readonly string[]>>;

/** @returns whether parameters that the route does not know are passed over: programs that send mails add their own to links, such as `utm_source` */
export function mayHaveOthers(path: string): boolean {
  return path === '/v1/links/:id';
}

/** @returns the names of the parameters that a route takes */
export function parametersOf(method: string, path: string): readonly string[] {
  return known[`${method} ${path}`] ?? [];
}

/**
 * @param names of the parameters that the route takes
 * @param hasOthers whether others are passed over
 * @throws ProblemError `invalid-parameter` for a parameter that is not one of these, is empty, or is given twice: which value counts would be a guess
 */
export function readParameters(c: ApiContext, names: readonly string[], hasOthers = false): Parameters {
  // From the URL, since Hono leaves out a parameter whose name is empty.
  const { searchParams } = new URL(c.req.url);
  const given = [...new Set(searchParams.keys())].filter((name) => !ofSignature.test(name) && !(hasOthers && !names.includes(name)));
  for (const name of given) {
    const values = searchParams.getAll(name);
    if (!names.includes(name)) throw invalid(`There is no parameter "${truncate(name, 50)}" here. ${thoseThereAre(names)}`);
    if (values.length > 1 && !repeatable.has(name)) throw invalid(`${name} is given ${values.length} times.`);
    if (values.includes('')) throw invalid(`${name} is empty. Give it a value, or leave it out.`);
  }
  return Object.fromEntries(given.map((name) => [name, searchParams.getAll(name)]));
}

function thoseThereAre(names: readonly string[]): string {
  if (names.length === 0) return 'This request takes none.';
  return `There ${names.length === 1 ? 'is' : 'are'}: ${[...names].sort().join(', ')}.`;
}

/** @returns the value of a parameter that is given at most once */
export function parameter(c: ApiContext, name: string): string | undefined {
  return c.var.parameters[name]?.[0];
}

/** @returns the owner that the parameter `owner` names, or the caller; `invalid-parameter` or `forbidden`, unless the caller is an admin, is thrown */
export function readOwner(c: ApiContext, what: string): string {
  const { caller } = c.var;
  const owner = parameter(c, 'owner') ?? caller.owner;
  if (!isOwner(owner)) throw invalid(`owner must be ${ownerRule} (was ${Buffer.byteLength(owner)} bytes).`);
  if (owner === caller.owner || caller.isAdmin) return owner;
  throw new ProblemError('forbidden', { detail: `Only admins can ask for other owners' ${what}. Leave out the parameter owner.` });
}

/** @throws ProblemError `invalid-parameter` */
export function readValidateOnly(c: ApiContext): boolean {
  const text = parameter(c, 'validateOnly') ?? 'false';
  if (text !== 'true' && text !== 'false') throw invalid(`validateOnly must be true or false (was "${truncate(text, 50)}").`);
  return text === 'true';
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid-parameter', { detail });
}
