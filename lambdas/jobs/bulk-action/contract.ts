import * as z from 'zod';
import { defineJobType } from '../../core/contract/contract.ts';
import { instantText } from '../../core/contract/instant.ts';
import { jobStatuses } from '../../core/job/states.ts';

/** Jobs a second, unless the request says otherwise, and the maximum. */
export const defaultJobsPerSecond = 20;
export const maxJobsPerSecond = 100;

const names = z.array(z.string()).min(1).optional();

/** What the API wrote from a request that it checked; no caller sends it. */
const input = z.strictObject({
  action: z.enum(['retry', 'cancel']),
  owner: z.string().describe('Whose jobs: those of the caller, unless an admin named another owner.'),
  requestedBy: z.string(),
  filter: z.strictObject({
    status: z.array(z.enum(jobStatuses)).min(1),
    type: names,
    code: names,
    tag: names,
    since: instantText.optional(),
    until: instantText.describe('No later than the request.'),
  }),
  jobsPerSecond: z.int().min(1).max(maxJobsPerSecond),
  reason: z.string().optional(),
});

const count = z.int().min(0);

const output = z.strictObject({
  matched: count.describe('Jobs that matched when their turn came.'),
  retried: count,
  cancelled: count,
  cancelRequested: count.describe('Running jobs whose workers were asked to stop.'),
  skipped: z.record(z.string(), count).describe('By reason.'),
  failed: count,
  failures: z.array(z.strictObject({ id: z.string(), code: z.string(), message: z.string() })).describe('The first 20.'),
});

export type BulkInput = z.output<typeof input>;
export type BulkResult = z.output<typeof output>;

export const contract = defineJobType({
  name: 'bulk-action',
  description: 'Retries or cancels those jobs of an owner that match a filter, oldest first, at a bounded rate.',
  isInternal: true,
  version: 1,
  input,
  output,
  timeoutSeconds: 300,
  deadline: { days: 14 },
  maxAttempts: 20,
  backoff: { baseMs: 5_000, capMs: 300_000 },
  typicalSeconds: 60,
  concurrency: 2,
  batchSize: 1,
  memoryMiB: 512,
  permissions: () => [],
});
