import { type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

export const definition = {
  async run({ order }, ctx) {
    const { by } = await ctx.waitForSignal('approve', { timeout: { days: 6 }, detail: `approve, for the refund of order ${order}` });
    return { approvedBy: by };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
