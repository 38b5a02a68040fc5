/** One history: the real handlers over simulated machines, the plan's jobs and faults, and at its end whether every promise was kept. */

import { logMetrics } from '../../lambdas/adapters/emf-metrics.ts';
import { createApi } from '../../lambdas/api/app.ts';
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import type { Log } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { type Control, type ControlStore, JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import type { Job, Payload } from '../../lambdas/core/job/job.ts';
import { loggable } from '../../lambdas/core/job/loggable.ts';
import type { FileStore, PayloadStore } from '../../lambdas/core/job/ports.ts';
import { decodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import { runClock } from '../../lambdas/core/reconcile/clock.ts';
import type { EngineDeps } from '../../lambdas/core/run/handle-wake-up.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import { sqsHandler } from '../../lambdas/worker/sqs-handler.ts';
import { Book } from './book.ts';
import { checkEnd, checkJob } from './end.ts';
import { type Answer, checkAnswers, isEnded, Judge, type Switch } from './judge.ts';
import { Machine, type MachineFaults, type Room } from './machine.ts';
import { type Invoke, MemoryQueue, queuesFrom } from './memory-queues.ts';
import { MemoryStore } from './memory-store.ts';
import { Outside } from './outside.ts';
import { type FaultPlan, type JobPlan, noFaults, type Plan, troubleMs } from './plan.ts';
import { Random } from './random.ts';
import { Scheduler } from './scheduler.ts';
import { inWords, meaningOf } from './values.ts';
import { catalogueOf, longestBackoffMs, shaped, simulatedWork, typeFor } from './work.ts';

const times = { leaseMs: 120_000, graceMs: 120_000, periodMs: 60_000, retentionMs: 30 * 86_400_000 };
/** Long enough after the last fault for whatever was accepted to end. */
const quietMs = 4 * 3_600_000;
/** Where a key is used again once its job has expired: longer than the time of trouble, so that no repeat of the first submission comes so late. */
const shortRetentionMs = 3_600_000;
const settings = {
  writableTables: [],
  sourceBuckets: [],
  admins: ['olga'],
  ec2: { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [] },
};

export interface Outcome {
  readonly breaches: readonly string[];
  /** What happened, line by line, if it was asked for. */
  readonly lines: readonly string[];
}

export interface HistoryOptions {
  /** Keeps a line of everything that happens. */
  readonly isTold?: boolean;
  readonly inject?: Room['inject'];
}

export class History {
  readonly scheduler: Scheduler;
  readonly judge: Judge;
  readonly outside: Outside;
  readonly book: Book;
  readonly store: MemoryStore;
  readonly queues: Map<string, MemoryQueue>;
  /** As they were stored. */
  readonly objects = new Map<string, string>();
  /** What is read of damaged ones; undefined: gone. */
  readonly damaged = new Map<string, string | undefined>();
  /** All that ever was, also what was stored again. */
  readonly damages: { readonly key: string; readonly read: string | undefined }[] = [];
  readonly plan: Plan;
  /** Ids that were answered with 202, by plan. */
  readonly accepted = new Map<string, JobPlan>();
  readonly cancelled = new Set<string>();
  /** When a plan's job was asked for the first time. */
  readonly askedAtMs = new Map<JobPlan, number>();
  readonly lines: string[] = [];
  private readonly random: Random;
  private readonly isTold: boolean;
  private readonly inject: Room['inject'];
  private readonly apis: { readonly machine: Machine; readonly app: ReturnType<typeof createApi> }[] = [];
  private readonly counts = { worker: 0, api: 0, clock: 0, caller: 0 };
  /** Callers that are not done. */
  private busy = 0;
  private version = 1;
  /** Jobs that expired, whose key is another job's by now. */
  readonly expired = new Set<Job>();
  private readonly times: typeof times;
  /** A job type that a deploy took away. */
  removed: { readonly type: string; readonly atMs: number } | undefined;
  private control: Control = { types: {}, revision: 0, cursors: {} };

  constructor(plan: Plan, { isTold = false, inject }: HistoryOptions = {}) {
    this.plan = plan;
    this.times = plan.jobs.some(({ isAfterExpiry }) => isAfterExpiry) ? { ...times, retentionMs: shortRetentionMs } : times;
    this.isTold = isTold;
    this.inject = inject;
    this.random = new Random(plan.chance);
    this.scheduler = new Scheduler(this.random, Date.UTC(2026, 10, 24, 12));
    const { scheduler } = this;
    this.judge = new Judge({
      nowMs: () => scheduler.nowMs,
      faults: { ...plan.faults, isHeard: plan.faults.refuse + plan.faults.loseAnswer + plan.faults.straggle === 0 },
      times: this.times,
      workersFullUntilMs: (type) => this.queues.get(type)?.fullUntilMs ?? 0,
      wishesOf: (id) => this.outside.wishes.get(id)?.values() ?? [],
      checkpointOf: (id) => this.outside.checkpoints.get(id) ?? 0,
      isCleanedUp: (id) => this.outside.cleanUps.has(id),
      jobOfMessage: decodeWakeUp,
      jobOf: (id) => this.store.rows.get(id)?.job,
      activities: () => this.outside.activities,
      isSecret: (text) => text.includes('s3cr3t'),
      isFinishedStep: (jobAndName) => this.outside.finishedSteps.has(jobAndName),
      longestBackoffMs,
    });
    this.outside = new Outside(this.judge);
    this.book = new Book(this.judge, this.outside, () => scheduler.nowMs);
    this.judge.onRest = (...rest) => this.book.rests(...rest);
    this.store = new MemoryStore(
      this.judge,
      () => scheduler.nowMs,
      () => (this.faults.indexLagMs === 0 ? 0 : this.random.int(0, this.faults.indexLagMs)),
    );
    const queueFaults = () => {
      const { loseMessage, doubleMessage, delayMessage } = this.faults;
      return { loseMessage, doubleMessage, delayMessage, isThrottled: this.isWithin(plan.faults.throttled) };
    };
    this.queues = new Map(
      catalogueOf(1).map((contract) => [
        contract.name,
        new MemoryQueue(contract, this.room, queueFaults, (records) => this.invoke(contract.name, records), this.judge),
      ]),
    );
  }

  async run(): Promise<Outcome> {
    const { scheduler, plan, judge } = this;
    const { faults } = plan;
    for (const [index, job] of plan.jobs.entries())
      if (!job.isAfterExpiry) scheduler.after(job.submitAfterMs, () => this.callersOf(job, index));
    this.tick(this.random.int(0, times.periodMs));
    if (faults.purgeAfterMs !== null) scheduler.after(faults.purgeAfterMs, () => this.queues.forEach((queue) => void queue.purge()));
    if (faults.deployAfterMs !== null) scheduler.after(faults.deployAfterMs, () => this.deploy());
    this.forge();
    if (faults.switched !== null) this.switchType(faults.switched);
    const lastCallMs = scheduler.startMs + Math.max(...plan.jobs.map((job) => job.submitAfterMs));
    const isQuiet = () => scheduler.nowMs > lastCallMs && this.busy === 0 && [...this.queues.values()].every(({ isEmpty }) => isEmpty);
    const isDone = () => isQuiet() && [...this.store.rows.values()].every(({ job }) => isEnded(job.status));
    const troubleEndsMs = Math.max(troubleMs, faults.throttled?.[1] ?? 0, faults.clockOff?.[1] ?? 0);
    const unhandled = (error: unknown) => judge.breach('I14', `a promise was rejected and nobody handled it: ${inWords(meaningOf(error))}`);
    process.on('unhandledRejection', unhandled);
    const isOver = await scheduler.run(isDone, scheduler.startMs + troubleEndsMs + 2 * quietMs);
    process.off('unhandledRejection', unhandled);
    if (!isOver) {
      const open = [...this.store.rows.values()].filter(({ job }) => !isEnded(job.status)).map(({ job }) => `${job.id} ${job.status}`);
      judge.breach('I1', `not everything ends: ${open.join(', ') || 'callers or messages are left'}`);
    }
    checkAnswers(judge);
    checkEnd(this);
    return { breaches: judge.breaches, lines: this.lines };
  }

  private get room(): Room {
    return {
      scheduler: this.scheduler,
      random: this.random,
      tell: (who: string, what: string) => this.tell(who, what),
      mishap: () => this.judge.punctuality.mishap(),
      inject: this.inject,
    };
  }

  get faults(): FaultPlan {
    return this.scheduler.nowMs < this.scheduler.startMs + troubleMs ? this.plan.faults : noFaults;
  }

  tell(who: string, what: string): void {
    if (!this.isTold) return;
    this.lines.push(`${((this.scheduler.nowMs - this.scheduler.startMs) / 1000).toFixed(3).padStart(10)} s  ${who.padEnd(11)} ${what}`);
  }

  private isWithin(span: readonly [number, number] | null): boolean {
    const sinceMs = this.scheduler.nowMs - this.scheduler.startMs;
    return span !== null && sinceMs >= span[0] && sinceMs < span[1];
  }

  private machine(kind: 'worker' | 'api' | 'clock'): Machine {
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
        // Of the machine, and not of the time of trouble.
        skewMs: this.plan.faults.skewMs,
      };
    };
    return new Machine(`${kind}-${this.counts[kind]}`, this.room, faults);
  }

  /** What a handler on a new machine is wired with. */
  portsOf(kind: 'worker' | 'api' | 'clock') {
    return this.portsOn(this.machine(kind));
  }

  /** For a queue of other numbers than the history's own. */
  replaceQueue(contract: JobTypeContract, { isThrottled = false } = {}): MemoryQueue {
    const noQueueFaults = () => ({ loseMessage: 0, doubleMessage: 0, delayMessage: 0, isThrottled });
    const queue = new MemoryQueue(contract, this.room, noQueueFaults, (records) => this.invoke(contract.name, records), this.judge);
    this.queues.set(contract.name, queue);
    return queue;
  }

  /** Everything a handler is wired with, on one machine. */
  private portsOn(machine: Machine) {
    const write = (level: string) => (message: string, fields?: Readonly<Record<string, unknown>>) => {
      const line = `${level} ${message} ${JSON.stringify(loggable(fields ?? {}))}`;
      this.judge.logged(line, machine);
      this.tell(machine.name, line);
    };
    const log: Log = { info: write('INFO'), warn: write('WARN'), error: write('ERROR') };
    const payloads: PayloadStore = {
      put: (key, body) => machine.call('put', () => this.storeObject(key, body)),
      get: (key) => machine.call('get object', () => (this.damaged.has(key) ? this.damaged.get(key) : this.objects.get(key))),
    };
    const files: FileStore = {
      write: (key, body) => machine.call('write file', () => void this.objects.set(key, String(body))),
      read: () => Promise.reject(new Error('the simulated work reads no files')),
    };
    const control: ControlStore = {
      read: () => machine.call('read control', () => this.control),
      write: (next) =>
        machine.call('write control', () => {
          if (next.revision !== this.control.revision) return false;
          this.control = { ...this.control, types: next.types, revision: next.revision + 1 };
          return true;
        }),
      writeCursors: (cursors) =>
        machine.call('write cursors', () => {
          this.control = { ...this.control, cursors };
        }),
    };
    const endsAtMs = this.scheduler.nowMs + clockTimeoutSeconds * 1000;
    return {
      ...this.times,
      remainingMs: () => endsAtMs - this.scheduler.nowMs,
      store: this.store.from(machine),
      queues: queuesFrom(machine, this.queues, (id, by) => this.judge.sent(id, by)),
      payloads,
      files,
      runtime: machine.runtime,
      runningJobs: new RunningJobs(),
      log,
      metrics: logMetrics(log),
      estimateUsd: () => 0,
      settings,
      links: { sign: async (key: string) => key },
      catalogue: catalogueOf(this.version).filter(({ name }) => name !== this.removed?.type),
      quotas: { read: () => Promise.reject(new Error('no quota is set')), write: async () => true },
      control,
      typeStates: new JobTypeStates({ control, runtime: machine.runtime, log }),
    };
  }

  private storeObject(key: string, body: string): void {
    this.objects.set(key, body);
    this.damaged.delete(key);
    if (!this.random.chance(this.faults.damageObject)) return;
    const read = this.random.chance(0.5) ? undefined : body.replace(/[px]/, 'q');
    this.damaged.set(key, read);
    this.damages.push({ key, read });
    this.tell('bucket', `${key} is ${read === undefined ? 'gone' : 'changed'}`);
  }

  // Workers

  private readonly invoke = async (type: string, records: Parameters<Invoke>[0]): ReturnType<Invoke> => {
    const machine = this.machine('worker');
    this.tell(machine.name, `gets ${records.map(({ body, messageId }) => `${messageId}: ${body}`).join(', ')}`);
    const ports = this.portsOn(machine);
    const contract = ports.catalogue.find(({ name }) => name === type) as JobTypeContract;
    const endsAtMs = this.scheduler.nowMs + contract.timeoutSeconds * 1000;
    const queue = this.queues.get(type) as MemoryQueue;
    const handler = sqsHandler(
      {
        contract,
        definition: simulatedWork({
          machine,
          outside: this.outside,
          book: this.book,
          skewMs: this.plan.faults.skewMs,
          isRemoved: (name) => this.removed?.type === name,
        }),
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

  private deploy(): void {
    const { deployRaisesVersion, deployRemoves } = this.plan.faults;
    if (deployRaisesVersion) this.version += 1;
    this.tell('deploy', `version ${this.version}${deployRemoves === null ? '' : ` without ${deployRemoves}`}`);
    if (deployRemoves !== null) {
      this.removed = { type: deployRemoves, atMs: this.scheduler.nowMs };
      // Nobody asks any more whether it is paused.
      const known = this.judge.switches.get(deployRemoves);
      if (known !== undefined) known.endAskedMs ??= this.scheduler.nowMs;
      this.queues.get(deployRemoves)?.remove();
    }
    this.apis.splice(0); // what they are at they finish
  }

  /** As an admin does: again and again until it was heard. */
  private switchType({ type, state, span: [fromMs, toMs] }: NonNullable<FaultPlan['switched']>): void {
    const { scheduler, judge } = this;
    const put = async (next: string) => {
      while (true) {
        const answer = await this.ask('olga', 'PUT', `/v1/job-types/${type}/state`, {}, { state: next });
        if (answer?.status === 200 || (answer?.status === 404 && this.removed?.type === type)) return;
        await this.rest(1_000);
      }
    };
    this.inBackground(async () => {
      await this.rest(fromMs);
      const known: Switch = { state, askedMs: scheduler.nowMs };
      judge.switches.set(type, known);
      await put(state);
      known.heardMs = scheduler.nowMs;
      await this.rest(toMs - fromMs);
      known.endAskedMs ??= scheduler.nowMs;
      judge.punctuality.mishap();
      await put('active');
      known.endHeardMs = scheduler.nowMs;
      // Messages that came meanwhile are gone, and the clock may still go by what it read.
      judge.punctuality.mishap();
      scheduler.after(times.periodMs, () => judge.punctuality.mishap());
    });
  }

  private forge(): void {
    for (const queue of this.queues.values()) {
      if (this.random.chance(this.plan.faults.forgeMessage))
        this.scheduler.after(this.random.int(0, 300_000), () => queue.forge('{"v":9}'));
    }
  }

  // The clock

  private tick(afterMs: number): void {
    this.scheduler.after(afterMs, () => {
      this.tick(times.periodMs);
      if (this.isWithin(this.plan.faults.clockOff)) return this.judge.punctuality.mishap();
      const clocks = this.faults.hasTwoClocks ? 2 : 1;
      for (let i = 0; i < clocks; i++) {
        const machine = this.machine('clock');
        // A run that fails is made up for by the next.
        void runClock(this.portsOn(machine)).catch((error: unknown) => this.tell(machine.name, `fails: ${String(error)}`));
      }
    });
  }

  // Callers

  private callersOf(job: JobPlan, index: number): void {
    const body = submissionOf(job, index);
    this.askedAtMs.set(job, this.scheduler.nowMs);
    for (let i = 0; i < job.callers; i++) {
      // Without a key every caller would make a job of its own.
      if (i > 0 && job.key === null) return;
      this.inBackground(() => this.submit(job, body, i === 0));
    }
  }

  private async submit(job: JobPlan, body: object, isFirst: boolean): Promise<void> {
    while (true) {
      const headers = job.key === null ? {} : { 'idempotency-key': job.key };
      const answer = await this.ask(job.owner, 'POST', '/v1/jobs', headers, body);
      // 200 is the replay of a job that has ended already.
      if (answer?.status === 202 || answer?.status === 200) {
        const { id } = answer.body;
        this.accepted.set(id, job);
        if (isFirst) this.afterAcceptance(job, id);
        return;
      }
      if (answer?.status === 422 && answer.body.type.endsWith('idempotency-key-reused')) {
        const same = this.plan.jobs.filter(({ owner, key }) => owner === job.owner && key === job.key);
        if (same.length < 2) this.judge.breach('I11', `${job.owner}'s key ${job.key} is refused, and nobody else of them used it`);
        return;
      }
      if (answer?.status === 409 && answer.body.type.endsWith('job-type-draining')) {
        const { may } = this.judge.switchedDuring(typeFor(job), 'draining', answer.askedMs, answer.answeredMs);
        if (!may) this.judge.breach('drain', `a submission of ${typeFor(job)} is refused, which is not draining`);
        return;
      }
      if (answer?.status === 422 && this.removed?.type === typeFor(job)) return;
      if (answer !== undefined && answer.status !== 503)
        return this.judge.breach('I1', `a submission was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
      if (job.key === null) return;
      await this.rest(this.random.int(1_000, 5_000));
    }
  }

  private afterAcceptance(job: JobPlan, id: string): void {
    for (const afterMs of job.lookAfterMs) {
      this.inBackground(async () => {
        await this.rest(afterMs);
        await this.ask(job.owner, 'GET', `/v1/jobs/${id}`);
      });
    }
    this.inBackground(async () => {
      await this.rest(this.random.int(0, 10_000));
      const answer = await this.ask(job.owner === 'ann' ? 'bob' : 'ann', 'GET', `/v1/jobs/${id}`);
      if (answer !== undefined && answer.status !== 404 && answer.status !== 503)
        this.judge.breach('I11', `another owner's look at ${id} was answered with ${answer.status}`);
    });
    const next = this.plan.jobs.find(({ isAfterExpiry, key }) => isAfterExpiry && key === job.key);
    if (next !== undefined && next !== job) {
      this.inBackground(async () => {
        const { skewMs } = this.plan.faults;
        while (this.scheduler.nowMs < (this.store.rows.get(id)?.job.expiresAtMs ?? Number.POSITIVE_INFINITY) + 2 * skewMs + 1_000)
          await this.rest(times.periodMs);
        this.retire(id);
        this.callersOf(next, this.plan.jobs.indexOf(next));
      });
    }
    const { cancelAfterMs } = job;
    if (cancelAfterMs !== null) {
      this.inBackground(async () => {
        await this.rest(cancelAfterMs);
        this.cancelled.add(id);
        await this.ask(job.owner, 'POST', `/v1/jobs/${id}/cancel`);
      });
    }
  }

  /** A job is over and done with; what comes under its id from now on is another one. */
  private retire(id: string): void {
    const job = this.store.rows.get(id)?.job as Job;
    checkJob(job, this);
    this.expired.add(job);
    this.cancelled.delete(id);
    checkAnswers(this.judge, id);
    for (const keeper of [this.judge, this.outside, this.book]) keeper.forget(id);
  }

  private inBackground(act: () => Promise<void>): void {
    this.busy += 1;
    void act()
      .catch((error: unknown) => this.judge.breach('simulation', String(error instanceof Error ? error.stack : error)))
      .finally(() => {
        this.busy -= 1;
      });
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => this.scheduler.after(ms, resolve));
  }

  /** @returns undefined when the connection broke */
  async ask(
    owner: string,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: object,
  ): Promise<Answer | undefined> {
    const askedMs = this.scheduler.nowMs;
    const { machine, app } = this.api();
    const init = {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const event = { requestContext: { authorizer: { lambda: { owner } } } };
    const response = await Promise.race([app.request(path, init, { event: event as never }), machine.died]);
    if (response === undefined) return undefined;
    const answer: Answer = {
      method,
      path,
      askedMs,
      answeredMs: this.scheduler.nowMs,
      status: response.status,
      body: JSON.parse(await response.text()),
    };
    this.tell(owner, `${method} ${path} → ${answer.status} ${answer.body.id ?? ''} ${answer.body.status ?? ''}`);
    this.judge.answered(answer);
    return answer;
  }

  private api() {
    const alive = this.apis.filter(({ machine }) => !machine.isDead);
    if (alive.length < 2) {
      const machine = this.machine('api');
      const api = { machine, app: createApi(this.portsOn(machine)) };
      this.apis.push(api);
      return api;
    }
    return alive[this.random.int(0, alive.length - 1)] as (typeof alive)[number];
  }

  payloadText(payload: Payload): string {
    return payload.kind === 'inline' ? payload.json : (this.objects.get(payload.key) ?? 'null');
  }
}

/** What callers send; the password names the plan, so that a record can be traced to it. */
function submissionOf(job: JobPlan, index: number): object {
  const { operations, program, isShaped, isDeaf, cleanUpRefusals, cleanUpDeaths, delaySeconds, deadlineSeconds, maxAttempts } = job;
  const deadlineMs = Date.UTC(2026, 10, 24, 12) + job.submitAfterMs + (delaySeconds + (deadlineSeconds ?? 0)) * 1000 + 300_000;
  return {
    type: typeFor(job),
    input: {
      operations,
      program,
      isDeaf,
      password: `s3cr3t-${index}`,
      padding: 'p'.repeat(job.inputBytes),
      cleanUpRefusals,
      cleanUpDeaths,
      ...(isShaped ? shaped : {}),
    },
    ...(delaySeconds > 0 ? { delaySeconds } : {}),
    ...(deadlineSeconds === null ? {} : { deadline: new Date(deadlineMs).toISOString() }),
    maxAttempts,
  };
}
