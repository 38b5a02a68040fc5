import * as z from 'zod';
import { defineJobType } from '../../core/contract/contract.ts';
import { instantText } from '../../core/contract/instant.ts';

/** The types of the events that are sent. */
export const eventTypes = ['job.started', 'job.progress', 'job.succeeded', 'job.failed', 'job.cancelled'] as const;

/** What the service wrote from the record of the job; no caller sends it. The URL stays in that record, since it may hold a secret. */
const input = z.strictObject({
  /** The job that the event is about. */
  job: z.string(),
  /** When that was accepted: an id may come again after its record has expired. */
  createdAt: instantText,
  event: z.enum(eventTypes),
  /** The minute since 1970 in which progress was reported. */
  minute: z.int().optional(),
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
  /** None where the job had ended before its progress was to be sent. */
  tries: z.array(tried).readonly(),
});

export type DeliveryInput = z.output<typeof input>;
export type DeliveryResult = z.output<typeof output>;
export type Tried = z.output<typeof tried>;

/** The worker's variable that names the secret. */
export const secretVariable = 'DELEGATION_WEBHOOK_SECRET';

export const contract = defineJobType({
  name: 'deliver-webhook',
  description: 'Sends the end, the start or the progress of a job to its webhook.',
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
  permissions: ({ webhooks }) => {
    const ofOwners = Object.values(webhooks?.owners ?? {}).flatMap(({ secretArn }) => secretArn ?? []);
    return [{ actions: ['secretsmanager:GetSecretValue'], resources: [`{${secretVariable}}`, ...new Set(ofOwners)] }];
  },
});
