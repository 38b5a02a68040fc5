/**
 * The alarm of a job: when the clock should look at it, and in which partition of the `due` index it stands.
 *
 * It is lazy, since every change of an index key costs index writes: set when the job is accepted and when it goes to sleep, untouched by
 * claims and heartbeats. `start` alarms are for jobs that nothing else will wake; `rescue` alarms for those whose message should
 * have done it, so they are left alone while the type's queue is deep: the message is most likely still in it.
 */

import { mustEnd } from './clean-up.ts';
import type { Alarm, Job, JobPatch } from './job.ts';

/** SQS delays a message by at most 15 minutes. @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
export const maxDelaySeconds = 900;

/** Partitions of the index for each kind (and type): one partition takes 1,000 writes a second. */
export const alarmBuckets = 8;

/** @returns which of the buckets a job's alarm stands in; evenly spread, and always the same for one id */
export function alarmBucket(jobId: string): number {
  return (jobId.codePointAt(jobId.length - 1) ?? 0) % alarmBuckets;
}

/** @returns a partition of the `due` index */
export function alarmPartition(kind: Alarm['kind'], type: string, bucket: number): string {
  return kind === 'start' ? `start#${bucket}` : `rescue#${type}#${bucket}`;
}

/** @returns all partitions of a kind (and type) */
export function alarmPartitions(kind: Alarm['kind'], type: string): readonly string[] {
  return Array.from({ length: alarmBuckets }, (_, bucket) => alarmPartition(kind, type, bucket));
}

export interface Wake {
  /** Undefined: too far ahead for SQS, the clock sends it when its time comes. */
  readonly messageDelaySeconds: number | undefined;
  readonly alarm: Alarm;
}

/**
 * How a job gets started at `notBeforeMs`: by a delayed message with a rescue alarm behind it, or later by the clock.
 * The delay is rounded up, so that the message never comes too early.
 */
export function planWake(notBeforeMs: number, { nowMs, graceMs }: { readonly nowMs: number; readonly graceMs: number }): Wake {
  const delaySeconds = Math.max(0, Math.ceil((notBeforeMs - nowMs) / 1000));
  return delaySeconds > maxDelaySeconds
    ? { messageDelaySeconds: undefined, alarm: { kind: 'start', wakeAtMs: notBeforeMs } }
    : { messageDelaySeconds: delaySeconds, alarm: { kind: 'rescue', wakeAtMs: Math.max(notBeforeMs, nowMs) + graceMs } };
}

export type WakeDecision =
  /** The index was stale, or somebody else saw to it. */
  | { readonly kind: 'nothing' }
  /** All is well: look again at another time. */
  | { readonly kind: 'postpone'; readonly patch: JobPatch }
  /** Write the patch first: of two clocks only one then sends. */
  | { readonly kind: 'wake'; readonly patch: JobPatch; readonly delaySeconds: number }
  /** Past its deadline, and nothing is left to clean up. */
  | { readonly kind: 'expire' };

export interface WakeCircumstances {
  readonly nowMs: number;
  readonly graceMs: number;
  /** Its type is. */
  readonly isPaused: boolean;
  /** No worker has to clean up after it. */
  readonly mayEnd: boolean;
}

/**
 * What the clock does about a job whose alarm it found.
 * @param seenAlarmMs the alarm's time as the index told it; the index may be behind the record
 */
export function decideWake(job: Job, seenAlarmMs: number, { nowMs, graceMs, isPaused, mayEnd }: WakeCircumstances): WakeDecision {
  if (job.alarm === undefined || job.alarm.wakeAtMs !== seenAlarmMs) return { kind: 'nothing' };
  const rescueAt = (wakeAtMs: number): JobPatch => ({ alarm: { kind: 'rescue', wakeAtMs } });
  if (job.status === 'running' && job.leaseEndsAtMs !== undefined && job.leaseEndsAtMs > nowMs) {
    return { kind: 'postpone', patch: rescueAt(job.leaseEndsAtMs) };
  }
  if (nowMs >= job.deadlineMs && mayEnd) return { kind: 'expire' };
  // Out of the way of other types' jobs, to where a paused type's jobs are left alone.
  if (isPaused && !mustEnd(job, nowMs)) return { kind: 'postpone', patch: rescueAt(Math.max(job.notBeforeMs, nowMs) + graceMs) };
  const wake = planWake(Math.min(job.notBeforeMs, job.deadlineMs), { nowMs, graceMs });
  return wake.messageDelaySeconds === undefined
    ? { kind: 'postpone', patch: { alarm: wake.alarm } }
    : { kind: 'wake', patch: { alarm: wake.alarm }, delaySeconds: wake.messageDelaySeconds };
}
