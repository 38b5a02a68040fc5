/** Floods: how one owner's alarms may affect those of others, in the real clock over simulated machines, checked by the messages that it sends. */
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import { UnavailableError } from '../../lambdas/core/contract/errors.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { type ClockReport, runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import { newJob } from '../../lambdas/core/submit/submit-job.ts';
import { sizeOf } from '../support/size.ts';
import { noFaults } from './plan.ts';
import { Random } from './random.ts';
import { Simulation } from './simulation.ts';
import { plainWork, tidyWork } from './workload.ts';

export interface FloodVerdict {
  readonly name: string;
  readonly violations: readonly string[];
}

export interface FloodPlan {
  readonly randomSeed: number;
  /** The kind of alarms: of jobs whose start is due, or of jobs whose message was lost. */
  readonly kind: 'timer' | 'rescue';
  readonly flood: {
    readonly count: number;
    /** Minutes over which the alarms are spread evenly, counted from the first run of the clock. */
    readonly minutes: readonly [from: number, to: number];
    /** All ids are in one bucket, also those of the others. */
    readonly isInOneBucket: boolean;
  };
  readonly crowd: { readonly owners: number; readonly jobsEach: number; readonly minute: number };
  /** Number of the flood's oldest jobs that cannot be written. */
  readonly poison: number;
  /** One request in ten takes up to this long. */
  readonly slowCallMs: number;
  /** How late the others' alarms may be if they are within a backlog; otherwise the minute that a run takes. */
  readonly maxLateMinutes?: number;
}

const minuteMs = 60_000;
/** The clock queries once a minute, and alarms of others may delay an alarm by no more than that. */
const maxLateMs = { timer: minuteMs, rescue: 2 * minuteMs };
/** The record of a job without a history, that has all the time there is. */
const template: Job = {
  ...newJob(
    { id: '', submission: { owner: '', contract: plainWork, input: {}, canonicalBody: '{}' } },
    { input: { kind: 'inline', json: '{}' }, nowMs: 0, graceMs: 0 },
  ).job,
  deadlineMs: Number.MAX_SAFE_INTEGER,
  timeline: [],
};

/**
 * Ids of a flood are in no order, as derived ones are, and cost no hash each: there are hundreds of thousands.
 * @param bucket the last letter, 0 to 7
 */
function idOf(count: number, bucket?: number): string {
  const scattered = Math.imul(count, 0x9e3779b1) >>> 0;
  return `job_${scattered.toString(16).padStart(8, '0')}${count.toString(16).padStart(17, '0')}${bucket ?? scattered >>> 29}`;
}

/** Waiting jobs and a clock over them. There are no workers; the queues are purged after each run, as if there were enough. */
class FloodScenario {
  readonly simulation: Simulation;
  readonly violations: string[] = [];
  readonly reports: ClockReport[] = [];
  readonly sentForMs = new Map<string, number>();
  readonly poison = new Set<string>();
  readonly startMs: number;
  private ids = 0;

  constructor(randomSeed: number, slowCallMs: number) {
    // What a clock can write in a run is far from the limits of the table, and counting it takes half the time.
    this.simulation = new Simulation({ randomSeed, jobs: [], faults: { ...noFaults, slowCallMs } }, { isBounded: false });
    for (const contract of [plainWork, tidyWork]) this.simulation.replaceQueue({ ...contract, concurrency: 0 });
    this.startMs = this.simulation.scheduler.nowMs;
  }

  add(owner: string, alarm: NonNullable<Job['alarm']>, changes: Partial<Job> = {}, bucket?: number): string {
    this.ids += 1;
    const id = idOf(this.ids, bucket);
    const status = alarm.kind === 'timer' ? 'scheduled' : 'queued';
    this.simulation.store.insert({ ...template, id, owner, status, alarm, notBeforeMs: alarm.dueAtMs, ...changes });
    return id;
  }

  /** One run of the clock, and the rest of its minute. */
  async minute(): Promise<void> {
    const { simulation } = this;
    const { scheduler } = simulation;
    const startedMs = scheduler.nowMs;
    const ports = simulation.portsOf('clock');
    const { store, queues } = ports;
    let isOver = false;
    const run = runClock({
      ...ports,
      store: {
        ...store,
        write: (job, guard, patch) =>
          this.poison.has(job.id) ? Promise.reject(new UnavailableError('This record cannot be written.')) : store.write(job, guard, patch),
      },
      queues: {
        ...queues,
        wake: async (job, delaySeconds) => {
          await queues.wake(job, delaySeconds);
          // No worker takes it, so that it is woken again later.
          if (!this.sentForMs.has(job.id)) this.sentForMs.set(job.id, scheduler.nowMs + delaySeconds * 1000);
        },
      },
    })
      .then((report) => this.reports.push(report))
      .catch((error: unknown) => this.violations.push(`a run failed: ${String(error)}`))
      .finally(() => {
        isOver = true;
      });
    await scheduler.run(() => isOver, Number.POSITIVE_INFINITY);
    await run;
    const tookMs = scheduler.nowMs - startedMs;
    if (tookMs >= clockTimeoutSeconds * 1000) this.violations.push(`a run took ${tookMs} ms`);
    for (const queue of simulation.queues.values()) queue.purge();
    scheduler.nowMs = Math.max(scheduler.nowMs, startedMs + minuteMs);
  }

