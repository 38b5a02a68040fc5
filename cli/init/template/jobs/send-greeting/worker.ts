/** The work. A step runs until it has succeeded once, and its result is kept; a sleep ends the invocation, so that waiting is free. */
import { type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

export const definition = {
  async run({ name }, ctx) {
    const greeting = await ctx.step('compose', async () => `Hello, ${name}.`);
    await ctx.sleep('pause', { seconds: 3 });
    await ctx.step('send', async () => ctx.log.info(greeting));
    return { greeting };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
