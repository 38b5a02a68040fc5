/** Runs the worker on the real engine, in memory. The time is the test's, so a sleep of days takes no time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { killAnywhere, testKit } from 'delegation-aws/testing';
import { contract } from './contract.ts';
import { definition } from './worker.ts';

test('greets after the pause, and not before', async () => {
  const kit = testKit(contract, definition);
  const job = await kit.submit({ name: 'Ada' });
  await kit.advance({ seconds: 2 });
  assert.equal(job.status, 'waiting');
  await kit.advance({ seconds: 1 });
  assert.deepEqual(job.result, { greeting: 'Hello, Ada.' });
});

test('greets wherever its worker dies', async () => {
  const newKit = () => testKit(contract, definition);
  await killAnywhere(newKit, async (kit) => {
    const job = await kit.submit({ name: 'Ada' });
    await kit.run();
    assert.equal(job.status, 'succeeded');
  });
});
