/** Listens for the ends of jobs with a webhook. */
import type { EndListener } from '../../core/announce/end-announcer.ts';
import type { submitDelivery } from './announce-end.ts';

/** Loads what submits deliveries, which the API need not load to accept jobs. */
export type LoadDeliveries = () => Promise<{ readonly submitDelivery: typeof submitDelivery }>;

/** @returns the listener that submits a delivery for each of them */
export function webhookOfEnd(deps: Parameters<typeof submitDelivery>[1], load: LoadDeliveries): EndListener {
  return {
    isFor: ({ webhookUrl }) => webhookUrl !== undefined,
    notify: async (job) => (await load()).submitDelivery(job, deps),
  };
}
