import { deriveJobId, idempotencyToken, isJobId } from '../../../../lambdas/core/job/ids.ts';

it('is the same for one owner and key, and another for any other', () => {
  const id = deriveJobId('ann', { key: 'k' });
  expect(isJobId(id)).toBe(true);
  expect(deriveJobId('ann', { key: 'k' })).toBe(id);
  const others = [deriveJobId('bob', { key: 'k' }), deriveJobId('ann', { key: 'l' }), deriveJobId('ann', { token: 'k' })];
  expect(new Set([id, ...others]).size).toBe(4);
});

it('cannot be made to collide by moving the border between owner and key', () => {
  expect(deriveJobId('a', { key: 'bc' })).not.toBe(deriveJobId('ab', { key: 'c' }));
});

it.each(['', 'job_', 'job_../../x', `job_${'u'.repeat(26)}`, `job_${'0'.repeat(27)}`, `JOB_${'0'.repeat(26)}`])(
  'does not take %j for an id',
  (text) => expect(isJobId(text)).toBe(false),
);

it("fits EC2's ClientToken", () => expect(idempotencyToken({ id: 'job_x', createdAtMs: 1 }, 'launch')).toMatch(/^[0-9a-f]{64}$/));
