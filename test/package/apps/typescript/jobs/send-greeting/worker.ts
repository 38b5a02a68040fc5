import { type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

export const definition = {
  async run({ name, secret }, ctx) {
    const greeting = await ctx.step('compose', async () => `Hello, ${name}.`);
    ctx.log.info(`composed, and ${String(secret)} is not shown`);
    return { greeting };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
