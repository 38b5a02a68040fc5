/** A deployment in memory: the real API, the workers' real handler and the real clock, wired over ports in this process. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createApi } from '../lambdas/api/app.ts';
import { clockTimeoutSeconds, defaultTimes } from '../lambdas/config.ts';
import { withAnnouncer } from '../lambdas/core/announce/family.ts';
import type { WorkerDefinition } from '../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import type { Log } from '../lambdas/core/contract/log.ts';
import type { Settings } from '../lambdas/core/contract/runtime-settings.ts';
import { JobTypeStates } from '../lambdas/core/control/job-type-states.ts';
import { leaveGate } from '../lambdas/core/gate/enter-gate.ts';
import { gateListener } from '../lambdas/core/gate/gate-listener.ts';
import type { Runtime } from '../lambdas/core/job/ports.ts';
import { isTerminal } from '../lambdas/core/job/states.ts';
import { runClock } from '../lambdas/core/reconcile/run-clock.ts';
import { sqsHandler } from '../lambdas/worker/sqs-handler.ts';
import type { Carry } from './carry.ts';
import { Kills } from './kills.ts';
import { MemoryBucket, memoryUploadLinks } from './memory-bucket.ts';
import { MemoryControlStore } from './memory-control-store.ts';
import { MemoryGateStore } from './memory-gate-store.ts';
import { MemoryJobStore } from './memory-job-store.ts';
import { connectQueues, type Invoke, MemoryQueue } from './memory-queue.ts';
import { MemoryQuotaStore } from './memory-quota-store.ts';
import { MemoryScheduleStore } from './memory-schedule-store.ts';
import { MemoryTallyStore } from './memory-tally-store.ts';
import { MemoryUniqueStore } from './memory-unique-store.ts';
import { Scheduler } from './scheduler.ts';
import { TimeDriver } from './time-driver.ts';
import { pauseUntil, WorkerProcess } from './worker-process.ts';

/** A job type of the deployment under test. */
export interface JobTypeUnderTest {
  readonly contract: JobTypeContract;
  /** Undefined: the type accepts jobs, and they stay queued. */
  readonly worker?: WorkerDefinition<JobTypeContract>;
}

export interface LogLine {
  readonly level: keyof Log;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface DeploymentOptions {
  readonly jobTypes: readonly JobTypeUnderTest[];
  readonly settings: Settings;
  readonly startMs: number;
  /** How long code may run without ending or saving anything, in milliseconds of this machine. */
  readonly patienceMs: number;
  readonly random: () => number;
  readonly onTimeMoved: (now: Date) => void;
}

/** A caller's request, as the authoriser let it pass; without an owner on a path that needs none. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly owner: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** A JSON value. */
  readonly body?: unknown;
}

/** The address of the API in links; nothing listens there. */
export const apiUrl = 'https://delegation.test';

const periodMs = defaultTimes.clockSeconds * 1000;
const times = {
  leaseMs: defaultTimes.leaseSeconds * 1000,
  graceMs: defaultTimes.graceSeconds * 1000,
  retentionMs: defaultTimes.retentionDays * 86_400_000,
  periodMs,
};

export class MemoryDeployment {
  readonly logs: LogLine[] = [];
  /** Why worker processes died, oldest first. */
  readonly deaths: string[] = [];
  readonly scheduler: Scheduler;
  readonly time: TimeDriver;
  readonly store: MemoryJobStore;
  readonly bucket = new MemoryBucket();
  readonly queues: ReadonlyMap<string, MemoryQueue>;
  readonly kills = new Kills();
  private readonly options: DeploymentOptions;
  private readonly catalogue: readonly JobTypeContract[];
  private readonly control = new MemoryControlStore();
  private readonly quotas = new MemoryQuotaStore();
  private readonly uniques = new MemoryUniqueStore();
  private readonly tallies = new MemoryTallyStore();
  private readonly schedules: MemoryScheduleStore;
  readonly gates: MemoryGateStore;
  private readonly runtime: Runtime;
  private readonly api: ReturnType<typeof createApi>;
  private lastTickMs: number;

  constructor(options: DeploymentOptions) {
    this.options = options;
    const { jobTypes, startMs, patienceMs, random } = options;
    this.catalogue = jobTypes.map(({ contract }) => contract);
    let order = 0;
    const scheduler = new Scheduler(() => ++order, startMs);
    this.scheduler = scheduler;
    this.lastTickMs = startMs;
    this.time = new TimeDriver({
      scheduler,
      patienceMs,
      onMoved: () => options.onTimeMoved(new Date(scheduler.nowMs)),
      saves: () => this.kills.points.length,
      busy: () => this.runningJobs(),
      tickMs: () => this.nextTickMs(),
      tick: (atMs) => this.tick(atMs),
    });
    this.store = new MemoryJobStore(() => scheduler.nowMs);
    this.schedules = new MemoryScheduleStore(() => scheduler.nowMs);
    this.gates = new MemoryGateStore(() => scheduler.nowMs);
    this.store.otherAlarms.push(this.schedules.hasAlarms, this.gates.hasAlarms);
    this.queues = new Map(jobTypes.map((jobType) => [jobType.contract.name, this.queueOf(jobType)]));
    this.runtime = {
      nowMs: () => scheduler.nowMs,
      monotonicMs: () => scheduler.nowMs,
      random,
      newToken: tokens(),
      sleep: (ms, signal) => pauseUntil(scheduler, ms, signal),
    };
    this.api = createApi({ ...this.ports(undying), links: { sign: async (key) => key }, uploadLinks: memoryUploadLinks });
  }

  /** Sends a request to the API. */
  async request({
    method,
    path,
    owner,
    headers = {},
    body,
  }: ApiRequest): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
    const init = {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await this.send(path, init, owner);
    return { status: response.status, text: await response.text(), headers: response.headers };
  }