  isOpen(id: string): boolean {
    return this.simulation.store.rows.get(id)?.job.alarm !== undefined;
  }
}

/** @returns the violations: alarms that were late because of another owner, runs that took too long */
async function runFlood({ randomSeed, kind, flood, crowd, poison, slowCallMs, maxLateMinutes }: FloodPlan): Promise<readonly string[]> {
  const run = new FloodScenario(randomSeed, slowCallMs);
  const { startMs, violations } = run;
  const [from, to] = flood.minutes;
  for (let i = 0; i < flood.count; i++) {
    const dueAtMs = startMs + (from + Math.floor((i / flood.count) * (to - from + 1))) * minuteMs;
    const id = run.add('mallory', { kind, dueAtMs }, {}, flood.isInOneBucket ? 0 : undefined);
    if (i < poison) run.poison.add(id);
  }
  const dueMs = startMs + crowd.minute * minuteMs;
  const others = Array.from({ length: crowd.owners * crowd.jobsEach }, (_, i) =>
    run.add(`owner-${i % crowd.owners}`, { kind, dueAtMs: dueMs }, {}, flood.isInOneBucket ? 0 : undefined),
  );
  const allowedMs = maxLateMinutes === undefined ? maxLateMs[kind] : maxLateMinutes * minuteMs;
  const sinceMs = Math.max(dueMs, startMs);
  while (run.simulation.scheduler.nowMs < sinceMs + Math.max(allowedMs, 2 * minuteMs)) await run.minute();
  const lateMs = others.map((id) => (run.sentForMs.get(id) ?? Number.POSITIVE_INFINITY) - sinceMs);
  const late = lateMs.filter((ms) => ms > allowedMs);
  if (late.length > 0) {
    const missing = late.filter((ms) => ms === Number.POSITIVE_INFINITY).length;
    violations.push(`${late.length} of ${others.length} alarms of other owners were late, ${missing} of them not handled at all`);
  }
  if (lateMs.some((ms) => ms < 0)) violations.push('a message would arrive too early');
  // The owner of the flood gets what is left.
  const served = run.sentForMs.size - (others.length - late.length);
  const isWaiting = flood.count - poison > 1_000 && from < crowd.minute;
  if (isWaiting && served < (slowCallMs > 100 ? 100 : 1_000)) violations.push(`of the flood only ${served} jobs were woken`);
  return violations;
}

interface DeadlinePlan {
  readonly waiting: number;
  /** Number of jobs before the late ones that are past their deadline too, and cannot be written. */
  readonly failing: number;
  readonly late: number;
  readonly slowCallMs: number;
  readonly maxRuns: number;
}

/** Jobs of a paused type, of which the last ones are past their deadline: each of those must end within `maxRuns` runs. */
async function runDeadlines({ waiting, failing, late, slowCallMs, maxRuns }: DeadlinePlan): Promise<readonly string[]> {
  const run = new FloodScenario(waiting + late, slowCallMs);
  const { startMs, violations, simulation } = run;
  const api = simulation.portsOf('api');
  let isPaused = false;
  void api.typeStates.setState(plainWork.name, 'paused').then(() => {
    isPaused = true;
  });
  await simulation.scheduler.run(() => isPaused, Number.POSITIVE_INFINITY);
  for (let i = 0; i < waiting; i++) run.add('mallory', { kind: 'rescue', dueAtMs: startMs + i });
  for (let i = 0; i < failing; i++)
    run.poison.add(run.add('mallory', { kind: 'rescue', dueAtMs: startMs + i }, { deadlineMs: startMs }, 0));
  const alarm = { kind: 'rescue', dueAtMs: startMs + waiting + failing + minuteMs } as const;
  const ids = Array.from({ length: late }, () => run.add('ann', alarm, { deadlineMs: startMs }, failing > 0 ? 0 : undefined));
  for (let i = 0; i < maxRuns; i++) await run.minute();
  const open = ids.filter((id) => run.isOpen(id)).length;
  if (open > 0) violations.push(`${open} of ${late} jobs past their deadline had not ended after ${maxRuns} runs`);
  return violations;
}

