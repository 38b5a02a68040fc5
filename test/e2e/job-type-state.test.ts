import { useDeployment } from '../support/tested-deployment.ts';

const { client } = useDeployment();

const put = (state: string, owner?: string) =>
  (owner === undefined ? client : client.as(owner)).request('PUT', '/v1/job-types/write-batch/state', { body: { state } });
const input = { table: 'scratch', operation: 'put', rows: [{ id: 'paused' }] };

/** A change of state takes effect within ten seconds, in each environment on its own. */
const heard = () => new Promise((resolve) => setTimeout(resolve, 10_500));

it('is switched by an admin, shown to everybody, and takes effect without a restart', async () => {
  const paused = await put('paused');
  expect(paused.status).toBe(200);
  expect(paused.body).toMatchObject({ name: 'write-batch', state: 'paused' });
  await heard();
  const { body: job } = await client.submit('write-batch', input);
  expect((await client.request('GET', '/v1/job-types/write-batch')).body).toMatchObject({ state: 'paused' });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  expect((await client.request('GET', `/v1/jobs/${job.id}`)).body).toMatchObject({
    status: 'queued',
    reason: { code: 'paused', until: null },
  });
  expect((await put('active')).status).toBe(200);
  expect((await client.ended(job.id)).status).toBe('succeeded');
});

async function submitUntil(status: number) {
  for (;;) {
    const answer = await client.submit('write-batch', input);
    if (answer.status === status) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

it('takes nothing new while it is draining, and still answers for what it took', async () => {
  const { body: before } = await client.submit('write-batch', input, { key: 'before-draining' });
  await put('draining');
  expect((await submitUntil(409)).body).toMatchObject({ type: expect.stringContaining('job-type-draining') });
  const again = await client.submit('write-batch', input, { key: 'before-draining' });
  expect([200, 202]).toContain(again.status); // it may have ended by now
  expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([before.id, 'true']);
  const other = await client.submit('write-batch', { ...input, rows: [{ id: 'other' }] }, { key: 'before-draining' });
  // An environment that has not heard of it yet knows that the key was used for something else.
  expect([409, 422]).toContain(other.status);
  await put('active');
  await submitUntil(202);
});

it('can be changed by admins alone, and has three states', async () => {
  const forbidden = await put('paused', 'ann');
  expect(forbidden.status).toBe(403);
  expect(forbidden.body).toMatchObject({ type: expect.stringContaining('forbidden') });
  const wrong = await put('stopped');
  expect(wrong.status).toBe(422);
  expect(wrong.body).toMatchObject({ errors: [{ pointer: '#/state' }] });
});
