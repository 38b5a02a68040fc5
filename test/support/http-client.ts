/** A caller of the API, and nothing more than its URL. Every answer must be one that the API describes. */
import { checkAnswer } from './check-answer.ts';

export interface JobAnswer {
  readonly id: string;
  readonly type: string;
  readonly status: string;
  readonly reason: { readonly code: string } | null;
  readonly attempt: number;
  readonly result: never;
  readonly error: { readonly code: string; readonly message: string; readonly details?: Readonly<Record<string, unknown>> } | null;
  readonly input: unknown;
  readonly links: { readonly self: string; readonly input: string | null; readonly result: string | null; readonly cancel: string | null };
  readonly timeline: readonly { readonly event: string; readonly detail?: string }[];
  readonly [member: string]: unknown;
}

export interface Answer<Body = JobAnswer> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Body;
}

const terminal = ['succeeded', 'failed', 'cancelled'];

export type Send = (url: URL, init: RequestInit & { readonly headers: Record<string, string> }) => Promise<Response>;
/** How requests of an owner are sent; undefined is the server's default owner. */
export type Transport = (owner: string | undefined) => Send;

/** A header that the local mode believes. */
const byHeader: Transport = (owner) => (url, init) =>
  fetch(url, { ...init, headers: { ...init.headers, ...(owner === undefined ? {} : { 'delegation-owner': owner }) } });

export class HttpClient {
  private readonly url: () => string;
  private readonly transport: Transport;
  private readonly send: Send;

  /** @param url asked for at each call, since a restarted server may have another one */
  constructor(url: () => string, transport: Transport = byHeader, owner?: string) {
    this.url = url;
    this.transport = transport;
    this.send = transport(owner);
  }

  as(owner: string): HttpClient {
    return new HttpClient(this.url, this.transport, owner);
  }

  async request<Body = JobAnswer>(
    method: string,
    path: string,
    options: { body?: string | Uint8Array<ArrayBuffer> | object; headers?: Record<string, string>; signal?: AbortSignal } = {},
  ): Promise<Answer<Body>> {
    const { body } = options;
    const response = await this.send(new URL(path, this.url()), {
      method,
      redirect: 'manual',
      // As any caller has one: an answer that does not come says nothing about the job.
      signal: options.signal ?? AbortSignal.timeout(300_000),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...options.headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
    const answer = { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : undefined) as Body };
    checkAnswer({ method, path, ...answer });
    return answer;
  }

  get<Body = JobAnswer>(path: string): Promise<Answer<Body>> {
    return this.request<Body>('GET', path);
  }

  submit(
    type: string,
    input: unknown,
    { key, ...more }: { readonly key?: string; readonly [member: string]: unknown } = {},
  ): Promise<Answer> {
    return this.request('POST', '/v1/jobs', {
      body: { type, input, ...more },
      ...(key === undefined ? {} : { headers: { 'idempotency-key': `"${key}"` } }),
    });
  }

  /** Submits and waits for the end. */
  async run(type: string, input: unknown, more: Readonly<Record<string, unknown>> = {}): Promise<JobAnswer> {
    const accepted = await this.submit(type, input, more);
    if (accepted.status !== 202) throw new Error(`not accepted: ${accepted.status} ${accepted.text}`);
    return this.ended(accepted.body.id);
  }

  ended(id: string): Promise<JobAnswer> {
    return this.until(id, ({ status }) => terminal.includes(status));
  }

  async until(id: string, isThere: (job: JobAnswer) => boolean): Promise<JobAnswer> {
    while (true) {
      const { status, body, text } = await this.get(`/v1/jobs/${id}`);
      if (status !== 200) throw new Error(`no job: ${status} ${text}`);
      if (isThere(body)) return body;
      if (terminal.includes(body.status)) throw new Error(`ended before: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
