/** What keeps a job's record far below the 400 KB that a DynamoDB item may have. */

import * as z from 'zod';
import { itemSizeBytes } from '../../lambdas/adapters/item-size.ts';
import { toItem } from '../../lambdas/adapters/job-item.ts';
import { maxLinks } from '../../lambdas/core/context/journal.ts';
import type { JobContext } from '../../lambdas/core/contract/context.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/contract/errors.ts';
import { maxSignals, sendSignal } from '../../lambdas/core/control/send-signal.ts';
import { maxOwnerBytes } from '../../lambdas/core/job/owner.ts';
import { ApiCaller } from '../support/api-caller.ts';
import { Engine, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

/** The largest payload of a signal that stays in the record. */
const signalBytes = 256;

it.each([
  ['plain letters', 'n'.repeat(90), 'r'.repeat(1_500)],
  ['letters of three bytes', '名'.repeat(30), '果'.repeat(1_500)],
])(
  "a record that is full of everything, in %s, stays far below DynamoDB's limit, and a step more is refused with advice",
  async (_what, stepName, stepResult) => {
    const signalName = 's'.repeat(64);
    const signals = { [signalName]: z.unknown() };
    const engine = await Engine.open({ files: 'write', maxAttempts: 100, backoff: { baseMs: 0, capMs: 0 }, signals });
    const tags = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`${i}`.repeat(64), 'v'.repeat(256)]));
    const job = await engine.accept({
      owner: `arn:aws:sts::123456789012:assumed-role/${'r'.repeat(64)}/${'s'.repeat(64)}`,
      tags,
      input: { text: 'x'.repeat(1_900) },
    });
    for (let i = 0; i < maxSignals; i++) {
      const request = {
        name: signalName,
        key: undefined,
        payload: stepResult.slice(0, signalBytes / Buffer.byteLength(stepResult[0] ?? '') - 2),
        by: job.owner,
      };
      await sendSignal(await engine.read(job), request, engine.ports);
    }
    const makeLinks = async (ctx: JobContext) => {
      for (let i = 0; i < maxLinks; i++) {
        const texts = { label: 'l'.repeat(80), group: `${i}`.padEnd(100, 'g') };
        await ctx.signalUrl(signalName, { expiresIn: { days: 1 }, payload: 'p'.repeat(1_022), ...texts });
      }
    };
    const receiveSignals = async (ctx: JobContext) => {
      for (let i = 0; i < maxSignals; i++) await ctx.waitForSignal(signalName, { timeout: { hours: 1 } });
    };
    const fillUp: TestWork = {
      run: async (_input, ctx) => {
        if (ctx.job.attempt < 60) throw new RetryableError('m'.repeat(5_000), { details: { d: 'd'.repeat(15_000) } });
        for (let i = 0; i < 100; i++) await ctx.files.write(`${i}-${'f'.repeat(90)}`, 'x', 'text/plain');
        await ctx.checkpoint.save('c'.repeat(32_000));
        for (let i = 0; i < 501; i++) {
          if (i === 0) await makeLinks(ctx as unknown as JobContext);
          if (i === 380) await receiveSignals(ctx as unknown as JobContext);
          await ctx.step(`${i}-${stepName}`, async () => stepResult);
        }
        return { echo: '' };
      },
    };
    let largest = 0;
    for (let i = 0; i < 60; i++) {
      await engine.wake(job, fillUp);
      largest = Math.max(largest, itemSizeBytes(toItem(await engine.read(job), 'n')));
    }
    const ended = await engine.read(job);
    expect(ended).toMatchObject({ status: 'failed', error: { code: 'too_many_steps' } });
    for (const { input, name } of engine.calls) {
      if (name === 'UpdateItemCommand') largest = Math.max(largest, Buffer.byteLength(JSON.stringify(input)));
    }
    expect(largest).toBeGreaterThan(150_000); // it was really full
    expect(largest).toBeLessThan(350_000);
  },
);

type Act = (ctx: Parameters<TestWork['run']>[1]) => Promise<unknown>;

it.each<readonly [what: string, code: string, act: Act]>([
  ['a step whose name is too long', 'step_name_too_long', (ctx) => ctx.step('n'.repeat(101), async () => 1)],
  [
    'a file too many',
    'too_many_files',
    async (ctx) => {
      for (let i = 0; i < 101; i++) await ctx.files.write(`f${i}`, 'x', 'text/plain');
    },
  ],
  ...['text/plain\r\nx-injected: 1', 'text/plain; name=ü', 'text', '', 'x'.repeat(201)].map((contentType): [string, string, Act] => [
    `a file of the content type ${JSON.stringify(contentType).slice(0, 40)}`,
    'worker_error',
    (ctx) => ctx.files.write('f', 'x', contentType),
  ]),
  [
    'a file read back by a type that says it only writes them',
    'worker_error',
    async (ctx) => {
      await ctx.files.write('f', 'x', 'text/plain');
      await ctx.files.read('f');
    },
  ],
])('%s is refused', async (_what, code, act) => {
  const engine = await Engine.open({ files: 'write' });
  const job = await engine.accept();
  await engine.wake(job, {
    run: async (_input, ctx) => {
      await act(ctx);
      return { echo: '' };
    },
  });
  expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code, retryable: false } });
});

it.each(['x', '名'])('an owner as long as one may be, of %j, has jobs in every index', async (letter) => {
  const owner = letter.repeat(Math.floor(maxOwnerBytes / Buffer.byteLength(letter)));
  const engine = await Engine.open();
  const api = ApiCaller.of(engine).as(owner);
  const { status, body: failed } = await api.post('/v1/jobs', { type: engine.contract.name, input: { text: 'hello' } });
  expect(status).toBe(202);
  await engine.wake(failed, { run: () => Promise.reject(new PermanentError('no', { code: 'x' })) });
  const { body: queued } = await api.post('/v1/jobs', { type: engine.contract.name, input: { text: 'hello' } });
  for (const [query, ids] of [
    ['', [queued.id, failed.id]],
    ['?status=failed', [failed.id]],
    ['?status=queued', [queued.id]],
  ] as const) {
    const { jobs } = (await api.get<{ jobs: readonly { id: string }[] }>(`/v1/jobs${query}`)).body;
    expect(jobs.map(({ id }) => id).sort()).toEqual([...ids].sort());
  }
});

it('a file of a type that says it writes none is refused', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, { run: async (_input, ctx) => ({ echo: await ctx.files.write('f', 'x', 'text/plain') }) });
  expect(await engine.read(job)).toMatchObject({
    status: 'failed',
    error: { code: 'worker_error', message: expect.stringContaining('files:') },
  });
});

it('details of an error that are too large are left out, and it says so', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, {
    run: async () => {
      throw new PermanentError('no', { code: 'x', details: { d: 'd'.repeat(20_000) } });
    },
  });
  expect((await engine.read(job)).error?.details).toEqual({ omitted: 'details must be at most 16384 bytes of JSON' });
});
