/** The client of a deployment: it submits jobs, follows them, and reads their results. */
import { type Auth, unsigned } from './auth.ts';
import { type Problem, ProblemError } from './client-errors.ts';
import { JobHandle, newKey, quoted, type WaitOptions } from './job-handle.ts';
import { type List, listOf } from './job-list.ts';
import type { Job, JobStatus, Schedule } from './shown-job.ts';
import { type ApiRequest, Transport } from './transport.ts';
import type { AnyJobTypes, InputOf, JobTypes, ResultOf } from './typed-jobs.ts';

export interface ClientOptions {
  /** The address of the API, such as `https://….execute-api.eu-central-1.amazonaws.com`, or that of a local mode. */
  readonly url: string;
  /** `sigv4()` or `bearer(…)`. @default none, as a local mode needs none */
  readonly auth?: Auth;
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request is sent at most, where it is not answered, or is refused for now. @default 6 */
  readonly maxTries?: number;
  /** How long one try of a request may take, in milliseconds. @default 35,000, longer than API Gateway takes */
  readonly timeoutMs?: number;
}

/** What a submission may have besides type and input. docs/http-api.md describes each member. */
export interface SubmitOptions {
  /** The idempotency key: the same key gives the same job. @default a new one for each call, so that the client's own repetitions are safe */
  readonly key?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** ISO 8601 with seconds and an offset. */
  readonly startAt?: string | Date;
  readonly delaySeconds?: number;
  /** ISO 8601 with seconds and an offset. */
  readonly deadline?: string | Date;
  readonly maxAttempts?: number;
  readonly webhookUrl?: string;
  readonly webhookEvents?: readonly string[];
  /** Ids of jobs that must have ended before this one starts. */
  readonly after?: readonly string[];
  readonly afterFailure?: 'fail' | 'run';
  readonly uniqueKey?: string;
  readonly onDuplicate?: 'join' | 'replace';
  readonly maxDelaySeconds?: number;
  readonly concurrencyKey?: string;
  readonly priority?: 'low' | 'normal' | 'high';
  /** Ends the request; the job may have been accepted. */
  readonly signal?: AbortSignal;
}

export interface JobFilter {
  readonly status?: JobStatus | readonly JobStatus[];
  readonly type?: string | readonly string[];
  /** `name:value`, all of them. */
  readonly tag?: string | readonly string[];
  /** Accepted at or after this time: ISO 8601, a `Date`, or a duration back from now such as `-1h` (s, m, h, d). */
  readonly since?: string | Date;
  /** Accepted before this time, as `since`. */
  readonly until?: string | Date;
  readonly order?: 'asc' | 'desc';
  /** Another owner's jobs, for admins. */
  readonly owner?: string;
  /** Jobs of one page, 1 to 100. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** One submission of a batch. */
export type BatchItem<Types extends JobTypes> = {
  [Type in keyof Types & string]: Omit<SubmitOptions, 'signal'> & { readonly type: Type; readonly input: InputOf<Types, Type> };
}[keyof Types & string];

type AnyBatchItem = Omit<SubmitOptions, 'signal'> & { readonly type: string; readonly input: unknown };

/** What became of it. */
export type BatchResult<Types extends JobTypes> =
  | { readonly job: JobHandle<Types>; readonly isReplay: boolean; readonly problem: undefined }
  | { readonly job: undefined; readonly isReplay: false; readonly problem: ProblemError };

/** A filter for many jobs at once; an empty one is refused. */
export interface BulkFilter {
  readonly status?: readonly JobStatus[];
  readonly type?: readonly string[];
  readonly code?: readonly string[];
  readonly tag?: readonly string[];
  readonly since?: string;
  readonly until?: string;
}

export interface BulkOptions {
  /** Whether the answer only counts what would be done. @default true */
  readonly dryRun?: boolean;
  readonly jobsPerSecond?: number;
  /** For admins: whose jobs. */
  readonly owner?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** What a dry run found. */
export interface BulkPreview {
  readonly dryRun: true;
  readonly count: number;
  readonly isLowerBound: boolean;
  readonly jobs: readonly Job[];
}

/** What `upload` sends. */
export interface UploadOptions {
  /** A media type, e.g. `text/csv`. */
  readonly contentType: string;
  readonly contentEncoding?: 'gzip' | 'zstd';
  readonly signal?: AbortSignal;
}

/**
 * @typeParam Types job types by name: `typeof` an object of contracts, an object of `{ input, output }` types, or what `delegation typegen` writes @default any
 */
export function createClient<Types extends JobTypes = AnyJobTypes>(options: ClientOptions): Client<Types> {
  return new Client(options);
}

/** `createClient` makes it. */
export class Client<Types extends JobTypes = AnyJobTypes> {
  private readonly transport: Transport;

  constructor({ url, auth = unsigned, fetch = globalThis.fetch.bind(globalThis), maxTries = 6, timeoutMs = 35_000 }: ClientOptions) {
    this.transport = new Transport({ url, auth, fetch, maxTries, timeoutMs });
  }

