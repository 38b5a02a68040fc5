/** Events over the wire: EventBridge's client against an endpoint that refuses, loses answers and is late, and an engine that puts an event for each end. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { eventBridgeBus } from '../../lambdas/adapters/eventbridge-event-bus.ts';
import { eventListener, startAnnouncer } from '../../lambdas/core/announce/event-listener.ts';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import { endEvent, type JobEvent } from '../../lambdas/core/announce/job-event.ts';
import { PermanentError } from '../../lambdas/core/contract/errors.ts';
import { cancelJob } from '../../lambdas/core/control/cancel.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { TakenEvent } from '../../local/events/event-log.ts';
import { startEventsEndpoint } from '../../local/events-endpoint.ts';
import { Engine, graceMs, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

const endpoints = useEmulators();
const endpoint = () => endpoints.events;
const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };

const taken = async (): Promise<readonly TakenEvent[]> => (await fetch(`${endpoint()}/events`)).json() as Promise<TakenEvent[]>;
const eventsOf = async ({ id }: Pick<Job, 'id'>) =>
  (await taken()).filter(({ detail }) => (detail as JobEvent).subject === id).map(({ detail }) => detail as JobEvent);
async function misbehave(...faults: readonly object[]): Promise<void> {
  const { status } = await fetch(`${endpoint()}/_control`, { method: 'PUT', body: JSON.stringify(faults) });
  expect(status).toBe(200);
}
afterEach(() => misbehave());

/** An engine whose ends are events, and its starts if asked for. */
async function engineWithEvents({ starts = false } = {}): Promise<Engine> {
  const engine = await Engine.open();
  const events = { bus: eventBridgeBus('orders'), deployment: 'test', internalTypes: [], log: engine.ports.log };
  Object.assign(
    engine.ports,
    withAnnouncer(engine.ports, [eventListener(events)]),
    starts ? { announceStart: startAnnouncer(events) } : {},
  );
  return engine;
}

async function read(engine: Engine, { id }: Pick<Job, 'id'>): Promise<Job> {
  const job = await engine.ports.store.get(id, engine.runtime.nowMs());
  if (job === undefined) throw new Error(`${id} is gone`);
  return job;
}

describe('a job of an engine with events', () => {
  it('has one for its start and one for its success, on the bus, under the names that rules match on', async () => {
    const engine = await engineWithEvents({ starts: true });
    const job = await engine.accept();
    await engine.wake(job, echo);
    const ended = await read(engine, job);
    expect([ended.status, ended.isUnannounced, ended.alarm]).toEqual(['succeeded', undefined, undefined]);
    const [start, end] = (await taken()).filter(({ detail }) => (detail as JobEvent).subject === job.id);
    expect(start).toMatchObject({ bus: 'orders', source: 'delegation', detailType: 'job.started' });
    expect(end).toMatchObject({ bus: 'orders', source: 'delegation', detailType: 'job.succeeded', detail: endEvent(ended, 'test') });
    expect(new Date(end?.time ?? 0).getTime()).toBe(Math.floor((ended.finishedAtMs ?? 0) / 1000) * 1000);
  });

  it.each([
    ['a failure', 'job.failed', { code: 'broken', message: 'No use.', retryable: false }],
    ['a cancel', 'job.cancelled', null],
  ])('has one for %s', async (_, type, error) => {
    const engine = await engineWithEvents();
    const job = await engine.accept();
    if (type === 'job.failed') await engine.wake(job, { run: () => Promise.reject(new PermanentError('No use.', { code: 'broken' })) });
    else await cancelJob({ job, contract: engine.contract }, engine.ports);
    expect((await eventsOf(job)).at(-1)).toMatchObject({ type, data: { error } });
  });

  it.each([
    ['refuses the entry', { times: 1, entryCode: 'InternalFailure' }, 0],
    ['throttles, and its retry', { times: 2, status: 400, code: 'ThrottlingException' }, 0],
    ['fails twice', { times: 2, status: 500, code: 'InternalException' }, 0],
    ['denies it', { times: 1, status: 400, code: 'AccessDeniedException' }, 0],
    ['loses its answers', { times: 2, losesAnswer: true }, 2],
    ['is too slow, twice', { times: 2, answerAfterMs: 2_500 }, 2],
  ])('ends all the same where the bus %s, and the clock puts the event after the grace, under the same id', async (_, fault, early) => {
    const engine = await engineWithEvents();
    const job = await engine.accept();
    await misbehave(fault);
    await engine.wake(job, echo);
    const ended = await read(engine, job);
    expect([ended.status, ended.isUnannounced]).toEqual(['succeeded', true]);
    expect(ended.alarm).toEqual({ kind: 'timer', dueAtMs: expect.any(Number) });
    expect(engine.logs.filter((line) => line.includes('AnnouncementLag'))).toHaveLength(1);
    engine.runtime.advance(graceMs + 1_000);
    await engine.clock();
    expect(await read(engine, job)).toMatchObject({ status: 'succeeded', revision: ended.revision + 2 });
    expect((await read(engine, job)).isUnannounced).toBeUndefined();
    // A request that was given up may have been carried out before or after.
    const events = await eventsOf(job);
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThanOrEqual(1 + early);
    expect(new Set(events.map(({ id }) => id))).toEqual(new Set([endEvent(ended, 'test').id]));
  });

  it('is held up by a bus that never answers for some seconds at most', async () => {
    const engine = await engineWithEvents();
    const job = await engine.accept();
    await misbehave({ times: 2, answerAfterMs: 60_000 });
    const startMs = performance.now();
    await engine.wake(job, echo);
    expect(performance.now() - startMs).toBeLessThan(30_000);
    expect((await read(engine, job)).isUnannounced).toBe(true);
  });

  it('waits longer each time while the bus refuses its event, up to an hour, and is announced in the end', async () => {
    const engine = await engineWithEvents();
    const job = await engine.accept();
    await misbehave({ times: 100, entryCode: 'InternalFailure' });
    await engine.wake(job, echo);
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      const { alarm } = await read(engine, job);
      const delayMs = (alarm?.dueAtMs ?? 0) - engine.runtime.nowMs();
      delays.push(Math.round(delayMs / 60_000));
      engine.runtime.advance(delayMs);
      await engine.clock();
    }
    expect(delays).toEqual([2, 2, 4, 8, 16, 32, 60, 60]);
    await misbehave();
    engine.runtime.advance(3_700_000);
    await engine.clock();
    expect(await eventsOf(job)).toHaveLength(1);
  });
});

