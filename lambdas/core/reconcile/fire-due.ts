/** Fires the schedules that are due, one schedule of each owner in turn. */
import { fireNext } from '../schedule/fire-schedule.ts';
import { schedulePartition } from '../schedule/schedule-record.ts';
import type { ClockRun } from './clock-run.ts';
import { processEach } from './process-batch.ts';
import type { Sweep, Turns } from './sweep.ts';
import { handleDue } from './wake-due.ts';

/**
 * Nothing fires while the states of the job types are unknown: a draining type would be given jobs, or a type would have jobs that no later run knows of.
 * The next run makes up for it.
 */
export async function* fireDue(sweep: Sweep, { surveyMs }: { readonly surveyMs: number }): Turns {
  const { run } = sweep;
  yield* handleDue(sweep, {
    partitions: [schedulePartition],
    untilMs: run.startedAtMs,
    surveyMs,
    read: run.deps.schedules.due,
    process: (entries) => processEach(sweep, entries, ({ id, dueAtMs }) => fireSchedule(sweep, id, dueAtMs)),
  });
}

/** Settles all that is due of one schedule: several firings after an outage, one otherwise. */
async function fireSchedule({ run, report }: Sweep, id: string, dueAtMs: number): Promise<void> {
  const deps = { ...run.deps, isDraining: (type: string) => isDraining(run, type) };
  let schedule = await deps.schedules.get(id);
  while (schedule !== undefined && !run.isTimeUp()) {
    const result = await fireNext(schedule, deps);
    if (result.kind === 'nothing') return;
    schedule = result.schedule;
    if (result.kind === 'refreshed') continue;
    report.lagMs = Math.max(report.lagMs, deps.runtime.nowMs() - dueAtMs);
    if (result.firing.kind === 'fired') report.fired += 1;
    else report.firingsSkipped += 1;
  }
}

function isDraining({ controlAtStart }: ClockRun, type: string): boolean {
  return controlAtStart?.types[type] === 'draining';
}
