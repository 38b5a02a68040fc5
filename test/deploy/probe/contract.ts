import * as z from 'zod';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';

/** A job type from outside the product, which does what can go wrong. */
export const contract = defineJobType({
  name: 'probe',
  description: 'Succeeds, fails, crashes, takes long or is held, as its input says.',
  version: 1,
  input: z.strictObject({
    act: z.enum(['succeed', 'fail-once', 'crash-once', 'hold']).describe('`hold` works until the test releases it.'),
    seconds: z.number().min(0).max(60).default(0).describe('How long it works.'),
  }),
  output: z.strictObject({ attempt: z.int() }),
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 3,
  backoff: { baseMs: 500, capMs: 2_000 },
  typicalSeconds: 1,
  concurrency: 20,
  batchSize: 5,
  memoryMiB: 256,
  keys: { limit: 1 },
  permissions: ({ writableTables }) => [
    {
      actions: ['dynamodb:UpdateItem'],
      resources: writableTables.map((table) => `arn:{partition}:dynamodb:{region}:{account}:table/${table}`),
    },
  ],
});
