/** Floods: what one owner's alarms may do to the others', in the real clock over simulated machines, drawn from a seed and judged by the messages sent. */
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import { UnavailableError } from '../../lambdas/core/contract/errors.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { type ClockReport, runClock } from '../../lambdas/core/reconcile/clock.ts';
import { History } from './history.ts';
import { noFaults } from './plan.ts';
import { Random } from './random.ts';
import { plainWork, tidyWork } from './work.ts';

export interface FloodPlan {
  readonly chance: number;
  /** What the alarms are: those of jobs that start by themselves, or of jobs whose message was lost. */
  readonly kind: 'start' | 'rescue';
  readonly flood: {
    readonly count: number;
    /** Their alarms are spread evenly over these minutes, counted from the first run of the clock. */
    readonly minutes: readonly [from: number, to: number];
    /** All ids are of one bucket, those of the others too. */
    readonly isInOneBucket: boolean;
  };
  readonly crowd: { readonly owners: number; readonly jobsEach: number; readonly minute: number };
  /** So many of the flood's oldest jobs cannot be written. */
  readonly poison: number;
  /** One request in ten takes up to so long. */
  readonly slowCallMs: number;
  /** The others' alarms may be found so late, where they lie amid a backlog; else within the minute that a run takes. */
  readonly maxLateMinutes?: number;
}

const minuteMs = 60_000;
/** An alarm is looked for once a minute, and may be late by no more on account of others. */
const maxLateMs = { start: minuteMs, rescue: 2 * minuteMs };
const template: Omit<Job, 'id' | 'owner'> = {
  type: plainWork.name,
  version: 1,
  status: 'queued',
  reason: undefined,
  input: { kind: 'inline', json: '{}' },
  submissionHash: 'h',
  createdAtMs: 0,
  notBeforeMs: 0,
  deadlineMs: Number.MAX_SAFE_INTEGER,
  attempt: 1,
  attemptsStarted: 0,
  maxAttempts: 3,
  crashes: 0,
  leaseToken: undefined,
  leaseEndsAtMs: undefined,
  alarm: undefined,
  progress: undefined,
  startedAtMs: undefined,
  finishedAtMs: undefined,
  cancelRequestedAtMs: undefined,
  expiresAtMs: undefined,
  result: undefined,
  error: undefined,
  pendingOutcome: undefined,
  steps: {},
  checkpoint: undefined,
  files: {},
  tags: {},
  timeline: [],
  revision: 1,
};

/** Jobs that wait, and a clock over them: no worker, and queues that are emptied after each run as if there were enough. */
class Flooded {
  readonly history: History;
  readonly breaches: string[] = [];
  readonly reports: ClockReport[] = [];
  readonly sentForMs = new Map<string, number>();
  readonly poison = new Set<string>();
  readonly startMs: number;
  private ids = 0;

  constructor(chance: number, slowCallMs: number) {
    this.history = new History({ chance, jobs: [], faults: { ...noFaults, slowCallMs } });
    for (const contract of [plainWork, tidyWork]) this.history.replaceQueue({ ...contract, concurrency: 0 });
    this.startMs = this.history.scheduler.nowMs;
  }

  add(owner: string, alarm: NonNullable<Job['alarm']>, changes: Partial<Job> = {}, bucket?: number): string {
    this.ids += 1;
    let id = deriveJobId(owner, { key: String(this.ids) });
    // The letters 0 to 7 stand for the buckets.
    if (bucket !== undefined) id = `${id.slice(0, -1)}${bucket}`;
    const status = alarm.kind === 'start' ? 'scheduled' : 'queued';
    this.history.store.insert({ ...template, id, owner, status, alarm, notBeforeMs: alarm.wakeAtMs, ...changes });
    return id;
  }

  /** One run, and the rest of its minute. */
  async minute(): Promise<void> {
    const { history } = this;
    const { scheduler } = history;
    const startedMs = scheduler.nowMs;
    const ports = history.portsOf('clock');
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
          // Nobody takes it, so it is woken again later.
          if (!this.sentForMs.has(job.id)) this.sentForMs.set(job.id, scheduler.nowMs + delaySeconds * 1000);
        },
      },
    })
      .then((report) => this.reports.push(report))
      .catch((error: unknown) => this.breaches.push(`a run failed: ${String(error)}`))
      .finally(() => {
        isOver = true;
      });
    await scheduler.run(() => isOver, Number.POSITIVE_INFINITY);
    await run;
    const tookMs = scheduler.nowMs - startedMs;
    if (tookMs >= clockTimeoutSeconds * 1000) this.breaches.push(`a run took ${tookMs} ms`);
    for (const queue of history.queues.values()) queue.purge();
    scheduler.nowMs = Math.max(scheduler.nowMs, startedMs + minuteMs);
  }

  isOpen(id: string): boolean {
    return this.history.store.rows.get(id)?.job.alarm !== undefined;
  }
}

