import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventListener, startAnnouncer } from '../../../../lambdas/core/announce/event-listener.ts';
import { endEvent, type JobEvent, maxEventBytes, startEvent } from '../../../../lambdas/core/announce/job-event.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';
import { jobEventJsonSchema, jobEventSchema } from '../../../../lib/event-schema.ts';

const id = `job_${'0'.repeat(26)}`;
const inline = (value: unknown) => ({ kind: 'inline' as const, json: JSON.stringify(value) });

const ended: Job = {
  id,
  owner: 'arn:aws:iam::123456789012:role/Orders',
  type: 'run-query',
  version: 1,
  status: 'succeeded',
  reason: undefined,
  input: inline({ secret: 's3cr3t' }),
  submissionHash: 'hash',
  createdAtMs: Date.UTC(2026, 10, 1),
  notBeforeMs: Date.UTC(2026, 10, 1),
  deadlineMs: Date.UTC(2026, 10, 2),
  attempt: 2,
  attemptsStarted: 2,
  maxAttempts: 5,
  crashes: 0,
  leaseToken: 'lease-1',
  leaseEndsAtMs: undefined,
  alarm: undefined,
  progress: undefined,
  startedAtMs: Date.UTC(2026, 10, 1, 0, 0, 1),
  finishedAtMs: Date.UTC(2026, 10, 1, 0, 0, 2),
  cancelRequestedAtMs: undefined,
  expiresAtMs: Date.UTC(2026, 11, 1),
  result: inline({ secret: 's3cr3t' }),
  error: undefined,
  pendingOutcome: undefined,
  journal: {},
  checkpoint: undefined,
  files: {},
  tags: { team: 'data' },
  timeline: [],
  revision: 7,
};
const failed = (error: Partial<NonNullable<Job['error']>>): Job => ({
  ...ended,
  status: 'failed',
  result: undefined,
  error: { code: 'sql_error', message: 'No such table.', retryable: false, ...error },
});
const bytesOf = (event: JobEvent) => Buffer.byteLength(JSON.stringify(event));

it('is CloudEvents 1.0 with members of the job resource, and without input, result and lease token', () => {
  const event = endEvent(ended, 'Delegation-prod');
  expect(event).toEqual({
    specversion: '1.0',
    id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
    source: '/delegation/Delegation-prod',
    type: 'job.succeeded',
    subject: id,
    time: '2026-11-01T00:00:02.000Z',
    datacontenttype: 'application/json',
    data: {
      id,
      type: 'run-query',
      owner: 'arn:aws:iam::123456789012:role/Orders',
      status: 'succeeded',
      attempt: 2,
      maxAttempts: 5,
      error: null,
      createdAt: '2026-11-01T00:00:00.000Z',
      startedAt: '2026-11-01T00:00:01.000Z',
      finishedAt: '2026-11-01T00:00:02.000Z',
      tags: { team: 'data' },
      schedule: null,
      scheduledFor: null,
      retryOf: null,
      parent: null,
      links: { self: `/v1/jobs/${id}`, result: `/v1/jobs/${id}/result` },
    },
  });
  expect(JSON.stringify(event)).not.toMatch(/s3cr3t|lease-1/);
});

it('carries the trace of the submission, the schedule and the parent, where there are any', () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const parent = `job_${'1'.repeat(26)}`;
  const job: Job = { ...ended, traceparent, firedBy: { schedule: 'nightly', atMs: 0 }, parent: { id: parent, createdAtMs: 0 } };
  expect(endEvent(job, 'x')).toMatchObject({
    traceparent,
    data: { schedule: 'nightly', scheduledFor: '1970-01-01T00:00:00.000Z', parent },
  });
});

it('has one id however often it is made, and another for each kind, job, and later job of the same id', () => {
  const cancelled: Job = { ...ended, status: 'cancelled', result: undefined };
  const later: Job = { ...ended, createdAtMs: ended.createdAtMs + 1 };
  const another: Job = { ...ended, id: `job_${'2'.repeat(26)}` };
  expect(endEvent({ ...ended, revision: 9, isUnannounced: true }, 'x').id).toBe(endEvent(ended, 'x').id);
  const ids = [endEvent(ended, 'x'), startEvent(ended, 'x'), endEvent(cancelled, 'x'), endEvent(later, 'x'), endEvent(another, 'x')];
  expect(new Set(ids.map((event) => event.id)).size).toBe(ids.length);
});

