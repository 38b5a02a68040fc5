/**
 * The clock: finds jobs whose alarm is due and wakes or ends each of them. Its reads are bounded, it adds no message to a deep queue, and it
 * ends before its own time-out. Its lanes (scheduled starts, then each job type) take turns, and within each lane the owners do.
 */

import { canonicalJson } from '../../text/exact-json.ts';
import type { Log } from '../contract/context.ts';
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import type { Control, ControlStore } from '../control/job-type-states.ts';
import { jobFields, type Metrics, metricsForEnd } from '../control/metrics.ts';
import { alarmBuckets, alarmPartition, decideWake } from '../job/alarm.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job, JobError } from '../job/job.ts';
import type { DueEntry, DuePage, DuePosition, JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { completionPatch, deadlineMessage } from '../job/transitions.ts';
import { DueAlarms, duePageSize } from './due-alarms.ts';

export interface ClockPorts {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly control: ControlStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly graceMs: number;
  readonly retentionMs: number;
  /** Between two runs. */
  readonly periodMs: number;
  /** The job types that are deployed. */
  readonly catalogue: readonly JobTypeContract[];
  /** Until the run is cut off. */
  readonly remainingMs: () => number;
}

export interface ClockReport {
  readonly woken: number;
  readonly postponed: number;
  /** Past their deadline. */
  readonly expired: number;
  /** Of a type that is no longer deployed. */
  readonly removed: number;
  /** Reads of the index or the switches, and jobs, that failed and are left to the next run. */
  readonly failed: number;
  /** Types whose jobs were left alone, since their queue is deep or they are paused. */
  readonly leftAlone: readonly string[];
  /** Its time was over before its work was; the next run goes on. */
  readonly isCutShort: boolean;
}

/** A queue with more waiting messages than this most likely still holds those of its overdue jobs. */
const deepQueue = 100;
/** Jobs that a lane handles in its turn. */
const turnSize = 20;
/** Of one lane in one run, which a thousand workers take minutes for. */
const perRun = 4_000;
/** Jobs after which the depth of a queue is looked at again. */
const depthEvery = 800;
/** No work starts when less time than this is left: a request that nobody answers takes twelve seconds. */
const marginMs = 15_000;
/** The part of the time that all lanes together may look for owners in. */
const surveyShare = 0.5;
/** Alarms that a run keeps in mind. */
const knownAlarms = 40_000;
/** An alarm is fresh for so long, or for two periods: within it, a run finds every owner's, behind any backlog. */
const freshMs = 5 * 60_000;
/** Jobs seen to at the same moment. */
const parallel = 10;
/** A search for missed deadlines among jobs that are left alone begins in every fifth run: it reads the index, not the jobs. */
const sweepEvery = 5;
/** In a deep queue a message takes long. */
const lateGraceMs = 3_600_000;

type Counts = { -readonly [K in 'woken' | 'postponed' | 'expired' | 'removed' | 'failed']: number };

/** One run. Two at once do no harm: each job is changed under its revision, and only who changed it sends. */
export async function runClock(ports: ClockPorts): Promise<ClockReport> {
  const run = new ClockRun(ports, await readControl(ports));
  return run.run();
}

/** The clock wakes what it can also when the switches cannot be read: a paused type's workers look for themselves. */
async function readControl({ control, log }: ClockPorts): Promise<Control | undefined> {
  try {
    return await control.read();
  } catch (error) {
    log.warn('The switches of the job types could not be read; all are taken for active.', { error: String(error) });
    return undefined;
  }
}

/** Works until it is done; stops at each yield, so that others have their turn. */
type Lane = AsyncGenerator<void, void>;

class ClockRun {
  private readonly counts: Counts = { woken: 0, postponed: 0, expired: 0, removed: 0, failed: 0 };
  private readonly leftAlone: string[] = [];
  private readonly cursors: Map<string, DuePosition>;
  private readonly givenMs: number;
  private lanes = 1;
  private lagMs = 0;
  private readonly ports: ClockPorts;
  private readonly control: Control | undefined;
  private readonly nowMs: number;

  constructor(ports: ClockPorts, control: Control | undefined) {
    this.ports = ports;
    this.control = control;
    if (control === undefined) this.counts.failed += 1;
    this.cursors = new Map(Object.entries(control?.cursors ?? {}));
    this.nowMs = ports.runtime.nowMs();
    this.givenMs = ports.remainingMs() - marginMs;
  }

  async run(): Promise<ClockReport> {
    const { log, metrics, catalogue, periodMs } = this.ports;
    const removed = await this.rememberTypes();
    this.lanes = 1 + catalogue.length + removed.length;
    const lanes = [
      // Two periods ahead, so that a late run still starts jobs on the second.
      this.wakeDue('start', '', this.nowMs + 2 * periodMs),
      ...catalogue.map(({ name }) => this.seeToType(name)),
      ...removed.map((type) => this.wakeDue('rescue', type, this.nowMs)),
    ];
    const first = this.runNumber % lanes.length;
    const isCutShort = !(await this.takeTurns([...lanes.slice(first), ...lanes.slice(0, first)]));
    await this.keepCursors();
    const report = { ...this.counts, leftAlone: this.leftAlone, isCutShort };
    if (this.lagMs > 0) metrics.put('lag', { ClockLag: this.lagMs }, {});
    if (Object.values(this.counts).some((count) => count > 0) || this.leftAlone.length > 0 || isCutShort) log.info('clock', report);
    return report;
  }

  /** @returns whether all of them are done */
  private async takeTurns(lanes: readonly Lane[]): Promise<boolean> {
    const open = new Set(lanes);
    while (open.size > 0) {
      for (const lane of open) {
        if (this.isOver()) return false;
        if ((await lane.next()).done) open.delete(lane);
      }
    }
    return true;
  }

  /** Counts the runs, so that each begins with another lane. */
  private get runNumber(): number {
    return Math.floor(this.nowMs / this.ports.periodMs);
  }

  private isOver(): boolean {
    return this.ports.remainingMs() <= marginMs;
  }

  /** @returns types with jobs that may be left, and no code: none is ever forgotten, since an API of the time before a deploy may still accept one */
  private async rememberTypes(): Promise<readonly string[]> {
    if (this.control === undefined) return [];
    const { catalogue, control, log } = this.ports;
    const types = { ...this.control.types };
    for (const { name } of catalogue) types[name] ??= 'active';
    const removed = Object.keys(types).filter((type) => findContract(catalogue, type) === undefined);
    for (const type of removed) types[type] = 'active'; // as it is when it comes back one day
    const isOther = Object.entries(types).some(([type, state]) => this.control?.types[type] !== state);
    try {
      if (isOther) await control.write({ types, revision: this.control.revision });
    } catch (error) {
      this.counts.failed += 1;
      log.warn('The job types that are deployed could not be written; the next run will.', { error: String(error) });
    }
    return removed;
  }

  /** Written only when they changed, so that an idle clock writes nothing. */
  private async keepCursors(): Promise<void> {
    const { control, log } = this.ports;
    const cursors = Object.fromEntries(this.cursors);
    if (this.control === undefined || canonicalJson(cursors) === canonicalJson(this.control.cursors)) return;
    try {
      await control.writeCursors(cursors);
    } catch (error) {
      log.warn('Where the clock stopped could not be written; its next run goes on from where this one did.', { error: String(error) });
    }
  }

  private isPaused(type: string): boolean {
    return this.control?.types[type] === 'paused';
  }

  private async isDeep(type: string): Promise<boolean> {
    const { queues, log } = this.ports;
    try {
      return (await queues.depth(type)) > deepQueue;
    } catch (error) {
      log.warn('The depth of a queue could not be read; it is taken for shallow.', { type, error: String(error) });
      return false;
    }
  }

  private async *seeToType(type: string): Lane {
    const isDeep = await this.isDeep(type);
    if (isDeep || this.isPaused(type)) yield* this.leaveAlone(type, isDeep ? lateGraceMs : this.ports.graceMs);
    else yield* this.wakeDue('rescue', type, this.nowMs, () => this.isDeep(type));
  }

  /**
   * Looks through the jobs of a type for missed deadlines, from where the last run stopped.
   * @param lateGraceMs until a message about a job that is past its deadline is taken for lost
   */
  private async *leaveAlone(type: string, lateGraceMs: number): Lane {
    this.leftAlone.push(type);
    const cursorOf = (partition: string) => `late in ${partition}`;
    const all = partitions('rescue', type);
    const stoppedIn = all.findIndex((partition) => this.cursors.has(cursorOf(partition)));
    if (stoppedIn === -1 && this.runNumber % sweepEvery !== 0) return;
    for (const partition of all.slice(Math.max(0, stoppedIn))) {
      let after: DuePosition | undefined = this.cursors.get(cursorOf(partition)) ?? { key: '0' };
      const reached = ({ key, id }: DuePosition) => this.cursors.set(cursorOf(partition), id === undefined ? { key } : { key, id });
      while (after !== undefined) {
        reached(after);
        const page: DuePage | undefined = await this.orNone(this.ports.store.pastDeadline(partition, after, this.nowMs));
        if (page === undefined) break;
        for (const turn of turnsOf(page.entries)) {
          const done = await this.seeToAll(turn, (job, wakeAtMs) => this.seeToLate(job, wakeAtMs, lateGraceMs));
          const last = turn[done - 1];
          if (last !== undefined) reached(last);
          yield;
        }
        after = page.next;
      }
      if (after === undefined) this.cursors.delete(cursorOf(partition));
    }
  }

  /** @param isEnough asked now and then: what was sent may have made the queue deep */
  private async *wakeDue(kind: 'start' | 'rescue', type: string, untilMs: number, isEnough?: () => Promise<boolean>): Lane {
    const { store, runtime, remainingMs, periodMs } = this.ports;
    const freshSinceMs = this.nowMs - Math.max(freshMs, 2 * periodMs);
    const alarms = new DueAlarms((partition, after, until) => this.orNone(store.due(partition, after, until, duePageSize)), untilMs);
    const surveyEndsAtMs = remainingMs() - (surveyShare * this.givenMs) / this.lanes;
    const isOver = () => remainingMs() <= surveyEndsAtMs || alarms.size >= knownAlarms;
    await Promise.all(
      partitions(kind, type).map(async (partition) => {
        const survey = { freshSinceMs, cursor: this.cursors.get(partition), isOver };
        const stopped = await alarms.survey(partition, survey);
        if (stopped === undefined) this.cursors.delete(partition);
        else this.cursors.set(partition, stopped);
      }),
    );
    alarms.arrange(runtime.random());
    for (let count = 0; count < perRun; count += turnSize) {
      if (count > 0 && count % depthEvery === 0 && (await isEnough?.())) return;
      const entries = await alarms.next(turnSize);
      await this.seeToAll(entries, (job, wakeAtMs) => this.seeTo(job, wakeAtMs));
      if (entries.length < turnSize) return;
      yield;
    }
  }

  /** A partition that cannot be read must not keep the clock from the others. */
  private async orNone<T>(read: Promise<T>): Promise<T | undefined> {
    try {
      return await read;
    } catch (error) {
      this.counts.failed += 1;
      this.ports.log.warn('A part of the index could not be read; the next run will.', { error: String(error) });
      return undefined;
    }
  }

  /** @returns how many it saw to, successfully or not, before the time was over */
  private async seeToAll(entries: readonly DueEntry[], act: (job: Job, wakeAtMs: number) => Promise<void>): Promise<number> {
    const { store, runtime, log } = this.ports;
    for (let i = 0; i < entries.length; i += parallel) {
      if (this.isOver()) return i;
      await Promise.all(
        entries.slice(i, i + parallel).map(async ({ id, wakeAtMs }) => {
          try {
            const job = await store.get(id, runtime.nowMs());
            if (job !== undefined) await act(job, wakeAtMs);
          } catch (error) {
            this.counts.failed += 1;
            log.warn('The clock could not handle a job; the next run tries again.', { job: id, error: String(error) });
          }
        }),
      );
    }
    return entries.length;
  }

  /** @param dueMs since when it waits for the clock */
  private async seeTo(job: Job, wakeAtMs: number, graceMs = this.ports.graceMs, dueMs = wakeAtMs): Promise<void> {
    const { store, queues, runtime, metrics, catalogue } = this.ports;
    const contract = findContract(catalogue, job.type);
    if (contract === undefined) return this.endRemoved(job);
    const mayEnd = !needsCleanUp(job, contract);
    const decision = decideWake(job, wakeAtMs, { nowMs: runtime.nowMs(), graceMs, isPaused: this.isPaused(job.type), mayEnd });
    const guard = { revision: job.revision };
    if (decision.kind === 'wake' || decision.kind === 'expire') this.lagMs = Math.max(this.lagMs, runtime.nowMs() - dueMs);
    // What waits with a rescue alarm had a message that should have come long ago.
    const isLostSend = job.alarm?.kind === 'rescue' && job.status !== 'running';
    switch (decision.kind) {
      case 'nothing':
        return;
      case 'postpone':
        if (await store.write(job, guard, decision.patch)) this.counts.postponed += 1;
        return;
      case 'wake':
        // The record first: if the send is lost, the new alarm rescues it.
        if (await store.write(job, guard, decision.patch)) {
          this.counts.woken += 1;
          if (isLostSend) metrics.put('recovered', { LostSendsRecovered: 1 }, jobFields(job));
          await queues.wake(job, decision.delaySeconds);
        }
        return;
      case 'expire':
        return this.endIfLate(job);
    }
  }

  /** One that has something to clean up takes a message. */
  private async seeToLate(job: Job, wakeAtMs: number, lateGraceMs: number): Promise<void> {
    const contract = findContract(this.ports.catalogue, job.type);
    if (contract === undefined || !needsCleanUp(job, contract)) return this.endIfLate(job);
    if (wakeAtMs <= this.nowMs) await this.seeTo(job, wakeAtMs, lateGraceMs, Math.max(wakeAtMs, job.deadlineMs));
  }

  private async endIfLate(job: Job): Promise<void> {
    const nowMs = this.ports.runtime.nowMs();
    const contract = findContract(this.ports.catalogue, job.type);
    if (nowMs < job.deadlineMs || contract === undefined || needsCleanUp(job, contract) || isHeld(job, nowMs)) return;
    if (await this.fail(job, { code: 'deadline_exceeded', message: deadlineMessage(job), retryable: false })) this.counts.expired += 1;
  }

  private async endRemoved(job: Job): Promise<void> {
    if (isHeld(job, this.ports.runtime.nowMs())) return;
    const message = `The job type ${job.type} is no longer deployed, so nobody can run this job.`;
    const cleanUp = 'if its worker had something to clean up, that is left: it is no longer deployed either';
    const details = job.leaseToken === undefined ? {} : { details: { cleanUp } };
    if (await this.fail(job, { code: 'type_removed', message, retryable: false, ...details })) this.counts.removed += 1;
  }

  private async fail(job: Job, error: JobError): Promise<Job | undefined> {
    const { store, runtime, metrics, graceMs, retentionMs } = this.ports;
    const moment = { nowMs: runtime.nowMs(), graceMs, retentionMs };
    const failed = await store.write(job, { revision: job.revision }, completionPatch(job, moment, { status: 'failed', error }));
    if (failed !== undefined) metrics.put('failed', metricsForEnd(failed), { ...jobFields(failed), code: error.code });
    return failed;
  }
}

function turnsOf<T>(entries: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(entries.length / turnSize) }, (_, i) => entries.slice(i * turnSize, (i + 1) * turnSize));
}

function partitions(kind: 'start' | 'rescue', type: string): readonly string[] {
  return Array.from({ length: alarmBuckets }, (_, bucket) => alarmPartition(kind, type, bucket));
}

function isHeld({ status, leaseEndsAtMs }: Job, nowMs: number): boolean {
  return status === 'running' && leaseEndsAtMs !== undefined && leaseEndsAtMs > nowMs;
}
