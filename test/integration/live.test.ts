/** The events of a job over HTTP, through a gateway that streams, as the local mode's does, and through one that cannot, as API Gateway. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { handle } from 'hono/aws-lambda';
import { systemRuntime } from '../../lambdas/adapters/system-runtime.ts';
import { createApi } from '../../lambdas/api/app.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import { type ApiHandler, startGateway } from '../../local/gateway.ts';
import type { Carry } from '../../testing/carry.ts';
import { EventSourceProcess } from '../support/event-source-process.ts';
import { ScheduleBench } from '../support/schedule-bench.ts';

type Gateway = Awaited<ReturnType<typeof startGateway>>;
const gateways: Gateway[] = [];
const sources: EventSourceProcess[] = [];
afterEach(async () => {
  for (const source of sources.splice(0)) source.kill();
  await Promise.all(gateways.splice(0).map((gateway) => gateway.stop()));
});

async function open({ streams }: { readonly streams: boolean }) {
  const bench = new ScheduleBench();
  bench.nowMs = Date.now();
  const seen = { requests: 0, reads: 0 };
  const carry: Carry = async (operation, act) => {
    if (operation === 'get' || operation === 'getMany') seen.reads += 1;
    return act();
  };
  const own = bench.ports();
  const ports = { ...own, settings: { ...own.settings, admins: [] }, store: bench.jobs.connect(carry), runtime: systemRuntime };
  const api = handle(createApi({ ...ports, typeStates: new JobTypeStates(ports), links: { sign: async (key) => key } }));
  const handler: ApiHandler = async (event, host) => {
    seen.requests += 1;
    return api(event as never, (streams ? host : { signal: host.signal }) as never);
  };
  const gateway = await startGateway(handler, 0);
  gateways.push(gateway);
  const url = `http://127.0.0.1:${gateway.port}`;
  const submit = async () => {
    const body = JSON.stringify({ type: 'greet', input: { text: 'hello' } });
    const answer = await fetch(`${url}/v1/jobs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return ((await answer.json()) as { id: string }).id;
  };
  const start = async (id: string) => {
    await bench.ports().store.claim(id, { type: 'greet', leaseToken: 'x', nowMs: Date.now(), leaseEndsAtMs: Date.now() + 60_000 });
  };
  const cancel = (id: string) => fetch(`${url}/v1/jobs/${id}/cancel`, { method: 'POST' });
  const source = (id: string) => {
    const one = new EventSourceProcess(`${url}/v1/jobs/${id}/events`);
    sources.push(one);
    return one;
  };
  return { bench, gateway, url, seen, submit, start, cancel, source };
}

/** A raw connection that has asked for the events. */
async function rawStream(url: string, id: string): Promise<{ readonly socket: Socket; readonly text: () => string }> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET /v1/jobs/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`);
  for (let waitedMs = 0; !text.includes('event: job') && waitedMs < 10_000; waitedMs += 20) await sleep(20);
  return { socket, text: () => text };
}

describe.each([
  ['streams', true],
  ['cannot stream', false],
])('an EventSource behind a gateway that %s', (_, streams) => {
  it('sees each change once, and is closed by 404 when the record has expired', async () => {
    const { bench, seen, submit, start, cancel, source } = await open({ streams });
    const id = await submit();
    const events = source(id);
    await events.until((lines) => lines.some(({ status }) => status === 'queued'));
    await sleep(1_500); // connected again, where the answer ended
    await start(id);
    await events.until((lines) => lines.some(({ status }) => status === 'running'));
    await cancel(id);
    await events.until((lines) => lines.filter(({ event }) => event === 'job').length === 3);
    expect(bench.allJobs()[0]?.cancelRequestedAtMs).toBeDefined();
    expect(events.jobEvents()).toEqual(['job queued', 'job running', 'job running']);
    bench.jobs.rows.clear();
    await events.closed();
    expect(events.lines().at(-1)).toEqual({ event: 'error', code: 404, isClosed: true });
    const { requests } = seen;
    await sleep(1_500);
    expect(seen.requests).toBe(requests);
  });

  it('of a job that ends gets `end`, connects once more, and never again', async () => {
    const { seen, submit, cancel, source } = await open({ streams });
    const id = await submit();
    const events = source(id);
    await events.until((lines) => lines.some(({ status }) => status === 'queued'));
    await cancel(id);
    await events.closed();
    expect(events.jobEvents()).toEqual(['job queued', 'job cancelled', 'end cancelled']);
    expect(events.lines().at(-1)).toEqual({ event: 'error', code: 204, isClosed: true });
    const { requests } = seen;
    await sleep(1_500);
    expect(seen.requests).toBe(requests);
  });
});

describe('a gateway that streams', () => {
  it('serves a hundred streams, and forgets those whose sockets are gone, however abruptly', async () => {
    const { url, seen, submit, cancel } = await open({ streams: true });
    const ids = await Promise.all(Array.from({ length: 10 }, submit));
    const streams = await Promise.all(Array.from({ length: 100 }, (_, i) => rawStream(url, ids[i % 10] ?? '')));
    for (const { text } of streams) expect(text()).toContain('"status":"queued"');
    seen.reads = 0;
    await sleep(2_000);
    // One look each 250 ms, for all of them.
    expect(seen.reads).toBeLessThanOrEqual(9);
    expect(seen.reads).toBeGreaterThanOrEqual(4);
    for (const { socket } of streams.slice(0, 50)) socket.resetAndDestroy();
    for (const { socket } of streams.slice(50, 99)) socket.destroy();
    await cancel(ids[9] ?? '');
    const last = streams[99];
    for (let waitedMs = 0; !last?.text().includes('event: end') && waitedMs < 5_000; waitedMs += 50) await sleep(50);
    expect(last?.text()).toContain('data: {"status":"cancelled"}');
    await sleep(600);
    seen.reads = 0;
    await sleep(1_500);
    expect(seen.reads).toBe(0);
    last?.socket.destroy();
  });

  it('does not wait for a client that is gone before the job is read', async () => {
    const { url, seen, submit } = await open({ streams: true });
    const id = await submit();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(`GET /v1/jobs/${id}/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, () => socket.resetAndDestroy());
    await sleep(1_000);
    seen.reads = 0;
    await sleep(1_000);
    expect(seen.reads).toBe(0);
  });

  it('ends the wait of a caller who is gone', async () => {
    const { url, seen, submit } = await open({ streams: true });
    const id = await submit();
    const gone = new AbortController();
    const waiting = fetch(`${url}/v1/jobs/${id}`, { headers: { prefer: 'wait=20' }, signal: gone.signal });
    await sleep(1_000);
    expect(seen.reads).toBeGreaterThan(2);
    gone.abort();
    await waiting.catch(() => undefined);
    await sleep(200);
    seen.reads = 0;
    await sleep(2_500);
    expect(seen.reads).toBe(0);
  });

  it('ends its streams, and waits, when it stops', async () => {
    const { gateway, url, submit } = await open({ streams: true });
    const id = await submit();
    const { socket, text } = await rawStream(url, id);
    const waiting = fetch(`${url}/v1/jobs/${id}`, { headers: { prefer: 'wait=20' } });
    await sleep(200);
    const startMs = performance.now();
    const stopped = gateway.stop();
    expect((await waiting).status).toBe(200);
    // The body is complete: its last chunk, which is empty, is there.
    while (!text().endsWith('\r\n0\r\n\r\n')) await sleep(10);
    expect(performance.now() - startMs).toBeLessThan(10_000);
    await stopped;
    socket.destroy();
  });

  it('holds nothing back from a client that does not read, and nothing from the others', async () => {
    const { url, submit, cancel } = await open({ streams: true });
    const id = await submit();
    const { socket } = await rawStream(url, id);
    socket.pause();
    const other = await rawStream(url, id);
    await cancel(id);
    for (let waitedMs = 0; !other.text().includes('event: end') && waitedMs < 5_000; waitedMs += 50) await sleep(50);
    expect(other.text()).toContain('event: end');
    for (const one of [socket, other.socket]) one.destroy();
  });

  it('answers a request that is refused as JSON, without a stream', async () => {
    const { url, submit } = await open({ streams: true });
    const id = await submit();
    const refused = async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(`${url}${path}`, { headers });
      return [answer.status, answer.headers.get('content-type'), ((await answer.json()) as { code: string }).code];
    };
    const problem = 'application/problem+json';
    expect(await refused('/v1/jobs/job_x/events')).toEqual([404, problem, 'job-not-found']);
    expect(await refused(`/v1/jobs/${id}/events`, { 'delegation-owner': 'stranger' })).toEqual([404, problem, 'job-not-found']);
    expect(await refused(`/v1/jobs/${id}/events`, { accept: 'text/html' })).toEqual([406, problem, 'not-acceptable']);
    const head = await fetch(`${url}/v1/jobs/${id}/events`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-type'), await head.text()]).toEqual([200, 'text/event-stream', '']);
  });
});
