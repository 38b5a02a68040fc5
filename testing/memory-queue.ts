/** SQS and Lambda's trigger on it: delivers at least once, hides what is being handled, and delivers again what was not acknowledged. */
import type { SQSRecord } from 'aws-lambda';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import { queueLimits } from '../lambdas/core/contract/queue-limits.ts';
import type { WakeUpQueues } from '../lambdas/core/job/ports.ts';
import { encodeWakeUp } from '../lambdas/core/job/wake-up.ts';
import type { Carry } from './carry.ts';
import type { Scheduler } from './scheduler.ts';

export interface Message {
  readonly id: number;
  readonly body: string;
  visibleAtMs: number;
  receives: number;
  receipt: string;
}

/** Runs a batch; resolves with the ids of messages that failed, rejects when the process dies. */
export type Invoke = (records: readonly SQSRecord[]) => Promise<ReadonlySet<string>>;

export class MemoryQueue {
  readonly deadLetters: { readonly body: string; readonly reason: string }[] = [];
  /** When a message last had to wait for the end of an invocation. */
  fullUntilMs = 0;
  /** Largest receive count of a message, including receives without an invocation. */
  maxReceives = 0;
  protected readonly contract: JobTypeContract;
  protected readonly scheduler: Scheduler;
  protected readonly messages = new Map<number, Message>();
  private readonly invoke: Invoke | undefined;
  private readonly pollingMs: number;
  private readonly visibilityMs: number;
  private readonly maxReceiveCount: number;
  private running = 0;
  private nextId = 0;
  private isDeleted = false;
  private pumpAtMs = Number.POSITIVE_INFINITY;

  /**
   * @param invoke undefined: nothing receives from this queue
   * @param pollingMs between the moment when a message becomes visible and its delivery
   */
  constructor(contract: JobTypeContract, scheduler: Scheduler, invoke: Invoke | undefined, pollingMs = 20) {
    this.contract = contract;
    this.scheduler = scheduler;
    this.invoke = invoke;
    this.pollingMs = pollingMs;
    const { visibilitySeconds, maxReceiveCount } = queueLimits(contract);
    this.visibilityMs = visibilitySeconds * 1000;
    this.maxReceiveCount = maxReceiveCount;
  }

  get isEmpty(): boolean {
    return this.messages.size === 0 && this.running === 0;
  }

  /** Visible messages alone, as SQS counts them. */
  get depth(): number {
    const { nowMs } = this.scheduler;
    let count = 0;
    for (const { visibleAtMs } of this.messages.values()) if (visibleAtMs <= nowMs) count += 1;
    return count;
  }

  /** @throws Error if the queue is deleted */
  send(body: string, delaySeconds: number): void {
    if (this.isDeleted) throw new Error(`The queue of ${this.contract.name} does not exist.`);
    this.deliver(body, delaySeconds);
  }

  protected deliver(body: string, delaySeconds: number): void {
    this.put(body, delaySeconds * 1000);
  }

  purge(): void {
    this.messages.clear();
  }

  /** Sends a message that no component of Delegation sent. */
  forge(body: string): void {
    if (!this.isDeleted) this.send(body, 0);
  }

  /** Deletes the queue, with its job type. */
  delete(): void {
    this.purge();
    this.isDeleted = true;
  }

  changeVisibility(receipt: string, seconds: number): void {
    for (const message of this.messages.values()) {
      if (message.receipt !== receipt) continue;
      message.visibleAtMs = this.scheduler.nowMs + seconds * 1000;
      this.pumpAt(message.visibleAtMs);
    }
  }

  protected put(body: string, delayMs: number): void {
    this.nextId += 1;
    const visibleAtMs = this.scheduler.nowMs + delayMs;
    this.messages.set(this.nextId, { id: this.nextId, body, visibleAtMs, receives: 0, receipt: '' });
    this.pumpAt(visibleAtMs);
  }

