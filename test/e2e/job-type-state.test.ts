import { HttpClient } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

const server = new LocalProcess();
const client = new HttpClient(() => server.url);
beforeAll(() => server.start());
afterAll(() => server.remove());

const put = (state: string, owner?: string) =>
  fetch(`${server.url}/v1/job-types/write-batch/state`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...(owner === undefined ? {} : { 'delegation-owner': owner }) },
    body: JSON.stringify({ state }),
  });
const input = { table: 'scratch', operation: 'put', rows: [{ id: 'paused' }] };

it('is switched by an admin, shown to everybody, and takes effect without a restart', async () => {
  const paused = await put('paused');
  expect(paused.status).toBe(200);
  expect(await paused.json()).toMatchObject({ name: 'write-batch', state: 'paused' });
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

it('takes nothing new while it is draining', async () => {
  await put('draining');
  expect(await client.submit('write-batch', input)).toMatchObject({
    status: 409,
    body: { type: expect.stringContaining('job-type-draining') },
  });
  await put('active');
  expect((await client.submit('write-batch', input)).status).toBe(202);
});

it('is nobody else’s to switch, and has three states', async () => {
  const forbidden = await put('paused', 'ann');
  expect(forbidden.status).toBe(403);
  expect(await forbidden.json()).toMatchObject({ type: expect.stringContaining('forbidden') });
  const wrong = await put('stopped');
  expect(wrong.status).toBe(422);
  expect(await wrong.json()).toMatchObject({ errors: [{ pointer: '#/state' }] });
});
