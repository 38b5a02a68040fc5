/** Waiting for a job within a request, and what the API learns from the jobs that it shows. */
import * as z from 'zod';
import type { ApiHost } from '../../../lambdas/api/api-context.ts';
import type { JobContext } from '../../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import { UnavailableError } from '../../../lambdas/core/contract/errors.ts';
import type { Carry } from '../../../testing/carry.ts';
import { type JobTypeUnderTest, MemoryDeployment } from '../../../testing/memory-deployment.ts';
import { everythingAllowed } from '../../../testing/test-kit.ts';
import { contractLimits } from '../../support/contract-limits.ts';
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

  /** Ports whose reads of a record are counted, and may fail. */
  function counted(bench: ScheduleBench, fails: (read: number) => boolean = () => false) {
    const reads = { count: 0 };
    const carry: Carry = async (operation, act) => {
      if (operation === 'get' && fails(++reads.count)) throw new UnavailableError('throttled');
      return act();
    };
    return { reads, ports: { store: bench.jobs.connect(carry), runtime: passingTime(bench) } };
  }

  it('of 20 s reads the record 16 times, after the read of the request itself', async () => {
    const bench = new ScheduleBench();
    const { body } = await memoryApi(bench).post('/v1/jobs', submission);
    const { reads, ports } = counted(bench);
    await memoryApi(bench, ports).request('GET', `/v1/jobs/${body.id}`, { headers: { prefer: 'wait=20' } });
    expect(reads.count).toBe(1 + 16);
    await memoryApi(bench, ports).request('GET', `/v1/jobs/${body.id}`, { headers: { prefer: 'wait=0' } });
    expect(reads.count).toBe(17 + 1);
  });

  it('goes on where a read fails: a job that was accepted is never answered as if it were not', async () => {
    const bench = new ScheduleBench();
    const { ports } = counted(bench, () => true);
    const answer = await memoryApi(bench, ports).request('POST', '/v1/jobs', { body: submission, headers: { prefer: 'wait=20' } });
    expect([answer.status, answer.body.status]).toEqual([202, 'queued']);
    const { body } = await memoryApi(bench).post('/v1/jobs', submission);
    await bench.endAll();
    const some = counted(bench, (read) => read === 2);
    const ended = await memoryApi(bench, some.ports).request('GET', `/v1/jobs/${body.id}`, { headers: { prefer: 'wait=20' } });
    expect([ended.status, ended.body.status]).toEqual([200, 'succeeded']);
  });

  it.each([
    ['which has 29 s, waits for 20 of them', 29_000, 20],
    ['which has 15 s left after a slow write, ends 6 s before', 15_000, 9],
    ['which has no time left, does not wait', 5_000, 0],
  ])('in an invocation %s', async (_, remainingMs, seconds) => {
    const bench = new ScheduleBench();
    const { body } = await memoryApi(bench).post('/v1/jobs', submission);
    const startMs = bench.nowMs;
    const host: ApiHost = { getRemainingTimeInMillis: () => remainingMs };
    const api = memoryApi(bench, { runtime: passingTime(bench) });
    const { status } = await api.request('GET', `/v1/jobs/${body.id}`, { headers: { prefer: 'wait=20' }, host });
    expect([status, (bench.nowMs - startMs) / 1000]).toEqual([200, seconds]);
  });

  describe('for a group', () => {
    const open = async () => {
      const bench = new ScheduleBench();
      const { body } = await memoryApi(bench).post('/v1/groups');
      const api = memoryApi(bench, { runtime: passingTime(bench) });
      const show = async (headers: Record<string, string> = {}, host?: ApiHost) => {
        const startMs = bench.nowMs;
        const answer = await api.request('GET', `/v1/groups/${body.id}`, {
          headers: { prefer: 'wait=20', ...headers },
          ...(host && { host }),
        });
        return { ...answer, seconds: (bench.nowMs - startMs) / 1000 };
      };
      return { bench, id: body.id, show };
    };

    it('ends 6 s before the invocation does', async () => {
      const { show } = await open();
      const { status, seconds } = await show({}, { getRemainingTimeInMillis: () => 15_000 });
      expect([status, seconds]).toEqual([200, 9]);
    });

    it('with If-None-Match waits for a change, and is over at once where there was one', async () => {
      const { bench, id, show } = await open();
      const known = { 'if-none-match': (await show()).headers.get('etag') ?? '' };
      const unchanged = await show(known);
      expect([unchanged.status, unchanged.seconds]).toEqual([304, 20]);
      await memoryApi(bench).post('/v1/jobs/batch', { group: id, jobs: [submission] });
      const changed = await show(known);
      expect([changed.status, changed.seconds]).toEqual([200, 0]);
    });
  });

  it('ends when the caller is gone, without another read', async () => {
    const bench = new ScheduleBench();
    const { body } = await memoryApi(bench).post('/v1/jobs', submission);
    const gone = new AbortController();
    const { reads, ports } = counted(bench);
    const runtime = { ...ports.runtime, sleep: async () => gone.abort() };
    const api = memoryApi(bench, { ...ports, runtime });
    await api.request('GET', `/v1/jobs/${body.id}`, { headers: { prefer: 'wait=20' }, host: { signal: gone.signal } });
    expect(reads.count).toBe(1);
  });
});

