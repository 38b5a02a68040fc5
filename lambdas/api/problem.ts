/** Problem details: the one form of every error answer. @see https://www.rfc-editor.org/rfc/rfc9457 */
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** Every problem there is: its status and its title. The docs explain each under its name. */
export const problems = {
  'malformed-json': [400, 'The body is not JSON'],
  'malformed-encoding': [400, 'The body is not in its Content-Encoding'],
  'duplicate-member': [400, 'The body holds a member twice'],
  'malformed-idempotency-key': [400, 'The Idempotency-Key header is malformed'],
  'invalid-parameter': [400, 'A query parameter is not valid'],
  'invalid-cursor': [400, 'The cursor is not one of this listing'],
  unauthenticated: [401, 'The caller is not known'],
  forbidden: [403, 'The caller may not do this'],
  'not-found': [404, 'There is nothing at this address'],
  'job-not-found': [404, 'There is no such job'],
  'job-type-not-found': [404, 'There is no such job type'],
  'file-not-found': [404, 'The job has no such file'],
  'method-not-allowed': [405, 'This address does not take that method'],
  'input-not-shown': [409, 'The input of the job cannot be shown'],
  'job-not-finished': [409, 'The job has not ended yet'],
  'job-failed': [409, 'The job failed, so it has no result'],
  'job-cancelled': [409, 'The job was cancelled, so it has no result'],
  'job-already-ended': [409, 'The job has already ended'],
  'job-type-draining': [409, 'The job type takes no new jobs'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body must be JSON, plain or compressed with gzip'],
  'invalid-submission': [422, 'The submission is not valid'],
  'unknown-job-type': [422, 'There is no such job type'],
  'idempotency-key-reused': [422, 'The idempotency key belongs to another submission'],
  'over-quota': [429, 'The quota of this owner is used up'],
  'internal-error': [500, 'Something went wrong here'],
  unavailable: [503, 'The service cannot take this now'],
} as const satisfies Record<string, readonly [ContentfulStatusCode, string]>;

export type ProblemName = keyof typeof problems;

export interface Violation {
  readonly detail: string;
  /** A JSON Pointer into the body as a URI fragment, e.g. `#/input/rows/0`. */
  readonly pointer: string;
}

export interface ProblemOptions {
  readonly detail: string;
  readonly errors?: readonly Violation[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown anywhere while a request is answered; becomes the answer. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemName;
  readonly options: ProblemOptions;
  constructor(problem: ProblemName, options: ProblemOptions) {
    super(options.detail);
    this.problem = problem;
    this.options = options;
  }
}

/** @param instance the path of the request */
export function problemResponse(problem: ProblemName, { detail, errors, headers }: ProblemOptions, instance: string): Response {
  const [status, title] = problems[problem];
  const body = { type: `urn:delegation:problem:${problem}`, title, status, detail, instance, ...(errors === undefined ? {} : { errors }) };
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json', ...headers } });
}

/** A longer one points at what is around the fault: a name may be as long as the body, and an answer repeats it for every fault. */
const maxPointerLength = 1_000;

/**
 * @param path members from the root
 * @returns e.g. `#/input/rows/0`
 * @see https://www.rfc-editor.org/rfc/rfc6901#section-6
 */
export function jsonPointer(path: readonly PropertyKey[]): string {
  let pointer = '#';
  for (const member of path) {
    const name = String(member);
    if (pointer.length + name.length > maxPointerLength) return pointer;
    const longer = `${pointer}/${encodeURIComponent(name.toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'))}`;
    if (longer.length > maxPointerLength) return pointer;
    pointer = longer;
  }
  return pointer;
}