  /** Submits a job. Once this resolves, the job is kept. @throws ProblemError with pointers to what is wrong */
  async submit<Type extends keyof Types & string>(
    type: Type,
    input: InputOf<Types, Type>,
    options: SubmitOptions = {},
  ): Promise<JobHandle<Types, Type>> {
    const { signal, ...members } = options;
    const answer = await this.post('/v1/jobs', submissionOf(type, input, members), { key: options.key, signal });
    return new JobHandle(this.transport, answer.body as Job, answer.headers.get('etag') ?? undefined);
  }

  /** Submits a job and waits for its result. @throws as `submit` and `JobHandle.result` */
  async run<Type extends keyof Types & string>(
    type: Type,
    input: InputOf<Types, Type>,
    { timeoutMs, ...options }: SubmitOptions & Pick<WaitOptions, 'timeoutMs'> = {},
  ): Promise<ResultOf<Types, Type>> {
    const job = await this.submit(type, input, options);
    const { signal } = options;
    return job.result({ ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(signal === undefined ? {} : { signal }) });
  }

  /** Submits up to 100 jobs with one request, each decided independently. @param key of the whole request @returns one result for each, in order */
  async batch(
    items: readonly BatchItem<Types>[],
    { key, signal }: Pick<SubmitOptions, 'key' | 'signal'> = {},
  ): Promise<readonly BatchResult<Types>[]> {
    const jobs = (items as readonly AnyBatchItem[]).map(({ type, input, key: own, ...members }) => ({
      ...submissionOf(type, input, members),
      ...(own === undefined ? {} : { idempotencyKey: own }),
    }));
    const { body } = await this.post('/v1/jobs/batch', { jobs }, { key, signal });
    const { results } = body as {
      readonly results: readonly { readonly isReplay: boolean; readonly job: Job | null; readonly problem: Problem | null }[];
    };
    return results.map(({ job, isReplay, problem }): BatchResult<Types> => {
      if (problem !== null) return { job: undefined, isReplay: false, problem: new ProblemError(problem, undefined) };
      return { job: new JobHandle(this.transport, job as Job), isReplay, problem: undefined };
    });
  }

