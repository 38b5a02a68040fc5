/** The client of a deployment: it submits jobs, follows them, and reads their results. */
import { unsigned } from './auth.ts';
import type { ClientOptions } from './client-options.ts';
import { GroupCalls } from './group-calls.ts';
import { type BatchItem, type BatchOptions, type BatchResult, type GroupBatch, sendBatch } from './job-batch.ts';
import { JobHandle, keyHeader, type WaitOptions } from './job-handle.ts';
import { type List, listOf } from './job-list.ts';
import { membersOf, type SubmitOptions } from './job-members.ts';
import { type BulkFilter, type BulkOptions, type BulkPreview, type JobFilter, queryOf } from './list-filter.ts';
import type { Job, Me, Schedule } from './shown-job.ts';
import { type ApiAnswer, type ApiRequest, Transport } from './transport.ts';
import type { AnyJobTypes, InputOf, JobTypes, ResultOf } from './typed-jobs.ts';
import { type UploadedContent, type UploadOptions, uploadContent } from './upload-content.ts';

/**
 * @typeParam Types job types by name: `typeof` an object of contracts, or a type of `{ input, output }` types @default any
 */
export function createClient<Types extends JobTypes = AnyJobTypes>(options: ClientOptions): Client<Types> {
  return new Client(options);
}

/** `createClient` makes it. */
export class Client<Types extends JobTypes = AnyJobTypes> {
  private readonly transport: Transport;

  constructor({ url, auth = unsigned, fetch = globalThis.fetch.bind(globalThis), maxTries = 6, timeoutMs = 35_000 }: ClientOptions) {
    this.transport = new Transport({ url, auth, fetch, maxTries, timeoutMs });
    this.groups = new GroupCalls(this.transport);
  }

  /** Submits a job. Once this resolves, the job is kept. @throws ProblemError with pointers to what is wrong */
  async submit<Type extends keyof Types & string>(
    type: Type,
    input: InputOf<Types, Type>,
    options: SubmitOptions = {},
  ): Promise<JobHandle<Types, Type>> {
    const { key, signal, ...members } = options;
    const answer = await this.post('/v1/jobs', { type, input, ...membersOf(members) }, { key, signal });
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

  /**
   * Submits up to 100 jobs with one request, each decided independently. With `group` they are members of a group, which the answer names.
   * @param key of the whole request @returns one result for each, in order
   */
  batch(items: readonly BatchItem<Types>[], options: BatchOptions & Required<Pick<BatchOptions, 'group'>>): Promise<GroupBatch<Types>>;
  batch(items: readonly BatchItem<Types>[], options?: Omit<BatchOptions, 'group'>): Promise<readonly BatchResult<Types>[]>;
  async batch(items: readonly BatchItem<Types>[], options: BatchOptions = {}): Promise<GroupBatch<Types> | readonly BatchResult<Types>[]> {
    const { group, results } = await sendBatch(this.transport, items, options);
    return group === null || options.group === undefined ? results : { group, results };
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
    { key, signal }: Pick<SubmitOptions, 'key' | 'signal'> = {},
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

  /** Groups of jobs. The end of one is that of the job with its id: `job(id)`. */
  readonly groups: GroupCalls<Types>;

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
    /** Lets it fire no more until it is resumed; all else stays as it was set. */
    pause: (name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Schedule> =>
      this.setScheduleState(name, 'paused', options),
    /** Lets it fire again. What was due meanwhile is not made up for. */
    resume: (name: string, options: { readonly signal?: AbortSignal } = {}): Promise<Schedule> =>
      this.setScheduleState(name, 'active', options),
    list: ({ signal }: { readonly signal?: AbortSignal } = {}): List<Schedule> =>
      listOf(this.transport, { path: '/v1/schedules', name: 'schedules', signal }, (schedule: Schedule) => schedule),
  };

  /**
   * Uploads an input that is too large for a request, up to 5 GB.
   * @returns `upload://upl_…`, for the input of a job whose type takes uploads
   * @throws ProblemError; an Error when S3 refuses the bytes
   */
  upload(content: UploadedContent, options: UploadOptions): Promise<string> {
    return uploadContent(this.transport, content, options);
  }

  /** Who calls, and what the deployment is: `GET /v1/me`. */
  async me({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Me> {
    return (await this.request({ method: 'GET', path: '/v1/me', signal })) as Me;
  }

  /** Sends any request of the API, for what has no method here. A POST without an idempotency key gets a new one, since it may be repeated. @returns the body of the answer */
  async request(request: ApiRequest): Promise<unknown> {
    return (await this.send(request)).body;
  }

  /** Sends any request, as `request` does. @returns the answer with its status and headers; of one that is stored, the redirect to it */
  send(request: ApiRequest): Promise<ApiAnswer> {
    const hasKey = Object.entries(request.headers ?? {}).some(
      ([name, value]) => name.toLowerCase() === 'idempotency-key' && value !== undefined,
    );
    if (request.method !== 'POST' || hasKey) return this.transport.send(request);
    return this.transport.send({ ...request, headers: { ...request.headers, ...keyHeader(undefined) } });
  }

  private async bulk(action: 'redrive' | 'cancel', filter: BulkFilter, options: BulkOptions): Promise<BulkPreview | JobHandle<Types>> {
    const { key, signal, dryRun = true, ...members } = options;
    const { body } = await this.post(`/v1/jobs/${action}`, { filter, dryRun, ...members }, { key, signal });
    return dryRun ? (body as BulkPreview) : new JobHandle(this.transport, body as Job);
  }

  private async setScheduleState(
    name: string,
    state: 'active' | 'paused',
    { signal }: { readonly signal?: AbortSignal },
  ): Promise<Schedule> {
    const path = `/v1/schedules/${encodeURIComponent(name)}/state`;
    return (await this.transport.send({ method: 'PUT', path, body: { state }, signal })).body as Schedule;
  }

  private post(
    path: string,
    body: unknown,
    { key, signal }: { readonly key?: string | undefined; readonly signal?: AbortSignal | undefined },
  ) {
    return this.transport.send({ method: 'POST', path, headers: keyHeader(key), body, signal });
  }
}
