/** Callers that follow the documentation: each repeats its request, with its key, until it gets an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, HttpClient } from '../support/http-client.ts';
import { type ClientHistory, type KnownJob, name } from './client-history.ts';
import type { Random } from './random.ts';
import { owners, type PlannedJob } from './workload.ts';

/** Status that a caller may get at any time while backends fail, and repeats the request. */
const unavailable = 503;

export class Callers {
  private readonly client: HttpClient;
  private readonly history: ClientHistory;
  private readonly random: Random;

  constructor(client: HttpClient, history: ClientHistory, random: Random) {
    this.client = client;
    this.history = history;
    this.random = random;
  }

  /** Resolves when all of its callers have their 202 and its cancel was answered. */
  async run(planned: PlannedJob): Promise<void> {
    await sleep(planned.atMs);
    const answered = Array.from({ length: planned.callers }, () => this.submit(planned));
    const { cancelAfterMs } = planned;
    if (cancelAfterMs !== undefined) answered.push(Promise.race(answered).then((job) => this.cancel(job, cancelAfterMs)));
    await Promise.all(answered);
  }

  async submit(planned: PlannedJob): Promise<KnownJob> {
    const { owner, key, work, delaySeconds } = planned;
    this.history.sending(planned);
    const more = { key, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
    const { answer, sentAtMs } = await this.requestUntil(`submitting ${name(planned)}`, [202, 200], () =>
      this.client.as(owner).submit(work.type, work.input, more),
    );
    return this.history.accepted(planned, answer.body, sentAtMs);
  }

  async read(job: KnownJob): Promise<void> {
    const { owner } = job.planned;
    const { answer, sentAtMs } = await this.requestUntil(`reading ${job.id}`, [200], () => this.client.as(owner).get(`/v1/jobs/${job.id}`));
    this.history.observed(job, answer.body, sentAtMs);
  }

  /** Another owner must neither see a job nor cancel it. */
  async accessAsOtherOwner(job: KnownJob): Promise<void> {
    const stranger = this.client.as(owners.find((owner) => owner !== job.planned.owner) ?? '');
    await this.requestUntil(`reading another owner's ${job.id}`, [404], () => stranger.get(`/v1/jobs/${job.id}`));
    await this.requestUntil(`cancelling another owner's ${job.id}`, [404], () => stranger.request('POST', `/v1/jobs/${job.id}/cancel`));
  }

  /** The same key with another submission is refused. */
  async reuseKey({ planned }: KnownJob): Promise<void> {
    const other = { table: 'scratch', operation: 'put', rows: [{ id: 'of-a-key-used-twice' }] };
    const submit = () => this.client.as(planned.owner).submit('write-batch', other, { key: planned.key });
    await this.requestUntil(`using the key of ${name(planned)} again`, [422], submit);
  }

  private async cancel(job: KnownJob, afterMs: number): Promise<KnownJob> {
    await sleep(afterMs);
    const path = `/v1/jobs/${job.id}/cancel`;
    const client = this.client.as(job.planned.owner);
    const { answer, sentAtMs } = await this.requestUntil(`cancelling ${job.id}`, [200, 202, 409], () => client.request('POST', path));
    job.cancelAnswer = answer.status;
    if (answer.status !== 409) this.history.observed(job, answer.body, sentAtMs);
    return job;
  }

  /** @param expected any other status, except 503, is a violation */
  private async requestUntil(
    what: string,
    expected: readonly number[],
    ask: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly sentAtMs: number }> {
    while (true) {
      const sentAtMs = Date.now();
      const answer = await ask().catch(() => undefined); // without an answer, nothing is known about the job
      if (answer !== undefined && expected.includes(answer.status)) return { answer, sentAtMs };
      if (answer !== undefined && answer.status !== unavailable) {
        this.history.violated(`${what} was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
      }
      await sleep(this.random.between(50, 500));
    }
  }
}
