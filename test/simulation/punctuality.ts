/** I9 from outside: from the moment when a job may go on to the claim, only so much time may pass as what went wrong meanwhile explains. */
import type { Job } from '../../lambdas/core/job/job.ts';

export interface PunctualityView {
  readonly nowMs: () => number;
  /** When a message of this type last had to wait for a worker. */
  readonly workersFullUntilMs: (type: string) => number;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly periodMs: number;
  readonly slowCallMs: number;
  readonly skewMs: number;
  readonly indexLagMs: number;
}

/** Whole seconds of a message's delay, a trigger that polls, and some requests. */
const onTimeMs = 1_300;
/** A worker waits so long for an answer, and what it then writes and sends is late by as much. */
const patienceMs = 12_500;
/** Until a message whose record is missing is looked at for the last time. */
const secondLookMs = 2_000;
/** A job whose worker died runs alone: it waits so long for others to leave its process, and comes again soon where they do not. */
const companyMs = 65_000;
/** On the longest way: the send, a look too early, the look at the switches, the claim. */
const slowCalls = 16;

export class Punctuality {
  /** Jobs whose message came before their record. */
  readonly overtaken = new Set<string>();
  private readonly view: PunctualityView;
  private readonly lateMessages = new Map<string, number[]>();
  private lastMishapMs = Number.NEGATIVE_INFINITY;

  constructor(view: PunctualityView) {
    this.view = view;
  }

  /** A machine, queue or request failed: whom that holds up and for how long is not judged. */
  mishap(): void {
    this.lastMishapMs = this.view.nowMs();
  }

  /** Of a job that expired. */
  delete(jobId: string): void {
    this.overtaken.delete(jobId);
    this.lateMessages.delete(jobId);
  }

  /** Of a message about this job, lost or late. */
  lateMessage(jobId: string): void {
    this.lateMessages.set(jobId, [...(this.lateMessages.get(jobId) ?? []), this.view.nowMs()]);
  }

  /**
   * @param before as it was when its worker claimed it @param sinceMs when it began to wait
   * @returns by how much the claim is later than anything explains, in milliseconds; 0 when all is well
   */
  unexplainedMs(before: Job, sinceMs: number): number {
    const { nowMs, workersFullUntilMs, leaseMs, periodMs, skewMs, indexLagMs } = this.view;
    const isTakeover = before.status === 'running';
    const dueMs = isTakeover ? (before.leaseEndsAtMs ?? sinceMs) : Math.max(before.notBeforeMs, sinceMs);
    // Woken past its deadline into a deep queue: its next alarm is an hour ahead.
    const isPutOff = isTakeover && dueMs >= before.deadlineMs && (before.alarm?.wakeAtMs ?? 0) > dueMs + this.view.graceMs;
    if (isPutOff) return 0;
    // What killed the former worker was long before its lease ended.
    if (this.lastMishapMs >= (isTakeover ? dueMs - 1_000 : sinceMs - patienceMs)) return 0;
    const slackMs = onTimeMs + slowCalls * Math.max(0, this.view.slowCallMs - 20) + 2 * skewMs;
    // A submission's message may be sent before its record is there.
    const fromMs = (isTakeover ? dueMs - leaseMs : sinceMs) - slackMs;
    const late = (this.lateMessages.get(before.id) ?? []).filter((atMs) => atMs >= fromMs).length;
    // A message that comes too early by its worker's clock, or long before its record, is left to the alarm.
    const rescues = late + (skewMs > 0 || this.view.slowCallMs > secondLookMs ? 1 : 0);
    const oneRescueMs = this.view.graceMs + periodMs + indexLagMs + slackMs;
    const takeoverMs = isTakeover ? periodMs + indexLagMs + companyMs : 0;
    const lookAgainMs = before.leaseToken === undefined && this.overtaken.has(before.id) ? secondLookMs : 0;
    const allowedMs = slackMs + lookAgainMs + rescues * oneRescueMs + takeoverMs;
    const lateMs = nowMs() - Math.max(dueMs, workersFullUntilMs(before.type));
    return Math.max(0, lateMs - allowedMs);
  }
}
