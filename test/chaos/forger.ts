/** Sends wake-ups that nobody sent, doubles and garbage to the queues, and purges them. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { Random } from './random.ts';
import type { KnownJob } from './witness.ts';

const types = ['write-batch', 'launch-instances'] as const;
type Type = (typeof types)[number];

interface Garbage {
  readonly type: Type;
  readonly body: string;
  readonly sentAtMs: number;
}

const hiddenSeconds = 2;

export class Forger {
  readonly garbage: Garbage[] = [];
  readonly counts = { forged: 0, garbage: 0, purges: 0 };
  private readonly endpoint: () => string;
  private readonly random: Random;
  private readonly purgedAtMs: Partial<Record<Type, number>> = {};

  /** @param endpoint of the queues past the proxies; throws while they are dead */
  constructor(endpoint: () => string, random: Random) {
    this.endpoint = endpoint;
    this.random = random;
  }

  /** A message that SQS would deliver as any other, and that says something wrong or needless. */
  async forge(jobs: readonly KnownJob[]): Promise<void> {
    const { random } = this;
    const type = random.pick(types);
    if (jobs.length === 0 || random.chance(0.3)) return this.sendGarbage(type);
    // An ended job, one that runs, one of the other type, or one that never was.
    const id = random.chance(0.1) ? `job_${String(random.whole(10 ** 12, 10 ** 13)).padStart(26, '0')}` : random.pick(jobs).id;
    for (let i = random.whole(1, 5); i > 0; i--) await this.send(type, JSON.stringify({ v: 1, id }), random.pick([0, 0, 0, 2]));
    this.counts.forged += 1;
  }

  async sendGarbage(type: Type = this.random.pick(types)): Promise<void> {
    const mark = `garbage ${this.garbage.length}`;
    const forms = [mark, `{"v":1,"id":"${mark}"}`, `{"v":2,"mark":"${mark}"}`, `["${mark}"]`, `{"v":1,"id":null,"mark":"${mark}"}`];
    const body = this.random.pick(forms);
    const garbage = { type, body, sentAtMs: Date.now() };
    await this.send(type, body, 0);
    this.garbage.push(garbage);
    this.counts.garbage += 1;
  }

  async purge(): Promise<void> {
    const type = this.random.pick(types);
    try {
      await this.client().send(new PurgeQueueCommand({ QueueUrl: this.urlOf(type) }));
      this.counts.purges += 1;
    } finally {
      this.purgedAtMs[type] = Date.now(); // with or without an answer
    }
  }

  /** @returns garbage that is neither in the dead-letter queue nor, hidden since an answer was lost, still in its own */
  async lostGarbage(): Promise<readonly string[]> {
    const lost: string[] = [];
    await sleep(hiddenSeconds * 1_000 + 500); // what was looked at a moment ago is hidden
    for (const type of types) {
      const dead = new Set((await this.readAll(`${this.urlOf(type)}-dead`)).map(({ Body }) => Body));
      const missing = this.garbage.filter((one) => one.type === type && one.sentAtMs > (this.purgedAtMs[type] ?? 0) && !dead.has(one.body));
      if (missing.length > (await this.depth(type))) lost.push(...missing.map(({ body }) => `${body} in the queue of ${type}`));
    }
    return lost;
  }

  /** @returns whether the last of the garbage has reached the dead-letter queue of its type */
  async hasLastArrived(): Promise<boolean> {
    const last = this.garbage.at(-1);
    if (last === undefined) return false;
    return (await this.readAll(`${this.urlOf(last.type)}-dead`)).some(({ Body }) => Body === last.body);
  }

  private async depth(type: Type): Promise<number> {
    const AttributeNames = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesDelayed',
      'ApproximateNumberOfMessagesNotVisible',
    ] as const;
    const { Attributes = {} } = await this.client().send(
      new GetQueueAttributesCommand({ QueueUrl: this.urlOf(type), AttributeNames: [...AttributeNames] }),
    );
    return AttributeNames.reduce((sum, attribute) => sum + Number(Attributes[attribute] ?? 0), 0);
  }

  /** Hides what it read for some seconds, so that it can be read again. */
  private async readAll(QueueUrl: string): Promise<readonly Message[]> {
    const all: Message[] = [];
    while (true) {
      const { Messages = [] } = await this.client().send(
        new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: hiddenSeconds }),
      );
      if (Messages.length === 0) return all;
      all.push(...Messages);
    }
  }

  private async send(type: Type, MessageBody: string, DelaySeconds: number): Promise<void> {
    await this.client().send(new SendMessageCommand({ QueueUrl: this.urlOf(type), MessageBody, DelaySeconds }));
  }

  private urlOf(type: Type): string {
    return `${this.endpoint()}/000000000000/delegation-${type}`;
  }

  private client(): SQSClient {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    return new SQSClient({ endpoint: this.endpoint(), region: 'us-east-1', credentials, maxAttempts: 1 });
  }
}