it('of a start says when, and never before the acceptance, though clocks of machines differ', () => {
  const running: Job = { ...ended, status: 'running', startedAtMs: ended.createdAtMs - 5_000, finishedAtMs: undefined, result: undefined };
  expect(startEvent(running, 'x')).toMatchObject({
    type: 'job.started',
    time: '2026-11-01T00:00:00.000Z',
    data: { status: 'running', finishedAt: null, error: null, links: { result: null } },
  });
});

it('of a job that has not ended is a mistake', () => expect(() => endEvent({ ...ended, status: 'running' }, 'x')).toThrow('has not ended'));

it.each([
  ['short details', { rows: 3 }, { rows: 3 }],
  [
    'details that make it too large',
    { text: 'é'.repeat(10_000) },
    { omitted: `the event would be larger than ${maxEventBytes} bytes; /v1/jobs/${id} has the details` },
  ],
])('has %s of an error', (_, details, shown) => {
  const event = endEvent(failed({ details }), 'x');
  expect(event.data.error?.details).toEqual(shown);
  expect(bytesOf(event)).toBeLessThanOrEqual(maxEventBytes);
});

it('is below its bound for the largest record: every text at its limit, in letters of four bytes', () => {
  const wide = (length: number) => '𝔸'.repeat(length / 2);
  const largest: Job = {
    ...failed({ code: wide(200), message: wide(2_000), details: { text: 'x'.repeat(16_000) } }),
    owner: wide(256),
    tags: Object.fromEntries(Array.from({ length: 10 }, (__, i) => [`${i}${'k'.repeat(63)}`, wide(256)])),
  };
  expect(bytesOf(endEvent(largest, 'x'.repeat(128)))).toBeLessThanOrEqual(maxEventBytes);
});

describe('the schema', () => {
  it('docs/job-event.schema.json is what `npm run docs` generates', () =>
    expect(readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'job-event.schema.json'), 'utf8')).toBe(jobEventJsonSchema()));

  it.each([
    ['a success', endEvent(ended, 'x')],
    ['a failure', endEvent(failed({ details: { a: 1 } }), 'x')],
    ['a start', startEvent({ ...ended, traceparent: '00-a-b-01' }, 'x')],
  ])('is that of %s, and names all of its members', (_, event) => expect(jobEventSchema.parse(event)).toEqual(event));

  it('refuses what is none', () => {
    const event = endEvent(ended, 'x');
    for (const broken of [
      { ...event, id: '1' },
      { ...event, type: 'job.ended' },
      { ...event, data: { ...event.data, status: 'queued' } },
    ])
      expect(jobEventSchema.safeParse(broken).success).toBe(false);
  });
});

describe('whoever puts events', () => {
  const put: JobEvent[] = [];
  const bus = { put: async (event: JobEvent) => void put.push(event) };
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (message: string) => void warnings.push(message), error: () => undefined };
  const deps = { bus, deployment: 'x', internalTypes: ['bulk-action'], log };
  beforeEach(() => {
    put.length = 0;
    warnings.length = 0;
  });

  it.each(['succeeded', 'failed', 'cancelled'] as const)('puts one for a job that %s, and none for one of the service', async (status) => {
    const listener = eventListener(deps);
    expect([listener.isFor(ended, status), listener.isFor({ ...ended, type: 'bulk-action' }, status)]).toEqual([true, false]);
    await listener.notify({ ...ended, status });
    expect(put.map(({ type }) => type)).toEqual([`job.${status}`]);
  });

  it('throws where the bus refuses the event of an end, so that it is put again', () =>
    expect(eventListener({ ...deps, bus: { put: () => Promise.reject(new Error('no')) } }).notify(ended)).rejects.toThrow('no'));

  it('logs where the bus refuses that of a start, which is not put again', async () => {
    await startAnnouncer({ ...deps, bus: { put: () => Promise.reject(new Error('no')) } })(ended);
    await startAnnouncer(deps)({ ...ended, type: 'bulk-action' });
    expect([put, warnings]).toEqual([[], ['The event of the start of a job could not be put.']]);
  });
});