  private pumpAt(atMs: number): void {
    const { scheduler } = this;
    if (this.invoke === undefined) return;
    const soonest = Math.max(atMs, scheduler.nowMs) + this.pollingMs;
    if (soonest >= this.pumpAtMs) return;
    this.pumpAtMs = soonest;
    scheduler.at(soonest, () => {
      if (this.pumpAtMs !== soonest) return;
      this.pumpAtMs = Number.POSITIVE_INFINITY;
      this.pump();
    });
  }

  private pump(): void {
    const { scheduler } = this;
    while (this.running < this.contract.concurrency) {
      const visible = [...this.messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= scheduler.nowMs);
      if (visible.length === 0) break;
      const batch = this.chooseBatch(visible);
      const received = batch.filter((message) => !this.redrive(message));
      for (const message of received) {
        message.receives += 1;
        this.maxReceives = Math.max(this.maxReceives, message.receives);
        message.receipt = `r${message.id}.${message.receives}`;
        message.visibleAtMs = scheduler.nowMs + this.visibilityMs;
      }
      if (!this.isThrottled() && received.length > 0) this.run(received);
    }
    if (this.running >= this.contract.concurrency) return; // the end of an invocation pumps again
    const next = Math.min(...[...this.messages.values()].map(({ visibleAtMs }) => visibleAtMs));
    if (Number.isFinite(next)) this.pumpAt(next);
  }

  /** @param visible all messages that may be received now, at least one @returns those that one invocation gets */
  protected chooseBatch(visible: readonly Message[]): readonly Message[] {
    return visible.slice(0, this.contract.batchSize);
  }

  /** @returns whether Lambda starts nothing now: the messages count as received and hide until they are delivered again */
  protected isThrottled(): boolean {
    return false;
  }

  /** Moves a message to the dead-letter queue if it was received too often. @returns whether it was */
  private redrive({ id, body, receives }: Message): boolean {
    if (receives < this.maxReceiveCount) return false;
    this.deadLetters.push({ body, reason: 'received_too_often' });
    this.messages.delete(id);
    return true;
  }

  private run(batch: readonly Message[]): void {
    this.running += 1;
    const receipts = new Map(batch.map((message) => [message.receipt, message]));
    const end = () => {
      if (this.running === this.contract.concurrency) this.fullUntilMs = this.scheduler.nowMs;
      this.running -= 1;
      this.pumpAt(this.scheduler.nowMs);
    };
    this.invoke?.(batch.map(toRecord)).then((failed) => {
      for (const [receipt, message] of receipts) {
        // The receipt handle of an earlier delivery deletes nothing.
        if (!failed.has(String(message.id)) && message.receipt === receipt) this.messages.delete(message.id);
      }
      end();
    }, end);
  }
}

function toRecord({ id, receipt, body, receives }: Message): SQSRecord {
  return {
    messageId: String(id),
    receiptHandle: receipt,
    body,
    attributes: { ApproximateReceiveCount: String(receives), ApproximateFirstReceiveTimestamp: '', SenderId: '', SentTimestamp: '' },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: '',
    awsRegion: '',
  };
}

/** The queues as one process reaches them. @param sent called for every wake-up that arrived, with the id of its job */
export function connectQueues(
  carry: Carry,
  queues: ReadonlyMap<string, MemoryQueue>,
  sent: (id: string) => void = () => undefined,
): WakeUpQueues {
  const queueOf = (type: string): MemoryQueue => {
    const queue = queues.get(type);
    if (queue === undefined) throw new Error(`no queue of ${type}`);
    return queue;
  };
  return {
    wake: ({ id, type }, delaySeconds) =>
      carry('wake', () => {
        queueOf(type).send(encodeWakeUp(id), delaySeconds);
        sent(id);
      }),
    wakeAll: (wakeUps) =>
      carry('wake', () => {
        for (const { job, delaySeconds } of wakeUps) {
          queueOf(job.type).send(encodeWakeUp(job.id), delaySeconds);
          sent(job.id);
        }
      }),
    depth: (type) => carry('depth', () => queueOf(type).depth),
    deadLetter: (type, body, reason) => carry('deadLetter', () => void queueOf(type).deadLetters.push({ body, reason })),
  };
}
