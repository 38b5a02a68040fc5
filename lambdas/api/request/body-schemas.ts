/** The schemas of request bodies besides the submission and the schedule, which the routes and the OpenAPI document share. */
import * as z from 'zod';
import { jobTypeStates } from '../../core/control/job-type-states.ts';
import { reasonText } from './reason-text.ts';
import { submissionSchema } from './submission.ts';

export const maxBatchJobs = 100;

export const batchSchema = z.strictObject({
  jobs: z.array(z.unknown()).min(1, 'must hold at least one submission').max(maxBatchJobs, `must hold at most ${maxBatchJobs} submissions`),
});

/** The body of a cancel, which may be left out. */
export const cancelBody = z.strictObject({ reason: reasonText.optional() });

const { tags, deadline, maxAttempts, webhookUrl, webhookEvents } = submissionSchema.shape;

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
