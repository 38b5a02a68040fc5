import * as z from 'zod';
import { defineJobType } from '../../core/contract/contract.ts';
import { instantText } from '../../core/contract/instant.ts';

/** The names of the events are those of the ends. */
export const webhookEvents = ['job.succeeded', 'job.failed', 'job.cancelled'] as const;

/** What the service wrote from the record of the job that ended; no caller sends it. The URL stays in that record, since it may hold a secret. */
const input = z.strictObject({
  /** The job that ended. */
  job: z.string(),
  /** When that was accepted: an id may come again after its record has expired. */
  createdAt: instantText,
  event: z.enum(webhookEvents),
});

const tried = z.strictObject({
  at: instantText,
  /** `refused`: nothing was sent. `failed`: not 2xx. */
  outcome: z.enum(['delivered', 'refused', 'failed', 'unreachable']),
  /** The receiver's HTTP status; null without an answer. */
  status: z.int().nullable(),
  /** Why nothing was sent, or why there was no answer. */
  code: z.string().nullable(),
});

const output = z.strictObject({
  /** The `webhook-id` of every try. */
  messageId: z.string(),
  tries: z.array(tried).readonly(),
});

export type DeliveryInput = z.output<typeof input>;
export type DeliveryResult = z.output<typeof output>;
export type Tried = z.output<typeof tried>;

/** The worker's variable that names the secret. */
export const secretVariable = 'DELEGATION_WEBHOOK_SECRET';

export const contract = defineJobType({
  name: 'deliver-webhook',
  description: 'Sends the end of a job to its webhook.',
  isInternal: true,
  version: 1,
  input,
  output,
  timeoutSeconds: 60,
  // The waits add up to at most 11 days: nine of 24 hours, with a fifth of jitter, where the receiver asks for the longest.
  deadline: { days: 14 },
  maxAttempts: 20,
  backoff: { baseMs: 5_000, capMs: 300_000 },
  typicalSeconds: 2,
  // A receiver that is slow holds a place for 15 seconds: 50 at the same time.
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  delegatesTo: [],
  permissions: () => [{ actions: ['secretsmanager:GetSecretValue'], resources: [`{${secretVariable}}`] }],
});
