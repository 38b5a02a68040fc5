/** A process with one worker, whose code leaves errors behind or waits for nothing; started by a test with the job type's name, a job's id and what to do. */
import type { SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { defineJobType } from '../../lambdas/core/contract/contract.ts';
import { worker } from '../../lambdas/worker/handler.ts';
import { contractLimits } from './contract-limits.ts';

const [name = '', id = '', act] = process.argv.slice(2);
const contract = defineJobType({
  ...contractLimits,
  name,
  description: 'Leaves errors behind, or waits for nothing.',
  input: z.strictObject({ text: z.string() }),
  output: z.strictObject({ echo: z.string() }),
  maxAttempts: 3,
});
const handler = worker(contract, {
  async run({ text }) {
    if (act === 'hang') await new Promise(() => undefined);
    void Promise.reject(new Error('left behind', { cause: new Error('its cause') }));
    setTimeout(() => {
      throw new Error('thrown in a timer');
    }, 5);
    await new Promise((resolve) => setTimeout(resolve, 50));
    return { echo: text };
  },
});
const record = { messageId: 'm', receiptHandle: 'r', body: JSON.stringify({ v: 1, id }), attributes: { ApproximateReceiveCount: '1' } };
const endsAtMs = performance.now() + (act === 'hang' ? 9_000 : 60_000);
const host = { getRemainingTimeInMillis: () => endsAtMs - performance.now() };
const response = await handler({ Records: [record] } as unknown as SQSEvent, host);
process.stdout.write(`${JSON.stringify(response)}\n`);
process.exit(0);
