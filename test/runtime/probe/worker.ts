import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { worker } from '../../../lambdas/worker/handler.ts';
import { contract } from './contract.ts';

const never = new Promise<never>(() => undefined);
const left = () => new Error('left behind');

export const handler = worker(contract, {
  async run({ act }, ctx) {
    const { attempt } = ctx.job;
    switch (act) {
      case 'hang':
        return never;
      case 'hang-until-aborted':
        await once(ctx.signal, 'abort');
        throw ctx.signal.reason;
      case 'hang-in-clean-up':
        throw new PermanentError('This fails for good.', { code: 'planned' });
      case 'wait-for-unreferenced-timer':
        await sleep(2_000, undefined, { ref: false });
        break;
      case 'leave-rejection':
        if (attempt === 1) void Promise.reject(left());
        await sleep(200);
        break;
      case 'throw-in-timer':
        setTimeout(() => {
          throw left();
        }, 1);
        await sleep(200);
        break;
      case 'exit':
        process.exit(0);
    }
    return { attempt };
  },
  async cleanUp(input) {
    if (input?.act === 'hang-in-clean-up') await never;
  },
});
