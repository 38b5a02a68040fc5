/** Groups over HTTP, by the functions as they are deployed. */
import type { BatchAnswer, GroupAnswer } from '../support/group-bench.ts';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment();
const { client } = deployment;
const query = { type: 'run-query', input: { sql: 'SELECT 1 AS one' } };
const later = { ...query, delaySeconds: 7_200 };

it('a batch is a group that ends with its last member, and counts one that was refused', async () => {
  const { status, body } = await client.request<BatchAnswer>('POST', '/v1/jobs/batch', {
    body: { group: true, jobs: [query, query, { type: 'nothing' }] },
  });
  expect([status, body.results.map((result) => result.status)]).toEqual([200, [202, 202, 422]]);
  expect(await client.ended(body.group ?? '')).toMatchObject({ type: 'group', status: 'failed', error: { code: 'members_failed' } });
  const group = await client.request<GroupAnswer>('GET', `/v1/groups/${body.group}`);
  expect(group.body).toMatchObject({ status: 'failed', counts: { total: 3, succeeded: 2, refused: 1, unfinished: 0 }, progress: 1 });
  const members = await client.request<{ jobs: readonly { id: string }[] }>('GET', `/v1/groups/${body.group}/jobs`);
  expect(members.body.jobs.map(({ id }) => id)).toEqual(body.results.flatMap(({ job }) => job?.id ?? []));
});

it('an open group takes batches until it is sealed, and cancels its members with itself', async () => {
  const { status, body: group } = await client.request<GroupAnswer>('POST', '/v1/groups', { body: {} });
  expect(status).toBe(202);
  const first = await client.request<BatchAnswer>('POST', '/v1/jobs/batch', { body: { group: group.id, jobs: [query] } });
  const second = await client.request<BatchAnswer>('POST', '/v1/jobs/batch', { body: { group: group.id, jobs: [later, later] } });
  await client.ended(first.body.results[0]?.job?.id ?? '');
  expect((await client.request('POST', `/v1/groups/${group.id}/seal`)).status).toBe(202);
  expect((await client.request('POST', '/v1/jobs/batch', { body: { group: group.id, jobs: [query] } })).status).toBe(409);
  expect((await client.request('POST', `/v1/groups/${group.id}/cancel`)).status).toBe(202);
  expect((await client.ended(group.id)).status).toBe('cancelled');
  for (const { job } of second.body.results) expect((await client.ended(job?.id ?? '')).status).toBe('cancelled');
  const { body } = await client.request<GroupAnswer>('GET', `/v1/groups/${group.id}`);
  expect(body.counts).toMatchObject({ total: 3, succeeded: 1, cancelled: 2, unfinished: 0 });
});

const small: Readonly<Record<string, unknown>> = {
  'write-batch': { table: 'scratch', operation: 'put', rows: [{ id: 'member' }] },
  'launch-instances': { ...deployment.launch, count: 1 },
  'terminate-instances': { instanceIds: ['i-0123456789abcdef0'], unknownIds: 'ignore' },
};

it.each(Object.entries(small))('a group ends with its last member, a job of %s', async (type, input) => {
  const { body } = await client.request<BatchAnswer>('POST', '/v1/jobs/batch', { body: { group: true, jobs: [{ type, input }] } });
  const member = await client.ended(body.results[0]?.job?.id ?? '');
  expect(await client.ended(body.group ?? '')).toMatchObject({ status: member.status === 'succeeded' ? 'succeeded' : 'failed' });
});

it('a group whose last member was cancelled by a filter starts jobs of every type that wait for it', async () => {
  const of = crypto.randomUUID();
  const { body } = await client.request<BatchAnswer>('POST', '/v1/jobs/batch', {
    body: { group: true, jobs: [{ ...later, tags: { of } }] },
  });
  const after = { after: [body.group ?? ''], afterFailure: 'run' };
  const inputs = { ...small, [query.type]: query.input };
  const followers = await Promise.all(Object.entries(inputs).map(async ([type, input]) => (await client.submit(type, input, after)).body));
  for (const { id } of followers)
    await client.until(id, ({ status, reason }) => status === 'waiting' && reason?.code === 'waiting_for_job');
  await client.request('POST', '/v1/jobs/cancel', { body: { filter: { tag: [`of:${of}`] }, dryRun: false } });
  const { finishedAt } = await client.ended(body.group ?? '');
  for (const { id } of followers) {
    const { startedAt } = await client.until(id, (job) => job['startedAt'] !== null);
    expect(Date.parse(String(startedAt)) - Date.parse(String(finishedAt))).toBeLessThan(60_000);
    await client.ended(id);
  }
});
