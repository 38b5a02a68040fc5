/** Listens for the ends of jobs with a webhook. */
import type { EndListener } from '../../core/announce/end-announcer.ts';
import type { Job } from '../../core/job/job.ts';
import { sendsWebhook } from '../../core/submit/webhook-delivery.ts';
import type { makeUpForStart, submitDelivery } from './announce-end.ts';
import { contract } from './contract.ts';

/** Loads what submits deliveries, which the API need not load to accept jobs. */
export type LoadDeliveries = () => Promise<{
  readonly submitDelivery: typeof submitDelivery;
  readonly makeUpForStart: typeof makeUpForStart;
}>;

/** @returns the listener that submits a delivery for each of them, and one for a start that has none */
export function webhookOfEnd(deps: Parameters<typeof submitDelivery>[2], load: LoadDeliveries): EndListener {
  return {
    // A delivery has none of its own, or one would follow from the other without end.
    isFor: (job) => job.type !== contract.name && (sendsWebhook(job, 'ended') || sendsStart(job)),
    async notify(job) {
      const deliveries = await load();
      if (sendsStart(job)) await deliveries.makeUpForStart(job, deps);
      if (sendsWebhook(job, 'ended')) await deliveries.submitDelivery(job, 'ended', deps);
    },
  };
}

function sendsStart(job: Job): boolean {
  return sendsWebhook(job, 'started') && job.startedAtMs !== undefined;
}
