import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

/** Waits for a signal, and runs another job once it came. */
export const contract = defineJobType({
  name: 'approve-refund',
  description: 'Refunds an order once somebody has approved it.',
  version: 1,
  input: z.strictObject({
    order: z.string().describe('The order.'),
    amount: z.number().describe('The amount in the currency of the order.'),
    cardToken: z.string().optional().describe('What the payment provider knows the card by.'),
  }),
  output: z.strictObject({ approvedBy: z.string() }),
  signals: { approve: z.strictObject({ by: z.string().describe('Who approves.') }) },
  redact: ['cardToken'],
  timeoutSeconds: 30,
  deadline: { days: 7 },
  maxAttempts: 2,
  backoff: { baseMs: 1_000, capMs: 10_000 },
  typicalSeconds: 3_600,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  permissions: () => [],
});