  /** @returns a job to follow @throws ProblemError `job-not-found` */
  async job(id: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<JobHandle<Types>> {
    const { body, headers } = await this.transport.send({ method: 'GET', path: `/v1/jobs/${encodeURIComponent(id)}`, signal });
    return new JobHandle(this.transport, body as Job, headers.get('etag') ?? undefined);
  }

  /** Jobs of the caller: awaited, the first page; iterated, all of them. */
  jobs(filter: JobFilter = {}): List<JobHandle<Types>> {
    return listOf(
      this.transport,
      { path: `/v1/jobs${queryOf(filter)}`, name: 'jobs', signal: filter.signal },
      (job: Job) => new JobHandle(this.transport, job),
    );
  }

  /** Cancels a job, as `JobHandle.cancel` does. */
  async cancel(id: string, options?: Parameters<JobHandle['cancel']>[0]): Promise<JobHandle<Types>> {
    return (await this.job(id)).cancel(options);
  }

  /** Retries a job that failed or was cancelled, as `JobHandle.retry` does. */
  async retry(id: string): Promise<JobHandle<Types>> {
    return (await this.job(id)).retry();
  }

  /** Sends a signal to a job. @param payload a JSON value that the schema of the job's type accepts */
  async signal(
    id: string,
    name: string,
    payload: unknown = null,
    { key = newKey(), signal }: Pick<SubmitOptions, 'key' | 'signal'> = {},
  ): Promise<JobHandle<Types>> {
    const path = `/v1/jobs/${encodeURIComponent(id)}/signals/${encodeURIComponent(name)}`;
    const { body, headers } = await this.post(path, payload, { key, signal });
    return new JobHandle(this.transport, body as Job, headers.get('etag') ?? undefined);
  }

  /** Retries all jobs that match a filter. By default it only counts them. @returns a preview, or the job that does it */
  redrive(filter: BulkFilter, options: BulkOptions & { readonly dryRun: false }): Promise<JobHandle<Types>>;
  redrive(filter: BulkFilter, options?: BulkOptions): Promise<BulkPreview | JobHandle<Types>>;
  redrive(filter: BulkFilter, options: BulkOptions = {}): Promise<BulkPreview | JobHandle<Types>> {
    return this.bulk('redrive', filter, options);
  }

  /** Cancels all jobs that match a filter, as `redrive` retries them. */
  cancelAll(filter: BulkFilter, options: BulkOptions & { readonly dryRun: false }): Promise<JobHandle<Types>>;
  cancelAll(filter: BulkFilter, options?: BulkOptions): Promise<BulkPreview | JobHandle<Types>>;
  cancelAll(filter: BulkFilter, options: BulkOptions = {}): Promise<BulkPreview | JobHandle<Types>> {
    return this.bulk('cancel', filter, options);
  }

  /** Schedules of the caller. */
  readonly schedules = {
    /** Sets a schedule, or replaces the one of this name. @param schedule as docs/schedules.md describes it */
    set: async (
      name: string,
      schedule: Readonly<Record<string, unknown>>,
      { signal }: { readonly signal?: AbortSignal } = {},
    ): Promise<Schedule> =>
      (await this.transport.send({ method: 'PUT', path: `/v1/schedules/${encodeURIComponent(name)}`, body: schedule, signal }))
        .body as Schedule,
    get: async (name: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Schedule> =>
      (await this.transport.send({ method: 'GET', path: `/v1/schedules/${encodeURIComponent(name)}`, signal })).body as Schedule,
    delete: async (name: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<void> => {
      await this.transport.send({ method: 'DELETE', path: `/v1/schedules/${encodeURIComponent(name)}`, signal });
    },
    list: ({ signal }: { readonly signal?: AbortSignal } = {}): List<Schedule> =>
      listOf(this.transport, { path: '/v1/schedules', name: 'schedules', signal }, (schedule: Schedule) => schedule),
  };

  /**
   * Uploads an input that is too large for a request, up to 5 GB.
   * @returns `upload://upl_…`, for the input of a job whose type takes uploads
   * @throws ProblemError; an Error when S3 refuses the bytes
   */
  async upload(content: Blob | Uint8Array<ArrayBuffer> | string, { contentType, contentEncoding, signal }: UploadOptions): Promise<string> {
    const bytes =
      content instanceof Blob ? await content.arrayBuffer() : typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const sha256 = btoa(String.fromCharCode(...digest));
    const body = { sizeBytes: bytes.byteLength, sha256, contentType, contentEncoding };
    const answer = await this.transport.send({ method: 'POST', path: '/v1/uploads', body, signal });
    const place = answer.body as { readonly source: string; readonly url: string; readonly headers: Readonly<Record<string, string>> };
    const { status, text } = await this.transport.sendToLink({
      method: 'PUT',
      url: place.url,
      headers: place.headers,
      body: bytes,
      signal,
    });
    // Bytes that an earlier try has stored already are refused with 412, and are there.
    if (status >= 300 && status !== 412) throw new Error(`The upload was refused with ${status}: ${text.slice(0, 300)}`);
    return place.source;
  }

  /** Who calls, and what the deployment is: `GET /v1/me`. */
  async me(): Promise<Readonly<Record<string, unknown>>> {
    return (await this.request({ method: 'GET', path: '/v1/me' })) as Readonly<Record<string, unknown>>;
  }

  /** Sends any request of the API, for what has no method here. A POST without an idempotency key gets a new one, since it may be repeated. @returns the body of the answer */
  async request(request: ApiRequest): Promise<unknown> {
    const hasKey = Object.entries(request.headers ?? {}).some(
      ([name, value]) => name.toLowerCase() === 'idempotency-key' && value !== undefined,
    );
    if (request.method !== 'POST' || hasKey) return (await this.transport.send(request)).body;
    return (await this.transport.send({ ...request, headers: { ...request.headers, 'idempotency-key': quoted(newKey()) } })).body;
  }

  private async bulk(action: 'redrive' | 'cancel', filter: BulkFilter, options: BulkOptions): Promise<BulkPreview | JobHandle<Types>> {
    const { key, signal, dryRun = true, ...members } = options;
    const { body } = await this.post(`/v1/jobs/${action}`, { filter, dryRun, ...members }, { key, signal });
    return dryRun ? (body as BulkPreview) : new JobHandle(this.transport, body as Job);
  }

  private post(
    path: string,
    body: unknown,
    { key = newKey(), signal }: { readonly key?: string | undefined; readonly signal?: AbortSignal | undefined },
  ) {
    return this.transport.send({ method: 'POST', path, headers: { 'idempotency-key': quoted(key) }, body, signal });
  }
}

function submissionOf(type: string, input: unknown, { key: _key, startAt, deadline, ...members }: Omit<SubmitOptions, 'signal'>): object {
  return {
    type,
    input,
    ...members,
    ...(startAt === undefined ? {} : { startAt: instantOf(startAt) }),
    ...(deadline === undefined ? {} : { deadline: instantOf(deadline) }),
  };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** @returns the instant as the API takes it; a text such as `-1h` counts from now */
function instantOf(instant: string | Date): string {
  if (instant instanceof Date) return instant.toISOString();
  const [, count, unit = ''] = /^-(\d+)([smhd])$/.exec(instant) ?? [];
  return count === undefined ? instant : new Date(Date.now() - Number(count) * (unitSeconds[unit] ?? 0) * 1000).toISOString();
}

function queryOf({ signal: _signal, since, until, ...filter }: JobFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter))
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  if (since !== undefined) query.append('since', instantOf(since));
  if (until !== undefined) query.append('until', instantOf(until));
  return query.size === 0 ? '' : `?${query}`;
}
