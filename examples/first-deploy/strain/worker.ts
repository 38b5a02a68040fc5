import { type WorkerDefinition, worker } from '../../../lambdas/worker/handler.ts';
import { contract } from './contract.ts';
import { lookAtRuntime } from './look.ts';

export const definition = {
  async run({ act, times, bytes }, ctx) {
    const { attempt } = ctx.job;
    switch (act) {
      case 'look':
        return { attempt, runtime: lookAtRuntime() };
      case 'hang':
        // The promise never settles and does not keep the process alive: the engine must time out.
        return new Promise<never>(() => undefined);
      case 'die-once':
        if (ctx.checkpoint.load() === undefined) {
          await ctx.checkpoint.save('dying');
          process.exit(1);
        }
        return { attempt };
      case 'sleep':
        for (let i = 0; i < times; i++) await ctx.sleep(`sleep-${i}`, { seconds: 1 });
        return { attempt };
      case 'answer':
        return { attempt, text: 'x'.repeat(bytes) };
    }
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
