import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

/** The job type of the README. */
export const contract = defineJobType({
  name: 'welcome-mails',
  description: 'Mails a welcome to a new customer, and tips three days later.',
  version: 1,
  input: z.strictObject({ to: z.email().describe('The customer.') }),
  output: z.strictObject({ mails: z.int().describe('Mails that were sent.') }),
  timeoutSeconds: 30,
  deadline: { days: 7 },
  maxAttempts: 5,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  typicalSeconds: 259_200,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  permissions: () => [],
});
