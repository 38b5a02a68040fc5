/** The bodies of `POST /v1/jobs/redrive` and `POST /v1/jobs/cancel`: a filter, and how fast the work goes. */
import * as z from 'zod';
import { instantText } from '../../core/contract/instant.ts';
import { isOwner, maxOwnerBytes, ownerRule } from '../../core/job/owner.ts';
import { type JobStatus, jobStatuses } from '../../core/job/states.ts';
import { retryableStatuses } from '../../core/submit/retry-job.ts';
import { defaultJobsPerSecond, maxJobsPerSecond } from '../../jobs/bulk-action/contract.ts';
import { reasonText } from './reason-text.ts';

/** The statuses of jobs that have not ended. */
export const unfinishedStatuses = jobStatuses.filter((status) => ['scheduled', 'queued', 'running', 'waiting'].includes(status));
/** Enough for any tag: a name of 64 characters, a colon, and a value of 256. */
const maxTagLength = 321;

/** An empty list would be nothing to one reader and everything to another. */
const oneOrMore = <Schema extends z.ZodType>(value: Schema, max: number) =>
  z.array(value).min(1, 'must not be empty: leave it out to mean any').max(max).optional();

const commonFilter = {
  type: oneOrMore(z.string().regex(/^[a-z0-9-]{1,40}$/), 20).describe('Jobs of one of these types.'),
  tag: oneOrMore(z.string().min(1).max(maxTagLength), 10).describe('Jobs with all of these tags: `name` or `name:value`.'),
  since: instantText.optional().describe('Jobs accepted at this time or later.'),
  until: instantText.optional().describe('Jobs accepted at this time or earlier; later than the request counts as the request.'),
};

const filterOf = <Shape extends z.core.$ZodLooseShape>(shape: Shape, all: string) =>
  z
    .strictObject(shape)
    .refine((filter) => Object.values(filter).some((member) => member !== undefined), `must not be empty. To mean all, write ${all}`);

const commonBody = {
  dryRun: z.boolean().optional().describe('`true`, where it is absent, counts the jobs and shows the first ten; `false` starts the work.'),
  jobsPerSecond: z
    .int()
    .min(1)
    .max(maxJobsPerSecond)
    .optional()
    .describe(`The work goes no faster than this; ${defaultJobsPerSecond} where it is absent.`),
  owner: z
    .string()
    .min(1)
    .max(maxOwnerBytes)
    .refine(isOwner, `must be ${ownerRule}`)
    .optional()
    .describe("Another owner's jobs, for admins."),
};

export const redriveBody = z.strictObject({
  filter: filterOf(
    {
      status: oneOrMore(z.enum(retryableStatuses), 2).describe('`failed` alone where it is absent.'),
      code: oneOrMore(z.string().min(1).max(200), 20).describe('Jobs that failed with one of these codes of `error`.'),
      ...commonFilter,
    },
    '{"status": ["failed"]} or {"status": ["failed", "cancelled"]}',
  ),
  ...commonBody,
});

export const bulkCancelBody = z.strictObject({
  filter: filterOf(
    {
      status: oneOrMore(z.enum(unfinishedStatuses as [JobStatus, ...JobStatus[]]), 4).describe(
        'All that have not ended where it is absent.',
      ),
      ...commonFilter,
    },
    `{"status": ${JSON.stringify(unfinishedStatuses)}}`,
  ),
  reason: reasonText.optional(),
  ...commonBody,
});
