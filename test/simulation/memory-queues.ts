/** SQS and Lambda's trigger on it: delivers at least once, in any order, late or twice; takes back what was not acknowledged. */

import type { SQSRecord } from 'aws-lambda';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { queueLimits } from '../../lambdas/core/contract/queue-limits.ts';
import type { WakeUpQueues } from '../../lambdas/core/job/ports.ts';
import { encodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import type { Machine, Room } from './machine.ts';

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

export interface QueueWatcher {
  /** A message will not come, or not when it should. */
  late(body: string): void;
  /** Messages were delivered to nobody, and hide until they are delivered again. */
  throttled(): void;
}

/** Runs a batch; resolves with the ids of messages that failed, rejects (or never settles) when the process dies. */
export type Invoke = (records: readonly SQSRecord[]) => Promise<ReadonlySet<string>>;

export class MemoryQueue {
  readonly deadLetters: { readonly body: string; readonly reason: string }[] = [];
  /** When a message last had to wait for an invocation to end. */
  fullUntilMs = 0;
  /** Of any message, deliveries to nobody included. */
  mostReceives = 0;
  private readonly messages = new Map<number, Message>();
  private readonly contract: JobTypeContract;
  private readonly room: Room;
  private readonly faults: () => QueueFaults;
  private readonly invoke: Invoke;
  private readonly watcher: QueueWatcher;
  private readonly visibilityMs: number;
  private readonly maxReceiveCount: number;
  private running = 0;
  private nextId = 0;
  private isGone = false;
  private pumpAtMs = Number.POSITIVE_INFINITY;

  constructor(contract: JobTypeContract, room: Room, faults: () => QueueFaults, invoke: Invoke, watcher: QueueWatcher) {
    this.contract = contract;
    this.room = room;
    this.faults = faults;
    this.invoke = invoke;
    this.watcher = watcher;
    const { visibilitySeconds, maxReceiveCount } = queueLimits(contract);
    this.visibilityMs = visibilitySeconds * 1000;
    this.maxReceiveCount = maxReceiveCount;
  }

  get isEmpty(): boolean {
    return this.messages.size === 0 && this.running === 0;
  }

  /** As SQS counts: visible ones alone. */
  get depth(): number {
    const { nowMs } = this.room.scheduler;
    let count = 0;
    for (const { visibleAtMs } of this.messages.values()) if (visibleAtMs <= nowMs) count += 1;
    return count;
  }

  /** @throws Error once it is gone */
  send(body: string, delaySeconds: number): void {
    if (this.isGone) throw new Error(`The queue of ${this.contract.name} does not exist.`);
    const { random, tell } = this.room;
    const faults = this.faults();
    if (random.chance(faults.loseMessage)) {
      tell(this.contract.name, `loses ${body}`);
      this.watcher.late(body);
      return;
    }
    const isDelayed = random.chance(faults.delayMessage);
    if (isDelayed) this.watcher.late(body);
    this.put(body, delaySeconds * 1000 + (isDelayed ? random.int(0, 60_000) : 0));
    if (random.chance(faults.doubleMessage)) this.put(body, delaySeconds * 1000 + random.int(0, 120_000));
  }

  purge(): void {
    this.room.tell(this.contract.name, `${this.messages.size} messages are purged`);
    for (const { body } of this.messages.values()) this.watcher.late(body);
    this.messages.clear();
  }

  /** Put there by nobody of ours. */
  forge(body: string): void {
    if (!this.isGone) this.send(body, 0);
  }

  /** With its job type. */
  remove(): void {
    this.purge();
    this.isGone = true;
  }

  changeVisibility(receipt: string, seconds: number): void {
    for (const message of this.messages.values()) {
      if (message.receipt !== receipt) continue;
      message.visibleAtMs = this.room.scheduler.nowMs + seconds * 1000;
      this.pumpAt(message.visibleAtMs);
    }
  }

  private put(body: string, delayMs: number): void {
    this.nextId += 1;
    const visibleAtMs = this.room.scheduler.nowMs + delayMs;
    this.messages.set(this.nextId, { id: this.nextId, body, visibleAtMs, receives: 0, receipt: '' });
    this.pumpAt(visibleAtMs);
  }

  private pumpAt(atMs: number): void {
    const { scheduler } = this.room;
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
    const { scheduler, random } = this.room;
    while (this.running < this.contract.concurrency) {
      const visible = [...this.messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= scheduler.nowMs);
      if (visible.length === 0) break;
      const batch: Message[] = [];
      const size = random.int(1, this.contract.batchSize);
      while (batch.length < size && visible.length > 0) batch.push(...visible.splice(random.int(0, visible.length - 1), 1));
      const received = batch.filter((message) => !this.redrive(message));
      for (const message of received) {
        message.receives += 1;
        this.mostReceives = Math.max(this.mostReceives, message.receives);
        message.receipt = `r${message.id}.${message.receives}`;
        message.visibleAtMs = scheduler.nowMs + this.visibilityMs;
      }
      if (this.faults().isThrottled) this.watcher.throttled();
      else if (received.length > 0) this.run(received);
    }
    if (this.running >= this.contract.concurrency) return; // the end of an invocation goes on from here
    const next = Math.min(...[...this.messages.values()].map(({ visibleAtMs }) => visibleAtMs));
    if (Number.isFinite(next)) this.pumpAt(next);
  }

  /** As SQS does instead of another delivery. @returns whether the message was received too often */
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
      if (this.running === this.contract.concurrency) this.fullUntilMs = this.room.scheduler.nowMs;
      this.running -= 1;
      this.pumpAt(this.room.scheduler.nowMs);
    };
    this.invoke(batch.map(toRecord)).then((failed) => {
      for (const [receipt, message] of receipts) {
        // A receipt handle of an earlier delivery deletes nothing.
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

/** The queues as one machine reaches them. @param sent told of every wake-up that arrived */
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
