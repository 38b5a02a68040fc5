import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';

export const contract = defineJobType({
  name: 'archive-orders',
  description: 'Copies orders that were closed before a day into the archive, and some hours later removes them from the table.',
  version: 1,
  input: z.strictObject({
    closedBefore: z.iso.date().describe('Orders that were closed before this day (UTC) are archived.'),
    graceHours: z
      .int()
      .min(1)
      .max(168)
      .default(24)
      .describe('Hours between copying and removing. A job that is cancelled meanwhile removes nothing.'),
  }),
  output: z.strictObject({
    folder: z.string().describe('In the archive bucket: objects in the format of DynamoDB exports, which DynamoDB can import.'),
    archived: z.int().describe('Orders in the folder.'),
    removed: z.int().describe('Of these, orders that are no longer in the table; those that were reopened meanwhile stay.'),
  }),
  timeoutSeconds: 300,
  deadline: { days: 14 },
  maxAttempts: 10,
  backoff: { baseMs: 2_000, capMs: 300_000 },
  typicalSeconds: 86_400,
  concurrency: 2,
  batchSize: 1,
  memoryMiB: 512,
  permissions: () => [
    {
      actions: ['dynamodb:Scan', 'dynamodb:DeleteItem'],
      resources: ['arn:{partition}:dynamodb:{region}:{account}:table/{ORDERS_TABLE}'],
    },
    {
      actions: ['s3:PutObject', 's3:GetObject'],
      resources: ['arn:{partition}:s3:::{ARCHIVE_BUCKET}/orders/*'],
      reason: 'Objects are named by their jobs, in this folder alone.',
    },
  ],
});
