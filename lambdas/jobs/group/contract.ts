import * as z from 'zod';
import { defineJobType } from '../../core/contract/contract.ts';

const count = z.int().min(0);

const output = z.strictObject({
  total: count,
  succeeded: count,
  failed: count,
  cancelled: count,
  refused: count.describe('Members that never became jobs.'),
});

export type GroupResult = z.output<typeof output>;

export const contract = defineJobType({
  name: 'group',
  description: 'Waits for the end of all jobs of a group.',
  isInternal: true,
  version: 1,
  // What the members are is in the record, which requests write.
  input: z.strictObject({}),
  output,
  timeoutSeconds: 300,
  deadline: { days: 30 },
  maxAttempts: 20,
  backoff: { baseMs: 5_000, capMs: 300_000 },
  typicalSeconds: 60,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 512,
  cleansUp: true,
  permissions: () => [],
});
