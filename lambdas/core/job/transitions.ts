/** Pure functions from a job to the patch that ends or suspends it. */
import { planWake } from './alarm.ts';
import type { Alarm, Awaited, Job, JobPatch, Outcome, Reason, TimelineEntry } from './job.ts';
import type { EndAnnouncer } from './ports.ts';
import { canMove, type JobStatus } from './states.ts';
import { extendTimeline } from './timeline.ts';

export interface TransitionContext {
  readonly nowMs: number;
  readonly graceMs: number;
  /** How long the record of an ended job is kept. */
  readonly retentionMs: number;
  readonly ends: Pick<EndAnnouncer, 'isFor'>;
}

export interface Suspension {
  readonly untilMs: number;
  readonly reason: Reason;
  /** What ends it before its time; undefined if nothing does. */
  readonly early?: EarlyEnd;
}

/** The end of a suspension before its time, by what comes from outside. */
export interface EarlyEnd {
  readonly awaits: readonly Awaited[];
  /** The number of notices that the code had seen when it began to wait. One that has come since ends the suspension at once. */
  readonly seenNotices: number;
}

/** A wait before the first start. */
export interface HeldUntil {
  /** When to look at what holds the job again, in case nothing has woken it by then. */
  readonly untilMs: number;
  readonly reason: Reason;
  readonly awaits: readonly Awaited[];
}

/** Entries of the timeline about what led to a move, oldest first. */
interface Story {
  readonly entries?: readonly TimelineEntry[];
}

/** @throws Error on an illegal move: a bug of the engine, caught before anything is written */
function move(job: Job, status: JobStatus): { readonly status: JobStatus } {
  if (!canMove(job.status, status)) throw new Error(`A job cannot go from ${job.status} to ${status}.`);
  return { status };
}

/** Ends the job for good: it leaves the clock's index once its end is announced, and it expires after the retention. */
export function completionPatch(
  job: Job,
  { nowMs, graceMs, retentionMs, ends }: TransitionContext,
  { outcome, entries = [] }: { readonly outcome: Outcome } & Story,
): JobPatch {
  // Machines' clocks differ. The end is never reported before anything else that is reported.
  const finishedAtMs = Math.max(nowMs, job.createdAtMs, ...job.timeline.map(({ atMs }) => atMs));
  const detail = outcome.status === 'failed' ? { detail: `${outcome.error.code}: ${outcome.error.message}` } : {};
  return {
    ...move(job, outcome.status),
    // A pending retry does not start any more.
    attempt: Math.max(1, job.attemptsStarted),
    result: outcome.status === 'succeeded' ? outcome.result : undefined,
    error: outcome.status === 'failed' ? outcome.error : undefined,
    reason: undefined,
    pendingOutcome: undefined,
    journal: {},
    checkpoint: undefined,
    ...(ends.isFor(job, outcome.status) ? { isUnannounced: true, alarm: announcementAlarm({ nowMs, graceMs }) } : { alarm: undefined }),
    leaseEndsAtMs: undefined,
    awaits: undefined,
    finishedAtMs,
    expiresAtMs: finishedAtMs + retentionMs,
    timeline: extendTimeline(job.timeline, ...entries, { atMs: finishedAtMs, event: outcome.status, ...detail }),
  };
}

/** @returns what each write of an ended job has, so that callers see the same job before and after */
export function announcementPatch({ announcements = 0 }: Pick<Job, 'announcements'>): JobPatch {
  return { announcements: announcements + 1 };
}

const maxAnnouncementDelayMs = 3_600_000;

/**
 * @param sinceMs how long the end has been unannounced: the delay doubles, up to an hour
 * @returns when the clock announces it. A timer is looked at while the job's type is paused or its queue is deep, too
 */
export function announcementAlarm({ nowMs, graceMs }: Pick<TransitionContext, 'nowMs' | 'graceMs'>, sinceMs = 0): Alarm {
  return { kind: 'timer', dueAtMs: nowMs + Math.min(maxAnnouncementDelayMs, Math.max(graceMs, sinceMs)) };
}

/**
 * Suspends the job until a moment, or until its deadline if that is earlier.
 * @returns the patch, and the delay of the message that resumes the job; undefined if the clock resumes it
 */
export function suspensionPatch(
  job: Job,
  context: TransitionContext,
  { untilMs, reason, early, entries = [] }: Suspension & Story,
): { readonly patch: JobPatch; readonly messageDelaySeconds: number | undefined } {
  // A job that is being cleaned up has to end, so its deadline wakes it no earlier.
  const notBeforeMs = Math.max(context.nowMs, job.pendingOutcome === undefined ? Math.min(untilMs, job.deadlineMs) : untilMs);
  const wake = planWake(notBeforeMs, context);
  const patch: JobPatch = {
    ...move(job, 'waiting'),
    reason,
    notBeforeMs,
    leaseEndsAtMs: undefined,
    wasSuspended: true,
    crashes: 0,
    storeOutages: undefined,
    awaits: early?.awaits,
    alarm: wake.alarm,
    timeline: extendTimeline(job.timeline, ...entries),
  };
  return { patch, messageDelaySeconds: wake.messageDelaySeconds };
}

/**
 * Holds a job back before its first start, until a moment, or until its deadline if that is earlier. What it waits for wakes it before; the clock looks
 * at it at that moment, so it needs no message.
 */
export function holdPatch(job: Job, nowMs: number, { untilMs, reason, awaits }: HeldUntil): JobPatch {
  const notBeforeMs = Math.max(nowMs, Math.min(untilMs, job.deadlineMs));
  return {
    ...move(job, 'waiting'),
    reason,
    awaits,
    notBeforeMs,
    alarm: { kind: 'timer', dueAtMs: notBeforeMs },
    ...(job.status === 'waiting' ? {} : { timeline: extendTimeline(job.timeline, { atMs: nowMs, event: 'waiting', ...detailOf(reason) }) }),
  };
}

function detailOf({ detail }: Reason): Pick<TimelineEntry, 'detail'> {
  return detail === undefined ? {} : { detail };
}

/** @returns what ends the wait of a suspended job now, by what came from outside; send it a wake-up as well. @param detail what came, for people */
export function endWaitPatch(
  { notBeforeMs }: Pick<Job, 'notBeforeMs'>,
  { nowMs, graceMs }: Pick<TransitionContext, 'nowMs' | 'graceMs'>,
  detail: string,
): JobPatch {
  return {
    notBeforeMs: Math.min(notBeforeMs, nowMs),
    reason: { code: 'waiting_for_worker', detail },
    awaits: undefined,
    alarm: { kind: 'rescue', dueAtMs: nowMs + graceMs },
  };
}

/** @returns the wait for code that goes on in another invocation */
export function immediateResumption(nowMs: number): Suspension {
  return { untilMs: nowMs, reason: { code: 'waiting_for_worker', detail: 'goes on in another invocation' } };
}

export function deadlineMessage(job: Pick<Job, 'deadlineMs'>): string {
  return `The job was not done by its deadline, ${new Date(job.deadlineMs).toISOString()}.`;
}
