/** What tests of job types use: submits jobs to a deployment in memory, moves its time, and shows what became of them. */
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Priority } from '../lambdas/core/contract/concurrency-key.ts';
import type { WorkerDefinition } from '../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import { type Duration, durationMs } from '../lambdas/core/contract/duration.ts';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import type { JobTypeState } from '../lambdas/core/control/job-type-states.ts';
import type { Job } from '../lambdas/core/job/job.ts';
import { isTerminal } from '../lambdas/core/job/states.ts';
import { uploadKey } from '../lambdas/core/job/upload.ts';
import type { KillPoint, WorkerMoment } from './kills.ts';
import { PointNotReachedError, RequestRefusedError } from './kit-errors.ts';
import { type ApiRequest, apiUrl, type JobTypeUnderTest, type LogLine, MemoryDeployment } from './memory-deployment.ts';
import { type JobResource, type JobSnapshot, type TestFile, TestJob } from './test-job.ts';

export interface TestKitOptions {
  /** Other job types of the deployment, such as those that the worker delegates to. */
  readonly jobTypes?: readonly JobTypeUnderTest[];
  /** What the deployer allows and limits. @default everything is allowed, nothing is limited */
  readonly settings?: Partial<Settings>;
  /** What the time of the kit starts with. @default the time of this machine */
  readonly startAt?: Date;
  /** Called when the time of the kit has moved, e.g. `(now) => vi.setSystemTime(now)` for code that reads `Date.now()`. */
  readonly onTimeMoved?: (now: Date) => void;
  /** Draws a number in [0, 1) for each backoff. @default always 0.5 */
  readonly random?: () => number;
  /**
   * How long code may run without ending or saving anything, in milliseconds of this machine. After that, `run`, `next` and `settle` reject, and
   * `advance` takes the code to wait for the time and moves on. Lower it where a test is about a time-out; raise it for steps that take longer.
   * @default 3000
   */
  readonly patienceMs?: number;
}

export interface SubmitOptions {
  /** @default 'tester' */
  readonly owner?: string;
  readonly idempotencyKey?: string;
  /** The job starts at this moment at the earliest; ISO-8601 with an offset. */
  readonly startAt?: string;
  /** The job starts this many seconds from now at the earliest. */
  readonly delaySeconds?: number;
  /** The job fails with `deadline_exceeded` at this moment; ISO-8601 with an offset. */
  readonly deadline?: string;
  /** Replaces the `maxAttempts` of the contract. */
  readonly maxAttempts?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** Ids of jobs that must have ended before this one starts. */
  readonly after?: readonly string[];
  /** What follows where one of them does not succeed. @default 'fail' */
  readonly afterFailure?: 'fail' | 'run';
  /** The key of the job, for a type whose contract has `keys` and computes none. */
  readonly concurrencyKey?: string;
  /** The priority of the job, for a type whose contract has `priorities`. */
  readonly priority?: Priority;
  /** At most one job of the owner and type with this key is unfinished. */
  readonly uniqueKey?: string;
  /** What becomes of a submission where there is one. @default 'join' */
  readonly onDuplicate?: 'join' | 'replace';
  /** With `replace` and a delay: the longest time that later submissions may put the start off. */
  readonly maxDelaySeconds?: number;
}

export interface UploadOptions {
  /** A media type, e.g. `text/csv`. */
  readonly contentType: string;
  /** How the content is compressed. @default not at all */
  readonly contentEncoding?: 'gzip' | 'zstd';
  /** @default 'tester' */
  readonly owner?: string;
}

export interface SignalOptions {
  /** A signal that is sent twice with one key is received once. */
  readonly idempotencyKey?: string;
  /** Who sends it. @default the owner of the job */
  readonly owner?: string;
}

/** Settings that allow everything, as those of the local mode do. */
export const everythingAllowed: Settings = {
  writableTables: ['*'],
  sourceBuckets: ['*'],
  admins: ['*'],
  ec2: { instanceTypes: ['*'], subnetIds: ['*'], imageIds: ['*'], launchTemplates: ['*'] },
};
const operator = 'operator';
const defaultPatienceMs = 3_000;

