import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

export const contract = defineJobType({
  name: 'send-greeting',
  description: 'Says hello.',
  version: 1,
  input: z.strictObject({ name: z.string().min(1).max(100).describe('Whom to greet.'), secret: z.string().optional() }),
  output: z.strictObject({ greeting: z.string() }),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  maxAttempts: 5,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  typicalSeconds: 1,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  redact: ['secret'],
  permissions: () => [],
});