  /** Sends a request as it is. @param owner undefined: it needs no caller */
  async send(path: string, init: RequestInit, owner?: string): Promise<Response> {
    const authorizer = owner === undefined ? {} : { authorizer: { lambda: { owner } } };
    const event = { headers: init.headers, requestContext: authorizer };
    return this.api.request(path, init, { event: event as unknown as APIGatewayProxyEventV2 });
  }

  /** @returns whether a job that has a worker has not ended */
  hasOpenJobs(): boolean {
    const types = new Set(this.options.jobTypes.flatMap(({ contract, worker }) => (worker === undefined ? [] : [contract.name])));
    return [...this.store.rows.values()].some(({ job }) => types.has(job.type) && !isTerminal(job.status));
  }

  private queueOf({ contract, worker }: JobTypeUnderTest): MemoryQueue {
    const invoke: Invoke | undefined = worker && ((records) => this.invoke(contract, worker, records));
    return new MemoryQueue(contract, this.scheduler, invoke, 0);
  }

  private invoke(
    contract: JobTypeContract,
    definition: WorkerDefinition<JobTypeContract>,
    records: Parameters<Invoke>[0],
  ): ReturnType<Invoke> {
    const { scheduler, store, gates, bucket, queues, kills, runtime } = this;
    const onDeath = (why: string) => void this.deaths.push(why);
    const hold = () => this.time.hold();
    const process = new WorkerProcess({ scheduler, store, gates, bucket, queues, kills, runtime, onDeath, hold });
    const endsAtMs = scheduler.nowMs + contract.timeoutSeconds * 1000;
    const cancelTimeout = scheduler.at(endsAtMs, () => process.die("Lambda's time-out"));
    const deps = { ...this.ports(process.plain, process.runtime), ...times, ...process.ports, apiUrl, estimateUsd: () => 0 };
    const ports = withAnnouncer(deps, [gateListener((job) => leaveGate(job, deps))]);
    const handler = sqsHandler({ contract, definition: process.observing(definition) }, ports, {
      changeVisibility: (receipt, seconds) =>
        process.plain('changeVisibility', () => queues.get(contract.name)?.changeVisibility(receipt, seconds)),
      endProcess: () => {
        process.die('code ignored its signal to stop');
        return process.died;
      },
    });
    const host = { getRemainingTimeInMillis: () => Math.max(0, endsAtMs - scheduler.nowMs) };
    const answer = Promise.race([handler({ Records: [...records] }, host), process.died]).finally(cancelTimeout);
    this.time.track(answer, process);
    return answer.then(({ batchItemFailures }) => new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)));
  }

  private tick(atMs: number): void {
    this.lastTickMs = atMs;
    const endsAtMs = atMs + clockTimeoutSeconds * 1000;
    this.time.track(runClock({ ...this.ports(undying), ...times, remainingMs: () => endsAtMs - this.scheduler.nowMs }));
  }

  /** When the clock runs next. It runs every minute; runs that would find nothing are left out, since a month of sleep would take minutes. */
  private nextTickMs(): number | undefined {
    let neededMs = Number.POSITIVE_INFINITY;
    for (const { job } of this.store.rows.values()) {
      if (job.alarm === undefined) continue;
      const { kind, dueAtMs } = job.alarm;
      neededMs = Math.min(neededMs, kind === 'timer' ? dueAtMs - 2 * periodMs : dueAtMs, job.deadlineMs);
    }
    for (const { dueAtMs = neededMs } of this.gates.rows.values()) neededMs = Math.min(neededMs, dueAtMs);
    for (const { dueAtMs = neededMs } of this.schedules.rows.values()) neededMs = Math.min(neededMs, dueAtMs);
    if (neededMs === Number.POSITIVE_INFINITY) return undefined;
    const periods = Math.max(
      1,
      Math.ceil((neededMs - this.lastTickMs) / periodMs),
      Math.ceil((this.scheduler.nowMs - this.lastTickMs) / periodMs),
    );
    return this.lastTickMs + periods * periodMs;
  }

  private ports(carry: Carry, runtime: Runtime = this.runtime) {
    const log = this.log();
    const control = this.control.connect(carry);
    const ports = {
      settings: this.options.settings,
      catalogue: this.catalogue,
      log,
      runtime,
      control,
      typeStates: new JobTypeStates({ control, runtime, log }),
      store: this.store.connect(carry),
      quotas: this.quotas.connect(carry),
      uniques: this.uniques.connect(carry),
      schedules: this.schedules.connect(carry),
      tallies: this.tallies.connect(carry),
      queues: connectQueues(carry, this.queues),
      payloads: this.bucket.payloads(carry),
      uploads: this.bucket.uploads(carry),
      metrics: { put: () => undefined },
      gates: this.gates.connect(carry),
      graceMs: times.graceMs,
      retentionMs: times.retentionMs,
    };
    return withAnnouncer(ports, [gateListener((job) => leaveGate(job, ports))]);
  }

  private log(): Log {
    const write =
      (level: LogLine['level']) =>
      (message: string, fields: LogLine['fields'] = {}) =>
        void this.logs.push({ level, message, fields });
    return { info: write('info'), warn: write('warn'), error: write('error') };
  }

  private runningJobs(): string {
    const running = [...this.store.rows.values()].filter(({ job }) => job.status === 'running');
    return running.map(({ job }) => `${job.type} ${job.id}`).join(', ');
  }
}

/** The API and the clock do not die. */
const undying: Carry = async (_, act) => act();

/** @returns makes tokens that no other kit makes */
function tokens(): () => string {
  const prefix = Math.random().toString(36).slice(2);
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}x${count}`;
  };
}
