/** Sends one webhook once. The engine decides when; this file decides how, and what the answer means. */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isPublicAddress } from './public-address.ts';
import { retryAfterMs } from './retry-after.ts';
import { signWebhook, type WebhookHeaders } from './sign-webhook.ts';
import { openConnection, systemNetwork, type WebhookNetwork } from './webhook-network.ts';
import { checkWebhookUrl, type RefusedWebhook, type WebhookPolicy, type WebhookTarget } from './webhook-url.ts';

export interface WebhookMessage {
  readonly url: string;
  /** The same for all tries of one event. @see WebhookContent */
  readonly id: string;
  /** JSON, at most `maxWebhookBodyBytes`. */
  readonly body: Uint8Array;
  /** One, or two while they rotate. */
  readonly secrets: readonly string[];
}

export interface PostWebhookOptions {
  readonly policy: WebhookPolicy;
  /** When the try starts. */
  readonly now: Date;
  /** Ends the try: the returned promise rejects with its `reason`. */
  readonly signal?: AbortSignal;
  /** All of the try, from the look-up of the name to the end of the answer. @default 15 s */
  readonly timeLimitMs?: number;
  /** @default the system's */
  readonly network?: WebhookNetwork;
}

/** What became of one try. It holds nothing that the receiver wrote but the status and its `Retry-After`. */
export type WebhookOutcome =
  /** The receiver has it: 2xx. */
  | { readonly kind: 'delivered'; readonly status: number }
  /** Nothing was sent. */
  | RefusedWebhook
  /** The receiver answered, and not with 2xx; redirects are not followed. `isGone`: it wants nothing more (410). */
  | { readonly kind: 'failed'; readonly status: number; readonly isGone: boolean; readonly retryAfterMs: number | undefined }
  /** There was no answer. The receiver may have acted all the same. `detail` is a code of Node, the system or OpenSSL, such as `ECONNREFUSED`. */
  | { readonly kind: 'unreachable'; readonly code: UnreachableCode; readonly detail: string | undefined };

export type UnreachableCode = 'dns_failed' | 'connect_failed' | 'tls_failed' | 'timed_out' | 'connection_closed' | 'invalid_response';

/** Webhooks are thin above 20 kB, so a longer one is a mistake of the service. */
export const maxWebhookBodyBytes = 64 * 1024;
/** The standard recommends 15 to 30 s. */
const defaultTimeLimitMs = 15_000;
/** More headers than this are an invalid response. */
const maxHeaderBytes = 16 * 1024;
/** This part of an answer's body is read and dropped, so that an ordinary receiver is not cut off while it writes. */
const maxDrainedBytes = 64 * 1024;

/**
 * Signs and posts one webhook to the address that its URL's name has now, if that is public. The bytes that are signed are those that are sent.
 * @returns the outcome, within the time limit no matter what the receiver does
 * @throws TypeError if a secret or the id cannot be used, RangeError if the body is too long, and the reason of `signal`
 */
export async function postWebhook(message: WebhookMessage, options: PostWebhookOptions): Promise<WebhookOutcome> {
  const { body, id, secrets, url } = message;
  options.signal?.throwIfAborted();
  if (body.byteLength > maxWebhookBodyBytes)
    throw new RangeError(`The body of a webhook must be at most ${maxWebhookBodyBytes} bytes (was ${body.byteLength}).`);
  const headers = signWebhook({ id, attemptedAt: options.now, body }, secrets);
  const target = checkWebhookUrl(url, options.policy);
  if (target.kind === 'refused') return target;
  const limit = limitTime(options);
  const { now, network = systemNetwork } = options;
  try {
    const outcome = await postTo(target, { headers, body, now, network, signal: limit.signal });
    if (outcome.kind === 'unreachable' && outcome.code === 'timed_out') options.signal?.throwIfAborted();
    return outcome;
  } finally {
    limit.clear();
  }
}

/** A signal that aborts at the end of the time, or with the caller's own. */
function limitTime({ signal, timeLimitMs = defaultTimeLimitMs }: PostWebhookOptions): { signal: AbortSignal; clear: () => void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, timeLimitMs);
  signal?.addEventListener('abort', abort);
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    },
  };
}

type Target = Exclude<WebhookTarget, RefusedWebhook>;

interface Exchange {
  readonly headers: WebhookHeaders;
  readonly body: Uint8Array;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly network: WebhookNetwork;
}

/** Finds the address, if the URL does not hold it, and posts there. */
async function postTo(target: Target, what: Exchange): Promise<WebhookOutcome> {
  const { network, signal } = what;
  if (target.kind === 'addresses') return exchange(target, target.addresses, what);
  const addresses = await raceAbort(network.resolve(target.hostname, signal), signal).catch((error: unknown) =>
    unreachable(signal.aborted ? 'timed_out' : 'dns_failed', error),
  );
  if ('kind' in addresses) return addresses;
  // One address that is not public refuses the name, so that a receiver cannot hope for the right one to be chosen.
  if (addresses.length > 0 && addresses.every(isPublicAddress)) return exchange(target, addresses, what);
  const message = `Webhooks go to public addresses only, and ${target.hostname} has another one.`;
  return { kind: 'refused', code: 'resolved_not_public', message };
}

/** The promise, or a rejection as soon as `signal` aborts. */
async function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}

/** One request and its answer. It ends when the connection is closed, and at the latest when `signal` aborts. */
function exchange({ url, hostname }: Target, addresses: readonly string[], what: Exchange): Promise<WebhookOutcome> {
  const { headers, body, now, network, signal } = what;
  const socket = openConnection({ url, hostname, addresses }, network);
  let phase: UnreachableCode = 'connect_failed';
  socket.once('connect', () => {
    phase = url.protocol === 'http:' ? 'connection_closed' : 'tls_failed';
  });
  socket.once('secureConnect', () => {
    phase = 'connection_closed';
  });
  const request = httpRequest({
    createConnection: () => socket,
    method: 'POST',
    path: url.pathname + url.search,
    headers: {
      host: url.host,
      'content-type': 'application/json',
      'content-length': body.byteLength,
      'user-agent': 'Delegation-Webhooks',
      ...headers,
    },
    maxHeaderSize: maxHeaderBytes,
    signal,
  });
  return new Promise((resolve) => {
    let outcome: WebhookOutcome | undefined;
    request.on('response', (response) => {
      outcome = outcomeOf(response, now);
      drain(response, () => request.destroy());
    });
    request.on('error', (error) => {
      outcome ??= unreachable(signal.aborted ? 'timed_out' : codeOf(error)?.startsWith('HPE_') ? 'invalid_response' : phase, error);
    });
    request.on('close', () => resolve(outcome ?? unreachable(signal.aborted ? 'timed_out' : phase)));
    request.end(body);
  });
}

function outcomeOf({ statusCode: status = 0, headers }: IncomingMessage, now: Date): WebhookOutcome {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  return { kind: 'failed', status, isGone: status === 410, retryAfterMs: retryAfterMs(headers['retry-after'], now) };
}

/** Reads and drops the body. Node closes the connection at its end, since no agent keeps it. */
function drain(response: IncomingMessage, close: () => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxDrainedBytes) close();
  });
  // The outcome is known by its status: how the body ends changes nothing.
  response.on('error', close);
}

function unreachable(code: UnreachableCode, error?: unknown): WebhookOutcome {
  return { kind: 'unreachable', code, detail: code === 'timed_out' ? undefined : codeOf(error) };
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
