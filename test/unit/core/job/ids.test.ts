import { deriveJobId, idempotencyToken, isJobId } from '../../../../lambdas/core/job/ids.ts';

it('a job id is the same for the same owner and key, and different for any other', () => {
  const id = deriveJobId('ann', { key: 'k' });
  expect(isJobId(id)).toBe(true);
  expect(deriveJobId('ann', { key: 'k' })).toBe(id);
  const others = [deriveJobId('bob', { key: 'k' }), deriveJobId('ann', { key: 'l' }), deriveJobId('ann', { token: 'k' })];
  expect(new Set([id, ...others]).size).toBe(4);
});

it('job ids do not collide when a character moves between owner and key', () => {
  expect(deriveJobId('a', { key: 'bc' })).not.toBe(deriveJobId('ab', { key: 'c' }));
});

it.each(['', 'job_', 'job_../../x', `job_${'u'.repeat(26)}`, `job_${'0'.repeat(27)}`, `JOB_${'0'.repeat(26)}`])(
  'does not accept %j as a job id',
  (text) => expect(isJobId(text)).toBe(false),
);

it("an idempotency token fits EC2's ClientToken", () =>
  expect(idempotencyToken({ id: 'job_x', createdAtMs: 1 }, 'launch')).toMatch(/^[0-9a-f]{64}$/));
