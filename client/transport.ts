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
  /** The body as it came. */
  readonly text: string;
}

/** A request to an address that carries its own permission, such as a link of S3, which refuses any other credentials. */
export interface LinkRequest {
  readonly method: 'GET' | 'PUT';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: ArrayBuffer | Uint8Array<ArrayBuffer>;
  readonly signal?: AbortSignal | undefined;
}

export interface LinkAnswer {
  readonly status: number;
  readonly text: string;
}

/** Answers that another try may change: no room for now, and gateways that reached no function. */
const retryable: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
const firstWaitMs = 200;
const longestWaitMs = 20_000;
/** The longest pause that the client takes on its own: where the API asks for more, the caller hears so at once, and decides. */
const longestRetryAfterSeconds = 60;
/** The content of a link has no limit in size, so its bytes extend the time-out: by a second for each 128 KB, a megabit a second. */
const slowestBytesPerMs = 128;
/** A longer timer ends at once. @see https://developer.mozilla.org/docs/Web/API/Window/setTimeout#maximum_delay_value */
const longestTimerMs = 2 ** 31 - 1;

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
  send(request: ApiRequest): Promise<ApiAnswer> {
    return this.repeat(request.signal, () => this.tryOnce(request));
  }

  /**
   * Sends a request without authentication until it is answered, with the time-out and the repetitions of `send`.
   * @returns the answer, also where it refuses
   * @throws DelegationError `unreachable`, also where it was answered with `503` and the like each time; the signal's reason
   */
  sendToLink(request: LinkRequest): Promise<LinkAnswer> {
    return this.repeat(request.signal, () => this.tryLink(request));
  }

  private async repeat<Answer>(signal: AbortSignal | undefined, tryOnce: () => Promise<Outcome<Answer>>): Promise<Answer> {
    const { maxTries } = this.options;
    for (let number = 1; ; number++) {
      signal?.throwIfAborted();
      const outcome = await tryOnce();
      if (outcome.kind === 'answered') return outcome.answer;
      const { retryAfterSeconds, mayHelp, error } = outcome;
      if (number >= maxTries || !mayHelp || (retryAfterSeconds ?? 0) > longestRetryAfterSeconds) throw error;
      await pause(waitMs(number, retryAfterSeconds), signal);
    }
  }

  private async tryOnce(request: ApiRequest): Promise<Outcome<ApiAnswer>> {
    const { method, path, signal } = request;
    const url = `${this.base}${path}`;
    const body = request.body === undefined ? undefined : stringifyExact(request.body);
    const given = { ...request.headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const plain = Object.fromEntries(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
    const headers = await this.options.auth({ method, url, headers: plain, body });
    // Redirects lead to S3, which refuses the API's signature. Browsers show none of a redirect, and leave the signature out themselves.
    const redirect = isBrowser ? 'follow' : 'manual';
    const exchanged = await this.exchange(url, { method, headers, body: body ?? null, redirect }, { signal });
    if (exchanged.kind === 'failed') return exchanged;
    const { response, text } = exchanged.answer;
    if (elsewhere.has(response.status)) return failedWith(redirectText(request, response));
    if (response.status < 400) {
      const body = read(text);
      if (body instanceof SyntaxError)
        return failedWith(`${method} ${withoutQuery(url)} was answered with something that is not JSON: ${body.message}`);
      return { kind: 'answered', answer: { status: response.status, headers: response.headers, body, text } };
    }
    const retryAfterSeconds = retryAfterOf(response);
    const error = new ProblemError(problemOf(response, text), retryAfterSeconds);
    return { kind: 'failed', mayHelp: retryable.has(response.status), error, retryAfterSeconds };
  }

  private async tryLink({ method, url, headers = {}, body, signal }: LinkRequest): Promise<Outcome<LinkAnswer>> {
    const exchanged = await this.exchange(url, { method, headers, body: body ?? null }, { signal, slowestBytesPerMs });
    if (exchanged.kind === 'failed') return exchanged;
    const { response, text } = exchanged.answer;
    if (!retryable.has(response.status)) return { kind: 'answered', answer: { status: response.status, text } };
    const error = new DelegationError(
      'unreachable',
      `${method} ${withoutQuery(url)} was answered with ${response.status}: ${text.slice(0, 300)}`,
    );
    return { kind: 'failed', mayHelp: true, error, retryAfterSeconds: retryAfterOf(response) };
  }

  /** Sends a request once. @param bounds `slowestBytesPerMs`: bytes extend the time-out, those of the request and then those of the answer */
  private async exchange(
    url: string,
    init: RequestInit & { readonly method: string },
    bounds: { readonly signal: AbortSignal | undefined; readonly slowestBytesPerMs?: number },
  ): Promise<Outcome<{ readonly response: Response; readonly text: string }>> {
    const { fetch, timeoutMs } = this.options;
    const { signal, slowestBytesPerMs: rate = Number.POSITIVE_INFINITY } = bounds;
    const timeOut = new AbortController();
    const end = () => timeOut.abort(new DOMException('no answer came in time', 'TimeoutError'));
    const startTimer = (bytes: number) => setTimeout(end, Math.min(longestTimerMs, timeoutMs + bytes / rate));
    let timer = startTimer(sizeOf(init.body));
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.any([timeOut.signal, ...(signal === undefined ? [] : [signal])]) });
      if (Number.isFinite(rate)) {
        clearTimeout(timer);
        timer = startTimer(Number(response.headers.get('content-length') ?? 0));
      }
      return { kind: 'answered', answer: { response, text: await response.text() } };
    } catch (cause) {
      signal?.throwIfAborted();
      const message = `${init.method} ${withoutQuery(url)} was not answered: ${reasonOf(cause)}`;
      return { kind: 'failed', mayHelp: true, error: new DelegationError('unreachable', message, { cause }), retryAfterSeconds: undefined };
    } finally {
      clearTimeout(timer);
    }
  }
}

