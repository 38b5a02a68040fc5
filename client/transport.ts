/** Requests to the API: authenticated, repeated where that is safe and may help, and read without rounding. */
import type { Auth } from './auth.ts';
import { DelegationError, type Problem, ProblemError } from './client-errors.ts';
import { parseExact, stringifyExact } from './unrounded-json.ts';

export interface TransportOptions {
  readonly url: string;
  readonly auth: Auth;
  readonly fetch: typeof globalThis.fetch;
  /** How often a request is sent at most. */
  readonly maxTries: number;
  /** How long one try may take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, parsed without rounding; undefined where there is none. */
  readonly body: unknown;
}

/** Answers that another try may change: no room for now, and gateways that reached no function. */
const retryable: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const firstWaitMs = 200;
const longestWaitMs = 20_000;

export class Transport {
  private readonly options: TransportOptions;
  private readonly base: string;

  constructor(options: TransportOptions) {
    this.options = options;
    this.base = options.url.replace(/\/+$/, '');
  }

  /**
   * Sends a request until it is answered. Each of them may be repeated: those that make something carry a key.
   * @throws ProblemError for an answer that is a problem; DelegationError `unreachable`; the signal's reason
   */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const { maxTries } = this.options;
    for (let number = 1; ; number++) {
      request.signal?.throwIfAborted();
      const outcome = await this.tryOnce(request);
      if (outcome.kind === 'answered') return outcome.answer;
      if (number >= maxTries || !outcome.mayHelp) throw outcome.error;
      await pause(waitMs(number, outcome.retryAfterSeconds), request.signal);
    }
  }

  /** @returns the address of a path of the API */
  addressOf(path: string): string {
    return `${this.base}${path}`;
  }

  private async tryOnce(request: ApiRequest): Promise<Outcome> {
    const { auth, fetch, timeoutMs } = this.options;
    const url = this.addressOf(request.path);
    const body = request.body === undefined ? undefined : stringifyExact(request.body);
    const given = { ...request.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const plain = Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    const headers = await auth({ method: request.method, url, headers: plain, body });
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(request.signal === undefined ? [] : [request.signal])]);
    let response: Response;
    let text: string;
    try {
      // Redirects lead to S3, which refuses the API's signature. Browsers show none of a redirect, and leave the signature out themselves.
      response = await fetch(url, {
        method: request.method,
        headers,
        body: body ?? null,
        redirect: isBrowser ? 'follow' : 'manual',
        signal,
      });
      text = await response.text();
    } catch (cause) {
      request.signal?.throwIfAborted();
      const error = new DelegationError('unreachable', `${request.method} ${url} was not answered: ${reasonOf(cause)}`, { cause });
      return { kind: 'failed', mayHelp: true, error, retryAfterSeconds: undefined };
    }
    if (response.status < 400)
      return { kind: 'answered', answer: { status: response.status, headers: response.headers, body: read(text) } };
    const retryAfterSeconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const seconds = Number.isFinite(retryAfterSeconds) ? retryAfterSeconds : undefined;
    const error = new ProblemError(problemOf(response, text), seconds);
    return { kind: 'failed', mayHelp: retryable.has(response.status), error, retryAfterSeconds: seconds };
  }
}

type Outcome =
  | { readonly kind: 'answered'; readonly answer: ApiAnswer }
  | { readonly kind: 'failed'; readonly mayHelp: boolean; readonly error: Error; readonly retryAfterSeconds: number | undefined };

const isBrowser = 'document' in globalThis;

function read(text: string): unknown {
  return text === '' ? undefined : parseExact(text);
}

/** A gateway between may answer with something that is not a problem. */
function problemOf({ status, statusText }: Response, text: string): Problem {
  try {
    const problem = parseExact(text) as Partial<Problem>;
    if (typeof problem.code === 'string' && typeof problem.detail === 'string') return { title: statusText, status, ...problem } as Problem;
  } catch {
    // It is not JSON.
  }
  return { code: `http-${status}`, title: statusText || 'The request was refused', status, detail: text.slice(0, 500) };
}

function reasonOf(cause: unknown): string {
  const { message = String(cause), cause: deeper } = Object(cause) as {
    readonly message?: string;
    readonly cause?: { readonly message?: string };
  };
  return deeper?.message === undefined ? message : `${message} (${deeper.message})`;
}

/** Waits for what the API asked for, else twice as long each time, with jitter, so that clients do not come together. */
function waitMs(number: number, retryAfterSeconds: number | undefined): number {
  const ceilingMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (number - 1));
  const jitteredMs = ceilingMs / 2 + Math.random() * (ceilingMs / 2);
  return retryAfterSeconds === undefined ? jitteredMs : Math.min(60_000, retryAfterSeconds * 1000) + Math.random() * firstWaitMs;
}

/** @throws the signal's reason */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
