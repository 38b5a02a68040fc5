/** Wakes jobs whose alarm is due, one of each owner in turn: by timers, and by rescue alarms of jobs whose message was lost or whose worker died. */
import { DueAlarms, duePageSize } from './due-alarms.ts';
import { jobsPerDepthCheck, jobsPerTurn, maxJobsPerSweep, maxKnownAlarms, minFreshMs } from './limits.ts';
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

export async function* wakeDue(sweep: Sweep, { partitions, untilMs, surveyMs, isQueueDeep }: WakeDueOptions): Turns {
  const { startedAtMs, cursors, deps } = sweep.run;
  const { store, runtime, remainingMs, periodMs } = deps;
  const freshSinceMs = startedAtMs - Math.max(minFreshMs, 2 * periodMs);
  const alarms = new DueAlarms((partition, after, until) => readOrSkip(sweep, store.due(partition, after, until, duePageSize)), untilMs);
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
    await processBatch(sweep, entries, (job, dueAtMs) => processDue(sweep, job, { dueAtMs }));
    if (entries.length < jobsPerTurn) return;
    yield;
  }
}
