import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

/** Ends and waits as its input says, so that the console's tests have jobs of every status. */
export const contract = defineJobType({
  name: 'import-orders',
  description: 'Imports the orders of a shop, day by day, into the warehouse.',
  version: 1,
  input: z.strictObject({
    shop: z.string().min(1).max(60).describe('The shop that the orders are of.'),
    days: z.int().min(1).max(400).default(1).describe('Days to import, back from yesterday.'),
    threshold: z.number().optional().describe('Orders below this amount are left out.'),
    busySeconds: z.number().min(0).max(600).default(0).describe('Time that the import takes.'),
    sleepSeconds: z.int().min(0).max(86_400).default(0).describe('Pause between two days.'),
    failure: z
      .enum(['none', 'shop_unreachable', 'order_invalid'])
      .default('none')
      .describe('How the import fails: `shop_unreachable` is tried again.'),
    outputMegabytes: z.int().min(0).max(200).default(0).describe('Size of the report.'),
    resultRows: z.int().min(0).max(100_000).default(0).describe('Rows in the result itself.'),
    columns: z.array(z.string()).optional().describe('Columns to import, all where it is absent.'),
    target: z
      .strictObject({
        table: z.string().describe('Name of the table.'),
        mode: z.enum(['append', 'replace']).default('append').describe('What happens to what is there.'),
      })
      .optional()
      .describe('Where the orders go.'),
  }),
  output: z.strictObject({
    orders: z.int().describe('Orders that were imported.'),
    reportUrl: z.string().nullable().describe('The report, where one was asked for.'),
    rows: z.array(z.strictObject({ order: z.string(), amount: z.number() })).describe('Orders with their amounts.'),
  }),
  timeoutSeconds: 900,
  deadline: { hours: 48 },
  maxAttempts: 3,
  backoff: { baseMs: 36_000_000, capMs: 36_000_000 },
  typicalSeconds: 5,
  concurrency: 5,
  batchSize: 1,
  memoryMiB: 256,
  files: 'write',
  cancelCheckSeconds: 1,
  keys: { limit: 2 },
  permissions: () => [],
});
