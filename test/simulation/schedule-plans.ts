/** Schedules of a simulation: what their callers set, what bodies they send, and the times that follow, worked out without the engine. */
import type { JobPlan } from './plan.ts';
import { plainJob } from './plan.ts';
import type { Random } from './random.ts';

const minuteMs = 60_000;

export interface SchedulePlan {
  readonly owner: 'ann' | 'bob';
  readonly name: string;
  readonly putAfterMs: number;
  /** Number of callers that set it at the same moment. */
  readonly callers: number;
  /** The minutes between two times: of the hour, by a cron pattern, or since the creation. */
  readonly minutes: number;
  readonly isCron: boolean;
  readonly overlap: 'skip' | 'allow' | 'cancel-running';
  readonly catchUp: 'none' | 'last' | 'all';
  readonly jitterSeconds: number;
  /** How long after it is set it ends. */
  readonly endAfterMs: number;
  /** How long each job works, in seconds. */
  readonly workSeconds: number;
  readonly change: { readonly afterMs: number; readonly what: 'pause' | 'delete' | 'replace job' | 'delete and make again' } | null;
}

/** The simplest schedule: the base of a scenario. */
export const plainSchedule: SchedulePlan = {
  owner: 'ann',
  name: 'schedule',
  putAfterMs: 0,
  callers: 1,
  minutes: 5,
  isCron: true,
  overlap: 'allow',
  catchUp: 'all',
  jitterSeconds: 0,
  endAfterMs: 30 * minuteMs,
  workSeconds: 0,
  change: null,
};

/** @returns the schedules of a plan, from its seed alone, so that what was generated before stays what it was */
export function drawSchedules(random: Random): readonly SchedulePlan[] {
  return Array.from({ length: random.int(1, 2) }, (_, i) => ({
    owner: random.chance(0.5) ? ('ann' as const) : ('bob' as const),
    name: `schedule-${i}`,
    putAfterMs: random.int(0, 120_000),
    callers: random.int(1, 3),
    minutes: random.int(1, 5),
    isCron: random.chance(0.5),
    overlap: (['skip', 'allow', 'cancel-running'] as const)[random.int(0, 2)] ?? 'skip',
    catchUp: (['none', 'last', 'all'] as const)[random.int(0, 2)] ?? 'all',
    jitterSeconds: random.chance(0.3) ? random.int(1, 90) : 0,
    endAfterMs: random.int(3 * minuteMs, 25 * minuteMs),
    workSeconds: random.chance(0.5) ? 0 : random.int(20, 200),
    change: random.chance(0.6)
      ? null
      : {
          afterMs: random.int(0, 15 * minuteMs),
          what: (['pause', 'delete', 'replace job', 'delete and make again'] as const)[random.int(0, 3)] ?? 'pause',
        },
  }));
}

/** @returns the job that each firing makes, as a plan of its own */
export function firedJob({ owner, workSeconds }: SchedulePlan): JobPlan {
  const naps = Array.from({ length: Math.ceil(workSeconds / 8) }, (_, i) => i).flatMap(() => [
    { does: 'work', seconds: 8 } as const,
    { does: 'checkpoint' } as const,
  ]);
  return { ...plainJob, owner, operations: [{ does: 'effect', isStep: true }, ...naps] };
}

/** @param index of the fired job's plan, after those of the callers' jobs */
export function scheduleBody(plan: SchedulePlan, index: number, endMs: number): object {
  const { isCron, minutes, overlap, catchUp, jitterSeconds } = plan;
  const { operations } = firedJob(plan);
  const input = {
    operations,
    program: null,
    ignoresSignal: false,
    password: `s3cr3t-${index}`,
    padding: '',
    cleanUpRefusals: 0,
    cleanUpDeaths: 0,
  };
  return {
    ...(isCron ? { cron: `*/${minutes} * * * *` } : { every: { minutes } }),
    job: { type: 'plain-work', input, maxAttempts: 3 },
    ...{ overlap, catchUp, jitterSeconds },
    endAt: new Date(endMs).toISOString(),
  };
}

/** @returns the times that the plan asks for, after the creation and until the end */
export function timesOf({ isCron, minutes }: SchedulePlan, createdMs: number, endMs: number): readonly number[] {
  const times: number[] = [];
  if (isCron) {
    for (let ms = Math.floor(createdMs / minuteMs) * minuteMs; ms <= endMs; ms += minuteMs)
      if (ms > createdMs && new Date(ms).getUTCMinutes() % minutes === 0) times.push(ms);
  } else {
    const originMs = Math.floor(createdMs / 1000) * 1000;
    for (let ms = originMs + minutes * minuteMs; ms <= endMs; ms += minutes * minuteMs) times.push(ms);
  }
  return times;
}
