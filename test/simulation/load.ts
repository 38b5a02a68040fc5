/**
 * A deployment under load, in virtual time: the real API, the workers' real handler and the real clock, over a table with DynamoDB's limits. Nothing
 * fails but what the table refuses. Its requests take the same time each, so that a rate is a rate.
 */

import { marshall } from '@aws-sdk/util-dynamodb';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { itemSizeBytes, writeUnits } from '../../lambdas/adapters/item-size.ts';
import { marshallOptions } from '../../lambdas/adapters/job-item.ts';
import { createApi } from '../../lambdas/api/app.ts';
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import { defineJobType, type JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { Log } from '../../lambdas/core/contract/log.ts';
import type { Quota } from '../../lambdas/core/contract/runtime-settings.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import type { PartitionCount } from '../../lambdas/core/job/index-partitions.ts';
import type { Runtime } from '../../lambdas/core/job/ports.ts';
import { isTerminal } from '../../lambdas/core/job/states.ts';
import { runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import type { EngineDeps } from '../../lambdas/core/run/handle-wake-up.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import type { Usage } from '../../lambdas/core/submit/quota.ts';
import { sqsHandler } from '../../lambdas/worker/sqs-handler.ts';
import type { Carry } from '../../testing/carry.ts';
import { MemoryBucket, memoryUploadLinks } from '../../testing/memory-bucket.ts';
import { MemoryControlStore } from '../../testing/memory-control-store.ts';
import { MemoryGateStore } from '../../testing/memory-gate-store.ts';
import { MemoryJobStore } from '../../testing/memory-job-store.ts';
import { connectQueues, type Invoke, MemoryQueue } from '../../testing/memory-queue.ts';
import { MemoryQuotaStore } from '../../testing/memory-quota-store.ts';
import { MemoryScheduleStore } from '../../testing/memory-schedule-store.ts';
import { MemoryTallyStore } from '../../testing/memory-tally-store.ts';
import { MemoryUniqueStore } from '../../testing/memory-unique-store.ts';
import { Scheduler } from '../../testing/scheduler.ts';
import { everythingAllowed } from '../../testing/test-kit.ts';
import { contractLimits } from '../support/contract-limits.ts';
import { TableThroughput } from '../support/table-throughput.ts';
import { clockPeriodMs, defaultTimes } from './times.ts';

/** A request to the table or to a queue, and its answer. */
export const roundTripMs = 10;

/** A job that is over at once. With more workers than any load here needs. */
export const shortWork = defineJobType({
  ...contractLimits,
  name: 'short-work',
  description: 'Does nothing, at once.',
  input: z.strictObject({}),
  output: z.strictObject({}),
  concurrency: 1_000,
  batchSize: 10,
}) as unknown as JobTypeContract;

export interface LoadOptions {
  /** Write units that the table takes in a second, and each index. @default no such limit */
  readonly unitsPerSecond?: number;
  readonly quota?: Quota;
  /** Whether there are workers. @default true; otherwise messages stay in the queue */
  readonly hasWorkers?: boolean;
  /** Jobs that a sweep of the clock wakes in one run. @default the clock's own number */
  readonly maxJobsPerSweep?: number;
  /** Partitions of the indexes, which are grown before anything is offered. @default the fewest */
  readonly indexPartitions?: PartitionCount;
}

export interface LoadAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly id?: string;
    readonly results?: readonly { readonly status: number; readonly job?: { readonly id: string } }[];
  };
}

export class Load {
  readonly scheduler: Scheduler;
  readonly throughput: TableThroughput;
  readonly store: MemoryJobStore;
  readonly queue: MemoryQueue;
  private readonly options: LoadOptions;
  private readonly bucket = new MemoryBucket();
  private readonly control = new MemoryControlStore();
  private readonly tallies = new MemoryTallyStore();
  private readonly uniques = new MemoryUniqueStore();
  private readonly quotas: MemoryQuotaStore;
  private readonly schedules: MemoryScheduleStore;
  private readonly gates: MemoryGateStore;
  private readonly api: ReturnType<typeof createApi>;
  private readonly deps: ReturnType<Load['ports']>;
  private tokens = 0;

  constructor(options: LoadOptions = {}) {
    this.options = options;
    let order = 0;
    this.scheduler = new Scheduler(() => ++order, Date.UTC(2026, 10, 26, 12));
    const nowMs = () => this.scheduler.nowMs;
    const { unitsPerSecond, hasWorkers = true } = options;
    this.throughput = new TableThroughput(nowMs, unitsPerSecond === undefined ? {} : { unitsPerSecond });
    this.store = new MemoryJobStore(nowMs, () => 0, { meter: this.throughput });
    this.quotas = new MemoryQuotaStore((owner, before, after) => {
      const units = Math.max(unitsOfUsage(before), unitsOfUsage(after));
      this.throughput.spend([{ part: 'table', partition: `quota#${owner}`, units }]);
    });
    this.schedules = new MemoryScheduleStore(nowMs);
    this.gates = new MemoryGateStore(nowMs);
    this.queue = new MemoryQueue(shortWork, this.scheduler, hasWorkers ? this.invoke : undefined);
    this.deps = this.ports();
    this.api = createApi({ ...this.deps, links: { sign: async (key) => key }, uploadLinks: memoryUploadLinks });
  }

