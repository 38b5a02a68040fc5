import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { type JobContext, PermanentError, RetryableError, type WorkerDefinition, worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';

const megabyte = 1_000_000;

export const definition = {
  async run({ shop, days, busySeconds, sleepSeconds, failure, outputMegabytes, resultRows }, ctx) {
    for (let day = 1; day <= days; day++) {
      await ctx.step(`day ${day}`, async () => ({ orders: day }));
      ctx.progress(day / (days + 1), `${day} of ${days} days of ${shop}`);
      if (sleepSeconds > 0) await ctx.sleep(`after day ${day}`, { seconds: sleepSeconds });
    }
    if (busySeconds > 0) await setTimeout(busySeconds * 1000, undefined, { signal: ctx.signal });
    if (failure === 'shop_unreachable') throw new RetryableError(`The shop ${shop} did not answer within 10 s.`, { code: failure });
    if (failure === 'order_invalid')
      throw new PermanentError('Order 1017 has no customer, so the import was stopped before anything was written.', {
        code: failure,
        details: { order: '1017', missing: ['customer'], line: 18 },
      });
    const reportUrl = outputMegabytes === 0 ? null : await writeReport(ctx, outputMegabytes);
    const rows = Array.from({ length: resultRows }, (_, i) => ({ order: `order-${i}`, amount: i / 4 }));
    return { orders: days * 12, reportUrl, rows };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

function writeReport(ctx: JobContext, megabytes: number): Promise<string> {
  const chunks = function* () {
    for (let i = 0; i < megabytes; i++) yield Buffer.alloc(megabyte, 'order,amount\n');
  };
  return ctx.files.write('report.csv', Readable.from(chunks()), 'text/csv');
}
