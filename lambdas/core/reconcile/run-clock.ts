/**
 * The clock: finds jobs whose alarm is due, and wakes or ends each of them. Its reads are bounded, it adds no message to a deep queue, and it
 * ends before its own time-out. Its lanes (start alarms, then each job type) take turns, and within each lane the owners do.
 */
import type { Control } from '../control/job-type-states.ts';
import { type ClockDeps, ClockRun, type DutyReport, emptyReport, sumReports } from './clock-run.ts';
import { saveCursors } from './cursors.ts';
import { expireOverdue } from './expire-overdue.ts';
import { type Duty, type Lane, openLane, rotate, type Turns, takeTurns } from './lanes.ts';
import { deepQueueGraceMs, maxShallowDepth, surveyShare } from './limits.ts';
import { registerTypes } from './retire-types.ts';
import { type WakeOptions, wakeDue } from './start-and-rescue.ts';

export interface ClockReport extends Readonly<Omit<DutyReport, 'lagMs'>> {
  /** Whether the time was up before all was done; the next run goes on. */
  readonly isCutShort: boolean;
}

/** One run. Two at once do no harm: each job is changed under its revision, and only the clock that changed it sends. */
export async function runClock(deps: ClockDeps): Promise<ClockReport> {
  const run = new ClockRun(deps, await readControl(deps));
  const { removed, failed } = await registerTypes(run);
  const lanes = openLanes(run, removed);
  const inOrder = rotate(lanes, run.runNumber % lanes.length); // Each run begins with another lane.
  const isCutShort = !(await takeTurns(inOrder, () => run.isTimeUp()));
  await saveCursors(run);
  const ownReport = { ...emptyReport(), failed: failed + (run.control === undefined ? 1 : 0) };
  const { lagMs, skippedTypes, ...counts } = sumReports([ownReport, ...inOrder.map(({ report }) => report)]);
  const report = { ...counts, skippedTypes, isCutShort };
  if (lagMs > 0) deps.metrics.put('lag', { ClockLag: lagMs }, {});
  if (Object.values(counts).some((count) => count > 0) || skippedTypes.length > 0 || isCutShort) deps.log.info('clock', report);
  return report;
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

function openLanes(run: ClockRun, removed: readonly string[]): readonly Lane[] {
  const { catalogue, periodMs } = run.deps;
  const surveyMs = (surveyShare * run.workMs) / (1 + catalogue.length + removed.length);
  // Two periods ahead, so that a late run still starts jobs on the second.
  const startUntilMs = run.startedAtMs + 2 * periodMs;
  const rescue = (type: string): WakeOptions => ({ kind: 'rescue', type, untilMs: run.startedAtMs, surveyMs });
  return [
    openLane(run, (duty) => wakeDue(duty, { kind: 'start', type: '', untilMs: startUntilMs, surveyMs })),
    ...catalogue.map(({ name }) => openLane(run, (duty) => processType(duty, rescue(name)))),
    ...removed.map((type) => openLane(run, (duty) => wakeDue(duty, rescue(type)))),
  ];
}

/** Rescues a type's jobs; skips a type that is paused or whose queue is deep, except for jobs past their deadline. */
async function* processType(duty: Duty, rescue: WakeOptions): Turns {
  const { run, report } = duty;
  const { type } = rescue;
  const isDeep = await isQueueDeep(run.deps, type);
  if (!isDeep && !run.isPaused(type)) return yield* wakeDue(duty, { ...rescue, isEnough: () => isQueueDeep(run.deps, type) });
  report.skippedTypes = [type];
  yield* expireOverdue(duty, type, isDeep ? deepQueueGraceMs : run.deps.graceMs);
}

async function isQueueDeep({ queues, log }: ClockDeps, type: string): Promise<boolean> {
  try {
    return (await queues.depth(type)) > maxShallowDepth;
  } catch (error) {
    log.warn('The depth of a queue could not be read; it is assumed to be shallow.', { type, error: String(error) });
    return false;
  }
}
