import { PermanentError, type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

export const definition = {
  async run({ act, text, times, value }, ctx) {
    ctx.progress(0.25, text);
    if (act === 'fail') throw new PermanentError(text, { code: 'said_so' });
    if (act === 'wait') await ctx.sleep('until it is cancelled', { hours: 1 }, { detail: text });
    return { said: text.repeat(times), exactly: value ?? null };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);
