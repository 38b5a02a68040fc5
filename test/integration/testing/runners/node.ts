import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import * as testing from '../../../../testing/index.ts';
import { greets } from './send-greeting.ts';

test('greets under node:test', async () => {
  assert.match(await greets(testing), /^before claim, after claim, before retry/);
});

test('greets under the fake timers of node:test', async () => {
  mock.timers.enable();
  assert.match(await greets(testing), /before step send/);
  mock.timers.reset();
});
