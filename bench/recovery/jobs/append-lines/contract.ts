import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

export const contract = defineJobType({
  name: 'append-lines',
  description: 'Appends a line to a file when it starts, and one when it ends.',
  version: 1,
  input: z.strictObject({ file: z.string(), n: z.int() }),
  output: z.strictObject({}),
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 3,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  typicalSeconds: 2,
  concurrency: 10,
  batchSize: 10,
  memoryMiB: 128,
  permissions: () => [],
});
