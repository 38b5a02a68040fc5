import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

export const contract = defineJobType({
  name: 'say',
  description: 'Returns, reports or fails with a text that its caller chose: a job whose content somebody else wrote.',
  version: 1,
  input: z.strictObject({
    act: z.enum(['return', 'fail', 'wait']),
    text: z.string().describe('What is said.'),
    value: z.unknown().optional().describe('What is returned beside the text.'),
    times: z.int().min(1).max(1_000_000).default(1).describe('How often it is repeated in the result.'),
  }),
  output: z.strictObject({ said: z.string(), exactly: z.unknown() }),
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 2,
  backoff: { baseMs: 100, capMs: 200 },
  typicalSeconds: 1,
  concurrency: 5,
  batchSize: 1,
  memoryMiB: 256,
  permissions: () => [],
});
