/** Requests to the API: authenticated, read without rounding, and refused with the API's own problems. */
import { parseExact, stringifyExact } from '../../client/unrounded-json.ts';
import type { ProblemResource } from '../../lambdas/api/openapi/service-schemas.ts';
import type { Credentials } from './credentials.ts';

export type Problem = Pick<ProblemResource, 'title' | 'detail' | 'errors'> & { readonly code: string; readonly status: number };

/** The API refused, or was not reached (`unreachable`, status 0). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface Answer<Body> {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined where the answer has none, such as `304` and `204`. */
  readonly body: Body | undefined;
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  /** Becomes JSON; numbers that were read exactly are sent exactly. */
  readonly body?: unknown;
  /** JSON that a person wrote, sent as it is. */
  readonly text?: string;
  readonly signal?: AbortSignal | undefined;
}

export class ApiCalls {
  private readonly base: string;
  private readonly credentials: Credentials;

  constructor(apiUrl: string, credentials: Credentials) {
    this.base = apiUrl;
    this.credentials = credentials;
  }

  /** The address of a path, for what a person copies or downloads. */
  urlOf(path: string): string {
    return `${this.base === '' ? location.origin : this.base}${path}`;
  }

  /** @throws ApiProblem; the signal's reason */
  async send<Body>(path: string, call: Call = {}): Promise<Answer<Body>> {
    const response = await this.open(path, call);
    const text = response.status === 304 || response.status === 204 ? '' : await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : (parseExact(text) as Body) };
  }

  /** Sends the request and reads the head of its answer alone; a body that is not wanted is to be cancelled. @throws ApiProblem */
  async open(path: string, { method = 'GET', headers = {}, body, text, signal }: Call = {}): Promise<Response> {
    const content = text ?? (body === undefined ? undefined : stringifyExact(body));
    const sent = {
      ...(content === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
      ...(await this.credentials.headers()),
    };
    const response = await this.reach(path, {
      method,
      headers: sent,
      body: content ?? null,
      signal: signal ?? null,
      // A redirect leads to a large file, which a person downloads and the page does not read.
      redirect: 'manual',
      credentials: 'omit',
    });
    if (response.status === 401) await this.credentials.refused();
    if (response.status >= 400) throw new ApiProblem(await problemOf(response));
    return response;
  }

  private async reach(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(`${this.base}${path}`, init);
    } catch (error) {
      init.signal?.throwIfAborted();
      const detail = `The API was not reached (${error instanceof Error ? error.message : String(error)}). The console tries again.`;
      throw new ApiProblem({ code: 'unreachable', title: 'No answer', status: 0, detail });
    }
  }
}

/** A gateway before the API may answer with something that is not a problem. */
async function problemOf(response: Response): Promise<Problem> {
  const text = await response.text();
  try {
    const problem = parseExact(text) as Partial<Problem> & { readonly message?: string };
    if (typeof problem.code === 'string' && typeof problem.detail === 'string')
      return { ...(problem as Problem), title: problem.title ?? response.statusText, status: response.status };
    if (typeof problem.message === 'string')
      return { code: `http-${response.status}`, title: 'Refused', status: response.status, detail: problem.message };
  } catch {
    // It is not JSON.
  }
  const detail = text.slice(0, 300) || `The answer was ${response.status} ${response.statusText}.`;
  return { code: `http-${response.status}`, title: 'Refused', status: response.status, detail };
}

/** @returns the problem of anything that was thrown, for the screen */
export function asProblem(error: unknown): Problem {
  if (error instanceof ApiProblem) return error.problem;
  return { code: 'console-error', title: 'The console failed', status: 0, detail: error instanceof Error ? error.message : String(error) };
}
