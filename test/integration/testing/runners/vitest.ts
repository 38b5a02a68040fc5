import { expect, test, vi } from 'vitest';
import * as testing from '../../../../testing/index.ts';
import { greets } from './send-greeting.ts';

test('greets under vitest', async () => {
  expect(await greets(testing)).toMatch(/^before claim, after claim, before retry/);
});

test('greets under the fake timers of vitest', async () => {
  vi.useFakeTimers();
  expect(await greets(testing)).toMatch(/before step send/);
  vi.useRealTimers();
});
