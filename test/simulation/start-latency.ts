/** I9 from outside: from the moment when a job may continue to its claim, no more time may pass than the faults meanwhile explain. */
import type { Job } from '../../lambdas/core/job/job.ts';

export interface StartLatencyView {
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

/** A message's delay in whole seconds, a trigger that polls, and some requests. */
const onTimeMs = 1_300;
/** A worker's wait for an answer; what it then writes and sends is late by as much. */
const patienceMs = 12_500;
/** Time until a message whose record is missing is received for the last time. */
const secondLookMs = 2_000;
/** A job whose worker died runs alone: its wait for the other jobs of its process to end, and for the next delivery if they do not. */
const companyMs = 65_000;
/** A job that comes into the process of one that runs alone comes again after this time. */
const besideAloneMs = 5_000;
/** Requests on the longest path: the send, a delivery that is too early, the read of the types' states, the claim. */
const slowCalls = 16;

export class StartLatency {
  /** Jobs whose message came before their record. */
  readonly overtaken = new Set<string>();
  private readonly view: StartLatencyView;
  private readonly lateMessages = new Map<string, number[]>();
  /** By type, when workers took jobs over, each of which then runs alone. */
  private readonly takeovers = new Map<string, number[]>();
  lastFaultMs = Number.NEGATIVE_INFINITY;

  constructor(view: StartLatencyView) {
    this.view = view;
  }

  /** A machine, queue or request failed; which jobs that delays, and for how long, is not checked. */
  faultOccurred(): void {
    this.lastFaultMs = this.view.nowMs();
  }

  /** The job expired. */
  delete(jobId: string): void {
    this.overtaken.delete(jobId);
    this.lateMessages.delete(jobId);
  }

  /** A worker takes over a job of this type now. */
  tookOver(type: string): void {
    this.takeovers.set(type, [...(this.takeovers.get(type) ?? []), this.view.nowMs()]);
  }

  /** @returns whether a message about this job was lost or late */
  hadLateMessage(jobId: string): boolean {
    return this.lateMessages.has(jobId);
  }

  /** A message about this job is lost or late. */
  lateMessage(jobId: string): void {
    this.lateMessages.set(jobId, [...(this.lateMessages.get(jobId) ?? []), this.view.nowMs()]);
  }

  /**
   * @param before the job as it was when its worker claimed it @param sinceMs when it started to wait
   * @returns the part of the claim's delay that nothing explains, in milliseconds; 0 if there is none
   */
  unexplainedMs(before: Job, sinceMs: number): number {
    const { nowMs, workersFullUntilMs, leaseMs, periodMs, skewMs, indexLagMs } = this.view;
    const isTakeover = before.status === 'running';
    const dueMs = isTakeover ? (before.leaseEndsAtMs ?? sinceMs) : Math.max(before.notBeforeMs, sinceMs);
    // The clock woke it past its deadline into a deep queue, so that its next alarm is an hour ahead.
    const isPostponed = isTakeover && dueMs >= before.deadlineMs && (before.alarm?.dueAtMs ?? 0) > dueMs + this.view.graceMs;
    if (isPostponed) return 0;
    // A takeover needs no margin: what killed the former worker was long before its lease ended.
    if (this.lastFaultMs >= (isTakeover ? dueMs - 1_000 : sinceMs - patienceMs)) return 0;
    const slackMs = onTimeMs + slowCalls * Math.max(0, this.view.slowCallMs - 20) + 2 * skewMs;
    // A submission's message may be sent before its record exists.
    const fromMs = (isTakeover ? dueMs - leaseMs : sinceMs) - slackMs;
    const late = (this.lateMessages.get(before.id) ?? []).filter((atMs) => atMs >= fromMs).length;
    // A message that arrives too early by its worker's clock, or long before its record, is left to the alarm.
    const rescues = late + (skewMs > 0 || this.view.slowCallMs > secondLookMs ? 1 : 0);
    const oneRescueMs = this.view.graceMs + periodMs + indexLagMs + slackMs;
    const takeoverMs = isTakeover ? periodMs + indexLagMs + companyMs : 0;
    const lookAgainMs = before.leaseToken === undefined && this.overtaken.has(before.id) ? secondLookMs : 0;
    const besideAlone = (this.takeovers.get(before.type) ?? []).filter((atMs) => atMs >= fromMs).length;
    const allowedMs = slackMs + lookAgainMs + rescues * oneRescueMs + takeoverMs + besideAlone * besideAloneMs;
    const lateMs = nowMs() - Math.max(dueMs, workersFullUntilMs(before.type));
    return Math.max(0, lateMs - allowedMs);
  }
}
