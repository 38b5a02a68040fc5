import { setTimeout as sleep } from 'node:timers/promises';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { worker } from '../../../lambdas/worker/handler.ts';
import { contract } from './contract.ts';

export const handler = worker(contract, {
  async run({ acts }, ctx) {
    const heard: unknown[] = [];
    const link = (label: string, isApproved: boolean, seconds: number) =>
      ctx.signalUrl('approval', { expiresIn: { seconds }, label, payload: { isApproved } });
    for (const [i, one] of acts.entries()) {
      switch (one.act) {
        case 'work':
          await ctx.step(`work ${i}`, () => sleep(one.seconds * 1000, null, { signal: ctx.signal }));
          break;
        case 'fail':
          throw new PermanentError('It fails, as it was asked to.', { code: 'planned' });
        case 'wait':
          heard.push(await ctx.waitForSignal(one.signal, { timeout: { seconds: one.seconds } }));
          break;
        case 'link': {
          const [approve, reject] = [await link('Approve', true, one.seconds), await link('Reject', false, one.seconds)];
          // In place of a mail: its file is for the owner alone.
          await ctx.step(`mail ${i}`, () => ctx.files.write('links.json', JSON.stringify({ approve, reject }), 'application/json'));
          break;
        }
        case 'run': {
          // A key of its own for each, since those without one wait for each other.
          const jobs = one.inputs.map((input, n) => {
            const name = `${i}.${n}`;
            return { name, type: 'rehearsal', input, concurrencyKey: ctx.idempotencyToken(name) } as const;
          });
          heard.push(...(await ctx.runAll(jobs)));
          break;
        }
      }
    }
    return { heard };
  },
});