describe('the endpoint of the local mode', () => {
  const bridge = () => new EventBridgeClient({ endpoint: endpoint(), region: 'us-east-1', maxAttempts: 1 });
  const put = async (...Entries: readonly PutEventsRequestEntry[]) => bridge().send(new PutEventsCommand({ Entries: [...Entries] }));
  const good: PutEventsRequestEntry = { Source: 'shop', DetailType: 'sold', Detail: '{"n":1}' };

  it('takes entries one by one, as EventBridge does', async () => {
    const { FailedEntryCount, Entries = [] } = await put(
      good,
      { ...good, Detail: 'no JSON' },
      { ...good, Detail: '[1]' },
      { Source: 'shop', DetailType: 'sold' },
      { ...good, Source: 'aws.shop' },
    );
    expect(FailedEntryCount).toBe(4);
    expect(Entries.map(({ EventId, ErrorCode }) => ErrorCode ?? typeof EventId)).toEqual([
      'string',
      'MalformedDetail',
      'MalformedDetail',
      'InvalidArgument',
      'NotAuthorizedForSourceException',
    ]);
  });

  it('refuses requests of more than ten entries or 256 KB as a whole, and what is not a PutEvents', async () => {
    await expect(put(...Array.from({ length: 11 }, () => good))).rejects.toThrow('10');
    await expect(put({ ...good, Detail: JSON.stringify({ text: 'x'.repeat(262_144) }) })).rejects.toThrow('over the limit');
    expect((await fetch(endpoint(), { method: 'POST', body: '{}' })).status).toBe(400);
    expect((await fetch(`${endpoint()}/events`, { headers: { origin: 'https://example.com' } })).status).toBe(403);
  });

  it('keeps the last thousand events in its file, over a kill in the middle of a line', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'events-'));
    const logFile = join(folder, 'events.ndjson');
    const event = (n: number) => `${JSON.stringify({ eventId: String(n), detail: { n } })}\n`;
    writeFileSync(logFile, `${Array.from({ length: 1_005 }, (_, n) => event(n)).join('')}{"eventId":"ha`);
    const own = await startEventsEndpoint({ logFile });
    const bus = new EventBridgeClient({ endpoint: own.url, region: 'us-east-1' });
    await bus.send(new PutEventsCommand({ Entries: [good] }));
    const shown = (await (await fetch(`${own.url}/events`)).json()) as TakenEvent[];
    await own.stop();
    expect([shown.length, shown[0]?.eventId, shown.at(-1)?.detail]).toEqual([1_000, '6', { n: 1 }]);
    expect(readFileSync(logFile, 'utf8').trim().split('\n')).toHaveLength(1_001);
    rmSync(folder, { recursive: true });
  });
});