/** @returns what is wrong: owners whose alarms were late on account of another's, runs that were too long */
async function runFlood({ chance, kind, flood, crowd, poison, slowCallMs, maxLateMinutes }: FloodPlan): Promise<readonly string[]> {
  const flooded = new Flooded(chance, slowCallMs);
  const { startMs, breaches } = flooded;
  const [from, to] = flood.minutes;
  for (let i = 0; i < flood.count; i++) {
    const wakeAtMs = startMs + (from + Math.floor((i / flood.count) * (to - from + 1))) * minuteMs;
    const id = flooded.add('mallory', { kind, wakeAtMs }, {}, flood.isInOneBucket ? 0 : undefined);
    if (i < poison) flooded.poison.add(id);
  }
  const dueMs = startMs + crowd.minute * minuteMs;
  const others = Array.from({ length: crowd.owners * crowd.jobsEach }, (_, i) =>
    flooded.add(`owner-${i % crowd.owners}`, { kind, wakeAtMs: dueMs }, {}, flood.isInOneBucket ? 0 : undefined),
  );
  const allowedMs = maxLateMinutes === undefined ? maxLateMs[kind] : maxLateMinutes * minuteMs;
  const sinceMs = Math.max(dueMs, startMs);
  while (flooded.history.scheduler.nowMs < sinceMs + Math.max(allowedMs, 2 * minuteMs)) await flooded.minute();
  const lateMs = others.map((id) => (flooded.sentForMs.get(id) ?? Number.POSITIVE_INFINITY) - sinceMs);
  const late = lateMs.filter((ms) => ms > allowedMs);
  if (late.length > 0) {
    const missing = late.filter((ms) => ms === Number.POSITIVE_INFINITY).length;
    breaches.push(`${late.length} of ${others.length} alarms of other owners were late, ${missing} of them not seen to at all`);
  }
  if (lateMs.some((ms) => ms < 0)) breaches.push('a message would come too early');
  // Who floods is served with what is left.
  const served = flooded.sentForMs.size - (others.length - late.length);
  const isWaiting = flood.count - poison > 1_000 && from < crowd.minute;
  if (isWaiting && served < (slowCallMs > 100 ? 100 : 1_000)) breaches.push(`of the flood only ${served} jobs were woken`);
  return breaches;
}

interface DeadlinePlan {
  readonly waiting: number;
  /** So many before the late ones are past their deadline too, and cannot be written. */
  readonly failing: number;
  readonly late: number;
  readonly slowCallMs: number;
  readonly maxRuns: number;
}

/** So many jobs of a paused type, of which the last ones are past their deadline: each must end within so many runs. */
async function runDeadlines({ waiting, failing, late, slowCallMs, maxRuns }: DeadlinePlan): Promise<readonly string[]> {
  const flooded = new Flooded(waiting + late, slowCallMs);
  const { startMs, breaches, history } = flooded;
  const api = history.portsOf('api');
  let isSwitched = false;
  void api.typeStates.setState(plainWork.name, 'paused').then(() => {
    isSwitched = true;
  });
  await history.scheduler.run(() => isSwitched, Number.POSITIVE_INFINITY);
  for (let i = 0; i < waiting; i++) flooded.add('mallory', { kind: 'rescue', wakeAtMs: startMs + i });
  for (let i = 0; i < failing; i++)
    flooded.poison.add(flooded.add('mallory', { kind: 'rescue', wakeAtMs: startMs + i }, { deadlineMs: startMs }, 0));
  const alarm = { kind: 'rescue', wakeAtMs: startMs + waiting + failing + minuteMs } as const;
  const ids = Array.from({ length: late }, () => flooded.add('ann', alarm, { deadlineMs: startMs }, failing > 0 ? 0 : undefined));
  for (let i = 0; i < maxRuns; i++) await flooded.minute();
  const open = ids.filter((id) => flooded.isOpen(id)).length;
  if (open > 0) breaches.push(`${open} of ${late} jobs past their deadline had not ended after ${maxRuns} runs`);
  return breaches;
}

