/** Compares an answer with the API's own description of it: status, headers, media type, and a body without members that are not described. */
import * as z from 'zod';
import { commonHeaders } from '../../lambdas/api/openapi/answer-headers.ts';
import { type Operation, operations } from '../../lambdas/api/openapi/api-operations.ts';
import { problemSchema, resources } from '../../lambdas/api/openapi/resource-schemas.ts';
import { problems } from '../../lambdas/api/problems.ts';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Problems that any request may have, before it reaches an operation or because of a fault. */
const everywhere = ['unauthenticated', 'not-found', 'method-not-allowed', 'internal-error', 'unavailable'];

/** @throws Error that says what is not described */
export function checkAnswer({ method, path, status, headers, body }: Exchange): void {
  const fail = (what: string): never => {
    throw new Error(`${method} ${path} answered ${status}: ${what}\n${JSON.stringify(body)?.slice(0, 2_000)}`);
  };
  const isProblem = headers.get('content-type') === 'application/problem+json';
  // An answer of the gateway itself.
  if (!headers.has('x-request-id')) return;
  for (const name of commonHeaders) if (!headers.has(name)) fail(`the header ${name} is missing`);
  const operation = findOperation(method, new URL(path, 'http://local').pathname);
  if (isProblem) {
    const problem = parse(problemSchema, body, fail);
    if (!everywhere.includes(problem.code) && operation?.problems.includes(problem.code) !== true)
      fail(`the problem ${problem.code} is not described`);
    if (problems[problem.code].status !== status || problem.status !== status) fail('the status is another one than in the body');
    return;
  }
  if (method === 'OPTIONS') return;
  const described = operation?.responses[status] ?? fail('the status is not described');
  const mediaType = headers.get('content-type')?.split(';')[0];
  if (described.schema !== undefined && mediaType !== (described.mediaType ?? 'application/json'))
    fail(`the type ${mediaType} is not described`);
  if (described.schema === undefined || described.schema === 'any' || described.schema === 'Result' || method === 'HEAD') return;
  parse(z.union([described.schema].flat().map((name) => resources[name])), body, fail);
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown, fail: (what: string) => never): z.output<Schema> {
  const parsed = schema.safeParse(body);
  return parsed.success ? parsed.data : fail(JSON.stringify(parsed.error.issues));
}

function findOperation(method: string, path: string): Operation | undefined {
  const found = Object.entries(operations).find(([template]) => new RegExp(`^${template.replaceAll(/:\w+/g, '[^/]+')}$`).test(path));
  return found?.[1][method === 'HEAD' ? 'GET' : method];
}
