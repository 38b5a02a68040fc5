/** Whether the end of a job can be sent again. */
import type { Settings } from '../../core/contract/runtime-settings.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { sendsWebhook } from '../../core/submit/webhook-delivery.ts';

export interface WebhookRefusal {
  readonly problem: 'no-webhook' | 'job-not-finished';
  readonly detail: string;
}

/** @returns the problem where it cannot; undefined where it can */
export function whyNotAgain(job: Job, { webhooks }: Settings): WebhookRefusal | undefined {
  if (webhooks === undefined)
    return { problem: 'no-webhook', detail: 'Webhooks are off here. The setting `webhooks` of the deployment turns them on.' };
  if (job.webhookUrl === undefined)
    return { problem: 'no-webhook', detail: 'The submission of this job named no webhookUrl, so there is nowhere to send its end.' };
  if (!sendsWebhook(job, 'ended'))
    return { problem: 'no-webhook', detail: 'The webhookEvents of this job leave out its end, so there is nothing to send again.' };
  if (isTerminal(job.status)) return undefined;
  return { problem: 'job-not-finished', detail: `The job is ${job.status}. Its webhook is sent when it has ended.` };
}
