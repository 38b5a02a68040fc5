/** Waiting for a job within a request, and what the API learns from the jobs that it shows. */
import { memoryApi, passingTime } from '../../support/memory-api.ts';
import { hourMs, minuteMs, ScheduleBench } from '../../support/schedule-bench.ts';

const submission = { type: 'greet', input: { text: 'hello' } };

/** @returns the API and how long a request took, in seconds */
function timed(bench: ScheduleBench) {
  const api = memoryApi(bench, { runtime: passingTime(bench) });
  return async (method: string, path: string, { body, headers = {} }: { body?: object; headers?: Record<string, string> } = {}) => {
    const startMs = bench.nowMs;
    const answer = await api.request(method, path, { body, headers: { prefer: 'wait=20', ...headers } });
    return { ...answer, seconds: (bench.nowMs - startMs) / 1000 };
  };
}

describe('Prefer: wait', () => {
  it.each([21, 3_600])('does not wait for the end of a job that starts in %d seconds', async (delaySeconds) => {
    const bench = new ScheduleBench();
    const send = timed(bench);
    const submitted = await send('POST', '/v1/jobs', { body: { ...submission, delaySeconds } });
    expect([submitted.status, submitted.seconds]).toEqual([202, 0]);
    const { status, seconds, headers, body } = await send('GET', `/v1/jobs/${submitted.body.id}`);
    expect([status, seconds, body.status, headers.get('preference-applied')]).toEqual([200, 0, 'scheduled', 'wait=20']);
  });

  it.each([undefined, 19])('waits for one that starts after %s seconds', async (delaySeconds) => {
    const bench = new ScheduleBench();
    const send = timed(bench);
    const { body } = await send('POST', '/v1/jobs', { body: { ...submission, delaySeconds }, headers: { prefer: 'wait=0' } });
    expect((await send('GET', `/v1/jobs/${body.id}`)).seconds).toBe(20);
  });

  it('with If-None-Match waits for a change, which a job that starts later may have', async () => {
    const bench = new ScheduleBench();
    const send = timed(bench);
    const { body } = await send('POST', '/v1/jobs', { body: { ...submission, delaySeconds: 3_600 } });
    const { headers } = await send('GET', `/v1/jobs/${body.id}`);
    const known = { 'if-none-match': headers.get('etag') ?? '' };
    const unchanged = await send('GET', `/v1/jobs/${body.id}`, { headers: known });
    expect([unchanged.status, unchanged.seconds]).toEqual([304, 20]);
  });
});

describe('Retry-After', () => {
  /** Three jobs that waited a minute each, and ran for two seconds. */
  async function withEnded(): Promise<ScheduleBench> {
    const bench = new ScheduleBench();
    for (let i = 0; i < 3; i++) await memoryApi(bench).post('/v1/jobs', submission);
    bench.nowMs += minuteMs;
    await bench.endAll();
    for (const row of bench.jobs.rows.values()) Object.assign(row, { job: { ...row.job, runMs: 2_000 } });
    return bench;
  }
  const retryAfter = async (api: ReturnType<typeof memoryApi>) =>
    Number((await api.post('/v1/jobs', submission)).headers.get('retry-after'));

  it.each(['/v1/jobs', '/v1/jobs?status=succeeded', '/v1/jobs?limit=3&order=asc'])('learns from the list %s', async (path) => {
    const api = memoryApi(await withEnded());
    expect(await retryAfter(api)).toBe(1);
    await api.get(path);
    expect(await retryAfter(api)).toBe(60);
  });

  it('learns from the jobs that were waited for', async () => {
    const bench = new ScheduleBench();
    const runtime = passingTime(bench);
    let pauses = 0;
    const api = memoryApi(bench, {
      runtime: {
        ...runtime,
        sleep: async (ms, signal) => {
          await runtime.sleep(ms, signal);
          if (++pauses % 5 === 0) await bench.endAll();
        },
      },
    });
    for (let i = 0; i < 3; i++) {
      const { status } = await api.request('POST', '/v1/jobs', { body: submission, headers: { prefer: 'wait=20' } });
      expect(status).toBe(200);
    }
    expect(await retryAfter(api)).toBe(2);
  });

  it('is of no concern to the estimated cost, which counts what the workers ran', async () => {
    const api = memoryApi(await withEnded());
    await api.get('/v1/jobs');
    const { body } = await api.post<{ estimatedCost: object }>('/v1/jobs?validateOnly=true', submission);
    expect(body.estimatedCost).toMatchObject({ seconds: 2, lambdaGigabyteSeconds: 0.25 });
  });

  it('follows the jobs that ended last, regardless of the order in which they are shown', async () => {
    const bench = new ScheduleBench();
    for (const seconds of [10, 1_000])
      for (let i = 0; i < 30; i++) {
        await memoryApi(bench).post('/v1/jobs', submission);
        bench.nowMs += seconds * 1_000;
        await bench.endAll();
        bench.nowMs += hourMs;
      }
    const api = memoryApi(bench);
    for (const order of ['asc', 'desc']) {
      await api.get(`/v1/jobs?limit=100&order=${order}`);
      expect(await retryAfter(api)).toBe(1_000);
    }
  });
});
