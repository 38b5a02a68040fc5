/** Compares an answer with the API's own description of it: status, headers, media type, and a body without members that are not described. */
import * as z from 'zod';
import { commonHeaders, headers as described, type HeaderName, problemHeaders } from '../../lambdas/api/openapi/answer-headers.ts';
import { operations } from '../../lambdas/api/openapi/api-operations.ts';
import type { Operation } from '../../lambdas/api/openapi/operation.ts';
import { resources } from '../../lambdas/api/openapi/resource-schemas.ts';
import { problemSchema } from '../../lambdas/api/openapi/service-schemas.ts';
import { problems } from '../../lambdas/api/problems.ts';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Problems that any request may have, before it reaches an operation or because of a fault. */
const everywhere = ['unauthenticated', 'not-found', 'method-not-allowed', 'invalid-parameter', 'internal-error', 'unavailable'];

/** Headers of the transport, of the body and of the gateway, which OpenAPI documents leave out. */
const notDescribed = /^(content-(type|length)|date|connection|keep-alive|transfer-encoding|apigw-requestid|access-control-.*)$/;

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
    checkHeaders(headers, { optional: problemHeaders[status] ?? [] }, fail);
    return;
  }
  if (method === 'OPTIONS') return;
  const response = operation?.responses[status] ?? fail('the status is not described');
  checkHeaders(headers, { usual: response.headers ?? [], optional: response.optionalHeaders ?? [] }, fail);
  const mediaType = headers.get('content-type')?.split(';')[0];
  const { schema } = response;
  if (schema !== undefined && mediaType !== (response.mediaType ?? 'application/json')) fail(`the type ${mediaType} is not described`);
  if (schema === undefined || schema === 'any' || schema === 'Result' || method === 'HEAD') return;
  parse(z.union([schema].flat().map((name) => resources[name])), body, fail);
}

interface ExpectedHeaders {
  /** There in every answer, unless the description of the header says otherwise. */
  readonly usual?: readonly HeaderName[];
  readonly optional: readonly HeaderName[];
}

function checkHeaders(headers: Headers, { usual = [], optional }: ExpectedHeaders, fail: (what: string) => never): void {
  const known = new Set<string>([...usual, ...optional, ...commonHeaders].map((name) => name.toLowerCase()));
  for (const name of headers.keys()) if (!known.has(name) && !notDescribed.test(name)) fail(`the header ${name} is not described`);
  for (const name of usual) if (!('isAlwaysThere' in described[name]) && !headers.has(name)) fail(`the header ${name} is missing`);
}

function parse<Schema extends z.ZodType>(schema: Schema, body: unknown, fail: (what: string) => never): z.output<Schema> {
  const parsed = schema.safeParse(body);
  return parsed.success ? parsed.data : fail(JSON.stringify(parsed.error.issues));
}

function findOperation(method: string, path: string): Operation | undefined {
  const found = Object.entries(operations).find(([template]) => new RegExp(`^${template.replaceAll(/:\w+/g, '[^/]+')}$`).test(path));
  return found?.[1][method === 'HEAD' ? 'GET' : method];
}
