/** What is sent to a job's webhook, and the ids of its deliveries. They follow from the record, so whoever submits a delivery, and however often, makes one. */
import type { WebhookEvent } from '../contract/webhook-events.ts';
import { deriveJobId } from '../job/ids.ts';
import type { Job } from '../job/job.ts';

/** One event of a job: its first start, its end, or its progress in one minute since 1970. */
export type Delivered = 'started' | 'ended' | `progress ${number}`;

/** @returns whether the job has a webhook that is sent this */
export function sendsWebhook(
  { webhookUrl, webhookEvents = ['ended'] }: Pick<Job, 'webhookUrl' | 'webhookEvents'>,
  event: WebhookEvent,
): boolean {
  return webhookUrl !== undefined && webhookEvents.includes(event);
}

type SourceJob = Pick<Job, 'id' | 'createdAtMs' | 'owner'>;

/** @returns the id of the job that delivers an event, whether or not there is one */
export function deliveryId(job: SourceJob, delivered: Delivered = 'ended'): string {
  return deriveJobId(job.owner, { kind: 'webhook', of: job, event: delivered === 'ended' ? undefined : delivered });
}

/** @returns the `webhook-id` of an event: the same over all tries, and when it is sent again by hand */
export function webhookMessageId(job: SourceJob, delivered: Delivered = 'ended'): string {
  return deliveryId(job, delivered).replace(/^job_/, 'msg_');
}
