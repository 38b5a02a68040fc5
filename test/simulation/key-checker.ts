/** I23 from outside: how many jobs of one key run at once, in which order those that wait start, and how long a place is empty. It asks no gate. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { FaultPlan } from './plan.ts';

export interface KeyCheckerView {
  readonly nowMs: () => number;
  readonly faults: FaultPlan;
  /** From now on no fault of the plan is left, nor a request that is done late. */
  readonly settledMs: number;
  /** The number of places of each key. */
  readonly limit: number;
  readonly jobOf: (id: string) => Job | undefined;
  /** When a machine, queue or request last failed. */
  readonly lastFaultMs: () => number;
  readonly workersFullUntilMs: (type: string) => number;
  readonly isRemoved: (type: string) => boolean;
}

export interface Violations {
  violated(invariant: string, what: string): void;
}

/** The jobs of one owner, type and key. */
interface Group {
  /** Jobs that have started and not ended. */
  readonly running: Set<string>;
  /** Since when each waits, in the order in which they began. */
  readonly waiting: Map<string, number>;
  /** When a job last started or ended. */
  changedMs: number;
}

/** Repeated here on purpose, as documented. */
const headStartMs = { high: 600_000, normal: 0, low: -600_000 };
/** As documented: the clock looks at a gate after five minutes and one period, and then a message may be lost. Some minutes are left for what follows. */
const longestIdleMs = 12 * 60_000;
/** The end is written, the place is handed on, and a message arrives. */
const onTimeMs = 3_000;
const patienceMs = 12_500;
/** A machine that is frozen, or a request that is done late, acts on a line of this time ago. */
const staleMs = 500_000;

export class KeyChecker {
  private readonly groups = new Map<string, Group>();
  private readonly checker: Violations;
  private readonly view: KeyCheckerView;

  constructor(checker: Violations, view: KeyCheckerView) {
    this.checker = checker;
    this.view = view;
  }

  claimed(before: Job, after: Job): void {
    const group = this.groupOf(after);
    if (group === undefined || before.startedAtMs !== undefined) return;
    this.checkIdle(after, group);
    group.waiting.delete(after.id);
    group.running.add(after.id);
    group.changedMs = this.view.nowMs();
    const { limit, isRemoved } = this.view;
    if (group.running.size > limit && !isRemoved(after.type))
      this.checker.violated('I23', `${[...group.running].join(', ')} run at once, and ${limit} with the key ${after.gate?.key} may`);
  }

  written(before: Job, after: Job): void {
    const group = this.groupOf(after);
    if (group === undefined) return;
    // Before that it may have waited for other jobs.
    if (isInLine(after) && !group.waiting.has(after.id)) group.waiting.set(after.id, this.view.nowMs());
    if (after.finishedAtMs === undefined || before.finishedAtMs !== undefined) return;
    if (after.startedAtMs === undefined) this.checkIdle(after, group);
    group.waiting.delete(after.id);
    if (group.running.delete(after.id)) group.changedMs = this.view.nowMs();
  }

  /** The job got a place. No job that was before it in line, for longer than anything explains, is left behind. */
  placed(id: string): void {
    const job = this.view.jobOf(id);
    const group = job && this.groupOf(job);
    if (job === undefined || group === undefined) return;
    for (const [otherId, sinceMs] of group.waiting) {
      const other = this.view.jobOf(otherId);
      if (other === undefined || !isInLine(other) || orderOf(other) >= orderOf(job)) continue;
      if (this.view.nowMs() - sinceMs > this.slackMs())
        this.checker.violated('I23', `${id} gets a place before ${otherId}, which has waited for ${this.view.nowMs() - sinceMs} ms`);
    }
  }

  private slackMs(): number {
    const { freezeWorker, straggle, isolateWorker, loseAnswer, refuse, indexLagMs, slowCallMs } = this.view.faults;
    return indexLagMs + 10 * slowCallMs + onTimeMs + (freezeWorker + straggle + isolateWorker + loseAnswer + refuse > 0 ? staleMs : 0);
  }

  /** A job that waited starts, or ends without a start: while it waited, no place was empty for longer than documented. */
  private checkIdle(job: Job, { running, waiting, changedMs }: Group): void {
    const { limit, nowMs, settledMs, faults, lastFaultMs, workersFullUntilMs } = this.view;
    const sinceMs = waiting.get(job.id);
    if (sinceMs === undefined || running.size >= limit) return;
    const fromMs = Math.max(sinceMs, changedMs);
    const idleMs = nowMs() - Math.max(fromMs, settledMs);
    if (idleMs > longestIdleMs) this.checker.violated('I23', `a place of the key of ${job.id} was empty for ${idleMs} ms while it waited`);
    const { indexLagMs, skewMs, clockSkewMs, loseMessage, delayMessage, slowCallMs, typeState } = faults;
    const isCalm = indexLagMs + skewMs + clockSkewMs + loseMessage + delayMessage === 0 && slowCallMs <= 20 && typeState === null;
    const lateMs = nowMs() - Math.max(fromMs, workersFullUntilMs(job.type));
    if (isCalm && lastFaultMs() < fromMs - patienceMs && lateMs > onTimeMs && !this.view.isRemoved(job.type))
      this.checker.violated('I23', `${job.id} waited for a place that had been free for ${lateMs} ms`);
  }

  private groupOf({ owner, type, gate }: Job): Group | undefined {
    if (gate === undefined) return undefined;
    const name = JSON.stringify([owner, type, gate.key]);
    const group = this.groups.get(name) ?? { running: new Set(), waiting: new Map(), changedMs: 0 };
    this.groups.set(name, group);
    return group;
  }
}

function isInLine({ status, held }: Job): boolean {
  return status === 'waiting' && held?.[0] === 'key';
}

function orderOf({ createdAtMs, startAtMs = createdAtMs, gate }: Job): number {
  return startAtMs - headStartMs[gate?.priority ?? 'normal'];
}
