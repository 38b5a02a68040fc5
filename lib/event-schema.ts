/** The schema of events, from which `docs/job-event.schema.json` is generated (`npm run docs`). No function bundles it. */
import * as z from 'zod';
import { jobErrorSchema } from '../lambdas/api/openapi/resource-schemas.ts';
import { type JobEvent, jobEventTypes } from '../lambdas/core/announce/job-event.ts';

const time = z.iso.datetime({ precision: 3 }).describe('ISO-8601 in UTC, with milliseconds.');
const address = z.string().describe('The path of a resource of the API.');
const jobId = z.string().regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/);

const data = z
  .object({
    id: jobId,
    type: z.string().describe('The job type.'),
    owner: z.string(),
    status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
    attempt: z.int().min(0),
    maxAttempts: z.int().min(1),
    error: jobErrorSchema.nullable().describe('Why the job failed; its details are left out where the event would be too large.'),
    createdAt: time,
    startedAt: time.nullable().describe('Of the first start; null for a job that never started.'),
    finishedAt: time.nullable(),
    tags: z.record(z.string(), z.string()),
    schedule: z.string().nullable(),
    scheduledFor: time.nullable(),
    retryOf: jobId.nullable(),
    parent: jobId.nullable().describe('The job that runs this one.'),
    links: z.object({ self: address, result: address.nullable() }),
  })
  .describe('Members of the job resource, as the API shows them. Neither input nor result is among them.');

/** Later versions may add members, so receivers ignore what they do not know. */
export const jobEventSchema = z
  .object({
    specversion: z.literal('1.0'),
    id: z
      .string()
      .regex(/^evt_[0-9a-f]{32}$/)
      .describe('The same each time that the event is put: by it a receiver knows a repeat.'),
    source: z
      .string()
      .regex(/^\/delegation\//)
      .describe('Names the deployment.'),
    type: z.enum(jobEventTypes),
    subject: jobId,
    time: time.describe('When the job started or ended.'),
    datacontenttype: z.literal('application/json'),
    traceparent: z.string().exactOptional().describe('The trace of the submission, where it had one.'),
    data,
  })
  .describe('An event of a job as CloudEvents 1.0 in JSON: the detail of an EventBridge event.') satisfies z.ZodType<JobEvent>;

/** @returns the text of `docs/job-event.schema.json` */
export function jobEventJsonSchema(): string {
  return `${JSON.stringify(z.toJSONSchema(jobEventSchema), null, 2)}\n`;
}
