/** One run of the clock: what its sweeps share, and what they report. */

import type { Control, ControlStore } from '../control/job-type-states.ts';
import type { GateStore } from '../gate/gate-store.ts';
import { mostPartitions, type PartitionCount, partitionsToRead } from '../job/index-partitions.ts';
import type { AlarmProbe, DuePosition, JobStore } from '../job/ports.ts';
import type { FireDeps } from '../schedule/fire-schedule.ts';
import { minRemainingMs } from './limits.ts';

export interface ClockDeps extends Omit<FireDeps, 'isDraining' | 'store'> {
  readonly store: JobStore & AlarmProbe;
  readonly control: ControlStore;
  readonly gates: GateStore;
  /** How long a message is trusted to arrive before its job is rescued. */
  readonly graceMs: number;
  /** How long the record of an ended job is kept. */
  readonly retentionMs: number;
  /** How many partitions the indexes are to have. @default as many as they have */
  readonly indexPartitions?: PartitionCount | undefined;
  /** The time between the starts of two runs. */
  readonly periodMs: number;
  /** The time until the process of this run is ended. */
  readonly remainingMs: () => number;
  /** Jobs of one sweep in one run. @default the number in `limits.ts` */
  readonly maxJobsPerSweep?: number | undefined;
}

/** What a sweep, or a whole run, has done so far. Jobs are processed in parallel, so the counts are shared and grow in place. */
export interface SweepReport {
  /** Jobs that got a message. */
  woken: number;
  /** Jobs whose alarm was set to a later time, without a message. */
  postponed: number;
  /** Ended jobs whose end was announced, since that had failed before. */
  announced: number;
  /** Jobs that failed because their deadline had passed. */
  expired: number;
  /** Jobs that failed because their type is no longer deployed. */
  removed: number;
  /** Reads of the index or of the types' states, and jobs, that failed and are left to the next run. */
  failed: number;
  /** Firings of schedules that made a job. */
  fired: number;
  /** Firings that made none, by the schedule's rules or because the job was refused. */
  firingsSkipped: number;
  /** Types whose jobs were not woken, since they are paused or their queue is deep. */
  skippedTypes: readonly string[];
  /** The longest time that a job had waited for the clock, in milliseconds. */
  lagMs: number;
  /** For how long the oldest job that no worker has taken had been allowed to start or go on, in milliseconds. */
  oldestWaitMs: number;
}

export function emptyReport(): SweepReport {
  return {
    woken: 0,
    postponed: 0,
    announced: 0,
    expired: 0,
    removed: 0,
    failed: 0,
    fired: 0,
    firingsSkipped: 0,
    skippedTypes: [],
    lagMs: 0,
    oldestWaitMs: 0,
  };
}

/** Adds up the counts, joins the skipped types, and takes the longest lag. */
export function sumReports(reports: readonly SweepReport[]): SweepReport {
  return reports.reduce(
    (sum, report) => ({
      woken: sum.woken + report.woken,
      postponed: sum.postponed + report.postponed,
      announced: sum.announced + report.announced,
      expired: sum.expired + report.expired,
      removed: sum.removed + report.removed,
      failed: sum.failed + report.failed,
      fired: sum.fired + report.fired,
      firingsSkipped: sum.firingsSkipped + report.firingsSkipped,
      skippedTypes: [...sum.skippedTypes, ...report.skippedTypes],
      lagMs: Math.max(sum.lagMs, report.lagMs),
      oldestWaitMs: Math.max(sum.oldestWaitMs, report.oldestWaitMs),
    }),
    emptyReport(),
  );
}

export class ClockRun {
  readonly deps: ClockDeps;
  /** The states of the job types, and the cursors, as they were at the start; undefined when they could not be read. */
  readonly controlAtStart: Control | undefined;
  /** Where the next run continues, by name; see `cursors.ts`. */
  readonly cursors: Map<string, DuePosition>;
  readonly startedAtMs: number;
  /** The time that this run has for its work, in milliseconds. */
  readonly workMs: number;

  constructor(deps: ClockDeps, controlAtStart: Control | undefined) {
    this.deps = deps;
    this.controlAtStart = controlAtStart;
    this.cursors = new Map(Object.entries(controlAtStart?.cursors ?? {}));
    this.startedAtMs = deps.runtime.nowMs();
    this.workMs = deps.remainingMs() - minRemainingMs;
  }

  /** The number of periods since 1970: consecutive runs have consecutive numbers, without a counter that is written. */
  get runNumber(): number {
    return Math.floor(this.startedAtMs / this.deps.periodMs);
  }

  /** The number of partitions that may hold alarms. */
  get partitions(): PartitionCount {
    return this.controlAtStart === undefined ? mostPartitions : partitionsToRead(this.controlAtStart.partitions);
  }

  isTimeUp(): boolean {
    return this.deps.remainingMs() <= minRemainingMs;
  }

  isPaused(type: string): boolean {
    return this.controlAtStart?.types[type] === 'paused';
  }
}
