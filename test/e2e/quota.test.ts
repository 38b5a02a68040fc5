import { HttpClient } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';

const server = new LocalProcess();
const client = new HttpClient(() => server.url);
beforeAll(() => server.start({ DELEGATION_QUOTA: '{"submissionsPerMinute":3}' }));
afterAll(() => server.remove());

const submit = (input: object) =>
  fetch(`${server.url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ type: 'write-batch', input }),
  });

it('is shown with every submission, answered with 429 when it is used up, and spent by valid submissions alone', async () => {
  const input = { table: 'scratch', operation: 'put', rows: [{ id: 'q' }] };
  expect((await submit({})).status).toBe(422);
  const answers: Response[] = [];
  for (let i = 0; i < 7; i++) answers.push(await submit(input));
  const accepted = answers.filter(({ status }) => status === 202);
  // A minute may begin between two of them.
  expect([3, 4, 5, 6]).toContain(accepted.length);
  expect(accepted[0]?.headers.get('ratelimit-policy')).toBe('"submit";q=3;w=60');
  expect(accepted[0]?.headers.get('ratelimit')).toMatch(/^"submit";r=2;t=\d+$/);
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers.get('content-type')).toContain('application/problem+json');
  const resetSeconds = Number(/t=(\d+)/.exec(refused?.headers.get('ratelimit') ?? '')?.[1]);
  expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThanOrEqual(resetSeconds);
  expect(await refused?.json()).toMatchObject({ type: expect.stringContaining('over-quota'), status: 429 });
  expect((await client.request('GET', '/v1/jobs')).status).toBe(200);
});
