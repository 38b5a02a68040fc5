/** One process of a worker: the ports as it reaches them, its clock, and its death, after which it changes nothing more. */

import type { WorkerDefinition } from '../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import type { GateStore } from '../lambdas/core/gate/gate-store.ts';
import type { FileStore, JobStore, PayloadStore, Runtime, WakeUpQueues } from '../lambdas/core/job/ports.ts';
import type { StopSignal } from '../lambdas/core/job/stop.ts';
import type { UploadReader } from '../lambdas/core/job/upload.ts';
import { RunningJobs } from '../lambdas/core/run/running-jobs.ts';
import type { Carry } from './carry.ts';
import type { Effect, Kills, Phase } from './kills.ts';
import type { MemoryBucket } from './memory-bucket.ts';
import type { MemoryGateStore } from './memory-gate-store.ts';
import type { MemoryJobStore } from './memory-job-store.ts';
import { connectQueues, type MemoryQueue } from './memory-queue.ts';
import { nameOfFile, nameOfWrite, type Operation } from './operations.ts';
import type { Scheduler } from './scheduler.ts';

/** What all processes share. */
export interface Shared {
  readonly scheduler: Scheduler;
  readonly store: MemoryJobStore;
  readonly gates: MemoryGateStore;
  readonly bucket: MemoryBucket;
  readonly queues: ReadonlyMap<string, MemoryQueue>;
  readonly kills: Kills;
  readonly runtime: Runtime;
  readonly onDeath: (why: string) => void;
  /** Holds the process that reached a point. @returns resolves when it may go on */
  readonly hold: () => Promise<void>;
}

const gateReads: ReadonlySet<Operation> = new Set(['read gate', 'read line', 'due gates']);

export class WorkerProcess {
  /** Rejects when the process dies. */
  readonly died: Promise<never>;
  readonly runtime: Runtime;
  readonly ports: {
    readonly runningJobs: RunningJobs;
    readonly store: JobStore;
    readonly gates: GateStore;
    readonly queues: WakeUpQueues;
    readonly payloads: PayloadStore;
    readonly files: FileStore;
    readonly uploadReader: UploadReader;
  };
  isDead = false;
  /** Code runs that neither ended nor changed anything when it had the time to: it waits for the time to move. */
  waitsForTime = false;
  private readonly shared: Shared;
  private reject!: (error: Error) => void;

  constructor(shared: Shared) {
    this.shared = shared;
    this.died = new Promise((_, reject) => {
      this.reject = reject;
    });
    this.died.catch(() => undefined);
    const { scheduler, bucket } = shared;
    this.runtime = { ...shared.runtime, sleep: (ms, signal) => pauseUntil(scheduler, ms, signal, () => !this.isDead) };
    const queues = connectQueues(this.plain, shared.queues);
    this.ports = {
      runningJobs: new RunningJobs(),
      store: this.connectStore(),
      gates: shared.gates.connect((operation, act) => (gateReads.has(operation) ? this.plain : this.changing(operation))(operation, act)),
      queues: { ...queues, wake: connectQueues(this.changing('wake'), shared.queues).wake },
      payloads: { ...bucket.payloads(this.plain), put: bucket.payloads(this.changing('payload')).put },
      uploadReader: bucket.uploadReader(this.plain),
      files: {
        ...bucket.files(this.plain),
        write: (key, ...rest) => bucket.files(this.changing(nameOfFile(key))).write(key, ...rest),
      },
    };
  }

  /** Requests that only read, or that are repeated anyway. */
  get plain(): Carry {
    return async (_, act) => {
      if (this.isDead) return never();
      return act();
    };
  }

  /** The same work; its code has time to react when its signal aborts. */
  observing(definition: WorkerDefinition<JobTypeContract>): WorkerDefinition<JobTypeContract> {
    const observe = (signal: AbortSignal) =>
      signal.addEventListener('abort', () => {
        this.waitsForTime = false;
      });
    const { cleanUp } = definition;
    return {
      run: (input, ctx) => {
        observe(ctx.signal);
        return definition.run(input, ctx);
      },
      ...(cleanUp === undefined ? {} : { cleanUp: (input, ctx) => cleanUp.call(definition, input, ctx) }),
    };
  }

  /** Ends the process: what it has sent stays done, and nothing that it still does has an effect on a port. */
  die(why: string): void {
    if (this.isDead) return;
    this.isDead = true;
    this.shared.onDeath(why);
    this.reject(new Error(`The process of the worker died: ${why}.`));
  }

  private changing(operation: Operation, isWrite = false): Carry {
    return async (_, act) => {
      if (this.isDead || (await this.isStoppedAt('before', operation, isWrite))) return never();
      if (operation !== 'heartbeat') this.waitsForTime = false;
      const answer = act();
      return (await this.isStoppedAt('after', operation, isWrite)) ? never() : answer;
    };
  }

  /** @returns whether the process is dead by then */
  private async isStoppedAt(phase: Phase, operation: Operation, isWrite: boolean): Promise<boolean> {
    await this.undergo(this.shared.kills.effectAt(phase, operation, isWrite), `${phase} ${operation}`);
    return this.isDead;
  }

  private async undergo(effect: Effect | undefined, point: string): Promise<void> {
    if (effect === 'die') this.die(point);
    if (effect === 'hold') await this.shared.hold();
  }

  private connectStore(): JobStore {
    const { store } = this.shared;
    return {
      ...store.connect(this.plain),
      create: (...request) => store.connect(this.changing('submit')).create(...request),
      claim: (...request) => store.connect(this.changing('claim', true)).claim(...request),
      write: (job, guard, patch) => {
        const operation = nameOfWrite(store.rows.get(job.id)?.job, patch);
        return store.connect(this.changing(operation, true)).write(job, guard, patch);
      },
    };
  }
}

/** Resolves once the time has moved on by `ms`, unless the process is dead by then; or when the signal aborts. */
export function pauseUntil(scheduler: Scheduler, ms: number, signal: StopSignal, isAlive = () => true): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = scheduler.after(ms, () => {
      if (isAlive()) resolve();
    });
    const stop = () => {
      cancel();
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}

function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
