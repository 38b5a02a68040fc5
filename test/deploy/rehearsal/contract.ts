import * as z from 'zod';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';

const signal = z.enum(['go', 'approval']);

/** A job type from outside the product that uses what the types of the product do not: signals, links, children, keys and priorities. */
export const contract = defineJobType({
  name: 'rehearsal',
  description: 'Does one act after the other, as its input says.',
  version: 1,
  input: z.strictObject({
    acts: z
      .array(
        z.discriminatedUnion('act', [
          z.strictObject({ act: z.literal('work'), seconds: z.number().min(0).max(20) }),
          z.strictObject({ act: z.literal('fail') }),
          z.strictObject({ act: z.literal('wait'), signal, seconds: z.int().min(1).max(600).default(300) }),
          z.strictObject({ act: z.literal('link'), seconds: z.int().min(1).max(600).default(300) }),
          z.strictObject({ act: z.literal('run'), inputs: z.array(z.unknown()).min(1).max(5) }),
        ]),
      )
      .max(10),
  }),
  output: z.strictObject({ heard: z.array(z.unknown()) }),
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 1,
  backoff: { baseMs: 500, capMs: 2_000 },
  typicalSeconds: 1,
  concurrency: 20,
  batchSize: 5,
  memoryMiB: 256,
  files: 'write',
  signals: {
    go: z.strictObject({ by: z.string() }),
    approval: z.strictObject({ isApproved: z.boolean() }),
  },
  delegatesTo: ['rehearsal'],
  keys: { limit: 1 },
  priorities: true,
  permissions: () => [],
});
