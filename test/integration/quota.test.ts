import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbQuotaStore } from '../../lambdas/adapters/dynamodb-quota-store.ts';
import type { Quota } from '../../lambdas/core/contract/runtime-settings.ts';
import { sha256Hex } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { takeQuota } from '../../lambdas/core/submit/quota.ts';
import { Engine } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

async function open() {
  const engine = await Engine.open();
  const { store } = engine.ports;
  const dynamoDb = dynamoDbClient();
  engine.record(dynamoDb);
  const ports = { store, runtime: engine.runtime, quotas: dynamoDbQuotaStore(dynamoDb, engine.contract.name) };
  const take = (owner: string, jobId: string, quota: Quota) => takeQuota({ owner, jobId, quota }, ports);
  return { engine, take, quotas: ports.quotas };
}

const quotaItemId = (owner: string) => `quota#${sha256Hex(owner).slice(0, 32)}`;

it('accepts exactly the allowed number of 30 concurrent submissions, and says when to retry', async () => {
  const { engine, take } = await open();
  const all = await Promise.all(Array.from({ length: 30 }, (_, i) => take('ann', `job_${i}`, { submissionsPerMinute: 10 })));
  expect(all.filter(({ kind }) => kind === 'admitted')).toHaveLength(10);
  expect(all.filter((admission) => admission.kind === 'refused' && admission.why === 'rate')).toHaveLength(20);
  expect(await take('bob', 'job_x', { submissionsPerMinute: 10 })).toMatchObject({ kind: 'admitted', remaining: 9 });
  const refused = await take('ann', 'job_y', { submissionsPerMinute: 10 });
  if (refused.kind !== 'refused') throw new Error('admitted');
  engine.runtime.advance(refused.retryAfterSeconds * 1000);
  expect(await take('ann', 'job_y', { submissionsPerMinute: 10 })).toMatchObject({ kind: 'admitted', remaining: 9 });
});

it('counts jobs in flight, frees those that ended when the limit is reached, and never refuses a repeat', async () => {
  const { engine, take } = await open();
  const quota = { jobsInFlight: 2 };
  const [one, two] = [await engine.accept(), await engine.accept()];
  for (const { id } of [one, two]) expect((await take('ann', id, quota)).kind).toBe('admitted');
  expect(await take('ann', 'job_3', quota)).toMatchObject({ kind: 'refused', why: 'in-flight', retryAfterSeconds: 1 });
  expect((await take('ann', one.id, quota)).kind).toBe('admitted');
  await engine.wake(one, { run: async ({ text }) => ({ echo: text }) });
  expect((await take('ann', 'job_3', quota)).kind).toBe('refused'); // looked at a moment ago
  engine.runtime.advance(10);
  expect((await take('ann', 'job_3', quota)).kind).toBe('admitted');
  // Its record was never written, so it is forgotten, but not while it may still be on its way.
  engine.runtime.advance(5_000);
  expect((await take('ann', 'job_4', quota)).kind).toBe('refused');
  engine.runtime.advance(60_000);
  expect((await take('ann', 'job_4', quota)).kind).toBe('admitted');
});

it('remembers no more jobs than may be in flight, however many come in a minute', async () => {
  const { engine, take, quotas } = await open();
  for (let i = 0; i < 8; i++) {
    const job = await engine.accept();
    expect((await take('ann', job.id, { jobsInFlight: 2 })).kind).toBe('admitted');
    await engine.cancel(job);
    engine.runtime.advance(5_000);
  }
  const { jobs, recent } = await quotas.read('ann');
  expect(jobs.length).toBeLessThanOrEqual(2);
  expect(Object.keys(recent).filter((id) => !jobs.includes(id))).toEqual([]);
});

it('lets no more than the limit in at the same moment, while none of their records is written yet', async () => {
  const { take } = await open();
  const all = await Promise.all(Array.from({ length: 30 }, (_, i) => take('ann', `job_${i}`, { jobsInFlight: 3 })));
  expect(all.filter(({ kind }) => kind === 'admitted')).toHaveLength(3);
});

it('frees the place of a cancelled job within a moment, the shorter the fewer jobs may be in flight', async () => {
  const { engine, take } = await open();
  const quota = { jobsInFlight: 3 };
  const jobs = await Promise.all([1, 2, 3].map(() => engine.accept()));
  for (const { id } of jobs) await take('ann', id, quota);
  expect((await take('ann', 'job_4', quota)).kind).toBe('refused');
  await engine.cancel(jobs[0] as Job);
  engine.runtime.advance(50);
  expect((await take('ann', 'job_4', quota)).kind).toBe('admitted');
});

it('counts jobs in flight for as long as they may be, two years and a month, and others for a week', async () => {
  const { engine, take } = await open();
  await take('ann', 'job_1', { jobsInFlight: 3 });
  await take('bob', 'job_1', { submissionsPerMinute: 3 });
  const keptDays = (owner: string) => {
    const writes = engine.calls.filter(
      ({ name, input }) => name === 'UpdateItemCommand' && JSON.stringify(input).includes(quotaItemId(owner)),
    );
    const values = writes.at(-1)?.input['ExpressionAttributeValues'] as Record<string, { N: string }> | undefined;
    return (Number(values?.[':expiresAtSeconds']?.N) - engine.runtime.nowMs() / 1000) / 86_400;
  };
  expect(keptDays('ann')).toBeGreaterThan(2 * 366);
  expect(keptDays('bob')).toBeCloseTo(7, 3);
});