type JobOf<Contract extends JobTypeContract> = TestJob<z.output<Contract['output']>>;

/**
 * Runs a worker on the real engine, in this process: the submission goes through the API, a queue delivers it to the worker's handler, and the clock
 * rescues what is lost. Nothing is real but the time that steps take, and what they do.
 * @param contract of the job type under test
 * @param worker its definition, the object with `run`
 */
export function testKit<Contract extends JobTypeContract>(
  contract: Contract,
  worker: WorkerDefinition<Contract>,
  options: TestKitOptions = {},
): TestKit<Contract> {
  return new TestKit(contract, worker, options);
}

/** A deployment in memory with its jobs; `testKit` creates it. Its time moves only when a method moves it. */
export class TestKit<Contract extends JobTypeContract = JobTypeContract> {
  private readonly contract: Contract;
  private readonly deployment: MemoryDeployment;
  /** By id and creation: the id of a record that expired may come again. */
  private readonly known = new Map<string, TestJob>();

  constructor(contract: Contract, worker: WorkerDefinition<Contract>, options: TestKitOptions) {
    const { jobTypes = [], settings, startAt = new Date(), onTimeMoved = () => undefined, random = () => 0.5 } = options;
    this.contract = contract;
    this.deployment = new MemoryDeployment({
      jobTypes: [{ contract, worker: worker as WorkerDefinition<JobTypeContract> }, ...jobTypes],
      settings: { ...everythingAllowed, ...settings },
      startMs: startAt.getTime(),
      patienceMs: options.patienceMs ?? defaultPatienceMs,
      onTimeMoved,
      random,
    });
  }

  /** What the API, the workers and the clock logged, oldest first; lines of a worker carry `job`, `type` and `attempt`. */
  get logs(): readonly LogLine[] {
    return this.deployment.logs;
  }

  /** Why worker processes died, oldest first, e.g. `after checkpoint`. */
  get deaths(): readonly string[] {
    return this.deployment.deaths;
  }

  /** What the kit's time is now. */
  get now(): Date {
    return new Date(this.deployment.scheduler.nowMs);
  }

  /** All jobs so far, those that were delegated too, in the order of their acceptance. @param type of one job type alone */
  jobs(type?: string): readonly TestJob[] {
    return [...this.known.values()].filter((job) => type === undefined || job.type === type);
  }

  /** Messages in the dead-letter queues, e.g. of a job whose worker died again and again. */
  get deadLetters(): readonly { readonly body: string; readonly reason: string }[] {
    return [...this.deployment.queues.values()].flatMap(({ deadLetters }) => deadLetters);
  }

  /**
   * Submits a job, as `POST /v1/jobs` does: checked by the contract, and counted by the quota. The job does not start before a method of the kit runs what is due.
   * @throws RequestRefusedError
   */
  async submit(input: z.input<Contract['input']>, options?: SubmitOptions): Promise<JobOf<Contract>> {
    return (await this.submitTo(this.contract.name, input, options)) as JobOf<Contract>;
  }

  /**
   * Uploads bytes, as a caller does with `POST /v1/uploads`.
   * @returns `upload://upl_…`, for the input of a job of the same owner
   * @throws RequestRefusedError
   */
  async upload(content: string | Uint8Array, { contentType, contentEncoding, owner = 'tester' }: UploadOptions): Promise<string> {
    const bytes = Buffer.from(content);
    const sha256 = createHash('sha256').update(bytes).digest('base64');
    const body = { sizeBytes: bytes.length, sha256, contentType, contentEncoding };
    const answer = await this.request({ method: 'POST', path: '/v1/uploads', owner, body });
    const { id, source } = answer as { readonly id: string; readonly source: string };
    this.deployment.bucket.put(uploadKey(owner, id), { body: bytes, contentType, contentEncoding });
    return source;
  }