/** A flood of one kind takes all the time of a run, and messages of the other types are lost. */
async function runTypes(flooding: 'timer' | 'plain-work' | 'tidy-work', slowCallMs: number): Promise<readonly string[]> {
  const run = new FloodScenario(slowCallMs, slowCallMs);
  const { startMs, violations } = run;
  const [kind, type] = flooding === 'timer' ? (['timer', plainWork.name] as const) : (['rescue', flooding] as const);
  for (let i = 0; i < 8_000; i++) run.add(`owner-${i % 50}`, { kind, dueAtMs: startMs }, { type });
  const lost = [plainWork.name, tidyWork.name]
    .filter((other) => other !== flooding)
    .flatMap((other) => Array.from({ length: 20 }, () => run.add('ann', { kind: 'rescue', dueAtMs: startMs }, { type: other })));
  await run.minute();
  const left = lost.filter((id) => !run.sentForMs.has(id)).length;
  if (left > 0) violations.push(`${left} of ${lost.length} jobs of other types were not woken in the first run`);
  if (!run.reports.some(({ isCutShort }) => isCutShort)) violations.push('no run was short of time, so that nothing is shown');
  return violations;
}

/** @returns the flood of a seed */
function floodOf(seed: number): FloodPlan {
  const random = new Random(seed);
  const kind = random.chance(0.7) ? 'timer' : 'rescue';
  const from = random.int(-600, 3);
  return {
    randomSeed: seed,
    kind,
    flood: {
      count: random.int(1_000, 8_000),
      minutes: [from, random.chance(0.4) ? from : random.int(from, 4)],
      isInOneBucket: random.chance(0.5),
    },
    crowd: { owners: random.int(1, 40), jobsEach: random.int(1, 10), minute: random.int(2, 4) },
    poison: random.chance(0.5) ? 0 : random.int(1, 900),
    slowCallMs: random.chance(0.5) ? 20 : random.int(20, 500),
  };
}

const flood = { count: 31_000, minutes: [3, 3], isInOneBucket: true } as const;
const crowd = { owners: 20, jobsEach: 20, minute: 4 };
const plan: FloodPlan = { randomSeed: 1, kind: 'timer', flood, crowd, poison: 0, slowCallMs: 20 };
/** More alarms than a run can read when requests are slow. */
const deep = { count: 63_000, minutes: [-300, 3], isInOneBucket: true } as const;
const deadlines: DeadlinePlan = { waiting: 0, failing: 0, late: 200, slowCallMs: 20, maxRuns: 10 };

/** Floods of the last kind below. */
const randomFloods = sizeOf({ full: 15, quick: 5 });

/** @returns the violations, by what must hold */
export const floods: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  'deadlines behind jobs that fail each time, more than a run can try, are kept': () =>
    runDeadlines({ ...deadlines, failing: 1_000, slowCallMs: 3_000, maxRuns: 20 }),
  'each run ends thousands of jobs past their deadlines': () => runDeadlines({ ...deadlines, late: 20_000 }),
  'every type has its turn while jobs whose start is due take all the time of a run': () => runTypes('timer', 1_000),
  'every type has its turn while another type takes all the time of a run': () => runTypes('plain-work', 1_000),
  'the last type takes no more than its turn': () => runTypes('tidy-work', 1_000),
  'a backlog that one run cannot read delays no other owner': () =>
    runFlood({ ...plan, flood: deep, crowd: { ...crowd, jobsEach: 2 }, slowCallMs: 1_000 }),
  'a minute that one run cannot read delays no other owner in the next': () =>
    runFlood({ ...plan, crowd: { ...crowd, jobsEach: 2 }, slowCallMs: 1_000 }),
  'alarms within a backlog that one run cannot read are found by the next runs': () =>
    runFlood({ ...plan, flood: deep, crowd: { owners: 2, jobsEach: 2, minute: -20 }, slowCallMs: 1_000, maxLateMinutes: 10 }),
  '900 jobs at the head of a bucket that fail each time stop no other owner': () =>
    runFlood({ ...plan, flood: { ...flood, count: 3_000, minutes: [-1, -1] }, poison: 900 }),
  '31,000 jobs of one owner for one second, all in one bucket, delay no other owner': () => runFlood(plan),
  'a backlog of one owner delays no other owner: some alarms in each minute of the last ten hours': () =>
    runFlood({ ...plan, flood: { ...flood, count: 12_000, minutes: [-600, 3] } }),
  'a backlog of one owner delays no other owner: all alarms in one minute ten hours ago': () =>
    runFlood({ ...plan, flood: { count: 12_000, minutes: [-600, -600], isInOneBucket: false } }),
  'lost messages of one owner delay no other owner whose message was lost': () => runFlood({ ...plan, kind: 'rescue' }),
  'deadlines behind a quarter of a million waiting jobs are kept': () => runDeadlines({ ...deadlines, waiting: 250_000 }),
  'floods of any size, age and distribution delay no other owner': async () => {
    for (let seed = 1; seed <= randomFloods; seed++) {
      const violations = await runFlood(floodOf(seed));
      if (violations.length > 0) return violations.map((violation) => `${violation} (seed ${seed})`);
    }
    return [];
  },
};
