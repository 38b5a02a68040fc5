/** A job to follow: its changes, its result, and what can be done with it. */

import { DelegationError, is, JobCancelled, JobFailed, StillRunning } from './client-errors.ts';
import { membersOf, type RetryChanges } from './job-members.ts';
import { hasEnded, type Job } from './shown-job.ts';
import { type ApiRequest, pause, type Transport } from './transport.ts';
import type { JobTypes, PayloadOf, ResultOf, SignalName } from './typed-jobs.ts';
import { parseExact } from './unrounded-json.ts';

export interface WaitOptions {
  /** How long to wait, in milliseconds. @default as long as it takes */
  readonly timeoutMs?: number;
  /** Asks at least this often, in milliseconds, for somebody who looks on. @default when the API says that something may have changed */
  readonly atLeastEveryMs?: number;
  readonly signal?: AbortSignal;
}

export interface SignalOptions {
  /** Recognises the signal if it is sent again. @default a new one, so that the client's own repetitions are safe */
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** The first look after a submission comes after this time, and each later one after twice as long, where the API asks for no other. */
const firstLookMs = 500;
const longestLookMs = 15_000;

/** A job of the API. Its members are as of the last answer; `refresh` asks again. */
export class JobHandle<Types extends JobTypes = JobTypes, Type extends keyof Types & string = keyof Types & string> {
  private readonly transport: Transport;
  private current: Job;
  private etag: string | undefined;

  constructor(transport: Transport, job: Job, etag?: string) {
    this.transport = transport;
    this.current = job;
    this.etag = etag;
  }

  get id(): string {
    return this.current.id;
  }

  get type(): Type {
    return this.current.type as Type;
  }

  get status(): Job['status'] {
    return this.current.status;
  }

  /** Why the job is not running; null while it runs and after its end. */
  get reason(): Job['reason'] {
    return this.current.reason;
  }

  get progress(): Job['progress'] {
    return this.current.progress;
  }

  /** The job as the API last showed it. */
  get job(): Job {
    return this.current;
  }

  get hasEnded(): boolean {
    return hasEnded(this.current);
  }

  /** Asks for the job as it is now. @throws ProblemError `job-not-found` once its record has expired */
  async refresh({ signal }: Pick<WaitOptions, 'signal'> = {}): Promise<this> {
    await this.look(signal);
    return this;
  }

  /**
   * Every change of the job, beginning with the job as it is, until it has ended. It asks when the API says that something may have changed, and changes that
   * follow each other sooner are seen as one.
   * @throws DelegationError `still-running` when the time is over
   */
  async *changes({
    timeoutMs = Number.POSITIVE_INFINITY,
    atLeastEveryMs = Number.POSITIVE_INFINITY,
    signal,
  }: WaitOptions = {}): AsyncGenerator<this, void, undefined> {
    const endsAtMs = Date.now() + timeoutMs;
    yield this;
    let waitMs = firstLookMs;
    while (!this.hasEnded) {
      const restMs = endsAtMs - Date.now();
      if (restMs <= 0) throw new StillRunning(this.current);
      await pause(Math.min(restMs, waitMs), signal);
      const { isChanged, retryAfterMs } = await this.look(signal);
      waitMs = Math.min(atLeastEveryMs, retryAfterMs ?? Math.min(longestLookMs, waitMs * 2));
      if (isChanged) yield this;
    }
  }

  /**
   * Waits for the end of the job.
   * @returns its result, without rounding: numbers that a double cannot hold are `bigint` or `ExactNumber`
   * @throws JobFailed, JobCancelled, StillRunning when the time is over
   */
  async result(options: WaitOptions = {}): Promise<ResultOf<Types, Type>> {
    for await (const _change of this.changes(options));
    if (this.status === 'failed') throw new JobFailed(this.current);
    if (this.status === 'cancelled') throw new JobCancelled(this.current);
    return (await this.readResult(options.signal)) as ResultOf<Types, Type>;
  }

  /** Cancels the job: at once, or with its worker's next heartbeat; `changes` shows when. A job that has ended stays as it is. @param reason for people, at most 500 characters */
  async cancel({ reason, signal }: { readonly reason?: string; readonly signal?: AbortSignal } = {}): Promise<this> {
    try {
      this.take(await this.post('cancel', reason === undefined ? undefined : { reason }, { signal }));
    } catch (error) {
      if (!is(error, 'job-already-ended')) throw error;
      await this.look(signal);
    }
    return this;
  }

  /** Submits a new job for the same work, once: repeating it gives the same one. @param changes members in place of those of this job */
  async retry(
    changes: RetryChanges<Types, Type> = {},
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<JobHandle<Types, Type>> {
    const answer = await this.post('retry', Object.keys(changes).length === 0 ? undefined : membersOf(changes), { signal });
    return new JobHandle(this.transport, answer.body as Job);
  }

  /** Sends a signal, which the job's code receives once. */
  async signal<Name extends SignalName<Types, Type>>(
    name: Name,
    payload?: PayloadOf<Types, Type, Name>,
    options: SignalOptions = {},
  ): Promise<this> {
    const { key, signal } = options;
    const path = `signals/${encodeURIComponent(name)}`;
    this.take(await this.post(path, payload === undefined ? null : payload, { headers: keyHeader(key), signal }));
    return this;
  }

  private async readResult(signal: AbortSignal | undefined): Promise<unknown> {
    const answer = await this.transport.send({ method: 'GET', path: `/v1/jobs/${this.id}/result`, signal });
    if (answer.status !== 303) return answer.body;
    const location = answer.headers.get('location');
    if (location === null) throw new DelegationError('unreachable', `The answer with the result of ${this.id} leads nowhere.`);
    // A link of S3, which refuses any other credentials.
    const stored = await this.transport.sendToLink({ method: 'GET', url: location, signal });
    if (stored.status !== 200)
      throw new DelegationError('unreachable', `The result of ${this.id} could not be read: ${stored.status}. Ask again: links expire.`);
    return parseExact(stored.text);
  }

  private post(path: string, body: unknown, { headers, signal }: Pick<ApiRequest, 'headers' | 'signal'>) {
    return this.transport.send({ method: 'POST', path: `/v1/jobs/${this.id}/${path}`, ...(headers && { headers }), body, signal });
  }

  private take({ body, headers }: { readonly body: unknown; readonly headers: Headers }): void {
    this.current = body as Job;
    this.etag = headers.get('etag') ?? undefined;
  }

  private async look(signal: AbortSignal | undefined): Promise<{ readonly isChanged: boolean; readonly retryAfterMs: number | undefined }> {
    const headers = this.etag === undefined ? {} : { 'if-none-match': this.etag };
    const answer = await this.transport.send({ method: 'GET', path: `/v1/jobs/${this.id}`, headers, signal });
    const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
    const retryAfterMs = Number.isFinite(seconds) ? seconds * 1000 : undefined;
    if (answer.status === 304) return { isChanged: false, retryAfterMs };
    const before = JSON.stringify(this.current, withoutBigInt);
    this.take(answer);
    return { isChanged: before !== JSON.stringify(this.current, withoutBigInt), retryAfterMs };
  }
}

/** @param key a new one, that no other request has, where it is left out @returns the header, which writes the key as a string of RFC 9651 */
export function keyHeader(key: string = crypto.randomUUID()): { readonly 'idempotency-key': string } {
  return { 'idempotency-key': `"${key.replaceAll(/[\\"]/g, (character) => `\\${character}`)}"` };
}

const withoutBigInt = (_name: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);
