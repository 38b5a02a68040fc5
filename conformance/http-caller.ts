/** HTTP as a caller sends it, with every header under control, and the answer as it came. */
import { lookup } from 'node:dns';
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Failure } from './contract-check.ts';
import type { Sign } from './request-signer.ts';

/** A header that is null is left out, also where it would have a default. */
export type HeaderValues = Readonly<Record<string, string | null>>;

export interface SendOptions {
  readonly headers?: HeaderValues;
  /** Texts and bytes are sent unchanged, everything else as JSON. */
  readonly body?: unknown;
}

export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
}

export interface Answer {
  readonly request: SentRequest;
  readonly status: number;
  /** @returns the header's value, several of one name joined by commas */
  readonly header: (name: string) => string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The parsed body of an answer that says it is JSON, else undefined. */
  readonly json: unknown;
  readonly tookMs: number;
}

export interface CallerOptions {
  readonly origin: URL;
  /** Headers of each request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sign?: Sign | undefined;
  /** Receives every answer. */
  readonly onAnswer?: ((answer: Answer) => void) | undefined;
}

/** More than the longest wait that a request may ask for, 20 s, and less than what a gateway allows. */
const timeoutMs = 30_000;
const agents = { 'http:': new HttpAgent({ keepAlive: true }), 'https:': new HttpsAgent({ keepAlive: true }) };

/** A caller of the API: everything it sends is authorised in one way. */
export class Caller {
  private readonly options: CallerOptions;

  constructor(options: CallerOptions) {
    this.options = options;
  }

  /** @returns a caller with these headers in place of its authorisation */
  with(headers: Readonly<Record<string, string>>): Caller {
    return new Caller({ ...this.options, headers, sign: undefined });
  }

  /** @param path from the root, with its query @throws Failure when no answer comes */
  async send(method: string, path: string, { headers = {}, body }: SendOptions = {}): Promise<Answer> {
    const { origin, onAnswer, sign } = this.options;
    const bytes = toBytes(body);
    const given = { host: origin.host, 'user-agent': 'delegation-conformance', ...this.options.headers };
    const typed = bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(bytes.length) };
    const request = { method, path, headers: present({ ...given, ...typed, ...headers }), body: bytes };
    const sent = sign === undefined ? request : { ...request, headers: await sign(origin, request) };
    const answer = await exchange(origin, sent);
    onAnswer?.(answer);
    return answer;
  }

  get(path: string, headers: HeaderValues = {}): Promise<Answer> {
    return this.send('GET', path, { headers });
  }

  post(path: string, body: unknown, headers: HeaderValues = {}): Promise<Answer> {
    return this.send('POST', path, { headers, body });
  }
}

/** Requests an address of another server, without any authorisation, as a link is meant to be used. */
export function fetchBare(url: URL): Promise<Answer> {
  return exchange(url, { method: 'GET', path: `${url.pathname}${url.search}`, headers: { host: url.host }, body: undefined });
}

/** Puts bytes at a link, with the headers that it asks for. */
export function putBare(url: URL, headers: Readonly<Record<string, string>>, body: Buffer): Promise<Answer> {
  const all = { ...headers, host: url.host, 'content-length': String(body.length) };
  return exchange(url, { method: 'PUT', path: `${url.pathname}${url.search}`, headers: all, body });
}

function exchange(origin: URL, sent: SentRequest): Promise<Answer> {
  const { method, path, headers, body } = sent;
  const startedMs = performance.now();
  const options = { method, headers, lookup: lookupLocalhost, timeout: timeoutMs };
  const isSecure = origin.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const target = { hostname: origin.hostname.replace(/^\[|\]$/g, ''), port: origin.port, path };
    const request = isSecure
      ? httpsRequest({ ...target, ...options, agent: agents['https:'] })
      : httpRequest({ ...target, ...options, agent: agents['http:'] });
    const fail = (error: Error) => reject(new Failure(`${method} ${path} got no answer: ${error.message}`));
    request.once('error', fail);
    request.once('timeout', () => request.destroy(new Error(`none within ${timeoutMs / 1000} s`)));
    request.once('response', (response) => {
      readAnswer(response).then((text) => resolve(toAnswer(sent, response, text, performance.now() - startedMs)), fail);
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function toAnswer(request: SentRequest, response: IncomingMessage, text: string, tookMs: number): Answer {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  );
  const header = (name: string) => headers[name.toLowerCase()];
  return { request, status: response.statusCode ?? 0, headers, header, text, json: parseJson(header('content-type'), text), tookMs };
}

function parseJson(contentType: string | undefined, text: string): unknown {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(contentType ?? '')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toBytes(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body as string);
  return Buffer.from(JSON.stringify(body));
}

function present(headers: HeaderValues): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).flatMap(([name, value]) => (value === null ? [] : [[name.toLowerCase(), value]])));
}

/** Names under `.localhost` are this machine's own, which not every resolver knows. @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
const lookupLocalhost: LookupFunction = (hostname, options, callback) =>
  lookup(hostname.endsWith('.localhost') ? 'localhost' : hostname, options, callback);
