/** The clock: finds jobs whose alarm has come and sees to each. Its reads are bounded, and it adds no message to a deep queue. */
import { alarmBuckets, alarmPartition, decideWake } from './alarm.ts';
import type { Log } from './context.ts';
import { findContract, type JobTypeContract } from './contract.ts';
import type { Control, ControlStore } from './control.ts';
import { needsCleanUp } from './ending.ts';
import type { Job, JobError } from './job.ts';
import { aboutJob, type Metrics, numbersOfEnd } from './metrics.ts';
import { deadlineMessage, endPatch } from './outcome.ts';
import type { DueEntry, JobStore, WakeUpQueues, World } from './ports.ts';

export interface ClockPorts {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly control: ControlStore;
  readonly world: World;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly graceMs: number;
  readonly retentionMs: number;
  /** Between two runs. */
  readonly periodMs: number;
  /** The job types that are deployed. */
  readonly catalogue: readonly JobTypeContract[];
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
}

/** A queue with more waiting messages than this most likely still holds those of its overdue jobs. */
const deepQueue = 100;
/** Seen to at a time for one partition, oldest first. */
const pageSize = 100;
/** Of one partition in one run: 4,000 jobs a type and run, which a thousand workers take minutes for. */
const pagesPerRun = 5;
/** Jobs seen to at the same moment. */
const parallel = 10;
/** Jobs that are left alone are looked through for missed deadlines in every fifth run: it reads the index, not the jobs. */
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

class ClockRun {
  private readonly counts: Counts = { woken: 0, postponed: 0, expired: 0, removed: 0, failed: 0 };
  private readonly leftAlone: string[] = [];
  private lagMs = 0;
  private readonly ports: ClockPorts;
  private readonly control: Control | undefined;
  private readonly nowMs: number;

  constructor(ports: ClockPorts, control: Control | undefined) {
    this.ports = ports;
    this.control = control;
    if (control === undefined) this.counts.failed += 1;
    this.nowMs = ports.world.nowMs();
  }

