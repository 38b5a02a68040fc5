/** SQS with its Lambda trigger: delivers messages at least once, in any order, late or twice, and again if they are not acknowledged. */

import type { SQSRecord } from 'aws-lambda';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { queueLimits } from '../../lambdas/core/contract/queue-limits.ts';
import type { WakeUpQueues } from '../../lambdas/core/job/ports.ts';
import { encodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import type { Cluster, Machine } from './machine.ts';

interface Message {
  readonly id: number;
  readonly body: string;
  visibleAtMs: number;
  receives: number;
  receipt: string;
}

export interface QueueFaults {
  readonly loseMessage: number;
  readonly doubleMessage: number;
  readonly delayMessage: number;
  readonly isThrottled: boolean;
}

export interface QueueObserver {
  /** A message will be late or never come. */
  late(body: string): void;
  /** Messages were received without an invocation, and are hidden until they are received again. */
  throttled(): void;
}

/** Runs a batch. Resolves with the ids of the messages that failed; rejects, or never settles, when the process dies. */
export type Invoke = (records: readonly SQSRecord[]) => Promise<ReadonlySet<string>>;

export class MemoryQueue {
  readonly deadLetters: { readonly body: string; readonly reason: string }[] = [];
  /** When a message last had to wait for the end of an invocation. */
  fullUntilMs = 0;
  /** Largest receive count of a message, including receives without an invocation. */
  maxReceives = 0;
  private readonly messages = new Map<number, Message>();
  private readonly contract: JobTypeContract;
  private readonly cluster: Cluster;
  private readonly faults: () => QueueFaults;
  private readonly invoke: Invoke;
  private readonly observer: QueueObserver;
  private readonly visibilityMs: number;
  private readonly maxReceiveCount: number;
  private running = 0;
  private nextId = 0;
  private isDeleted = false;
  private pumpAtMs = Number.POSITIVE_INFINITY;

  constructor(contract: JobTypeContract, cluster: Cluster, faults: () => QueueFaults, invoke: Invoke, observer: QueueObserver) {
    this.contract = contract;
    this.cluster = cluster;
    this.faults = faults;
    this.invoke = invoke;
    this.observer = observer;
    const { visibilitySeconds, maxReceiveCount } = queueLimits(contract);
    this.visibilityMs = visibilitySeconds * 1000;
    this.maxReceiveCount = maxReceiveCount;
  }

  get isEmpty(): boolean {
    return this.messages.size === 0 && this.running === 0;
  }

  /** @returns the number of visible messages, as SQS counts them */
  get depth(): number {
    const { nowMs } = this.cluster.scheduler;
    let count = 0;
    for (const { visibleAtMs } of this.messages.values()) if (visibleAtMs <= nowMs) count += 1;
    return count;
  }

  /** @throws Error if the queue is deleted */
  send(body: string, delaySeconds: number): void {
    if (this.isDeleted) throw new Error(`The queue of ${this.contract.name} does not exist.`);
    const { random, traceEvent } = this.cluster;
    const faults = this.faults();
    if (random.chance(faults.loseMessage)) {
      traceEvent(this.contract.name, `loses ${body}`);
      this.observer.late(body);
      return;
    }
    const isDelayed = random.chance(faults.delayMessage);
    if (isDelayed) this.observer.late(body);
    this.put(body, delaySeconds * 1000 + (isDelayed ? random.int(0, 60_000) : 0));
    if (random.chance(faults.doubleMessage)) this.put(body, delaySeconds * 1000 + random.int(0, 120_000));
  }

  purge(): void {
    this.cluster.traceEvent(this.contract.name, `${this.messages.size} messages are purged`);
    for (const { body } of this.messages.values()) this.observer.late(body);
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
      message.visibleAtMs = this.cluster.scheduler.nowMs + seconds * 1000;
      this.pumpAt(message.visibleAtMs);
    }
  }

  private put(body: string, delayMs: number): void {
    this.nextId += 1;
    const visibleAtMs = this.cluster.scheduler.nowMs + delayMs;
    this.messages.set(this.nextId, { id: this.nextId, body, visibleAtMs, receives: 0, receipt: '' });
    this.pumpAt(visibleAtMs);
  }

  private pumpAt(atMs: number): void {
    const { scheduler } = this.cluster;
    const soonest = Math.max(atMs, scheduler.nowMs) + 20;
    if (soonest >= this.pumpAtMs) return;
    this.pumpAtMs = soonest;
    scheduler.at(soonest, () => {
      if (this.pumpAtMs !== soonest) return;
      this.pumpAtMs = Number.POSITIVE_INFINITY;
      this.pump();
    });
  }

  private pump(): void {
    const { scheduler, random } = this.cluster;
    while (this.running < this.contract.concurrency) {
      const visible = [...this.messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= scheduler.nowMs);
      if (visible.length === 0) break;
      const batch: Message[] = [];
      const size = random.int(1, this.contract.batchSize);
      while (batch.length < size && visible.length > 0) batch.push(...visible.splice(random.int(0, visible.length - 1), 1));
      const received = batch.filter((message) => !this.redrive(message));
      for (const message of received) {
        message.receives += 1;
        this.maxReceives = Math.max(this.maxReceives, message.receives);
        message.receipt = `r${message.id}.${message.receives}`;
        message.visibleAtMs = scheduler.nowMs + this.visibilityMs;
      }
      if (this.faults().isThrottled) this.observer.throttled();
      else if (received.length > 0) this.run(received);
    }
    if (this.running >= this.contract.concurrency) return; // the end of an invocation pumps again
    const next = Math.min(...[...this.messages.values()].map(({ visibleAtMs }) => visibleAtMs));
    if (Number.isFinite(next)) this.pumpAt(next);
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
      if (this.running === this.contract.concurrency) this.fullUntilMs = this.cluster.scheduler.nowMs;
      this.running -= 1;
      this.pumpAt(this.cluster.scheduler.nowMs);
    };
    this.invoke(batch.map(toRecord)).then((failed) => {
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

/** @param sent called for every wake-up that arrived @returns the queues, as one machine reaches them */
export function queuesFrom(
  machine: Machine,
  queues: ReadonlyMap<string, MemoryQueue>,
  sent: (id: string, by: Machine) => void,
): WakeUpQueues {
  const queueOf = (type: string): MemoryQueue => {
    const queue = queues.get(type);
    if (queue === undefined) throw new Error(`no queue of ${type}`);
    return queue;
  };
  return {
    wake: ({ id, type }, delaySeconds) =>
      machine.call('wake', () => {
        queueOf(type).send(encodeWakeUp(id), delaySeconds);
        sent(id, machine);
      }),
    depth: (type) => machine.call('depth', () => queueOf(type).depth),
    deadLetter: (type, body, reason) => machine.call('deadLetter', () => void queueOf(type).deadLetters.push({ body, reason })),
  };
}
