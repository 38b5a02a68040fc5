import * as z from 'zod';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { PermanentError } from '../../../lambdas/core/contract/errors.ts';
import { maxJobsOfKey } from '../../../lambdas/core/submit/released-keys.ts';
import { RequestRefusedError, type TestKitOptions, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const contract = defineJobType({
  ...contractLimits,
  name: 'deliver',
  description: 'Delivers a parcel, unless it is asked to fail.',
  input: z.strictObject({ parcel: z.number(), fails: z.boolean() }),
  output: z.strictObject({ delivered: z.number() }),
  deadline: { days: 1 },
  concurrency: 5,
  batchSize: 10,
});

const open = (options?: TestKitOptions) =>
  testKit(
    contract,
    {
      run: async ({ parcel, fails }) => {
        if (fails) throw new PermanentError('The door is locked.');
        return { delivered: parcel };
      },
    },
    options,
  );
const released: TestKitOptions = { settings: { idempotencyRelease: 'failed' } };
const key = { idempotencyKey: 'parcel-1' };

it('a key is kept by a job that failed, unless the deployer says otherwise', async () => {
  const kit = open();
  const first = await kit.submit({ parcel: 1, fails: true }, key);
  await kit.run();
  expect((await kit.submit({ parcel: 1, fails: true }, key)).id).toBe(first.id);
  await expect(kit.submit({ parcel: 1, fails: false }, key)).rejects.toThrow(RequestRefusedError);
});

it('a key is freed by a job that failed or was cancelled, also for other content, and kept by one that goes on or succeeded', async () => {
  const kit = open(released);
  const first = await kit.submit({ parcel: 1, fails: true }, key);
  expect((await kit.submit({ parcel: 1, fails: true }, key)).id).toBe(first.id);
  await kit.run();
  const second = await kit.submit({ parcel: 1, fails: false }, { ...key, delaySeconds: 3_600 });
  expect(second.id).not.toBe(first.id);
  await kit.cancel(second);
  const third = await kit.submit({ parcel: 1, fails: false }, key);
  expect([first.id, second.id]).not.toContain(third.id);
  await kit.run();
  expect((await kit.submit({ parcel: 1, fails: false }, key)).id).toBe(third.id);
  await expect(kit.submit({ parcel: 2, fails: false }, key)).rejects.toThrow(RequestRefusedError);
});

it('two submissions at once after a failure make one job', async () => {
  const kit = open(released);
  const first = await kit.submit({ parcel: 1, fails: true }, key);
  await kit.run();
  const again = await Promise.all(Array.from({ length: 20 }, () => kit.submit({ parcel: 1, fails: false }, key)));
  expect(new Set(again.map(({ id }) => id)).size).toBe(1);
  expect(again[0]?.id).not.toBe(first.id);
});

it('a later job of the key is found although the record of an earlier one has expired', async () => {
  const kit = open(released);
  await kit.submit({ parcel: 1, fails: true }, key);
  await kit.run();
  await kit.advance({ days: 29 });
  const second = await kit.submit({ parcel: 1, fails: false }, key);
  await kit.run();
  await kit.advance({ days: 2 });
  expect((await kit.submit({ parcel: 1, fails: false }, key)).id).toBe(second.id);
});

it('a key that has had ten jobs is freed no more', async () => {
  const kit = open(released);
  const ids = new Set<string>();
  for (let i = 0; i < maxJobsOfKey + 3; i++) {
    ids.add((await kit.submit({ parcel: 1, fails: true }, key)).id);
    await kit.run();
  }
  expect(ids.size).toBe(maxJobsOfKey);
});
