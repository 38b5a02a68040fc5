import * as z from 'zod';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';

/** A job type that exercises what only a real account can show: docs/first-deploy-checklist.md. */
export const contract = defineJobType({
  name: 'strain',
  description: 'Inspects its runtime, hangs, dies once, sleeps many times, or returns a large result.',
  version: 1,
  input: z.strictObject({
    act: z.enum(['look', 'hang', 'die-once', 'sleep', 'answer']),
    times: z.int().min(1).max(100).default(20).describe('Number of sleeps.'),
    bytes: z.int().min(1).max(1_000_000).default(10_000).describe('Size of the result.'),
  }),
  output: z.strictObject({
    attempt: z.int(),
    runtime: z.strictObject({ node: z.string(), client: z.string(), files: z.array(z.string()) }).optional(),
    text: z.string().optional(),
  }),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  // One attempt, so that a worker that hangs shows at once how its job ends. A worker that dies costs none.
  maxAttempts: 1,
  backoff: { baseMs: 500, capMs: 2_000 },
  typicalSeconds: 1,
  concurrency: 2,
  batchSize: 1,
  memoryMiB: 256,
  permissions: () => [],
});
