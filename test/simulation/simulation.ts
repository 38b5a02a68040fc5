/** One simulation: the real handlers over simulated machines, with the plan's workload and faults, under the invariants. */

import { logMetrics } from '../../lambdas/adapters/emf-metrics.ts';
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
// Loaded before the first event, so that each run has the same events.
import '../../lambdas/api/bulk-part.ts';
import '../../lambdas/api/link-part.ts';
import '../../lambdas/api/webhook-part.ts';
import { eventListener, startAnnouncer } from '../../lambdas/core/announce/event-listener.ts';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import type { JobEvent } from '../../lambdas/core/announce/job-event.ts';
import type { WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { Log } from '../../lambdas/core/contract/log.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import { leaveGate } from '../../lambdas/core/gate/enter-gate.ts';
import { gateListener } from '../../lambdas/core/gate/gate-listener.ts';
import { fewestPartitions, mostPartitions, type PartitionCount } from '../../lambdas/core/job/index-partitions.ts';
import type { Job, Payload } from '../../lambdas/core/job/job.ts';
import { loggable } from '../../lambdas/core/job/loggable.ts';
import type { AlarmProbe, JobStore } from '../../lambdas/core/job/ports.ts';
import { decodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import { runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import type { EngineDeps } from '../../lambdas/core/run/handle-wake-up.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import { BulkRun } from '../../lambdas/jobs/bulk-action/bulk-run.ts';
import { type BulkInput, contract as bulkAction } from '../../lambdas/jobs/bulk-action/contract.ts';
import * as deliveries from '../../lambdas/jobs/deliver-webhook/announce-end.ts';
import { type DeliveryInput, contract as deliverWebhook } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import { deliver } from '../../lambdas/jobs/deliver-webhook/deliver.ts';
import { webhookOfEnd } from '../../lambdas/jobs/deliver-webhook/webhook-of-end.ts';
import { webhookOfRun } from '../../lambdas/jobs/deliver-webhook/webhook-of-run.ts';
import { contract as group } from '../../lambdas/jobs/group/contract.ts';
import { cancelMembers, waitForMembers } from '../../lambdas/jobs/group/group-run.ts';
import { sqsHandler } from '../../lambdas/worker/sqs-handler.ts';
import type { Carry } from '../../testing/carry.ts';
import { memoryUploadLinks } from '../../testing/memory-bucket.ts';
import { MemoryControlStore } from '../../testing/memory-control-store.ts';
import { MemoryGateStore } from '../../testing/memory-gate-store.ts';
import { MemoryJobStore } from '../../testing/memory-job-store.ts';
import { connectQueues, type Invoke, type MemoryQueue } from '../../testing/memory-queue.ts';
import { MemoryScheduleStore } from '../../testing/memory-schedule-store.ts';
import { MemoryTallyStore } from '../../testing/memory-tally-store.ts';
import { MemoryUniqueStore } from '../../testing/memory-unique-store.ts';
import { Scheduler } from '../../testing/scheduler.ts';
import { TableThroughput } from '../support/table-throughput.ts';
import { Callers } from './callers.ts';
import { checkAnswers } from './check-answers.ts';
import { Checker, isEnded } from './checker.ts';
import { EventChecker } from './event-checker.ts';
import { ExternalSystems } from './external-systems.ts';
import { FaultyBucket } from './faulty-bucket.ts';
import { FaultyQueue } from './faulty-queue.ts';
import { checkFinalState } from './final-state.ts';
import { KeyChecker } from './key-checker.ts';
import { withKeys } from './key-plans.ts';
import { LinkUsers } from './link-users.ts';
import { apiUrl } from './links.ts';
import { type Cluster, Machine, type MachineFaults } from './machine.ts';
import { Nemesis } from './nemesis.ts';
import { type FaultPlan, faultPeriodMs, type JobPlan, noFaults, type Plan } from './plan.ts';
import type { ChildEnd } from './program-run.ts';
import { Random } from './random.ts';
import { Receivers } from './receivers.ts';
import { ReplayChecker } from './replay-checker.ts';
import { ScheduleChecker } from './schedule-checker.ts';
import { firedJob } from './schedule-plans.ts';
import { clockPeriodMs, defaultTimes } from './times.ts';
import { describeError, errorEffectOf, parseExact, shapeOf } from './values.ts';
import { catalogueOf, maxBackoffMs, type SimulatedInput, simulatedWorker } from './workload.ts';

/** Longest time after the last fault in which all accepted jobs end. */
const quietMs = 4 * 3_600_000;
/** A webhook is tried ten times, over 91 hours at most. */
const deliveryMs = 96 * 3_600_000;
/** Retention if a key is reused after its job expired: longer than the period of faults, so that no repeat of the first submission is that late. */
const shortRetentionMs = 3_600_000;
const settings = {
  writableTables: [],
  sourceBuckets: [],
  admins: ['olga'],
  webhooks: { allowedHosts: [] },
  ec2: { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [] },
};

const bulkContract = bulkAction as unknown as JobTypeContract;
const deliveryContract = deliverWebhook as unknown as JobTypeContract;
const groupContract = group as unknown as JobTypeContract;

export interface SimulationResult {
  readonly violations: readonly string[];
  /** All that happened, line by line, if `isTraced`. */
  readonly trace: readonly string[];
}

export interface SimulationOptions {
  /** Records a line of all that happens. */
  readonly isTraced?: boolean;
  /** Whether the table refuses more writes than its partitions take. @default true */
  readonly isBounded?: boolean;
  readonly inject?: Cluster['inject'];
}

export class Simulation {
  readonly scheduler: Scheduler;
  readonly checker: Checker;
  readonly scheduleChecker: ScheduleChecker;
  readonly external: ExternalSystems;
  readonly events: EventChecker;
  readonly receivers: Receivers;
  readonly replay: ReplayChecker;
  readonly store: MemoryJobStore;
  /** The table's limits, by partition. */
  readonly throughput: TableThroughput;
  readonly schedules: MemoryScheduleStore;
  readonly gates: MemoryGateStore;
  readonly bucket: FaultyBucket;
  readonly queues: Map<string, MemoryQueue>;
  readonly plan: Plan;
  /** Ids that were answered with 202, by plan. */
  private readonly uniques = new MemoryUniqueStore();
  readonly accepted = new Map<string, JobPlan>();
  readonly cancelled = new Set<string>();
  /** Ids of redrives and cancels by filter. */
  readonly bulkJobs = new Set<string>();
  /** When a plan's job was first submitted. */
  readonly submittedAtMs = new Map<JobPlan, number>();
  readonly trace: string[] = [];
  private readonly random: Random;
  private readonly isTraced: boolean;
  private readonly inject: Cluster['inject'];
  private readonly counts = { worker: 0, api: 0, clock: 0 };
  private readonly callers: Callers;
  private readonly linkUsers: LinkUsers;
  private readonly nemesis: Nemesis;
  /** Version of the deployed contracts. */
  version = 1;
  /** Jobs that expired, and whose key another job has now. */
  readonly expired = new Set<Job>();
  private readonly times: typeof defaultTimes;
  /** The job type that a deploy removed. */
  removed: { readonly type: string; readonly atMs: number } | undefined;
  private readonly control = new MemoryControlStore();
  private readonly keys: KeyChecker | undefined;
  readonly tallies = new MemoryTallyStore();
  /** When the callers of each group were answered that it is sealed. */
  readonly groupsSealedMs = new Map<string, number>();

  constructor(plan: Plan, { isTraced = false, isBounded = true, inject }: SimulationOptions = {}) {
    this.plan = plan;
    this.times = plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry) ? { ...defaultTimes, retentionMs: shortRetentionMs } : defaultTimes;
    this.isTraced = isTraced;
    this.inject = inject;
    this.random = new Random(plan.randomSeed);
    this.callers = new Callers(this, this.random);
    this.linkUsers = new LinkUsers(this, this.callers);
    this.nemesis = new Nemesis(this, this.callers, this.random);
    this.scheduler = new Scheduler(() => this.random.next(), Date.UTC(2026, 10, 24, 12));
    const { scheduler } = this;
    this.checker = new Checker({
      nowMs: () => scheduler.nowMs,
      faults: {
        ...plan.faults,
        // A job of a clock that runs ahead waits for its time by that clock.
        skewMs: Math.max(plan.faults.skewMs, plan.faults.clockSkewMs),
        isTypeStateTimely: plan.faults.refuse + plan.faults.loseAnswer + plan.faults.straggle === 0,
      },
      times: this.times,
      workersFullUntilMs: (type) => this.queues.get(type)?.fullUntilMs ?? 0,
      pendingWaitsOf: (id) => this.external.pendingWaits.get(id)?.values() ?? [],
      checkpointOf: (id) => this.external.checkpoints.get(id) ?? 0,
      isCleanedUp: (id) => this.external.cleanUps.has(id),
      jobOfMessage: decodeWakeUp,
      jobOf: (id) => this.store.rows.get(id)?.job,
      waitingFor: (id) => this.waitingFor(id),
      rivalsOf: (job) => this.rivalsOf(job),
      signalsOf: (id) => this.signalsOf(id),
      activities: () => this.external.activities,
      isSecret: (text) => text.includes('s3cr3t') || this.linkUsers.isSecret(text),
      isFinishedStep: (jobAndName) => this.external.finishedSteps.has(jobAndName),
      maxBackoffMs,
    });
    this.scheduleChecker = new ScheduleChecker(this.checker, {
      nowMs: () => scheduler.nowMs,
      faults: plan.faults,
      jobOf: (id) => this.store.rows.get(id)?.job,
      endedMs: (id) => this.checker.endedAtMs.get(id),
      isTypeRemoved: () => this.removed?.type === 'plain-work',
      mayBeCancelled: (id) => this.cancelled.add(id),
    });
    this.keys = plan.keyLimit === undefined ? undefined : this.keyChecker(plan.keyLimit);
    if (this.keys !== undefined) this.checker.keys = this.keys;
    this.checker.onFired = (job) => this.scheduleChecker.fired(job);
    this.events = new EventChecker(this.checker, {
      nowMs: () => scheduler.nowMs,
      jobOf: (id) => this.store.rows.get(id)?.job,
      expired: this.expired,
      internalTypes: this.internalTypes.map(({ name }) => name),
    });
    if (plan.hasEvents === true) this.checker.onAnnounced = (job) => this.events.announced(job);
    this.external = new ExternalSystems(this.checker);
    this.receivers = new Receivers(plan, this.checker);
    this.replay = new ReplayChecker(this.checker, this.external, () => scheduler.nowMs);
    this.checker.onSuspended = (...rest) => this.replay.suspended(...rest);
    this.bucket = new FaultyBucket(this.cluster, () => this.faults.damageObject);
    const nowMs = () => scheduler.nowMs;
    const lagMs = () => (this.faults.indexLagMs === 0 ? 0 : this.random.int(0, this.faults.indexLagMs));
    this.throughput = new TableThroughput(nowMs, { onRefused: () => this.checker.startLatency.faultOccurred() });
    this.store = new MemoryJobStore(nowMs, lagMs, isBounded ? { meter: this.throughput } : {});
    this.schedules = new MemoryScheduleStore(nowMs, lagMs);
    this.gates = new MemoryGateStore(nowMs, lagMs);
    this.store.otherAlarms.push(this.schedules.hasAlarms, this.gates.hasAlarms);
    const queueFaults = () => {
      const { loseMessage, doubleMessage, delayMessage } = this.faults;
      return { loseMessage, doubleMessage, delayMessage, isThrottled: this.isWithin(plan.faults.throttled) };
    };
    this.queues = new Map(
      [...catalogueOf(1), ...this.internalTypes].map((contract) => [
        contract.name,
        new FaultyQueue(contract, this.cluster, queueFaults, (records) => this.invoke(contract.name, records), this.checker),
      ]),
    );
  }

  /** In most plans the clock hears that there may be alarms, which is never wrong, so that it searches as it does beside the jobs of others; in the rest it hears what the index has. */
  private storeOn(machine: Machine, carry: Carry, typeStates: JobTypeStates): JobStore & AlarmProbe {
    const store = this.store.connect(carry, this.checker.observes(machine), () => typeStates.partitionsToWrite());
    return this.plan.randomSeed % 4 === 0 ? store : { ...store, hasAlarms: async () => true };
  }

  async run(): Promise<SimulationResult> {
    const { scheduler, plan, checker } = this;
    const { faults } = plan;
    for (const [index, job] of plan.jobs.entries())
      if (!job.isAfterExpiry) scheduler.after(job.submitAfterMs, () => this.callers.start(job, index));
    for (const [i, schedule] of (plan.schedules ?? []).entries())
      scheduler.after(schedule.putAfterMs, () => this.callers.setSchedule(schedule, plan.jobs.length + i));
    const { bulk } = plan;
    if (bulk !== undefined) this.callers.inBackground(() => this.callers.sleep(bulk.afterMs).then(() => this.callers.actOnMany(bulk)));
    this.scheduleClock(this.random.int(0, clockPeriodMs));
    this.nemesis.start();
    const lastCallMs =
      scheduler.startMs +
      Math.max(...plan.jobs.map((job) => job.submitAfterMs), ...(plan.schedules ?? []).map(({ putAfterMs }) => putAfterMs));
    const isQuiet = () => scheduler.nowMs > lastCallMs && this.callers.areDone && [...this.queues.values()].every(({ isEmpty }) => isEmpty);
    const haveEnded = () => [...this.schedules.rows.values()].every(({ dueAtMs }) => dueAtMs === undefined);
    const isDone = () =>
      isQuiet() && haveEnded() && [...this.store.rows.values()].every(({ job }) => isEnded(job.status) && job.isUnannounced !== true);
    const faultsEndMs = Math.max(faultPeriodMs, faults.throttled?.[1] ?? 0, faults.clockOff?.[1] ?? 0);
    const unhandled = (error: unknown) =>
      checker.violated('I14', `the rejection of a promise was not handled: ${describeError(errorEffectOf(error))}`);
    process.on('unhandledRejection', unhandled);
    const isOver = await scheduler.run(
      isDone,
      scheduler.startMs + faultsEndMs + 2 * quietMs + (plan.receiver === undefined ? 0 : deliveryMs),
    );
    process.off('unhandledRejection', unhandled);
    if (!isOver) {
      const open = [...this.store.rows.values()].filter(({ job }) => !isEnded(job.status)).map(({ job }) => `${job.id} ${job.status}`);
      checker.violated('I1', `some jobs do not end: ${open.join(', ') || 'callers or messages are left'}`);
    }
    checkAnswers(checker);
    this.scheduleChecker.checkEnd();
    await checkFinalState(this);
    return { violations: checker.violations, trace: this.trace };
  }

  private keyChecker(limit: number): KeyChecker {
    const { scheduler, plan, checker } = this;
    const { faults } = plan;
    const lateRequestMs = 300_000;
    return new KeyChecker(checker, {
      nowMs: () => scheduler.nowMs,
      faults,
      settledMs: scheduler.startMs + Math.max(faultPeriodMs, faults.throttled?.[1] ?? 0, faults.clockOff?.[1] ?? 0) + lateRequestMs,
      limit,
      jobOf: (id) => this.store.rows.get(id)?.job,
      lastFaultMs: () => checker.startLatency.lastFaultMs,
      workersFullUntilMs: (type) => this.queues.get(type)?.fullUntilMs ?? 0,
      isRemoved: (type) => this.removed?.type === type,
    });
  }

  private get cluster(): Cluster {
    return {
      scheduler: this.scheduler,
      random: this.random,
      traceEvent: (who: string, what: string) => this.traceEvent(who, what),
      faultOccurred: () => this.checker.startLatency.faultOccurred(),
      inject: this.inject,
    };
  }

  get faults(): FaultPlan {
    return this.scheduler.nowMs < this.scheduler.startMs + faultPeriodMs ? this.plan.faults : noFaults;
  }

  traceEvent(who: string, what: string): void {
    if (!this.isTraced) return;
    this.trace.push(`${((this.scheduler.nowMs - this.scheduler.startMs) / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(11)} ${what}`);
  }

  private isWithin(span: readonly [number, number] | null): boolean {
    const sinceMs = this.scheduler.nowMs - this.scheduler.startMs;
    return span !== null && sinceMs >= span[0] && sinceMs < span[1];
  }

  machine(kind: 'worker' | 'api' | 'clock'): Machine {
    this.counts[kind] += 1;
    const faults = (): MachineFaults => {
      const { killWorker, freezeWorker, isolateWorker, killApi, killClock, refuse, loseAnswer, straggle, slowCallMs } = this.faults;
      const isWorker = kind === 'worker';
      return {
        kill: { worker: killWorker, api: killApi, clock: killClock }[kind],
        freeze: isWorker ? freezeWorker : 0,
        isolate: isWorker ? isolateWorker : 0,
        refuse,
        loseAnswer,
        straggle,
        slowCallMs,
        // A machine's clock stays wrong after the period of faults.
        skewMs: kind === 'clock' ? Math.max(this.plan.faults.skewMs, this.plan.faults.clockSkewMs) : this.plan.faults.skewMs,
      };
    };
    const machine = new Machine(`${kind}-${this.counts[kind]}`, this.cluster, faults);
    // A clock that is minutes off takes what another one is doing for abandoned.
    if (kind === 'clock' && this.plan.faults.clockSkewMs > 0) machine.hadFault = true;
    return machine;
  }

  /** @returns the ports of a handler on a new machine */
  portsOf(kind: 'worker' | 'api' | 'clock') {
    return this.portsOn(this.machine(kind));
  }

  /** Replaces a queue by one with another concurrency or time-out, and without faults. */
  replaceQueue(contract: JobTypeContract, { isThrottled = false } = {}): MemoryQueue {
    const noQueueFaults = () => ({ loseMessage: 0, doubleMessage: 0, delayMessage: 0, isThrottled });
    const queue = new FaultyQueue(contract, this.cluster, noQueueFaults, (records) => this.invoke(contract.name, records), this.checker);
    this.queues.set(contract.name, queue);
    return queue;
  }

  /** @returns the ports of a handler on this machine */
  portsOn(machine: Machine) {
    const write = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
      const line = `${level} ${message} ${JSON.stringify(loggable(fields ?? {}))}`;
      this.checker.logged(line, machine);
      this.traceEvent(machine.name, line);
    };
    const log: Log = { info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
    const carry: Carry = (operation, act) => machine.call(operation, act);
    const control = this.control.connect(carry);
    const typeStates = new JobTypeStates({ control, runtime: machine.runtime, log });
    const endsAtMs = this.scheduler.nowMs + clockTimeoutSeconds * 1000;
    const ports = {
      ...this.times,
      remainingMs: () => endsAtMs - this.scheduler.nowMs,
      indexPartitions: this.indexPartitions,
      store: this.storeOn(machine, carry, typeStates),
      schedules: this.schedules.connect(carry, this.scheduleChecker),
      gates: this.gates.connect(carry, (id) => this.keys?.placed(id)),
      tallies: this.tallies.connect(carry),
      queues: connectQueues(carry, this.queues, (id) => this.checker.sent(id, machine)),
      payloads: this.bucket.payloads(carry),
      files: this.bucket.files(carry),
      uploads: this.bucket.uploads(carry),
      uploadReader: this.bucket.uploadReader(carry),
      runtime: machine.runtime,
      runningJobs: new RunningJobs(),
      log,
      metrics: logMetrics(log),
      settings,
      links: { sign: async (key: string) => key },
      apiUrl,
      uploadLinks: memoryUploadLinks,
      catalogue: withKeys(catalogueOf(this.version), this.plan.keyLimit).filter(({ name }) => name !== this.removed?.type),
      uniques: this.uniques.connect(carry),
      quotas: { read: () => Promise.reject(new Error('No quota is set.')), write: async () => true },
      control,
      typeStates,
    };
    const webhooks = webhookOfEnd(ports, async () => deliveries);
    const gates = gateListener((job) => leaveGate(job, ports));
    const followRun = webhookOfRun(ports, async () => deliveries);
    if (this.plan.hasEvents !== true) return { ...withAnnouncer(ports, [gates, webhooks]), followRun };
    const bus = { put: (event: JobEvent) => carry('put event', () => this.events.put(event)) };
    const events = { bus, deployment: 'simulated', internalTypes: this.internalTypes.map(({ name }) => name), log };
    return { ...withAnnouncer(ports, [gates, eventListener(events), webhooks]), announceStart: startAnnouncer(events), followRun };
  }

  // Workers

  private readonly invoke = async (type: string, records: Parameters<Invoke>[0]): ReturnType<Invoke> => {
    const machine = this.machine('worker');
    this.traceEvent(machine.name, `gets ${records.map(({ body, messageId }) => `${messageId}: ${body}`).join(', ')}`);
    const ports = this.portsOn(machine);
    const contract = [...ports.catalogue, ...this.internalTypes].find(({ name }) => name === type) as JobTypeContract;
    const endsAtMs = this.scheduler.nowMs + contract.timeoutSeconds * 1000;
    const queue = this.queues.get(type) as MemoryQueue;
    const handler = sqsHandler(
      {
        contract,
        definition: this.definitionOf(contract, machine, ports),
      },
      ports as unknown as EngineDeps,
      {
        changeVisibility: (receipt, seconds) => machine.call('changeVisibility', () => queue.changeVisibility(receipt, seconds)),
        endProcess: () => {
          machine.killedBy = 'a runaway';
          machine.kill('ends itself, since code in it does not stop');
          return new Promise<never>(() => undefined);
        },
      },
    );
    let isOver = false;
    this.scheduler.at(endsAtMs, () => {
      if (!isOver) machine.kill("Lambda's time-out");
    });
    const died = machine.died.then(() => {
      throw new Error('The process died.');
    });
    try {
      const host = { getRemainingTimeInMillis: () => Math.max(0, endsAtMs - this.scheduler.nowMs) };
      const { batchItemFailures } = await Promise.race([handler({ Records: [...records] }, host), died]);
      return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
    } finally {
      isOver = true;
      if (!this.faults.hasZombies) machine.isDead = true;
    }
  };

  /** A plan without webhooks has no queue of deliveries, so that what was generated before stays what it was. */
  private get internalTypes(): readonly JobTypeContract[] {
    const { receiver, groups } = this.plan;
    return [bulkContract, ...(receiver === undefined ? [] : [deliveryContract]), ...(groups === undefined ? [] : [groupContract])];
  }

  private definitionOf(
    contract: JobTypeContract,
    machine: Machine,
    ports: ReturnType<Simulation['portsOn']>,
  ): WorkerDefinition<JobTypeContract> {
    if (contract === bulkContract) return this.bulkWorker(ports);
    if (contract === groupContract)
      return { run: (_input, ctx) => waitForMembers(ctx, ports), cleanUp: (_input, ctx) => cancelMembers(ctx, ports) };
    return contract === deliveryContract ? this.deliverer(machine, ports) : this.plainWorker(machine);
  }

  private deliverer(machine: Machine, ports: ReturnType<Simulation['portsOn']>): WorkerDefinition<JobTypeContract> {
    const deps = { ...ports, secrets: async () => [], post: this.receivers.post.bind(this.receivers, machine) };
    return { run: (input, ctx) => deliver(input as DeliveryInput, ctx, deps) };
  }

  private plainWorker(machine: Machine) {
    return simulatedWorker({
      machine,
      external: this.external,
      replay: this.replay,
      reports: this.plan.webhookEvents?.includes('progress') === true,
      skewMs: this.plan.faults.skewMs,
      isRemoved: (name) => this.removed?.type === name,
      signalsOf: (id) => this.signalsOf(id),
      links: this.linkUsers,
      childrenOf: (id, mark) => this.childrenOf(id, mark),
    });
  }

  private waitingFor(id: string): readonly Job[] {
    return [...this.store.rows.values()]
      .map(({ job }) => job)
      .filter(({ status, awaits = [] }) => status === 'waiting' && awaits.some((one) => one.kind === 'jobs' && one.ids.includes(id)));
  }

  private rivalsOf({ id, owner, type, unique }: Job): readonly Job[] {
    if (unique === undefined) return [];
    return [...this.store.rows.values()]
      .map(({ job }) => job)
      .filter((job) => job.id !== id && job.owner === owner && job.type === type && job.unique?.key === unique.key && !isEnded(job.status));
  }

  private bulkWorker(ports: ReturnType<Simulation['portsOn']>): WorkerDefinition<JobTypeContract> {
    const types = catalogueOf(1).map(({ name }) => name);
    const lists = { knownTypes: async () => types, partitionsToRead: () => ports.typeStates.partitionsToRead() };
    const deps = { ...ports, ...lists, internalTypes: this.internalTypes.map(({ name }) => name) };
    return { run: (input, ctx) => new BulkRun(input as BulkInput, ctx, deps).run() };
  }

  // The clock

  /** In a third of the plans more partitions are wanted at first, and later the fewest again, as where a deploy is rolled back. */
  private get indexPartitions(): PartitionCount {
    const { randomSeed } = this.plan;
    const isWanted = this.scheduler.nowMs < this.scheduler.startMs + (3 + (randomSeed % 8)) * 60_000;
    if (randomSeed % 3 !== 0 || !isWanted) return fewestPartitions;
    return randomSeed % 2 === 0 ? 16 : mostPartitions;
  }

  private scheduleClock(afterMs: number): void {
    this.scheduler.after(afterMs, () => {
      this.scheduleClock(clockPeriodMs);
      if (this.isWithin(this.plan.faults.clockOff)) return this.checker.startLatency.faultOccurred();
      const clocks = this.faults.hasTwoClocks ? 2 : 1;
      for (let i = 0; i < clocks; i++) {
        const machine = this.machine('clock');
        // The next run does what a failed run left.
        const ports = this.portsOn(machine);
        void runClock({ ...ports, catalogue: [...ports.catalogue, ...this.internalTypes] }).catch((error: unknown) =>
          this.traceEvent(machine.name, `fails: ${String(error)}`),
        );
      }
    });
  }

  /** @returns the plan of a job by its number: those of the callers come first, then those that schedules make */
  jobPlan(index: number): JobPlan {
    const { jobs, schedules = [] } = this.plan;
    const schedule = schedules[index - jobs.length];
    return schedule === undefined ? (jobs[index] as JobPlan) : firedJob(schedule);
  }

  /** @returns the payloads of the signals in a job's record, in order */
  private signalsOf(id: string): readonly string[] {
    return (this.store.rows.get(id)?.job.signals ?? []).map(({ payload }) => shapeOf(parseExact(this.payloadText(payload))));
  }

  private childrenOf(id: string, mark: string): readonly ChildEnd[] {
    const children = [...this.store.rows.values()].filter(
      ({ job }) => job.parent?.id === id && (JSON.parse(this.payloadText(job.input)) as SimulatedInput).padding === `child, ${mark}`,
    );
    return children.map(({ job: { status, result, error } }) => ({
      ...(result === undefined ? {} : { result: shapeOf(parseExact(this.payloadText(result))) }),
      ...(error === undefined ? (status === 'cancelled' ? { code: 'child_cancelled' } : {}) : { code: error.code }),
    }));
  }

  payloadText(payload: Payload): string {
    return payload.kind === 'inline' ? payload.json : (this.bucket.textOf(payload.key) ?? 'null');
  }
}