/** A flood of one kind takes all of a run, and messages of the other types were lost. */
async function runTypes(flooding: 'start' | 'plain-work' | 'tidy-work', slowCallMs: number): Promise<readonly string[]> {
  const flooded = new Flooded(slowCallMs, slowCallMs);
  const { startMs, breaches } = flooded;
  const [kind, type] = flooding === 'start' ? (['start', plainWork.name] as const) : (['rescue', flooding] as const);
  for (let i = 0; i < 8_000; i++) flooded.add(`owner-${i % 50}`, { kind, wakeAtMs: startMs }, { type });
  const lost = [plainWork.name, tidyWork.name]
    .filter((other) => other !== flooding)
    .flatMap((other) => Array.from({ length: 20 }, () => flooded.add('ann', { kind: 'rescue', wakeAtMs: startMs }, { type: other })));
  await flooded.minute();
  const left = lost.filter((id) => !flooded.sentForMs.has(id)).length;
  if (left > 0) breaches.push(`${left} of ${lost.length} jobs of other types were not woken in the first run`);
  if (!flooded.reports.some(({ isCutShort }) => isCutShort)) breaches.push('no run was short of time, so nothing is shown');
  return breaches;
}

/** @returns a flood of a seed */
function floodOf(seed: number): FloodPlan {
  const random = new Random(seed);
  const kind = random.chance(0.7) ? 'start' : 'rescue';
  const from = random.int(-600, 3);
  return {
    chance: seed,
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
const plan: FloodPlan = { chance: 1, kind: 'start', flood, crowd, poison: 0, slowCallMs: 20 };
/** More than a run can look over when requests take long. */
const deep = { count: 63_000, minutes: [-300, 3], isInOneBucket: true } as const;
const deadlines: DeadlinePlan = { waiting: 0, failing: 0, late: 200, slowCallMs: 20, maxRuns: 10 };

/** @returns what is wrong, by what must hold */
export const floods: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  'deadlines behind jobs that fail each time, more than a run can try, are kept': () =>
    runDeadlines({ ...deadlines, failing: 1_000, slowCallMs: 3_000, maxRuns: 20 }),
  'thousands of missed deadlines are made up for in each run': () => runDeadlines({ ...deadlines, late: 20_000 }),
  'every type has its turn while jobs that start by themselves take all the time there is': () => runTypes('start', 1_000),
  'every type has its turn while another takes all the time there is': () => runTypes('plain-work', 1_000),
  'the last type takes no more than its turn': () => runTypes('tidy-work', 1_000),
  'a backlog that one run cannot look over delays nobody': () =>
    runFlood({ ...plan, flood: deep, crowd: { ...crowd, jobsEach: 2 }, slowCallMs: 1_000 }),
  'a minute that one run cannot read delays nobody in the next': () =>
    runFlood({ ...plan, crowd: { ...crowd, jobsEach: 2 }, slowCallMs: 1_000 }),
  'alarms amid a backlog that one run cannot look over are found by the next ones': () =>
    runFlood({ ...plan, flood: deep, crowd: { owners: 2, jobsEach: 2, minute: -20 }, slowCallMs: 1_000, maxLateMinutes: 10 }),
  '900 jobs at the head of a bucket that fail each time stop nobody': () =>
    runFlood({ ...plan, flood: { ...flood, count: 3_000, minutes: [-1, -1] }, poison: 900 }),
  '31,000 jobs of one owner for one second, all in one bucket, delay nobody': () => runFlood(plan),
  'a backlog of one owner delays nobody: of the last ten hours, a little in each minute': () =>
    runFlood({ ...plan, flood: { ...flood, count: 12_000, minutes: [-600, 3] } }),
  'a backlog of one owner delays nobody: of one minute ten hours ago': () =>
    runFlood({ ...plan, flood: { count: 12_000, minutes: [-600, -600], isInOneBucket: false } }),
  'jobs of one owner whose messages were lost delay nobody whose message was': () => runFlood({ ...plan, kind: 'rescue' }),
  'deadlines behind a quarter of a million waiting jobs are kept': () => runDeadlines({ ...deadlines, waiting: 250_000 }),
  'floods of any size, age and distribution delay nobody': async () => {
    for (let seed = 1; seed <= 15; seed++) {
      const breaches = await runFlood(floodOf(seed));
      if (breaches.length > 0) return breaches.map((breach) => `${breach} (seed ${seed})`);
    }
    return [];
  },
};
