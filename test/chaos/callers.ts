/** Callers as the documentation wants them: each repeats its request, with its key, until there is an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, HttpClient } from '../support/http-client.ts';
import type { Random } from './random.ts';
import { type KnownJob, name, type Witness } from './witness.ts';
import { owners, type PlannedJob } from './work.ts';

/** What a caller may be told at any time while backends fail: try again. */
const unavailable = 503;

export class Callers {
  private readonly client: HttpClient;
  private readonly witness: Witness;
  private readonly random: Random;

  constructor(client: HttpClient, witness: Witness, random: Random) {
    this.client = client;
    this.witness = witness;
    this.random = random;
  }

  /** Resolves when all of its callers have their 202 and its cancelling was answered. */
  async delegate(planned: PlannedJob): Promise<void> {
    await sleep(planned.atMs);
    const answered = Array.from({ length: planned.callers }, () => this.submit(planned));
    const { cancelAfterMs } = planned;
    if (cancelAfterMs !== undefined) answered.push(Promise.race(answered).then((job) => this.cancel(job, cancelAfterMs)));
    await Promise.all(answered);
  }

  async submit(planned: PlannedJob): Promise<KnownJob> {
    const { owner, key, work, delaySeconds } = planned;
    const more = { key, ...(delaySeconds === undefined ? {} : { delaySeconds }) };
    const { answer, sentAtMs } = await this.insist(`submitting ${name(planned)}`, [202, 200], () =>
      this.client.as(owner).submit(work.type, work.input, more),
    );
    return this.witness.accepted(planned, answer.body, sentAtMs);
  }

  async look(job: KnownJob): Promise<void> {
    const { owner } = job.planned;
    const { answer, sentAtMs } = await this.insist(`reading ${job.id}`, [200], () => this.client.as(owner).get(`/v1/jobs/${job.id}`));
    this.witness.saw(job, answer.body, sentAtMs);
  }

  /** Another owner must neither see a job nor cancel it. */
  async intrude(job: KnownJob): Promise<void> {
    const stranger = this.client.as(owners.find((owner) => owner !== job.planned.owner) ?? '');
    await this.insist(`reading another owner's ${job.id}`, [404], () => stranger.get(`/v1/jobs/${job.id}`));
    await this.insist(`cancelling another owner's ${job.id}`, [404], () => stranger.request('POST', `/v1/jobs/${job.id}/cancel`));
  }

  /** The same key with another submission makes nothing. */
  async misuseKey({ planned }: KnownJob): Promise<void> {
    const other = { table: 'scratch', operation: 'put', rows: [{ id: 'of-a-key-used-twice' }] };
    const submit = () => this.client.as(planned.owner).submit('write-batch', other, { key: planned.key });
    await this.insist(`using the key of ${name(planned)} again`, [422], submit);
  }

  private async cancel(job: KnownJob, afterMs: number): Promise<KnownJob> {
    await sleep(afterMs);
    const path = `/v1/jobs/${job.id}/cancel`;
    const client = this.client.as(job.planned.owner);
    const { answer, sentAtMs } = await this.insist(`cancelling ${job.id}`, [200, 202, 409], () => client.request('POST', path));
    job.cancelAnswer = answer.status;
    if (answer.status !== 409) this.witness.saw(job, answer.body, sentAtMs);
    return job;
  }

  /** @param expected anything else but "later" is a breach */
  private async insist(
    what: string,
    expected: readonly number[],
    ask: () => Promise<Answer>,
  ): Promise<{ readonly answer: Answer; readonly sentAtMs: number }> {
    while (true) {
      const sentAtMs = Date.now();
      const answer = await ask().catch(() => undefined); // no answer says nothing about the job
      if (answer !== undefined && expected.includes(answer.status)) return { answer, sentAtMs };
      if (answer !== undefined && answer.status !== unavailable) {
        this.witness.note(`${what} was answered with ${answer.status}: ${answer.text.slice(0, 300)}`);
      }
      await sleep(this.random.between(50, 500));
    }
  }
}
