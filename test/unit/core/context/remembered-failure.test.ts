import { failureJson, rebuildWithStack } from '../../../../lambdas/core/context/remembered-failure.ts';

it('a failure that the code catches in the invocation of the step shows where it was thrown', () => {
  const original = new TypeError('x is undefined');
  const rebuilt = rebuildWithStack(failureJson(original), original) as Error;
  expect(rebuilt).not.toBe(original);
  expect(rebuilt.stack).toBe(original.stack);
});
