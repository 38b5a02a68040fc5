/**
 * The alarm of a job: when the clock should look at it, and in which partition of the `due` index it is.
 *
 * - A `timer` wakes a job at a time that is too far ahead for a delayed message: a start, or the end of a sleep, a wait or a backoff.
 * - A `rescue` alarm is set behind a message, for the case that the message is lost or its worker dies. The clock skips rescue alarms while the
 *   type's queue is deep, since the message is most likely still in it.
 *
 * Every change of an index key costs index writes, so alarms are lazy: they are set when a job is accepted and when it is suspended. Claims and
 * heartbeats do not touch them, so a job that runs has an alarm, too.
 */
import { mustEnd } from './clean-up.ts';
import { bucketOf, type PartitionCount } from './index-partitions.ts';
import type { Alarm, Job, JobPatch } from './job.ts';

/** SQS delays a message by at most 15 minutes. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
export const maxDelaySeconds = 900;

/** @returns the name of the partition of the `due` index in which a job's alarm is; timers of all types share theirs */
export function alarmPartition({ id, type }: Pick<Job, 'id' | 'type'>, kind: Alarm['kind'], count: PartitionCount): string {
  return kind === 'timer' ? timerPartition(bucketOf(id, count)) : rescuePartition(type, bucketOf(id, count));
}

/** @returns the names of the partitions of all timers */
export function timerPartitions(count: PartitionCount): readonly string[] {
  return Array.from({ length: count }, (_, bucket) => timerPartition(bucket));
}

/** @returns the names of the partitions of a type's rescue alarms */
export function rescuePartitions(type: string, count: PartitionCount): readonly string[] {
  return Array.from({ length: count }, (_, bucket) => rescuePartition(type, bucket));
}

function timerPartition(bucket: number): string {
  return `timer#${bucket}`;
}

function rescuePartition(type: string, bucket: number): string {
  return `rescue#${type}#${bucket}`;
}

/** How a job will be woken. */
export interface WakePlan {
  /** The delay of the message, in whole seconds; undefined if the time is too far ahead for SQS, so that the clock sends the message. */
  readonly messageDelaySeconds: number | undefined;
  readonly alarm: Alarm;
}

/**
 * Plans how a job is woken at `notBeforeMs`: by a delayed message with a rescue alarm behind it, or by a timer.
 * The delay is rounded up, so that the message never comes too early.
 */
export function planWake(notBeforeMs: number, { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number }): WakePlan {
  const delaySeconds = Math.max(0, Math.ceil((notBeforeMs - nowMs) / 1000));
  return delaySeconds > maxDelaySeconds
    ? { messageDelaySeconds: undefined, alarm: { kind: 'timer', dueAtMs: notBeforeMs } }
    : { messageDelaySeconds: delaySeconds, alarm: { kind: 'rescue', dueAtMs: Math.max(notBeforeMs, nowMs) + graceMs } };
}

/** What the clock does with a job whose alarm it found in the index. */
export type DueDecision =
  /** Nothing: the index lags behind the record, or another process has handled the alarm. */
  | { readonly kind: 'nothing' }
  /** Set the alarm to another time, without a message. */
  | { readonly kind: 'postpone'; readonly patch: JobPatch }
  /** Wake the job. Write the patch first: of two clocks at once, only the one whose write succeeds then sends. */
  | { readonly kind: 'wake'; readonly patch: JobPatch; readonly delaySeconds: number }
  /** End the job: its deadline has passed, and it has nothing to clean up. */
  | { readonly kind: 'expire' };

export interface DueCircumstances {
  readonly nowMs: number;
  readonly graceMs: number;
  /** Whether the job's type is paused. */
  readonly isPaused: boolean;
  /** Whether the job may end without a clean-up. */
  readonly mayEnd: boolean;
}

/**
 * Decides what the clock does with a job whose alarm it found.
 * @param seenAlarmMs the alarm's time in the index, which may lag behind the record
 */
export function decideDue(job: Job, seenAlarmMs: number, { nowMs, graceMs, isPaused, mayEnd }: DueCircumstances): DueDecision {
  if (job.alarm === undefined || job.alarm.dueAtMs !== seenAlarmMs) return { kind: 'nothing' };
  const rescueAt = (dueAtMs: number): JobPatch => ({ alarm: { kind: 'rescue', dueAtMs } });
  if (job.status === 'running' && job.leaseEndsAtMs !== undefined && job.leaseEndsAtMs > nowMs) {
    return { kind: 'postpone', patch: rescueAt(job.leaseEndsAtMs) };
  }
  if (nowMs >= job.deadlineMs && mayEnd) return { kind: 'expire' };
  // A timer becomes a rescue alarm, in the partitions that are skipped while the type is paused.
  if (isPaused && !mustEnd(job, nowMs)) return { kind: 'postpone', patch: rescueAt(Math.max(job.notBeforeMs, nowMs) + graceMs) };
  const wake = planWake(Math.min(job.notBeforeMs, job.deadlineMs), { nowMs, graceMs });
  return wake.messageDelaySeconds === undefined
    ? { kind: 'postpone', patch: { alarm: wake.alarm } }
    : { kind: 'wake', patch: { alarm: wake.alarm }, delaySeconds: wake.messageDelaySeconds };
}
