/** `GET /v1/jobs/{id}/events`: as a deployment answers it, which cannot stream, and as a host that can. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { handle } from 'hono/aws-lambda';
import type { ApiPorts } from '../../../lambdas/api/api-context.ts';
import { createApi } from '../../../lambdas/api/app.ts';
import { UnavailableError } from '../../../lambdas/core/contract/errors.ts';
import { JobTypeStates } from '../../../lambdas/core/control/job-type-states.ts';
import type { Job } from '../../../lambdas/core/job/job.ts';
import { completionPatch } from '../../../lambdas/core/job/transitions.ts';
import type { Carry } from '../../../testing/carry.ts';
import { DrivenRuntime } from '../../support/driven-runtime.ts';
import { memoryApi, passingTime } from '../../support/memory-api.ts';
import { parseEvents } from '../../support/parse-events.ts';
import { hourMs, ScheduleBench } from '../../support/schedule-bench.ts';

const submission = { type: 'greet', input: { text: 'hello\n: no event\r\ndata: none\u2028' } };

async function open(members: object = {}, changes: (bench: ScheduleBench) => Partial<ApiPorts> = () => ({})) {
  const bench = new ScheduleBench();
  const api = memoryApi(bench, { runtime: passingTime(bench), ...changes(bench) });
  const { body: job } = await api.post('/v1/jobs', { ...submission, ...members });
  const path = `/v1/jobs/${job.id}/events`;
  const events = async (known?: string) => {
    const startMs = bench.nowMs;
    const headers: Record<string, string> = known === undefined ? {} : { 'last-event-id': known };
    const answer = await api.request('GET', path, { headers });
    return { ...answer, ...parseEvents(answer.text), seconds: (bench.nowMs - startMs) / 1000 };
  };
  return { bench, api, job, path, events };
}

describe('where the host cannot stream, a request for the events', () => {
  it('is answered at once with the job, in one line, under its ETag as id', async () => {
    const { api, job, events } = await open();
    const { status, headers, seconds, retryMs, events: found } = await events();
    const shown = await api.get(`/v1/jobs/${job.id}`);
    expect([status, seconds, retryMs]).toEqual([200, 0, 1_000]);
    expect(found).toEqual([{ event: 'job', id: (shown.headers.get('etag') ?? '').slice(1, -1), data: shown.body }]);
    const about = ['content-type', 'cache-control', 'x-accel-buffering'].map((name) => headers.get(name));
    expect(about).toEqual(['text/event-stream', 'no-store', 'no']);
  });

  it('with the id of the last event is held for 20 s, and answered with a comment', async () => {
    const { events } = await open();
    const [{ id } = { id: '' }] = (await events()).events;
    const { status, seconds, events: found, comments } = await events(id);
    expect([status, seconds, found, comments]).toEqual([200, 20, [], ['nothing new']]);
  });

  it('is held until a change, and no longer', async () => {
    let pauses = 0;
    const { events } = await open({}, (bench) => {
      const runtime = passingTime(bench);
      const sleep: typeof runtime.sleep = async (ms, signal) => {
        await runtime.sleep(ms, signal);
        if (++pauses === 5) await bench.endAll();
      };
      return { runtime: { ...runtime, sleep } };
    });
    const [{ id } = { id: '' }] = (await events()).events;
    const { seconds, events: found } = await events(id);
    expect(seconds).toBeLessThan(3);
    expect(found.map(({ event }) => event)).toEqual(['job', 'end']);
    expect(found[1]).toEqual({ event: 'end', id: found[0]?.id, data: { status: 'succeeded' } });
    const again = await events(found[1]?.id);
    expect([again.status, again.text, again.seconds]).toEqual([204, '', 0]);
    expect((await events('another')).events).toHaveLength(2);
  });

  it.each([
    [21, 0, 10_000],
    [3_600, 0, 10_000],
    [19, 20, 1_000],
  ])('about a job that rests for %d s is held for %d s at most', async (delaySeconds, seconds, retryMs) => {
    const { bench, events } = await open({ delaySeconds });
    const [{ id } = { id: '' }] = (await events()).events;
    const answer = await events(id);
    // A job that becomes due meanwhile has changed.
    expect([answer.seconds <= seconds, answer.retryMs]).toEqual([true, retryMs]);
    if (seconds === 0) expect([answer.seconds, answer.comments]).toEqual([0, ['nothing new']]);
    bench.nowMs += hourMs;
    expect((await events(id)).events).toHaveLength(1);
  });

  it('costs the reads of `Prefer: wait=20`, and no others', async () => {
    let reads = 0;
    const carry: Carry = async (operation, act) => {
      if (operation === 'get' || operation === 'getMany') reads += 1;
      return act();
    };
    const { events } = await open({}, (bench) => ({ store: bench.jobs.connect(carry) }));
    const [{ id } = { id: '' }] = (await events()).events;
    reads = 0;
    await events(id);
    expect(reads).toBe(1 + 16);
  });

  it('is an event in and an answer out, as API Gateway and Lambda pass them', async () => {
    const bench = new ScheduleBench();
    const ports = bench.ports();
    const links = { sign: async (key: string) => key };
    const answer = handle(createApi({ ...ports, links, typeStates: new JobTypeStates(ports), runtime: passingTime(bench) }));
    const send = async (method: string, rawPath: string, more: object = {}, headers: Record<string, string> = {}) => {
      const http = { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' };
      const requestContext = { http, domainName: 'api.example.com', authorizer: { iam: { userArn: 'arn:aws:iam::1:user/ann' } } };
      const event = { version: '2.0', rawPath, rawQueryString: '', headers, requestContext, isBase64Encoded: false, ...more };
      const context = { getRemainingTimeInMillis: () => 28_000 };
      const result = (await answer(event as never, context as never)) as APIGatewayProxyStructuredResultV2;
      return { ...result, text: Buffer.from(result.body ?? '', result.isBase64Encoded === true ? 'base64' : 'utf8').toString() };
    };
    const body = JSON.stringify(submission);
    const { id } = JSON.parse((await send('POST', '/v1/jobs', { body }, { 'content-type': 'application/json' })).text);
    const first = await send('GET', `/v1/jobs/${id}/events`, {}, { accept: 'text/event-stream' });
    expect([first.statusCode, first.headers?.['content-type']]).toEqual([200, 'text/event-stream']);
    const [event] = parseEvents(first.text).events;
    const held = await send('GET', `/v1/jobs/${id}/events`, {}, { 'last-event-id': event?.id ?? '' });
    expect(parseEvents(held.text)).toEqual({ events: [], retryMs: 1_000, comments: ['nothing new'] });
    await bench.endAll();
    const last = parseEvents((await send('GET', `/v1/jobs/${id}/events`, {}, { 'last-event-id': event?.id ?? '' })).text).events;
    const end = await send('GET', `/v1/jobs/${id}/events`, {}, { 'last-event-id': last.at(-1)?.id ?? '' });
    expect([end.statusCode, end.text]).toEqual([204, '']);
  });
});

describe('a request for the events is refused, before a stream begins,', () => {
  it('like one for the job', async () => {
    const { api, path } = await open();
    expect((await api.as('stranger').get(path)).body.type).toMatch(/job-not-found$/);
    expect((await api.as('olga').get(path)).status).toBe(200);
    expect((await api.as('').get(path)).status).toBe(401);
    expect((await api.get('/v1/jobs/job_none/events')).status).toBe(404);
    expect((await api.get(`${path}?lastEventId=1`)).status).toBe(400);
    expect((await api.post(path, {})).headers.get('allow')).toBe('GET, HEAD, OPTIONS');
  });

  it('with another Accept', async () => {
    const { api, path } = await open();
    const { status, body } = await api.request('GET', path, { headers: { accept: 'application/json' } });
    expect([status, body.type, body.detail]).toEqual([
      406,
      expect.stringMatching(/not-acceptable$/),
      'The answer is text/event-stream: name it in Accept, or leave the header out.',
    ]);
  });

  it('and HEAD is answered with the headers alone, without a wait', async () => {
    const { api, path, events, bench } = await open();
    const [{ id } = { id: '' }] = (await events()).events;
    const startMs = bench.nowMs;
    const streams: unknown[] = [];
    const host = { stream: (body: unknown) => void streams.push(body) };
    const head = await api.request('HEAD', path, { headers: { 'last-event-id': id }, host });
    expect([head.status, head.text, head.headers.get('content-type'), streams.length, bench.nowMs - startMs]).toEqual([
      200,
      '',
      'text/event-stream',
      0,
      0,
    ]);
  });
});

describe('where the host can stream,', () => {
  /** Streams over time that the test moves, and reads that it counts and lets fail. */
  async function openStreams(jobs: number) {
    const bench = new ScheduleBench();
    const runtime = new DrivenRuntime();
    const reads = { many: 0, one: 0, fail: false };
    const carry: Carry = async (operation, act) => {
      if (operation === 'getMany') reads.many += 1;
      if (operation === 'get') reads.one += 1;
      if (operation === 'getMany' && reads.fail) throw new UnavailableError('throttled');
      return act();
    };
    const api = memoryApi(bench, { runtime, store: bench.jobs.connect(carry) });
    const ids: string[] = [];
    for (let i = 0; i < jobs; i++) ids.push((await api.post('/v1/jobs', { ...submission, tags: { i: String(i) } })).body.id);
    const connect = async (id: string, known?: string) => {
      const gone = new AbortController();
      let text = '';
      let ended: Promise<void> = Promise.resolve();
      const stream = (body: AsyncIterable<string>) => {
        ended = (async () => {
          for await (const part of body) text += part;
        })();
      };
      const headers: Record<string, string> = known === undefined ? {} : { 'last-event-id': known };
      const { status } = await api.request('GET', `/v1/jobs/${id}/events`, { headers, host: { stream, signal: gone.signal } });
      return { status, gone, ended: () => ended, read: () => parseEvents(text), statuses: () => statusesIn(text) };
    };
    const pass = async (ms: number, stepMs = 250) => {
      for (let passed = 0; passed < ms; passed += stepMs) {
        runtime.advance(stepMs);
        for (let i = 0; i < 20; i++) await new Promise(setImmediate);
      }
    };
    return { bench, api, ids, reads, connect, pass, runtime };
  }
  const jobOf = (bench: ScheduleBench, id = '') => bench.allJobs().find((job) => job.id === id) as Job;
  async function start(bench: ScheduleBench, id = ''): Promise<void> {
    const { nowMs } = bench;
    await bench.ports().store.claim(id, { type: 'greet', leaseToken: 'x', nowMs, leaseEndsAtMs: nowMs + 1_000 });
  }
  async function end(bench: ScheduleBench, id = ''): Promise<void> {
    const { store, ends } = bench.ports();
    const job = jobOf(bench, id);
    const context = { ends, nowMs: bench.nowMs, graceMs: 120_000, retentionMs: hourMs };
    const outcome = { status: 'succeeded', result: { kind: 'inline', json: '{}' } } as const;
    await store.write(job, { kind: 'revision', revision: job.revision }, completionPatch(job, context, { outcome }));
  }
  const statusesIn = (text: string) => parseEvents(text).events.map(({ event, data }) => `${event} ${(data as { status: string }).status}`);

  it('each change is an event, and the end of the job ends the stream', async () => {
    const { bench, ids, connect, pass } = await openStreams(1);
    const stream = await connect(ids[0] ?? '');
    await pass(1_000);
    expect(stream.statuses()).toEqual(['job queued']);
    await start(bench, ids[0]);
    await pass(500);
    await end(bench, ids[0]);
    await pass(500);
    await stream.ended();
    expect(stream.statuses()).toEqual(['job queued', 'job running', 'job succeeded', 'end succeeded']);
    const tags = stream.read().events.map(({ id }) => id);
    expect([new Set(tags).size, tags[3]]).toEqual([3, tags[2]]);
  });

  it('a hundred streams of a hundred jobs are one read a look, and none without a stream', async () => {
    const { bench, ids, reads, connect, pass } = await openStreams(100);
    const streams = await Promise.all(ids.map((id) => connect(id)));
    reads.many = 0;
    await pass(10_000);
    expect(reads.many).toBe(40);
    await bench.endAll();
    await pass(500);
    for (const stream of streams) {
      await stream.ended();
      expect(stream.statuses()).toEqual(['job queued', 'job succeeded', 'end succeeded']);
    }
    reads.many = 0;
    await pass(5_000);
    expect(reads.many).toBe(0);
  });

  it('a hundred streams of one job share its reads, and those that leave take nothing from the others', async () => {
    const { bench, ids, reads, connect, pass } = await openStreams(1);
    const streams = await Promise.all(Array.from({ length: 100 }, () => connect(ids[0] ?? '')));
    await pass(1_000);
    for (const { gone } of streams.slice(1)) gone.abort();
    await pass(250);
    for (const stream of streams.slice(1)) await stream.ended();
    reads.many = 0;
    await bench.endAll();
    await pass(500);
    await streams[0]?.ended();
    expect(streams[0]?.statuses().at(-1)).toBe('end succeeded');
    expect(reads.many).toBeLessThanOrEqual(2);
  });

  it('a stream without news has a comment every 15 s', async () => {
    const { ids, connect, pass } = await openStreams(1);
    const stream = await connect(ids[0] ?? '');
    await pass(46_000);
    expect(stream.read().comments).toEqual(['nothing new', 'nothing new', 'nothing new']);
    stream.gone.abort();
    await stream.ended();
  });

  it('one that connects again with the last id gets nothing twice', async () => {
    const { bench, ids, connect, pass } = await openStreams(1);
    const first = await connect(ids[0] ?? '');
    await pass(500);
    first.gone.abort();
    await first.ended();
    const id = first.read().events.at(-1)?.id ?? '';
    const second = await connect(ids[0] ?? '', id);
    await pass(500);
    expect(second.statuses()).toEqual([]);
    await bench.endAll();
    await pass(500);
    await second.ended();
    expect(second.statuses()).toEqual(['job succeeded', 'end succeeded']);
    expect((await connect(ids[0] ?? '', second.read().events.at(-1)?.id)).status).toBe(204);
  });

  it('a store that cannot be read for a while delays events, and loses none', async () => {
    const { bench, ids, reads, connect, pass } = await openStreams(1);
    const stream = await connect(ids[0] ?? '');
    reads.fail = true;
    await pass(20_000);
    await bench.endAll();
    expect(bench.logs.filter((line) => line.includes('jobs of streams')).length).toBeLessThanOrEqual(10);
    reads.fail = false;
    await pass(2_250);
    await stream.ended();
    expect(stream.statuses()).toEqual(['job queued', 'job succeeded', 'end succeeded']);
  });

  it('a job whose record expires ends its streams', async () => {
    const { bench, ids, connect, pass } = await openStreams(1);
    const stream = await connect(ids[0] ?? '');
    await pass(250);
    bench.jobs.rows.delete(ids[0] ?? '');
    await pass(500);
    await stream.ended();
    expect(stream.statuses()).toEqual(['job queued']);
  });

  it('a client that reads slowly gets the latest state, and is not queued for', async () => {
    const { bench, api, ids, pass } = await openStreams(1);
    let body: AsyncIterator<string> | undefined;
    const stream = (iterable: AsyncIterable<string>) => {
      body = iterable[Symbol.asyncIterator]();
    };
    await api.request('GET', `/v1/jobs/${ids[0]}/events`, { host: { stream } });
    const next = async () => String((await body?.next())?.value ?? '');
    expect(await next()).toBe('retry: 1000\n');
    expect(await next()).toContain('"status":"queued"');
    await start(bench, ids[0]);
    await pass(500);
    await end(bench, ids[0]);
    await pass(500);
    const last = await next();
    expect(parseEvents(last).events.map(({ event, data }) => [event, (data as { status: string }).status])).toEqual([
      ['job', 'succeeded'],
      ['end', 'succeeded'],
    ]);
    expect(await next()).toBe('');
  });
});
