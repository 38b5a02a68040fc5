/** The schemas of request bodies besides the submission and the schedule, which the routes and the OpenAPI document share. */
import * as z from 'zod';
import { jobTypeStates } from '../../core/control/job-type-states.ts';
import { reasonText } from './reason-text.ts';
import { submissionSchema } from './submission.ts';

export const maxBatchJobs = 100;

const { tags, deadline, maxAttempts, webhookUrl, webhookEvents } = submissionSchema.shape;

/** The body of a request for a group, which may be left out. */
export const groupBody = z.strictObject({
  tags: tags.describe('At most 10, to find the group by in lists of jobs.'),
  deadline: deadline.describe(
    'The group fails with deadline_exceeded if it has not ended by then, and its jobs are cancelled; 30 days from now where it is left out, at most a year.',
  ),
  webhookUrl: webhookUrl.describe('Where the end of the group is sent (Standard Webhooks): https, and a public host.'),
});

/** The body of a request that needs none. */
export const emptyBody = z.strictObject({});

export const batchSchema = z.strictObject({
  group: z
    .union([z.string().regex(/^job_[0-9a-hjkmnp-tv-z]{26}$/, 'must be the id of a group'), z.literal(true), groupBody])
    .optional()
    .describe('The id of an open group that the jobs become members of; or true, or an object, for a new group of exactly these jobs.'),
  jobs: z.array(z.unknown()).min(1, 'must hold at least one submission').max(maxBatchJobs, `must hold at most ${maxBatchJobs} submissions`),
});

/** The body of a cancel, which may be left out. */
export const cancelBody = z.strictObject({ reason: reasonText.optional() });

/** The body of a retry, which may be left out: what is in it replaces what the ended job had. */
export const retryBody = z.strictObject({
  input: z.unknown().optional().describe("In place of the ended job's; checked like that of a submission."),
  tags: tags.describe("In place of all of the ended job's tags."),
  deadline: deadline.describe("In place of the ended job's own deadline, or of the one that follows from its type."),
  maxAttempts: maxAttempts.describe("In place of the ended job's."),
  webhookUrl: webhookUrl.describe("In place of the ended job's; null: none."),
  webhookEvents: webhookEvents.describe("In place of the ended job's."),
});

/** The body of a request to send a webhook again, which may be left out. */
export const webhookBody = z.strictObject({});

export const stateBody = z.strictObject({ state: z.enum(jobTypeStates), reason: reasonText.optional() });

export const scheduleStateBody = z.strictObject({ state: z.enum(['active', 'paused']) });
