/** Schedules over ports in memory, with a clock that a test sets, and a fault that it chooses. No job runs on its own: a test ends them. */

import * as z from 'zod';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { defineJobType } from '../../lambdas/core/contract/contract.ts';
import type { Log } from '../../lambdas/core/contract/log.ts';
import type { Quota } from '../../lambdas/core/contract/runtime-settings.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Runtime, WakeUpRequest } from '../../lambdas/core/job/ports.ts';
import { completionPatch } from '../../lambdas/core/job/transitions.ts';
import { type ClockReport, runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import { parseCron } from '../../lambdas/core/schedule/cron.ts';
import { deleteSchedule, type SaveResult, type ScheduleDefinition, saveSchedule } from '../../lambdas/core/schedule/save-schedule.ts';
import { type Schedule, scheduleId } from '../../lambdas/core/schedule/schedule-record.ts';
import type { Carry } from '../../testing/carry.ts';
import { MemoryBucket, memoryUploadLinks } from '../../testing/memory-bucket.ts';
import { MemoryControlStore } from '../../testing/memory-control-store.ts';
import { MemoryGateStore } from '../../testing/memory-gate-store.ts';
import { MemoryJobStore } from '../../testing/memory-job-store.ts';
import { MemoryQuotaStore } from '../../testing/memory-quota-store.ts';
import { MemoryScheduleStore } from '../../testing/memory-schedule-store.ts';
import { MemoryTallyStore } from '../../testing/memory-tally-store.ts';
import { MemoryUniqueStore } from '../../testing/memory-unique-store.ts';
import { everythingAllowed } from '../../testing/test-kit.ts';
import { contractLimits } from './contract-limits.ts';

export const greetings = defineJobType({
  ...contractLimits,
  name: 'greet',
  description: 'Greets.',
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({}),
  maxAttempts: 3,
});

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;

/** Runs before each request of the clock, by its name; may throw, or never resolve: the process died. */
export type Fault = (operation: string, count: number) => 'before' | 'after' | undefined;

export class ScheduleBench {
  nowMs = Date.UTC(2026, 10, 26, 12, 0, 30);
  catalogue: readonly JobTypeContract[] = [greetings];
  quota: Quota | undefined;
  readonly logs: string[] = [];
  readonly woken: string[] = [];
  readonly bucket = new MemoryBucket();
  readonly jobs = new MemoryJobStore(() => this.nowMs);
  readonly schedules = new MemoryScheduleStore(() => this.nowMs);
  readonly gates = new MemoryGateStore(() => this.nowMs);
  readonly control = new MemoryControlStore();
  readonly tallies = new MemoryTallyStore();
  private readonly quotas = new MemoryQuotaStore();
  private readonly uniques = new MemoryUniqueStore();
  private tokens = 0;

  constructor() {
    this.jobs.otherAlarms.push(this.schedules.hasAlarms, this.gates.hasAlarms);
  }

  /** @param skewMs how far the process's own clock is ahead */
  ports(carry: Carry = async (_, act) => act(), skewMs = 0) {
    const write = (message: string, fields?: object) => void this.logs.push(JSON.stringify({ message, ...fields }));
    const log: Log = { info: write, warn: write, error: write };
    const runtime: Runtime = {
      nowMs: () => this.nowMs + skewMs,
      monotonicMs: () => this.nowMs,
      random: () => 0.5,
      newToken: () => `t${++this.tokens}`,
      sleep: async () => undefined,
    };
    return withAnnouncer({
      runtime,
      log,
      catalogue: this.catalogue,
      settings: { ...everythingAllowed, ...(this.quota === undefined ? {} : { quota: this.quota }) },
      metrics: { put: (message: string, numbers: object, about: object) => write(message, { ...about, ...numbers }) },
      store: this.jobs.connect(carry),
      schedules: this.schedules.connect(carry),
      gates: this.gates.connect(carry),
      tallies: this.tallies.connect(carry),
      quotas: this.quotas.connect(carry),
      uniques: this.uniques.connect(carry),
      control: this.control.connect(carry),
      payloads: this.bucket.payloads(carry),
      uploads: this.bucket.uploads(carry),
      uploadLinks: memoryUploadLinks,
      queues: {
        wake: ({ id }: Pick<Job, 'id'>) => carry('wake', () => void this.woken.push(id)),
        wakeAll: (wakeUps: readonly WakeUpRequest[]) => carry('wakeAll', () => void this.woken.push(...wakeUps.map(({ job }) => job.id))),
        depth: async () => 0,
        deadLetter: async () => undefined,
      },
      graceMs: 120_000,
      retentionMs: 30 * 86_400_000,
      periodMs: minuteMs,
      remainingMs: () => 55_000,
    });
  }

  /** Sets a schedule that fires every five minutes, unless the test says otherwise. */
  put(changes: Partial<ScheduleDefinition> = {}, name = 'nightly', owner = 'ann'): Promise<SaveResult> {
    const definition: ScheduleDefinition = {
      rule: { kind: 'cron', cron: '*/5 * * * *', timeZone: 'UTC' },
      job: { type: greetings.name },
      input: { text: 'hello' },
      overlap: 'allow',
      catchUp: 'last',
      jitterSeconds: 0,
      paused: false,
      ...changes,
    };
    return saveSchedule({ owner, name }, definition, { ...this.ports(), parseCron });
  }

  delete(name = 'nightly', owner = 'ann'): Promise<boolean> {
    return deleteSchedule({ owner, name }, this.ports());
  }

  get(name = 'nightly', owner = 'ann'): Schedule {
    const found = this.schedules.rows.get(scheduleId(owner, name))?.schedule;
    if (found === undefined) throw new Error(`no schedule ${name}`);
    return found;
  }

  /** One run of the clock. */
  clock(carry?: Carry, skewMs?: number): Promise<ClockReport> {
    return runClock(this.ports(carry, skewMs));
  }

  /** Lets time pass with a run of the clock each minute. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    while (this.nowMs + minuteMs <= untilMs) {
      this.nowMs += minuteMs;
      await this.clock();
    }
    this.nowMs = untilMs;
  }

  /** The times that jobs stand for, as `HH:MM`, in the order of the times. */
  fired(): readonly string[] {
    const times = [...this.jobs.rows.values()].flatMap(({ job }) => job.firedBy?.atMs ?? []);
    return times.sort((a, b) => a - b).map((ms) => new Date(ms).toISOString().slice(11, 16));
  }

  allJobs(): readonly Job[] {
    return [...this.jobs.rows.values()].map(({ job }) => job);
  }

  /** Ends jobs as their workers would. */
  async endAll(status: 'succeeded' | 'failed' = 'succeeded'): Promise<void> {
    const { store, ends } = this.ports();
    const context = { ends, nowMs: this.nowMs, graceMs: 120_000, retentionMs: 30 * 86_400_000 };
    for (const job of this.allJobs().filter(({ alarm }) => alarm !== undefined)) {
      const running = await store.claim(job.id, { type: job.type, leaseToken: 'x', nowMs: this.nowMs, leaseEndsAtMs: this.nowMs + 1 });
      if (running.kind !== 'claimed') continue;
      const error = { code: 'broken', message: 'broken', retryable: false };
      const outcome = status === 'succeeded' ? { status, result: { kind: 'inline', json: '{}' } as const } : { status, error };
      await store.write(
        running.job,
        { kind: 'revision', revision: running.job.revision },
        completionPatch(running.job, context, { outcome }),
      );
    }
  }
}

/** A process whose n-th request fails, or is done and not answered; all its requests after that are never done. */
export function dyingAt(nth: number, when: 'before' | 'after'): { readonly carry: Carry; readonly count: () => number } {
  let count = 0;
  const carry: Carry = async (_, act) => {
    count += 1;
    if (count > nth) throw new Error('The process is dead.');
    if (count < nth) return act();
    if (when === 'after') act();
    throw new Error('The process dies.');
  };
  return { carry, count: () => count };
}
