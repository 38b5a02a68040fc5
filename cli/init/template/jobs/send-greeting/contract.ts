/** What callers see of this job type: its input and result, and its limits. The API, the queue and the function are built from it. */
import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

export const contract = defineJobType({
  name: 'send-greeting',
  description: 'Sends a greeting, after a short pause.',
  version: 1,
  input: z.strictObject({ name: z.string().min(1).max(100).describe('Whom to greet.') }),
  output: z.strictObject({ greeting: z.string().describe('What was sent.') }),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  maxAttempts: 5,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  typicalSeconds: 5,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  permissions: () => [],
});
