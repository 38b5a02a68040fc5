/** What a webhook says: the job as the API shows it. */
import { formatJob, type Presentation } from '../../api/resources/job-resource.ts';
import type { Job } from '../../core/job/job.ts';

/** Larger events are thin, as Standard Webhooks recommends. @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-size */
export const maxEventBytes = 20_000;

/**
 * The body of the webhook of an end, as JSON. It follows from the record and the contract alone.
 * @returns at most `maxEventBytes` of UTF-8: a larger one is thin, without what `links` leads to (`input`, `result`, `timeline`) and without the error's details
 */
export function eventBody(job: Job, presentation: Presentation): string {
  const { finishedAtMs = job.createdAtMs } = job;
  // What the resource of a job that has ended shows does not depend on the time.
  const data = formatJob(job, finishedAtMs, presentation);
  const event = { type: `job.${job.status}`, timestamp: new Date(finishedAtMs).toISOString() };
  const whole = JSON.stringify({ ...event, data });
  if (Buffer.byteLength(whole) <= maxEventBytes) return whole;
  const { details: _details, ...error } = data.error ?? {};
  const thin = { ...data, input: null, result: null, timeline: [], error: data.error === null ? null : error };
  return JSON.stringify({ ...event, data: thin });
}
