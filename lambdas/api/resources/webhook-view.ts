/** A job's webhook as its callers see it. */
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { deliveryId, sendsWebhook } from '../../core/submit/webhook-delivery.ts';
import type { JobResource } from '../openapi/resource-schemas.ts';

/** @returns the URL without its query, which may hold a secret, and without its fragment, which is never sent */
export function shownUrl(text: string): string {
  const { origin, pathname } = new URL(text);
  return origin + pathname;
}

/** @param isOn whether this deployment sends webhooks; one that no longer does made no delivery of what ended since */
export function presentWebhook(job: Job, isOn: boolean): JobResource['webhook'] {
  const { webhookUrl, webhookEvents = ['ended'], status } = job;
  if (webhookUrl === undefined) return null;
  const isDelivered = isOn && isTerminal(status) && sendsWebhook(job, 'ended');
  return { url: shownUrl(webhookUrl), events: webhookEvents, delivery: isDelivered ? deliveryId(job) : null };
}
