/**
 * The alarm of a job: when the clock should look at it, and in which partition of the `due` index it is.
 *
 * Every change of an index key costs index writes, so alarms are lazy: they are set when a job is accepted and when it is suspended, and claims and
 * heartbeats do not touch them. A `start` alarm belongs to a job that no message will wake, a `rescue` alarm to one whose message should
 * have. Rescue alarms are skipped while the type's queue is deep, since the message is most likely still in it.
 */

import { mustEnd } from './clean-up.ts';
import type { Alarm, Job, JobPatch } from './job.ts';

/** SQS delays a message by at most 15 minutes. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
export const maxDelaySeconds = 900;

/** The number of index partitions for each kind (and type): one partition takes 1,000 writes a second. */
export const alarmBuckets = 8;

/** @returns the bucket of a job's alarm, from 0; ids are spread evenly, and one id always has the same bucket */
export function alarmBucket(jobId: string): number {
  return (jobId.codePointAt(jobId.length - 1) ?? 0) % alarmBuckets;
}

/** @returns the name of a partition of the `due` index; start alarms of all types share theirs */
export function alarmPartition(kind: Alarm['kind'], type: string, bucket: number): string {
  return kind === 'start' ? `start#${bucket}` : `rescue#${type}#${bucket}`;
}

/** @returns the names of all partitions of a kind (and type) */
export function alarmPartitions(kind: Alarm['kind'], type: string): readonly string[] {
  return Array.from({ length: alarmBuckets }, (_, bucket) => alarmPartition(kind, type, bucket));
}

export interface Wake {
  /** The delay of the message, in whole seconds; undefined if the time is too far ahead for SQS, so that the clock sends the message. */
  readonly messageDelaySeconds: number | undefined;
  readonly alarm: Alarm;
}

/**
 * Plans how a job is woken at `notBeforeMs`: by a delayed message with a rescue alarm behind it, or by the clock.
 * The delay is rounded up, so that the message never comes too early.
 */
export function planWake(notBeforeMs: number, { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number }): Wake {
  const delaySeconds = Math.max(0, Math.ceil((notBeforeMs - nowMs) / 1000));
  return delaySeconds > maxDelaySeconds
    ? { messageDelaySeconds: undefined, alarm: { kind: 'start', wakeAtMs: notBeforeMs } }
    : { messageDelaySeconds: delaySeconds, alarm: { kind: 'rescue', wakeAtMs: Math.max(notBeforeMs, nowMs) + graceMs } };
}

export type WakeDecision =
  /** Nothing: the index is behind the record, or another process has handled the alarm. */
  | { readonly kind: 'nothing' }
  /** Set the alarm to another time, without a message. */
  | { readonly kind: 'postpone'; readonly patch: JobPatch }
  /** Wake the job. Write the patch first: of two clocks at once, only the one whose write succeeds then sends. */
  | { readonly kind: 'wake'; readonly patch: JobPatch; readonly delaySeconds: number }
  /** End the job: its deadline has passed, and it has nothing to clean up. */
  | { readonly kind: 'expire' };

export interface WakeCircumstances {
  readonly nowMs: number;
  readonly graceMs: number;
  /** Whether the job's type is paused. */
  readonly isPaused: boolean;
  /** Whether the job may end without a clean-up. */
  readonly mayEnd: boolean;
}

/**
 * Decides what the clock does with a job whose alarm it found.
 * @param seenAlarmMs the alarm's time in the index, which may be behind the record
 */
export function decideWake(job: Job, seenAlarmMs: number, { nowMs, graceMs, isPaused, mayEnd }: WakeCircumstances): WakeDecision {
  if (job.alarm === undefined || job.alarm.wakeAtMs !== seenAlarmMs) return { kind: 'nothing' };
  const rescueAt = (wakeAtMs: number): JobPatch => ({ alarm: { kind: 'rescue', wakeAtMs } });
  if (job.status === 'running' && job.leaseEndsAtMs !== undefined && job.leaseEndsAtMs > nowMs) {
    return { kind: 'postpone', patch: rescueAt(job.leaseEndsAtMs) };
  }
  if (nowMs >= job.deadlineMs && mayEnd) return { kind: 'expire' };
  // A start alarm becomes a rescue alarm, in the partitions that are skipped while the type is paused.
  if (isPaused && !mustEnd(job, nowMs)) return { kind: 'postpone', patch: rescueAt(Math.max(job.notBeforeMs, nowMs) + graceMs) };
  const wake = planWake(Math.min(job.notBeforeMs, job.deadlineMs), { nowMs, graceMs });
  return wake.messageDelaySeconds === undefined
    ? { kind: 'postpone', patch: { alarm: wake.alarm } }
    : { kind: 'wake', patch: { alarm: wake.alarm }, delaySeconds: wake.messageDelaySeconds };
}
