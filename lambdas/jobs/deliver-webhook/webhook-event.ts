/** What a webhook says: the job as the API shows it. */
import { formatJob, type Presentation } from '../../api/resources/job-resource.ts';
import type { Job } from '../../core/job/job.ts';
import type { DeliveryInput } from './contract.ts';

/** Larger events are thin, as Standard Webhooks recommends. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-size */
export const maxEventBytes = 20_000;

export interface JobEvent {
  readonly type: DeliveryInput['event'];
  readonly atMs: number;
  readonly job: Job;
  /** Orders the events of one job: a larger number shows a later state. */
  readonly sequence: number;
}

/**
 * The body of a webhook, as JSON.
 * @returns at most `maxEventBytes` of UTF-8: a larger one is thin, without what `links` leads to (`input`, `result`, `timeline`) and without the error's details
 */
export function eventBody({ type, atMs, job, sequence }: JobEvent, presentation: Presentation): string {
  const data = formatJob(job, atMs, presentation);
  const event = { type, timestamp: new Date(atMs).toISOString(), sequence };
  const whole = JSON.stringify({ ...event, data });
  if (Buffer.byteLength(whole) <= maxEventBytes) return whole;
  const { details: _details, ...error } = data.error ?? {};
  const thin = { ...data, input: null, result: null, timeline: [], error: data.error === null ? null : error };
  return JSON.stringify({ ...event, data: thin });
}

/** @returns the job as its first claim left it: the delivery of a start often runs when the job is further on, or has ended */
export function asStarted(job: Job): Job {
  const { createdAtMs, startAtMs = createdAtMs, timeline } = job;
  return {
    ...job,
    ...nothingYet,
    status: 'running',
    notBeforeMs: Math.max(createdAtMs, startAtMs),
    attempt: 1,
    attemptsStarted: 1,
    files: {},
    timeline: timeline.slice(0, timeline.findIndex(({ event }) => event === 'started') + 1),
    revision: 2,
  };
}

/** What a job does not have when it starts. */
const nothingYet = {
  reason: undefined,
  signals: undefined,
  children: undefined,
  announcements: undefined,
  progress: undefined,
  finishedAtMs: undefined,
  cancelRequestedAtMs: undefined,
  cancelRequest: undefined,
  expiresAtMs: undefined,
  result: undefined,
  error: undefined,
  pendingOutcome: undefined,
  invocations: undefined,
  runMs: undefined,
} as const;
