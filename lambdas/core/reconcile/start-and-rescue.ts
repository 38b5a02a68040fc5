/** Wakes jobs whose alarm is due, one of each owner in turn: those that start at a time, and those whose message was lost or whose worker died. */
import { alarmPartitions } from '../job/alarm.ts';
import type { Alarm } from '../job/job.ts';
import { DueAlarms, duePageSize } from './due-alarms.ts';
import type { Duty, Turns } from './lanes.ts';
import { jobsPerDepthCheck, jobsPerTurn, maxJobsPerLane, maxKnownAlarms, minFreshMs } from './limits.ts';
import { processBatch, readOrSkip } from './process-batch.ts';
import { processDue } from './process-due.ts';

export interface WakeOptions {
  readonly kind: Alarm['kind'];
  /** The job type; start alarms of all types are in the same partitions. */
  readonly type: string;
  /** Later alarms are left to later runs. */
  readonly untilMs: number;
  /** The time for finding owners, in milliseconds. */
  readonly surveyMs: number;
  /** Called every `jobsPerDepthCheck` jobs: the messages that were sent may have made the queue deep. */
  readonly isEnough?: () => Promise<boolean>;
}

export async function* wakeDue(duty: Duty, { kind, type, untilMs, surveyMs, isEnough }: WakeOptions): Turns {
  const { startedAtMs, cursors, deps } = duty.run;
  const { store, runtime, remainingMs, periodMs } = deps;
  const freshSinceMs = startedAtMs - Math.max(minFreshMs, 2 * periodMs);
  const alarms = new DueAlarms((partition, after, until) => readOrSkip(duty, store.due(partition, after, until, duePageSize)), untilMs);
  const surveyEndsAtRemainingMs = remainingMs() - surveyMs;
  const isOver = () => remainingMs() <= surveyEndsAtRemainingMs || alarms.size >= maxKnownAlarms;
  await Promise.all(
    alarmPartitions(kind, type).map(async (partition) => {
      const stopped = await alarms.survey(partition, { freshSinceMs, cursor: cursors.get(partition), isOver });
      if (stopped === undefined) cursors.delete(partition);
      else cursors.set(partition, stopped);
    }),
  );
  alarms.arrange(runtime.random());
  for (let count = 0; count < maxJobsPerLane; count += jobsPerTurn) {
    if (count > 0 && count % jobsPerDepthCheck === 0 && (await isEnough?.())) return;
    const entries = await alarms.next(jobsPerTurn);
    await processBatch(duty, entries, (job, wakeAtMs) => processDue(duty, job, { wakeAtMs }));
    if (entries.length < jobsPerTurn) return;
    yield;
  }
}