type Outcome<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly mayHelp: boolean; readonly error: Error; readonly retryAfterSeconds: number | undefined };

const isBrowser = 'document' in globalThis;

/** @returns the error where it is not JSON: another server answers, and asking again changes nothing */
function read(text: string): unknown {
  try {
    return text === '' ? undefined : parseExact(text);
  } catch (error) {
    return error;
  }
}

/** Redirects to another address. The API itself answers with 303 alone, with a link. */
const elsewhere: ReadonlySet<number> = new Set([301, 302, 307, 308]);

function redirectText({ method, path }: ApiRequest, { headers }: Response): string {
  return `${method} ${withoutQuery(path)} was answered with a redirect to ${withoutQuery(headers.get('location') ?? 'nowhere')}, which is not followed, since requests carry credentials. Name that address, if it is the API's.`;
}

function failedWith(message: string): Outcome<never> {
  return { kind: 'failed', mayHelp: false, error: new DelegationError('unreachable', message), retryAfterSeconds: undefined };
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

/** The query of a link is its permission, which belongs into no log. */
function withoutQuery(url: string): string {
  return url.replace(/\?.*$/, '');
}

function sizeOf(body: RequestInit['body']): number {
  return (body as { readonly byteLength?: number } | null | undefined)?.byteLength ?? 0;
}

/** @returns the whole seconds of `Retry-After`, which gateways may write as a date @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text);
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : Math.max(0, Math.ceil((atMs - Date.now()) / 1000));
}

/** Waits for what the API asked for, else twice as long each time, with jitter, so that clients do not come together. */
function waitMs(number: number, retryAfterSeconds: number | undefined): number {
  const ceilingMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (number - 1));
  const jitteredMs = ceilingMs / 2 + Math.random() * (ceilingMs / 2);
  return retryAfterSeconds === undefined ? jitteredMs : retryAfterSeconds * 1000 + Math.random() * firstWaitMs;
}

/** @throws the signal's reason */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, longestTimerMs),
    );
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
