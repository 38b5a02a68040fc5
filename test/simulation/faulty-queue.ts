/** The in-memory queue with the faults of a plan: it loses, doubles and delays messages, and delivers them in any order. */
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { type Invoke, MemoryQueue, type Message } from '../../testing/memory-queue.ts';
import type { Cluster } from './machine.ts';

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

export class FaultyQueue extends MemoryQueue {
  private readonly cluster: Cluster;
  private readonly faults: () => QueueFaults;
  private readonly observer: QueueObserver;

  constructor(contract: JobTypeContract, cluster: Cluster, faults: () => QueueFaults, invoke: Invoke, observer: QueueObserver) {
    super(contract, cluster.scheduler, invoke);
    this.cluster = cluster;
    this.faults = faults;
    this.observer = observer;
  }

  protected override deliver(body: string, delaySeconds: number): void {
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

  override purge(): void {
    this.cluster.traceEvent(this.contract.name, `${this.messages.size} messages are purged`);
    for (const { body } of this.messages.values()) this.observer.late(body);
    super.purge();
  }

  protected override chooseBatch(visible: readonly Message[]): readonly Message[] {
    const { random } = this.cluster;
    const left = [...visible];
    const batch: Message[] = [];
    const size = random.int(1, this.contract.batchSize);
    while (batch.length < size && left.length > 0) batch.push(...left.splice(random.int(0, left.length - 1), 1));
    return batch;
  }

  protected override isThrottled(): boolean {
    const { isThrottled } = this.faults();
    if (isThrottled) this.observer.throttled();
    return isThrottled;
  }
}
