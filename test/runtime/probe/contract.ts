import * as z from 'zod';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';

/** A job type whose code waits and fails in the ways that only the process around it can show. */
export const contract = defineJobType({
  name: 'probe',
  description: 'Waits for nothing, or leaves something behind, as its input says.',
  version: 1,
  input: z.strictObject({
    act: z.enum([
      'return',
      'hang',
      'hang-until-aborted',
      'hang-in-clean-up',
      'wait-for-unreferenced-timer',
      'leave-rejection',
      'throw-in-timer',
      'exit',
    ]),
  }),
  output: z.strictObject({ attempt: z.int() }),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  maxAttempts: 2,
  backoff: { baseMs: 1, capMs: 1 },
  typicalSeconds: 1,
  concurrency: 2,
  batchSize: 10,
  memoryMiB: 256,
  cleansUp: true,
  permissions: () => [],
});
