import { deriveJobId, type IdSource, idempotencyToken, isJobId } from '../../../../lambdas/core/job/ids.ts';

it('a job id is the same for the same owner and key, and different for any other', () => {
  const id = deriveJobId('ann', { kind: 'key', key: 'k' });
  expect(isJobId(id)).toBe(true);
  expect(deriveJobId('ann', { kind: 'key', key: 'k' })).toBe(id);
  const others = [
    deriveJobId('bob', { kind: 'key', key: 'k' }),
    deriveJobId('ann', { kind: 'key', key: 'l' }),
    deriveJobId('ann', { kind: 'token', token: 'k' }),
  ];
  expect(new Set([id, ...others]).size).toBe(4);
});

/** None of these may ever change: a request that is repeated after a deploy must get the same job. */
const record = { id: 'job_00000000000000000000000000', createdAtMs: 1_764_000_000_000 };
const sources: readonly (readonly [IdSource, string])[] = [
  [{ kind: 'key', key: 'order-17' }, 'job_0v5zmvbs258jzn6v85b4sp7yrh'],
  [{ kind: 'batch', key: 'order-17', position: 3 }, 'job_hx8713aypenhtbmkdbvsq31qb6'],
  [{ kind: 'token', token: 't1' }, 'job_17zcsdcs7gw3cf1kbt45rrpktq'],
  [{ kind: 'schedule', schedule: 'nightly', creation: 't1', atMs: record.createdAtMs }, 'job_xtnhavw6crccahs4a86wzdjnqz'],
  [{ kind: 'retry', of: record }, 'job_epfztmevxy9qfm7s3byjwkve3s'],
  [{ kind: 'delegation', by: record, name: 'child' }, 'job_3hx8jtkexq464vm47082c8sm44'],
  [{ kind: 'released-key', firstId: record.id, number: 1 }, 'job_cdc8krx9m9smzs2kfwrbza6ehf'],
];
it.each(sources)('the id of %j is %s', (source, id) => expect(deriveJobId('ann', source)).toBe(id));

it('job ids do not collide when a character moves between owner and key', () => {
  expect(deriveJobId('a', { kind: 'key', key: 'bc' })).not.toBe(deriveJobId('ab', { kind: 'key', key: 'c' }));
});

it.each(['', 'job_', 'job_../../x', `job_${'u'.repeat(26)}`, `job_${'0'.repeat(27)}`, `JOB_${'0'.repeat(26)}`])(
  'does not accept %j as a job id',
  (text) => expect(isJobId(text)).toBe(false),
);

it("an idempotency token fits EC2's ClientToken", () =>
  expect(idempotencyToken({ id: 'job_x', createdAtMs: 1 }, 'launch')).toMatch(/^[0-9a-f]{64}$/));