describe('Prefer: wait with If-None-Match, about a job that waits', () => {
  const base = { ...contractLimits, description: 'Is described.', input: z.unknown(), output: z.unknown() } as const;
  const child = defineJobType({ ...base, name: 'child-work', signals: { go: z.unknown() } }) as unknown as JobTypeContract;
  const parent = defineJobType({ ...base, name: 'parent-work', delegatesTo: ['child-work'] }) as unknown as JobTypeContract;

  it.each([
    ['for a signal, sees it', 'child-work', 'waiting_for_signal', '/signals/go'],
    ['for a signal, sees that it is cancelled', 'child-work', 'waiting_for_signal', '/cancel'],
    ['for a child, sees that it is cancelled', 'parent-work', 'waiting_for_child', '/cancel'],
  ])('%s', async (_, type, code, act) => {
    const wait = (_input: unknown, ctx: JobContext) =>
      type === 'parent-work' ? ctx.run('c', 'child-work', {}) : ctx.waitForSignal('go', { timeout: { hours: 1 } });
    const worker = { run: wait as never };
    const { deployment, ask } = openDeployment([
      { contract: parent, ...(type === 'parent-work' ? { worker } : {}) },
      { contract: child, ...(type === 'child-work' ? { worker } : {}) },
    ]);
    const { body } = await ask('POST', '/v1/jobs', { body: { type, input: {} } });
    await deployment.time.runUntil(deployment.scheduler.nowMs, 'reject');
    const path = `/v1/jobs/${body.id}`;
    const first = await ask('GET', path);
    expect(first.body.reason.code).toBe(code);
    const startMs = deployment.scheduler.nowMs;
    const waited = ask('GET', path, { headers: { prefer: 'wait=20', 'if-none-match': first.headers.get('etag') ?? '' } });
    deployment.scheduler.at(startMs + 5_000, () => void ask('POST', `${path}${act}`, { body: {} }));
    await deployment.time.runUntil(startMs + 20_000, 'reject');
    const changed = await waited;
    expect([changed.status, changed.headers.get('etag') === first.headers.get('etag')]).toEqual([200, false]);
    const last = changed.body.timeline.at(-1);
    expect(['signalled', 'cancelled', 'started', 'resumed', 'succeeded']).toContain(last.event);
  });

  function openDeployment(jobTypes: readonly JobTypeUnderTest[]) {
    const deployment = new MemoryDeployment({
      jobTypes,
      settings: { ...everythingAllowed, admins: [] },
      startMs: Date.parse('2026-03-01T12:00:00Z'),
      patienceMs: 3_000,
      random: () => 0.5,
      onTimeMoved: () => undefined,
    });
    const ask = async (method: string, path: string, more: { body?: object; headers?: Record<string, string> } = {}) => {
      const { status, text, headers } = await deployment.request({ method, path, owner: 'ann', ...more });
      return { status, headers, body: text === '' ? undefined : JSON.parse(text) };
    };
    return { deployment, ask };
  }
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
