/**
 * The clock: finds jobs whose alarm is due, and wakes or ends each of them. Its reads are bounded, it adds no message to a deep queue, and it
 * ends before its own time-out. Its sweeps, one of the timers, one of the schedules and one of each job type's rescue alarms, take turns, and so
 * do the owners within a sweep.
 */
import type { Control } from '../control/job-type-states.ts';
import { rescuePartitions, timerPartitions } from '../job/alarm.ts';
import { type ClockDeps, ClockRun, emptyReport, type SweepReport, sumReports } from './clock-run.ts';
import { saveCursors } from './cursors.ts';
import { expireOverdue } from './expire-overdue.ts';
import { fireDue } from './fire-due.ts';
import { deepQueueGraceMs, maxShallowDepth, surveyShare } from './limits.ts';
import { lookAtGates, mayHaveGates } from './look-at-gates.ts';
import { readOrSkip } from './process-batch.ts';
import { registerTypes } from './register-types.ts';
import { openSweep, rotate, type Sweep, type SweepInTurns, type Turns, takeTurns } from './sweep.ts';
import { type WakeDueOptions, wakeDue } from './wake-due.ts';

export interface ClockReport extends Readonly<Omit<SweepReport, 'lagMs' | 'oldestWaitMs'>> {
  /** Whether the time was up before all was done; the next run goes on. */
  readonly isCutShort: boolean;
}

/** One run. Two at once do no harm: each job is changed under its revision, and only the clock that changed it sends. */
export async function runClock(deps: ClockDeps): Promise<ClockReport> {
  const run = new ClockRun(deps, await readControl(deps));
  const { removed, isWritten } = await registerTypes(run);
  const sweeps = (await isIdle(deps)) ? [] : openSweeps(run, { removed, mayFire: isWritten && run.controlAtStart !== undefined });
  const inOrder = rotate(sweeps, run.runNumber % Math.max(1, sweeps.length)); // Each run begins with another sweep.
  const isCutShort = !(await takeTurns(inOrder, () => run.isTimeUp()));
  await saveCursors(run);
  const ownReport = { ...emptyReport(), failed: Number(!isWritten) + Number(run.controlAtStart === undefined) };
  const { lagMs, oldestWaitMs, skippedTypes, ...counts } = sumReports([ownReport, ...inOrder.map(({ report }) => report)]);
  const report = { ...counts, skippedTypes, isCutShort };
  if (lagMs > 0) deps.metrics.put('lag', { ClockLag: lagMs }, {});
  if (oldestWaitMs > 0) deps.metrics.put('waiting', { OldestWait: oldestWaitMs }, {});
  if (Object.values(counts).some((count) => count > 0) || skippedTypes.length > 0 || isCutShort) deps.log.info('clock', report);
  return report;
}

/** One small read in place of a query of each partition and of the depth of each queue, which is most of what an idle deployment would pay for. */
async function isIdle({ store, log }: ClockDeps): Promise<boolean> {
  try {
    return !(await store.hasAlarms());
  } catch (error) {
    log.warn('Whether there are alarms could not be read; all partitions are searched.', { error: String(error) });
    return false;
  }
}

/** The clock also wakes what it can when the states cannot be read: a paused type's workers read its state themselves. */
async function readControl({ control, log }: ClockDeps): Promise<Control | undefined> {
  try {
    return await control.read();
  } catch (error) {
    log.warn('The states of the job types could not be read; all are assumed to be active.', { error: String(error) });
    return undefined;
  }
}

interface SweepPlan {
  /** Types that are no longer deployed. */
  readonly removed: readonly string[];
  /** Whether the states of the job types are known, so that schedules may fire. */
  readonly mayFire: boolean;
}

function openSweeps(run: ClockRun, { removed, mayFire }: SweepPlan): readonly SweepInTurns[] {
  const { catalogue, periodMs } = run.deps;
  const hasGates = mayHaveGates(catalogue, removed);
  const surveyMs = (surveyShare * run.workMs) / (2 + Number(hasGates) + catalogue.length + removed.length);
  // Two periods ahead, so that a late run still starts jobs on the second.
  const timers: WakeDueOptions = { partitions: timerPartitions(run.partitions), untilMs: run.startedAtMs + 2 * periodMs, surveyMs };
  const rescue = (type: string): WakeDueOptions => ({
    partitions: rescuePartitions(type, run.partitions),
    untilMs: run.startedAtMs,
    surveyMs,
  });
  return [
    openSweep(run, (sweep) => wakeDue(sweep, timers)),
    ...(mayFire ? [openSweep(run, (sweep) => fireDue(sweep, { surveyMs }))] : []),
    ...(hasGates ? [openSweep(run, (sweep) => lookAtGates(sweep, { surveyMs }))] : []),
    ...catalogue.map(({ name }) => openSweep(run, (sweep) => rescueOrSkip(sweep, name, rescue(name)))),
    ...removed.map((type) => openSweep(run, (sweep) => wakeDue(sweep, rescue(type)))),
  ];
}

/** Rescues a type's jobs; skips a type that is paused or whose queue is deep, except for jobs past their deadline. */
async function* rescueOrSkip(sweep: Sweep, type: string, rescue: WakeDueOptions): Turns {
  const { run, report } = sweep;
  const isDeep = await isQueueDeep(run.deps, type);
  if (!isDeep && !run.isPaused(type)) return yield* wakeDue(sweep, { ...rescue, isQueueDeep: () => isQueueDeep(run.deps, type) });
  report.skippedTypes = [type];
  if (isDeep && !run.isPaused(type)) await lookAtOldest(sweep, rescue.partitions);
  yield* expireOverdue(sweep, type, isDeep ? deepQueueGraceMs : run.deps.graceMs);
}

/** Jobs behind a deep queue are not read; the head of each partition says how long they have waited: its alarm was set behind its message. */
async function lookAtOldest(sweep: Sweep, partitions: readonly string[]): Promise<void> {
  const { run, report } = sweep;
  const { store, graceMs } = run.deps;
  const heads = await Promise.all(partitions.map((partition) => readOrSkip(sweep, store.due(partition, undefined, run.startedAtMs, 1))));
  for (const { dueAtMs } of heads.flatMap((head) => head ?? []))
    report.oldestWaitMs = Math.max(report.oldestWaitMs, run.startedAtMs - (dueAtMs - graceMs));
}

async function isQueueDeep({ queues, log }: ClockDeps, type: string): Promise<boolean> {
  try {
    return (await queues.depth(type)) > maxShallowDepth;
  } catch (error) {
    log.warn('The depth of a queue could not be read; it is assumed to be shallow.', { type, error: String(error) });
    return false;
  }
}
