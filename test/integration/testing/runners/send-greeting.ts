/** A job type as an author writes it. */

import * as z from 'zod';
import { defineJobType } from '../../../../lambdas/core/contract/contract.ts';
import { RetryableError, type WorkerDefinition } from '../../../../lambdas/worker/handler.ts';

export const contract = defineJobType({
  name: 'send-greeting',
  description: 'Says hello, after a coffee.',
  version: 1,
  input: z.strictObject({ name: z.string() }),
  output: z.strictObject({ greeting: z.string() }),
  timeoutSeconds: 30,
  deadline: { hours: 1 },
  maxAttempts: 5,
  backoff: { baseMs: 1_000, capMs: 60_000 },
  typicalSeconds: 1,
  concurrency: 5,
  batchSize: 10,
  memoryMiB: 256,
  permissions: () => [],
});

/** @param sent what was sent, by idempotency token */
export function worker(sent: Map<string, string>): WorkerDefinition<typeof contract> {
  return {
    async run({ name }, ctx) {
      if (ctx.job.attempt === 1) throw new RetryableError('The post is closed.');
      const greeting = `Hello, ${name}.`;
      await ctx.sleep('coffee', { minutes: 5 });
      await ctx.step('send', async () => sent.set(ctx.idempotencyToken('send'), greeting).size);
      return { greeting };
    },
  };
}

/** The same test for each runner: retries, sleeps, and a worker killed anywhere. @returns a line of what it saw */
export async function greets({ testKit, killAnywhere }: typeof import('../../../../testing/index.ts')): Promise<string> {
  let sent = new Map<string, string>();
  const points = await killAnywhere(
    () => {
      sent = new Map();
      return testKit(contract, worker(sent));
    },
    async (kit) => {
      const job = await kit.submit({ name: 'Ada' });
      await kit.run();
      if (job.status !== 'succeeded' || job.result?.greeting !== 'Hello, Ada.') throw new Error(`The job is ${job.status}.`);
      if (sent.size !== 1) throw new Error(`${sent.size} greetings were sent.`);
    },
  );
  return points.map(({ phase, operation }) => `${phase} ${operation}`).join(', ');
}