  /** Sends a request to the API, which is answered once the time has moved on. */
  async request(owner: string, path: string, body: unknown): Promise<LoadAnswer> {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const event = { headers: init.headers, requestContext: { authorizer: { lambda: { owner } } } };
    const response = await this.api.request(path, init, { event: event as unknown as APIGatewayProxyEventV2 });
    return { status: response.status, headers: response.headers, body: (await response.json()) as LoadAnswer['body'] };
  }

  /**
   * Submits jobs for a second, evenly, in requests of up to a hundred. It begins with the next whole second, by which the table counts.
   * @param ownerOf the owner of a request, by its number
   */
  offer(perSecond: number, ownerOf: (request: number) => string): void {
    const { scheduler } = this;
    const size = Math.min(100, Math.floor(perSecond / 20));
    const requests = Math.ceil(perSecond / size);
    const jobs = Array.from({ length: size }, () => ({ type: shortWork.name, input: {} }));
    const startMs = Math.ceil(scheduler.nowMs / 1000) * 1000;
    for (let i = 0; i < requests; i++)
      scheduler.at(startMs + Math.floor((i * 1000) / requests), () => void this.request(ownerOf(i), '/v1/jobs/batch', { jobs }));
  }

  /** Lets the time pass. @param isOver ends it early */
  async pass(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.scheduler.nowMs + ms;
    this.scheduler.at(untilMs, () => undefined);
    await this.scheduler.run(() => this.scheduler.nowMs >= untilMs || isOver(), Number.POSITIVE_INFINITY);
  }

  /** Runs the clock every minute from now on. */
  startClock(): void {
    this.scheduler.after(clockPeriodMs, () => {
      this.startClock();
      this.runClock();
    });
  }

  private runClock(): void {
    const endsAtMs = this.scheduler.nowMs + clockTimeoutSeconds * 1000;
    void runClock({ ...this.deps, remainingMs: () => endsAtMs - this.scheduler.nowMs });
  }

  /** Lets the clock announce the partitions, where more than the fewest are wanted, and waits until they are in use. */
  async growPartitions(): Promise<void> {
    if (this.options.indexPartitions === undefined) return;
    this.runClock();
    await this.pass(150_000);
    void this.deps.typeStates.knownTypes();
    await this.pass(1_000);
  }

  /** @returns the number of accepted jobs that have not ended */
  countOpen(): number {
    let open = 0;
    for (const { job } of this.store.rows.values()) if (!isTerminal(job.status)) open += 1;
    return open;
  }

  private readonly carry: Carry = (_, act) =>
    new Promise((resolve, reject) => {
      const { scheduler } = this;
      scheduler.after(roundTripMs / 2, () => {
        let answer: () => void;
        try {
          const value = act();
          answer = () => resolve(value);
        } catch (error) {
          answer = () => reject(error);
        }
        scheduler.after(roundTripMs / 2, answer);
      });
    });

  private ports() {
    const { scheduler, carry } = this;
    const ignore = () => undefined;
    const log: Log = { info: ignore, warn: ignore, error: ignore };
    const runtime: Runtime = {
      nowMs: () => scheduler.nowMs,
      monotonicMs: () => scheduler.nowMs,
      random: () => 0.5,
      newToken: () => `t${++this.tokens}`,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(), { once: true });
          scheduler.after(ms, resolve);
        }),
    };
    const control = this.control.connect(carry);
    const { quota, maxJobsPerSweep, indexPartitions } = this.options;
    const typeStates = new JobTypeStates({ control, runtime, log });
    return withAnnouncer({
      ...defaultTimes,
      ...(maxJobsPerSweep === undefined ? {} : { maxJobsPerSweep }),
      indexPartitions,
      runtime,
      log,
      catalogue: [shortWork],
      settings: { ...everythingAllowed, ...(quota === undefined ? {} : { quota }) },
      metrics: { put: ignore },
      control,
      typeStates,
      store: this.store.connect(carry, {}, () => typeStates.partitionsToWrite()),
      schedules: this.schedules.connect(carry),
      gates: this.gates.connect(carry),
      tallies: this.tallies.connect(carry),
      quotas: this.quotas.connect(carry),
      uniques: this.uniques.connect(carry),
      payloads: this.bucket.payloads(carry),
      files: this.bucket.files(carry),
      uploads: this.bucket.uploads(carry),
      queues: connectQueues(carry, new Map([[shortWork.name, this.queue]])),
    });
  }

  private readonly invoke: Invoke = async (records) => {
    const endsAtMs = this.scheduler.nowMs + shortWork.timeoutSeconds * 1000;
    const worker = { contract: shortWork, definition: { run: async () => ({}) } };
    const handler = sqsHandler(worker, { ...this.deps, runningJobs: new RunningJobs() } as unknown as EngineDeps, {
      changeVisibility: (receipt, seconds) => this.carry('changeVisibility', () => this.queue.changeVisibility(receipt, seconds)),
    });
    const host = { getRemainingTimeInMillis: () => endsAtMs - this.scheduler.nowMs };
    const { batchItemFailures } = await handler({ Records: [...records] }, host);
    return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
  };
}

/** @returns write units of an owner's item of the quota, but for its key and expiry */
export function unitsOfUsage(usage: Usage): number {
  return writeUnits(itemSizeBytes(marshall(usage, marshallOptions)));
}
