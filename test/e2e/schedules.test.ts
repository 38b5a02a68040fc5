import { useDeployment } from '../support/tested-deployment.ts';

const { client } = useDeployment();

interface ScheduleAnswer {
  readonly nextTimes: readonly string[];
  readonly lastFiring: { readonly job: string | null; readonly scheduledFor: string } | null;
}

const path = '/v1/schedules/every-minute';
/** An input that is too large for the record, so that the clock reads it from the bucket and gives the job a copy. */
const rows = Array.from({ length: 60 }, (_, i) => ({ id: `scheduled-${i}`, text: 'x'.repeat(50) }));

it('a schedule fires a job within a minute of its time, with a large input, and no more once it is deleted', async () => {
  const body = {
    cron: '* * * * *',
    job: { type: 'write-batch', input: { table: 'scratch', operation: 'put', rows }, tags: { by: 'schedule' } },
  };
  const made = await client.request<ScheduleAnswer>('PUT', path, { body });
  expect(made.status).toBe(201);
  expect(made.body.nextTimes).toHaveLength(5);
  let firing: ScheduleAnswer['lastFiring'] = null;
  for (let i = 0; i < 300 && firing === null; i++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    firing = (await client.request<ScheduleAnswer>('GET', path)).body.lastFiring;
  }
  const job = await client.ended(firing?.job ?? '');
  expect(job).toMatchObject({
    status: 'succeeded',
    schedule: 'every-minute',
    scheduledFor: firing?.scheduledFor,
    tags: { by: 'schedule' },
  });
  expect(job.scheduledFor).toMatch(/:00\.000Z$/);
  expect(Date.parse(String(job.createdAt)) - Date.parse(String(job.scheduledFor))).toBeLessThan(65_000);
  expect((await client.request('DELETE', path)).status).toBe(204);
  expect((await client.request('GET', path)).status).toBe(404);
  expect((await client.request('GET', '/v1/schedules')).body).toEqual({ schedules: [], nextCursor: null });
});

it('belongs to its owner', async () => {
  const body = { every: { days: 1 }, job: { type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: [{ id: 'x' }] } } };
  expect((await client.request('PUT', '/v1/schedules/mine', { body })).status).toBe(201);
  const ann = client.as('ann');
  expect((await ann.request('GET', '/v1/schedules/mine')).status).toBe(404);
  expect((await ann.request('DELETE', '/v1/schedules/mine')).status).toBe(404);
  expect((await client.request('DELETE', '/v1/schedules/mine')).status).toBe(204);
});
