/**
 * Handles what is due in the index, one of each owner in turn: timers, rescue alarms of jobs whose message was lost or whose worker died, and schedules.
 */
import type { DueEntry, JobStore } from '../job/ports.ts';
import { DueAlarms, duePageSize } from './due-alarms.ts';
import { defaultJobsPerSweep, jobsPerDepthCheck, jobsPerTurn, maxKnownAlarms, minFreshMs } from './limits.ts';
import { processBatch, readOrSkip } from './process-batch.ts';
import { processDue } from './process-due.ts';
import type { Sweep, Turns } from './sweep.ts';

export interface WakeDueOptions {
  /** The partitions of the index whose alarms this sweep handles. */
  readonly partitions: readonly string[];
  /** Later alarms are left to later runs. */
  readonly untilMs: number;
  /** The time for finding owners, in milliseconds. */
  readonly surveyMs: number;
  /** Called every `jobsPerDepthCheck` jobs, and ends the sweep: the messages that were sent may have made the queue deep. */
  readonly isQueueDeep?: () => Promise<boolean>;
}

/** Wakes jobs whose alarm is due. */
export async function* wakeDue(sweep: Sweep, options: WakeDueOptions): Turns {
  const process = (entries: readonly DueEntry[]) => processBatch(sweep, entries, (job, dueAtMs) => processDue(sweep, job, { dueAtMs }));
  yield* handleDue(sweep, { ...options, process, read: sweep.run.deps.store.due });
}

interface HandleDueOptions extends WakeDueOptions {
  readonly read: JobStore['due'];
  readonly process: (entries: readonly DueEntry[]) => Promise<unknown>;
}

/** Surveys the partitions for owners, then deals out what is due, in turns. */
export async function* handleDue(sweep: Sweep, { partitions, untilMs, surveyMs, isQueueDeep, read, process }: HandleDueOptions): Turns {
  const { startedAtMs, cursors, deps } = sweep.run;
  const { runtime, remainingMs, periodMs, maxJobsPerSweep = defaultJobsPerSweep } = deps;
  const freshSinceMs = startedAtMs - Math.max(minFreshMs, 2 * periodMs);
  const alarms = new DueAlarms((partition, after, until) => readOrSkip(sweep, read(partition, after, until, duePageSize)), untilMs);
  const surveyEndsAtRemainingMs = remainingMs() - surveyMs;
  const isOver = () => remainingMs() <= surveyEndsAtRemainingMs || alarms.size >= maxKnownAlarms;
  await Promise.all(
    partitions.map(async (partition) => {
      const stopped = await alarms.survey(partition, { freshSinceMs, cursor: cursors.get(partition), isOver });
      if (stopped === undefined) cursors.delete(partition);
      else cursors.set(partition, stopped);
    }),
  );
  alarms.arrange(runtime.random());
  for (let count = 0; count < maxJobsPerSweep; count += jobsPerTurn) {
    if (count > 0 && count % jobsPerDepthCheck === 0 && (await isQueueDeep?.())) return;
    const entries = await alarms.next(jobsPerTurn);
    await process(entries);
    if (entries.length < jobsPerTurn) return;
    yield;
  }
}
