/** Sends forged wake-ups, duplicates and invalid messages to the queues, and purges them. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetQueueAttributesCommand,
  type Message,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { KnownJob } from './client-history.ts';
import type { Random } from './random.ts';

const types = ['write-batch', 'launch-instances'] as const;
type Type = (typeof types)[number];

interface Garbage {
  readonly type: Type;
  readonly body: string;
  readonly sentAtMs: number;
}

const hiddenSeconds = 2;

export class QueueNemesis {
  readonly garbage: Garbage[] = [];
  readonly counts = { forged: 0, garbage: 0, purges: 0 };
  private readonly endpoint: () => string;
  private readonly random: Random;
  private readonly purgedAtMs: Partial<Record<Type, number>> = {};

  /** @param endpoint of the queues themselves, without the proxies; throws while they are dead */
  constructor(endpoint: () => string, random: Random) {
    this.endpoint = endpoint;
    this.random = random;
  }

  /** Sends a message that SQS delivers like any other, and that is invalid or unnecessary. */
  async sendForged(jobs: readonly KnownJob[]): Promise<void> {
    const { random } = this;
    const type = random.pick(types);
    if (jobs.length === 0 || random.chance(0.3)) return this.sendGarbage(type);
    // An ended job, a running one, one of the other type, or one that never existed.
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
      this.purgedAtMs[type] = Date.now(); // also without an answer
    }
  }

  /** @returns invalid messages that are neither in the dead-letter queue nor in their own, where a lost answer may hide them */
  async lostGarbage(): Promise<readonly string[]> {
    const lost: string[] = [];
    await sleep(hiddenSeconds * 1_000 + 500); // messages that were just read are hidden
    for (const type of types) {
      const dead = new Set((await this.readAll(`${this.urlOf(type)}-dead`)).map(({ Body }) => Body));
      const missing = this.garbage.filter((one) => one.type === type && one.sentAtMs > (this.purgedAtMs[type] ?? 0) && !dead.has(one.body));
      if (missing.length > (await this.depth(type))) lost.push(...missing.map(({ body }) => `${body} in the queue of ${type}`));
    }
    return lost;
  }

  /** @returns whether the last invalid message has reached the dead-letter queue of its type */
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

  /** Reads all messages, which hides them for some seconds. */
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
