/** What the checks of one run share: its callers, and jobs that are made once and looked at by many. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { jobIn, type LooseJob, terminalStatuses } from './answer-shapes.ts';
import { expectStatus, Failure, Skip } from './contract-check.ts';
import type { Answer, Caller, HeaderValues } from './http-caller.ts';
import type { Subject } from './submitted-job-type.ts';

export interface SessionOptions {
  readonly caller: Caller;
  /** A caller who owns other jobs. */
  readonly other: Caller | undefined;
  readonly anonymous: Caller;
  readonly subject: Subject;
  /** A receiver of webhooks that answers with 2xx. */
  readonly webhookUrl?: string | undefined;
  /** Every answer so far. */
  readonly answers: readonly Answer[];
}

export interface SubmitOptions {
  readonly headers?: HeaderValues;
  readonly query?: string;
  /** Members in place of, or beside, those of the submission. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/** A job with this delay is not started by the time the run ends. */
const laterSeconds = 3_600;
/** What an owner with a used-up quota waits for at most, in all. */
const maxQuotaWaitSeconds = 130;
const maxJobSeconds = 120;

export class Session {
  readonly caller: Caller;
  readonly anonymous: Caller;
  readonly subject: Subject;
  readonly webhookUrl: string | undefined;
  readonly answers: readonly Answer[];
  /** Tag of every job of this run, which lists are filtered by. */
  readonly tag = `run-${randomUUID()}`;
  private readonly other: Caller | undefined;
  private readonly made = new Map<string, Promise<LooseJob>>();
  private readonly unfinished = new Set<string>();

  constructor({ caller, other, anonymous, subject, answers, webhookUrl }: SessionOptions) {
    this.caller = caller;
    this.other = other;
    this.anonymous = anonymous;
    this.subject = subject;
    this.answers = answers;
    this.webhookUrl = webhookUrl;
  }

  /** @throws Skip where the run has only one caller */
  otherCaller(): Caller {
    if (this.other === undefined)
      throw new Skip('needs a caller with other jobs: --other-header, or OTHER_AWS_ACCESS_KEY_ID and its secret');
    return this.other;
  }

  /** @returns a submission that is accepted, of this run */
  submission(members: Readonly<Record<string, unknown>> = {}) {
    return { type: this.subject.type, input: this.subject.input, tags: { conformance: this.tag }, ...members };
  }

  /** Submits, waiting for the quota where there is one. @returns any answer but 429 */
  async submit({ headers = {}, query = '', members = {} }: SubmitOptions = {}, caller = this.caller): Promise<Answer> {
    for (let waited = 0; ; ) {
      const answer = await caller.post(`/v1/jobs${query}`, this.submission(members), headers);
      const { id } = (answer.json ?? {}) as { id?: unknown };
      if (caller === this.caller && typeof id === 'string') this.remember(id);
      const seconds = Number(answer.header('retry-after') ?? 1);
      if (answer.status !== 429 || waited + seconds > maxQuotaWaitSeconds) return answer;
      waited += seconds;
      await sleep(seconds * 1000);
    }
  }

  /** Submits a job that is not started within this run. */
  submitForLater({ members, ...options }: SubmitOptions = {}, caller = this.caller): Promise<Answer> {
    return this.submit({ ...options, members: { delaySeconds: laterSeconds, ...members } }, caller);
  }

  /** @returns a new job that is not started within this run */
  async later(): Promise<LooseJob> {
    return jobIn(expectStatus(await this.submitForLater(), 202));
  }

  /** A job that succeeded, the same one at each call. */
  succeeded(): Promise<LooseJob> {
    return this.once('succeeded', () => this.end(this.subject.input, 'succeeded'));
  }

  /** A job that failed, the same one at each call. @throws Skip without an input that fails */
  failed(): Promise<LooseJob> {
    const { failingInput } = this.subject;
    if (failingInput === undefined) throw new Skip('needs an input of a job that fails: --failing-input');
    return this.once('failed', () => this.end(failingInput, 'failed'));
  }

  /** A job that was cancelled, the same one at each call. */
  cancelled(): Promise<LooseJob> {
    return this.once('cancelled', async () => {
      const { id } = await this.later();
      return jobIn(expectStatus(await this.caller.send('POST', `/v1/jobs/${id}/cancel`), 200));
    });
  }

  /** A job that waits for its time, the same one at each call. */
  scheduled(): Promise<LooseJob> {
    return this.once('scheduled', () => this.later());
  }

  /** Submits a job with this input and waits for its end. @throws Failure when it ends otherwise */
  async end(input: unknown, status: string): Promise<LooseJob> {
    const { id } = jobIn(expectStatus(await this.submit({ members: { input } }), 202));
    const job = await this.ended(id);
    if (job.status !== status)
      throw new Failure(`A job of ${this.subject.type} with ${JSON.stringify(input)} ended as ${job.status}, not ${status}.`);
    return job;
  }

  /** Looks at the job until it ends. */
  ended(id: string): Promise<LooseJob> {
    return this.until(id, ({ status }) => terminalStatuses.includes(status));
  }

  /** Looks at the job until it is as wanted. @throws Failure when it ends before, or takes too long */
  async until(id: string, isThere: (job: LooseJob) => boolean): Promise<LooseJob> {
    const endsAtMs = performance.now() + maxJobSeconds * 1000;
    while (true) {
      const answer = expectStatus(await this.caller.get(`/v1/jobs/${id}`), 200);
      const job = jobIn(answer);
      if (isThere(job)) return job;
      if (terminalStatuses.includes(job.status)) throw new Failure(`The job ${id} ended as ${job.status} before.`, answer);
      if (performance.now() > endsAtMs) throw new Failure(`The job ${id} was still ${job.status} after ${maxJobSeconds} s.`, answer);
      await sleep(250);
    }
  }

  /** Looks for a job that the service makes itself, seconds later, and then until it ends. */
  async appeared(id: string): Promise<LooseJob> {
    const endsAtMs = performance.now() + maxJobSeconds * 1000;
    while ((await this.caller.get(`/v1/jobs/${id}`)).status === 404) {
      if (performance.now() > endsAtMs) throw new Failure(`There was no job ${id} after ${maxJobSeconds} s.`);
      await sleep(250);
    }
    return this.ended(id);
  }

  /** Has the job cancelled at the end of the run. */
  remember(id: string): void {
    this.unfinished.add(id);
  }

  /** Cancels what the run left behind. */
  async close(): Promise<void> {
    for (const id of this.unfinished) await this.caller.send('POST', `/v1/jobs/${id}/cancel`).catch(() => undefined);
  }

  private once(name: string, make: () => Promise<LooseJob>): Promise<LooseJob> {
    const known = this.made.get(name) ?? make();
    this.made.set(name, known);
    return known;
  }
}
