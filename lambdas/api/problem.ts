/** Problem details: the one form of every error answer. @see https://www.rfc-editor.org/rfc/rfc9457 */
import type { ProblemResource } from './openapi/service-schemas.ts';
import { type ProblemName, problems } from './problems.ts';

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

/** Recognises a problem by its name, since a part that is loaded later has a class of its own. */
export function isProblem(error: Error): error is ProblemError {
  return error.name === 'ProblemError';
}

export interface ProblemPlace {
  /** The path of the request. */
  readonly path: string;
  /** The origin of the deployment, which serves the page about the problem. */
  readonly origin: string;
}

/** @returns the body of an error answer */
export function toProblem(code: ProblemName, { detail, errors }: ProblemOptions, { path, origin }: ProblemPlace): ProblemResource {
  const { status, title } = problems[code];
  return { type: `${origin}/problems/${code}`, code, title, status, detail, instance: path, ...(errors === undefined ? {} : { errors }) };
}

export function problemResponse(code: ProblemName, options: ProblemOptions, place: ProblemPlace): Response {
  const body = toProblem(code, options, place);
  const headers = { 'content-type': 'application/problem+json', ...options.headers };
  return new Response(JSON.stringify(body), { status: body.status, headers });
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
