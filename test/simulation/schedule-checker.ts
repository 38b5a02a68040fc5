/** I16: a schedule makes one job for each of its times that its rules let fire, and no other. Derived from the plan and from what was observed. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Schedule } from '../../lambdas/core/schedule/schedule-record.ts';
import type { Checker } from './checker.ts';
import type { FaultPlan } from './plan.ts';
import { type SchedulePlan, timesOf } from './schedule-plans.ts';

/** As documented: a firing that is due for longer is missed. */
const missedAfterMs = 5 * 60_000;
/** A run of the clock, and the requests of one firing. */
const runMs = 60_000;

interface Known {
  readonly plan: SchedulePlan;
  readonly endMs: number;
  /** When each creation of it was written, by its own machine's clock. */
  readonly createdMs: number[];
  /** When a change was first asked for, and when a pause or a deletion was confirmed. */
  changeAskedMs: number | undefined;
  stoppedMs: number | undefined;
  readonly jobs: { readonly id: string; readonly atMs: number; readonly madeMs: number }[];
}

export interface ScheduleView {
  readonly nowMs: () => number;
  readonly faults: FaultPlan;
  readonly jobOf: (id: string) => Job | undefined;
  /** When a job ended, by the true time. */
  readonly endedMs: (id: string) => number | undefined;
  readonly isTypeRemoved: () => boolean;
  /** The earlier job of a schedule that cancels it may end as cancelled. */
  readonly mayBeCancelled: (id: string) => void;
}

export class ScheduleChecker {
  readonly known = new Map<string, Known>();
  private readonly checker: Checker;
  private readonly view: ScheduleView;

  constructor(checker: Checker, view: ScheduleView) {
    this.checker = checker;
    this.view = view;
  }

  planned(plan: SchedulePlan, endMs: number): void {
    this.known.set(plan.name, { plan, endMs, createdMs: [], changeAskedMs: undefined, stoppedMs: undefined, jobs: [] });
  }

  written(before: Schedule | undefined, after: Schedule | undefined): void {
    if (before === undefined && after !== undefined) this.known.get(after.name)?.createdMs.push(after.createdAtMs);
    // A firing that was decided, and whose clock had got no further than the cancel of the job before, ends with its schedule.
    if (before?.decision !== undefined && after === undefined)
      for (const { id } of this.known.get(before.name)?.jobs ?? []) this.view.mayBeCancelled(id);
  }

  /** A job of a schedule was created. */
  fired(job: Job): void {
    const { nowMs, jobOf } = this.view;
    const { skewMs } = this.view.faults;
    const { schedule = '', atMs = 0 } = job.firedBy ?? {};
    const known = this.known.get(schedule);
    const what = `${job.id} of ${schedule} for ${new Date(atMs).toISOString()}`;
    if (known === undefined || known.plan.owner !== job.owner) {
      this.checker.violated('I16', `${what} is of no schedule of its owner`);
      return;
    }
    const { plan, createdMs, endMs, jobs, stoppedMs } = known;
    const isOfPlan = createdMs.some((one) => timesOf(plan, one, endMs).includes(atMs));
    if (!isOfPlan) this.checker.violated('I16', `${what} is of a time that the schedule does not have`);
    if (jobs.filter((one) => one.atMs === atMs).length >= createdMs.length) this.checker.violated('I16', `${what} is the second one`);
    if (job.notBeforeMs < atMs) this.checker.violated('I16', `${what} may start ${atMs - job.notBeforeMs} ms early`);
    if (stoppedMs !== undefined && plan.change?.what !== 'delete and make again' && atMs > stoppedMs + 2 * skewMs)
      this.checker.violated('I16', `${what} is fired although the schedule was stopped before`);
    const running = jobs.filter(({ id }) => isOpen(jobOf(id)));
    if (plan.overlap === 'skip' && createdMs.length === 1 && running.length > 0)
      this.checker.violated('I16', `${what} is fired while ${running[0]?.id} goes on`);
    if (plan.overlap === 'cancel-running') for (const { id } of jobs) this.view.mayBeCancelled(id);
    jobs.push({ id: job.id, atMs, madeMs: nowMs() });
  }

  /** What must have been fired by the end. */
  checkEnd(): void {
    for (const known of this.known.values()) {
      const [createdMs, again] = known.createdMs;
      if (createdMs === undefined || again !== undefined || this.view.isTypeRemoved() || this.view.faults.typeState !== null) continue;
      this.checkComplete(known, createdMs);
      this.checkMadeUp(known);
    }
  }

  private checkComplete({ plan, endMs, jobs, changeAskedMs }: Known, createdMs: number): void {
    const { skewMs } = this.view.faults;
    const isStopped = plan.change?.what !== 'replace job' && changeAskedMs !== undefined;
    // A pause or a deletion also stops what is due and not decided, and that may be everything where the clock is late.
    const stopMs = isStopped ? changeAskedMs - runMs - 2 * skewMs - 90_000 : endMs;
    const untilMs = isStopped && this.mayBeLate ? createdMs : stopMs;
    const times = timesOf(plan, createdMs, endMs);
    for (const atMs of times.filter((one) => one <= untilMs)) {
      if (jobs.some((one) => one.atMs === atMs)) continue;
      // What was decided by the earlier job is right if that went on when the time came.
      if (plan.overlap === 'skip' && jobs.some((one) => one.atMs < atMs && this.wentOn(one.id, atMs))) continue;
      const isLast = atMs === times.at(-1);
      const mayBeMissed = plan.catchUp === 'none' || (plan.catchUp === 'last' && !isLast);
      if (mayBeMissed && this.mayBeLate) continue;
      this.checker.violated('I16', `${plan.name} made no job for ${new Date(atMs).toISOString()}`);
    }
  }

  /** Where only the clock was off, what was made up for is what the rule says, and nothing more. */
  private checkMadeUp({ plan, jobs }: Known): void {
    const { killClock, refuse, loseAnswer, straggle, skewMs, slowCallMs } = this.view.faults;
    if (killClock + refuse + loseAnswer + straggle + this.view.faults.clockSkewMs > 0 || slowCallMs > 200 || plan.catchUp === 'all') return;
    const isLate = ({ atMs, madeMs }: { readonly atMs: number; readonly madeMs: number }) =>
      madeMs > atMs + plan.jitterSeconds * 1000 + missedAfterMs + 2 * skewMs + 30_000;
    const late = jobs.filter(isLate);
    if (plan.catchUp === 'none' && late[0] !== undefined)
      this.checker.violated('I16', `${plan.name} makes up for ${new Date(late[0].atMs).toISOString()}, although it makes up for nothing`);
    if (late.length > 1) this.checker.violated('I16', `${plan.name} makes up for ${late.length} times instead of the last one`);
  }

  /** Faults by which the clock may come more than five minutes late. */
  private get mayBeLate(): boolean {
    const { killClock, refuse, loseAnswer, straggle, slowCallMs, indexLagMs, clockOff, clockSkewMs } = this.view.faults;
    if (clockSkewMs > 0) return true;
    return killClock + refuse + loseAnswer + straggle > 0 || slowCallMs > 200 || indexLagMs > 0 || clockOff !== null;
  }

  private wentOn(id: string, atMs: number): boolean {
    return (this.view.endedMs(id) ?? Number.POSITIVE_INFINITY) > atMs - 2 * this.view.faults.skewMs;
  }
}

function isOpen(job: Job | undefined): boolean {
  return job !== undefined && !['succeeded', 'failed', 'cancelled'].includes(job.status);
}