  async run(): Promise<ClockReport> {
    const { log, metrics, catalogue, periodMs } = this.ports;
    // Two periods ahead, so that a late run still starts jobs on the second.
    await this.seeToPartitions('start', '', this.nowMs + 2 * periodMs);
    for (const { name } of catalogue) {
      const isDeep = await this.isDeep(name);
      if (isDeep || this.isPaused(name)) await this.leaveAlone(name, isDeep ? lateGraceMs : this.ports.graceMs);
      else await this.seeToPartitions('rescue', name, this.nowMs, () => this.isDeep(name));
    }
    await this.removeTypes();
    const report = { ...this.counts, leftAlone: this.leftAlone };
    if (this.lagMs > 0) metrics.put('lag', { ClockLag: this.lagMs }, {});
    if (Object.values(this.counts).some((count) => count > 0) || this.leftAlone.length > 0) log.info('clock', report);
    return report;
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

  /** @param lateGraceMs until a message about a job that is past its deadline is taken for lost */
  private async leaveAlone(type: string, lateGraceMs: number): Promise<void> {
    const { store, periodMs } = this.ports;
    this.leftAlone.push(type);
    if (Math.floor(this.nowMs / periodMs) % sweepEvery !== 0) return;
    const late = await Promise.all(partitions('rescue', type).map((partition) => this.orNone(store.pastDeadline(partition, this.nowMs))));
    await this.seeToAll(late.flat(), (job, wakeAtMs) => this.seeToLate(job, wakeAtMs, lateGraceMs));
  }

  /** @param isEnough asked between two pages: what was sent may have made the queue deep */
  private async seeToPartitions(kind: 'start' | 'rescue', type: string, untilMs: number, isEnough?: () => Promise<boolean>): Promise<void> {
    for (let page = 0; page < pagesPerRun; page++) {
      const pages = await Promise.all(
        partitions(kind, type).map((partition) => this.orNone(this.ports.store.due(partition, untilMs, pageSize))),
      );
      await this.seeToAll(pages.flat(), (job, wakeAtMs) => this.seeTo(job, wakeAtMs));
      if (pages.every(({ length }) => length < pageSize) || (await isEnough?.())) return;
    }
  }

  /** A partition that cannot be read must not keep the clock from the others. */
  private async orNone(entries: Promise<readonly DueEntry[]>): Promise<readonly DueEntry[]> {
    try {
      return await entries;
    } catch (error) {
      this.counts.failed += 1;
      this.ports.log.warn('A part of the index could not be read; the next run will.', { error: String(error) });
      return [];
    }
  }

  private async seeToAll(entries: readonly DueEntry[], act: (job: Job, wakeAtMs: number) => Promise<void>): Promise<void> {
    const { store, world, log } = this.ports;
    for (let i = 0; i < entries.length; i += parallel) {
      await Promise.all(
        entries.slice(i, i + parallel).map(async ({ id, wakeAtMs }) => {
          try {
            const job = await store.get(id, world.nowMs());
            if (job !== undefined) await act(job, wakeAtMs);
          } catch (error) {
            this.counts.failed += 1;
            log.warn('The clock could not see to a job; the next run will.', { job: id, error: String(error) });
          }
        }),
      );
    }
  }

  /** @param dueMs since when it waits for the clock */
  private async seeTo(job: Job, wakeAtMs: number, graceMs = this.ports.graceMs, dueMs = wakeAtMs): Promise<void> {
    const { store, queues, world, metrics, catalogue } = this.ports;
    const contract = findContract(catalogue, job.type);
    if (contract === undefined) return this.endRemoved(job);
    const mayEnd = !needsCleanUp(job, contract);
    const decision = decideWake(job, wakeAtMs, { nowMs: world.nowMs(), graceMs, isPaused: this.isPaused(job.type), mayEnd });
    const guard = { revision: job.revision };
    if (decision.kind === 'wake' || decision.kind === 'expire') this.lagMs = Math.max(this.lagMs, world.nowMs() - dueMs);
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
          if (isLostSend) metrics.put('recovered', { LostSendsRecovered: 1 }, aboutJob(job));
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
    const nowMs = this.ports.world.nowMs();
    const contract = findContract(this.ports.catalogue, job.type);
    if (nowMs < job.deadlineMs || contract === undefined || needsCleanUp(job, contract) || isHeld(job, nowMs)) return;
    if (await this.fail(job, { code: 'deadline_exceeded', message: deadlineMessage(job), retryable: false })) this.counts.expired += 1;
  }

  private async endRemoved(job: Job): Promise<void> {
    if (isHeld(job, this.ports.world.nowMs())) return;
    const message = `The job type ${job.type} is no longer deployed, so nobody can run this job.`;
    const cleanUp = 'if its worker had something to clean up, that is left: it is no longer deployed either';
    const details = job.leaseToken === undefined ? {} : { details: { cleanUp } };
    if (await this.fail(job, { code: 'type_removed', message, retryable: false, ...details })) this.counts.removed += 1;
  }

  private async fail(job: Job, error: JobError): Promise<Job | undefined> {
    const { store, world, metrics, graceMs, retentionMs } = this.ports;
    const moment = { nowMs: world.nowMs(), graceMs, retentionMs };
    const failed = await store.write(job, { revision: job.revision }, endPatch(job, moment, { status: 'failed', error }));
    if (failed !== undefined) metrics.put('failed', numbersOfEnd(failed), { ...aboutJob(failed), code: error.code });
    return failed;
  }

  /**
   * Remembers the types that are deployed, and ends the jobs of those that no longer are. None is ever forgotten: an API of the time before may still
   * accept one in the seconds of a deploy, and to look costs eight queries of nothing.
   */
  private async removeTypes(): Promise<void> {
    if (this.control === undefined) return;
    const { catalogue, control } = this.ports;
    const types = { ...this.control.types };
    for (const { name } of catalogue) types[name] ??= 'active';
    const removed = Object.keys(types).filter((type) => findContract(catalogue, type) === undefined);
    for (const type of removed) {
      await this.seeToPartitions('rescue', type, this.nowMs);
      types[type] = 'active'; // as it is when it comes back one day
    }
    const isOther = Object.entries(types).some(([type, state]) => this.control?.types[type] !== state);
    if (isOther) await control.write({ ...this.control, types });
  }
}

function partitions(kind: 'start' | 'rescue', type: string): readonly string[] {
  return Array.from({ length: alarmBuckets }, (_, bucket) => alarmPartition(kind, type, bucket));
}

function isHeld({ status, leaseEndsAtMs }: Job, nowMs: number): boolean {
  return status === 'running' && leaseEndsAtMs !== undefined && leaseEndsAtMs > nowMs;
}