  /** Submits a job of any type of the deployment. @throws RequestRefusedError */
  async submitTo(type: string, input: unknown, { owner = 'tester', idempotencyKey, ...options }: SubmitOptions = {}): Promise<TestJob> {
    const headers = idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey };
    const { id } = (await this.request({
      method: 'POST',
      path: '/v1/jobs',
      owner,
      headers,
      body: { type, input, ...options },
    })) as JobResource;
    return this.refreshed(id);
  }

  /** Runs everything: the time moves from one thing that is due to the next, until every job that has a worker has ended. */
  async run(): Promise<void> {
    await this.runWhile(() => true);
    await this.refresh();
  }

  /**
   * Runs until a worker reaches a point, and holds its process there while the test looks around, cancels, or kills it; the next call that runs
   * anything lets it go on.
   * @throws PointNotReachedError once every job that has a worker has ended
   */
  async runUntil(moment: WorkerMoment): Promise<void> {
    const { time, kills } = this.deployment;
    const first = kills.points.length;
    const disarm = kills.arm(moment, 'hold');
    await this.runWhile(() => !time.isHolding).finally(disarm);
    await this.refresh();
    if (!time.isHolding) throw new PointNotReachedError(moment, kills.points.slice(first));
  }

  /** Runs what is due now, and until no code runs. The time does not move. */
  async settle(): Promise<void> {
    await this.runDue();
    await this.refresh();
  }

  /** Runs what is due now, then moves the time to what is due next and runs that. @returns false once every job that has a worker has ended */
  async next(): Promise<boolean> {
    await this.runDue();
    const isMoved = this.deployment.hasOpenJobs() && (await this.deployment.time.runNext('reject'));
    await this.settle();
    return isMoved;
  }

  /**
   * Moves the time by a duration, and runs what becomes due on the way, each at its moment. Code that goes on running sees the time pass:
   * heartbeats, time-outs, deadlines.
   * @param patienceMs replaces the kit's own for this call
   */
  async advance(duration: Duration, { patienceMs }: Pick<TestKitOptions, 'patienceMs'> = {}): Promise<void> {
    const { time, scheduler } = this.deployment;
    time.release();
    await time.runUntil(scheduler.nowMs + durationMs(duration), 'move on', patienceMs);
    await this.refresh();
  }

  /** Cancels a job, as `POST /v1/jobs/{id}/cancel` does. A running worker is interrupted with its next heartbeat, within 15 s. @throws RequestRefusedError when it has ended */
  async cancel(job: TestJob): Promise<void> {
    await this.request({ method: 'POST', path: `/v1/jobs/${job.id}/cancel`, owner: job.resource.owner });
    await this.refresh();
  }

  /**
   * Sends a signal to a job, as `POST /v1/jobs/{id}/signals/{name}` does. The job's code receives it when the kit goes on.
   * @param payload a JSON value that the contract's schema of this signal accepts @default null
   * @throws RequestRefusedError
   */
  async signal(job: TestJob, name: string, payload: unknown = null, { idempotencyKey, owner }: SignalOptions = {}): Promise<void> {
    await this.request({
      method: 'POST',
      path: `/v1/jobs/${job.id}/signals/${encodeURIComponent(name)}`,
      owner: owner ?? job.resource.owner,
      headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
      body: payload,
    });
    await this.refresh();
  }

  /**
   * Uses a link that `ctx.signalUrl` made, as its page does for somebody without credentials. The job's code receives the signal when the kit goes on.
   * @param payload what the signal brings, where the link does not say it @default none
   * @throws RequestRefusedError
   */
  async useLink(url: string, payload?: unknown): Promise<void> {
    await this.request({
      method: 'POST',
      path: url.replace(apiUrl, ''),
      owner: undefined,
      ...(payload === undefined ? {} : { body: payload }),
    });
    await this.refresh();
  }

  /** @internal Requests a link as programs and browsers do. */
  async visit(url: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.deployment.send(url.replace(apiUrl, ''), init);
    await this.refresh();
    return response;
  }

  /** Pauses a job type, lets it drain, or makes it active again, as an operator does. @param type @default the type under test */
  async setTypeState(state: JobTypeState, type: string = this.contract.name): Promise<void> {
    await this.request({ method: 'PUT', path: `/v1/job-types/${type}/state`, owner: operator, body: { state } });
  }

  /**
   * Kills a worker's process, as a crash, a lost machine or Lambda does: nothing after it reaches the record, the bucket or a queue, and the clock
   * finds the job when its lease is over. JavaScript cannot stop code from outside: what does not wait for `ctx` goes on in this process.
   * @param moment at which request it dies; without it, every process that runs now dies at once: from within a step, or where `runUntil` holds it
   */
  kill(moment?: WorkerMoment): void {
    if (moment !== undefined) {
      this.deployment.kills.arm(moment, 'die');
      return;
    }
    const { processes } = this.deployment.time;
    if (processes.length === 0) throw new Error('No worker runs now, so there is no process to kill.');
    for (const process of processes) process.die('killed by the test');
  }

  /** The points that workers have passed so far, at each of which a process can die; their names are what `kill` and `runUntil` take. */
  get killPoints(): readonly KillPoint[] {
    return this.deployment.kills.points;
  }

  /** @internal Used by `killAnywhere`. */
  killAt(index: number): void {
    this.deployment.kills.armAt(index);
  }

  private runDue(): Promise<void> {
    const { time, scheduler } = this.deployment;
    time.release();
    return time.runUntil(scheduler.nowMs, 'reject');
  }

  /** Runs everything while the test wants more. */
  private async runWhile(isWanted: () => boolean): Promise<void> {
    const { time } = this.deployment;
    time.release();
    await time.quiet('reject');
    while (isWanted() && this.deployment.hasOpenJobs() && (await time.runNext('reject')));
  }

  private async request(request: ApiRequest): Promise<unknown> {
    const { status, text } = await this.deployment.request(request);
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (status >= 400) throw new RequestRefusedError(status, answer);
    return answer;
  }

  private async refresh(): Promise<void> {
    for (const id of this.deployment.store.rows.keys()) await this.refreshed(id);
  }

  private async refreshed(id: string): Promise<TestJob> {
    const key = `${id} ${this.recordOf(id).createdAtMs}`;
    const known = this.known.get(key);
    // What has ended stays as it is, also when its record expires.
    if (known !== undefined && isTerminal(known.status)) return known;
    const snapshot = await this.look(id);
    known?.update(snapshot);
    const job = known ?? new TestJob(snapshot);
    this.known.set(key, job);
    return job;
  }

  private async look(id: string): Promise<JobSnapshot> {
    const record = this.recordOf(id);
    const resource = (await this.request({ method: 'GET', path: `/v1/jobs/${id}`, owner: record.owner })) as JobResource;
    const result = resource.status === 'succeeded' ? await this.resultOf(resource) : undefined;
    const checkpoint: unknown = record.checkpoint === undefined ? undefined : JSON.parse(record.checkpoint);
    const files = new Map(Object.entries(record.files).map(([name, { key, contentType }]) => [name, this.file(key, contentType)]));
    return { resource, result, checkpoint, files };
  }

  private recordOf(id: string): Job {
    const record = this.deployment.store.rows.get(id)?.job;
    if (record === undefined) throw new Error(`There is no job ${id}.`);
    return record;
  }

  /** Small results are in the answer, larger ones behind its redirect. */
  private async resultOf({ id, owner }: JobResource): Promise<unknown> {
    const { status, text } = await this.deployment.request({ method: 'GET', path: `/v1/jobs/${id}/result`, owner });
    const answer: unknown = JSON.parse(text);
    return status === 303 ? JSON.parse(this.file((answer as { location: string }).location, 'application/json').text) : answer;
  }

  private file(key: string, contentType: string): TestFile {
    const body = Buffer.from(this.deployment.bucket.get(key)?.body ?? '');
    return { contentType, body, text: body.toString() };
  }
}
