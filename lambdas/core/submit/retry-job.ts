/**
 * Retrying an ended job: a new job for the same work. The ended record is never written. The id of the new one is derived from it, so that two
 * retries at one moment make one job, and whoever reads the ended record finds the job that retried it.
 */

import type { JobTypeContract } from '../contract/contract.ts';
import { deriveJobId } from '../job/ids.ts';
import type { Job } from '../job/job.ts';
import type { JobStatus } from '../job/states.ts';
import type { Submission } from './submit-job.ts';
import { chosenWebhook, type WebhookChoice } from './webhook-choice.ts';

/** The ends that may be retried. What succeeded would have its effects a second time: that is another submission. */
export const retryableStatuses = ['failed', 'cancelled'] as const satisfies readonly JobStatus[];

export function isRetryable(status: JobStatus): boolean {
  return (retryableStatuses as readonly JobStatus[]).includes(status);
}

/** @returns the id of the job that retries this one, whether or not there is one */
export function retryId(job: Pick<Job, 'id' | 'createdAtMs' | 'owner'>): string {
  return deriveJobId(job.owner, { kind: 'retry', of: job });
}

/** The canonical JSON of a retry that changes nothing. */
export const plainRetryBody = '{}';

/** What a retry changes, and what it says of itself. A member that is left out is that of the ended job. */
export interface RetryChanges extends WebhookChoice {
  readonly tags?: Readonly<Record<string, string>>;
  /** @default the caller's own deadline of the ended job, if it is ahead; else the one that follows from the contract */
  readonly deadlineMs?: number;
  readonly maxAttempts?: number;
  readonly traceparent?: string;
  /** The canonical JSON of the changes: two retries are the same when these are equal. */
  readonly canonicalBody: string;
  /** The job of the service that retries this one. */
  readonly actedBy?: string;
}

/**
 * Describes the new job. It belongs to the owner of the ended one, whoever retries it, and starts at once with its first attempt: steps, checkpoint
 * and files stay behind, and since idempotency tokens follow from the record, its effects are new ones.
 * @param work the contract as it is deployed now, and the input, which it accepts
 */
export function retrySubmission(
  ended: Job,
  { contract, input }: { readonly contract: JobTypeContract; readonly input: unknown },
  changes: RetryChanges,
  nowMs: number,
): Submission {
  const kept = ended.hasOwnDeadline === true && ended.deadlineMs > nowMs ? ended.deadlineMs : undefined;
  const deadlineMs = changes.deadlineMs ?? kept;
  const { depth } = ended;
  const { key, priority } = ended.gate ?? {};
  const { traceparent = ended.traceparent, webhookUrl = ended.webhookUrl, webhookEvents = ended.webhookEvents } = changes;
  return {
    owner: ended.owner,
    contract,
    input,
    tags: changes.tags ?? ended.tags,
    maxAttempts: changes.maxAttempts ?? ended.maxAttempts,
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(depth === undefined ? {} : { depth }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...chosenWebhook({ webhookUrl, webhookEvents }),
    // The contract may have other rules by now.
    ...(key === undefined || contract.keys?.of !== undefined ? {} : { concurrencyKey: key }),
    ...(priority === undefined ? {} : { priority }),
    retryOf: ended.id,
    ...(changes.actedBy === undefined ? {} : { actedBy: changes.actedBy }),
    canonicalBody: changes.canonicalBody,
  };
}
