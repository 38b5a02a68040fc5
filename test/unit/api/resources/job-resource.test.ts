import { formatJob, retryAfterSeconds } from '../../../../lambdas/api/resources/job-resource.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';

const nowMs = Date.UTC(2026, 10, 24);
const job = (changes: Partial<Job>): Job =>
  ({
    id: 'job_x',
    type: 't',
    status: 'queued',
    input: { kind: 'inline', json: '{"a":1}' },
    createdAtMs: nowMs,
    notBeforeMs: nowMs,
    deadlineMs: nowMs + 60_000,
    attempt: 1,
    attemptsStarted: 0,
    maxAttempts: 5,
    tags: {},
    timeline: [{ atMs: nowMs, event: 'queued' }],
    invocations: 2,
    runMs: 1_500,
    revision: 3,
    ...changes,
  }) as Job;

const present = (job: Job) => formatJob(job, nowMs, { secretNames: [], memoryMiB: 512 });

it('has every member from the first day: null where there is nothing to say', () => {
  expect(present(job({}))).toEqual({
    id: 'job_x',
    type: 't',
    retryOf: null,
    retriedBy: null,
    parent: null,
    children: [],
    uniqueKey: null,
    after: [],
    afterFailure: null,
    concurrencyKey: null,
    priority: null,
    group: null,
    status: 'queued',
    input: { a: 1 },
    reason: { code: 'waiting_for_worker', detail: null, until: null },
    progress: null,
    attempt: 0,
    maxAttempts: 5,
    result: null,
    error: null,
    createdAt: '2026-11-24T00:00:00.000Z',
    notBefore: '2026-11-24T00:00:00.000Z',
    deadline: '2026-11-24T00:01:00.000Z',
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    cancelRequestedAt: null,
    schedule: null,
    scheduledFor: null,
    tags: {},
    webhook: null,
    timeline: [{ at: '2026-11-24T00:00:00.000Z', event: 'queued' }],
    traceparent: null,
    cost: { invocations: 2, runSeconds: 1.5, gigabyteSeconds: 0.75, recordWrites: 3 },
    links: {
      self: '/v1/jobs/job_x',
      input: '/v1/jobs/job_x/input',
      result: null,
      cancel: '/v1/jobs/job_x/cancel',
      retry: null,
      children: null,
      webhook: null,
    },
  });
});

it('shows the number of attempts that were started, not the pending one', () => {
  const backingOff = job({
    status: 'waiting',
    leaseToken: 't',
    attempt: 3,
    attemptsStarted: 2,
    reason: { code: 'backing_off', detail: 'd' },
    timeline: [{ atMs: nowMs, event: 'attempt_failed', attempt: 2 }],
    notBeforeMs: nowMs + 5_000,
  });
  expect(present(backingOff)).toMatchObject({
    attempt: 2,
    reason: { code: 'backing_off', detail: 'd', until: '2026-11-24T00:00:05.000Z' },
  });
});

it('waits for a worker once the time that it waited for has come', () => {
  const due = job({ status: 'waiting', leaseToken: 't', reason: { code: 'sleeping' }, notBeforeMs: nowMs - 1 });
  expect(present(due).reason).toEqual({ code: 'waiting_for_worker', detail: null, until: null });
});

it('distinguishes a start from a resumption, and numbers the attempts', () => {
  const events = ['queued', 'started', 'sleeping', 'started', 'attempt_failed', 'started'] as const;
  const timeline = events.map((event, i) => ({ atMs: nowMs + i, event, ...(event === 'attempt_failed' ? { attempt: 1 } : {}) }));
  expect(present(job({ timeline, status: 'running' })).timeline.map(({ event, attempt }) => [event, attempt])).toEqual([
    ['queued', undefined],
    ['started', 1],
    ['sleeping', undefined],
    ['resumed', 1],
    ['attempt_failed', 1],
    ['started', 2],
  ]);
});

it('asks to come back at the end of a known wait, else later the longer it takes', () => {
  expect(retryAfterSeconds(job({ notBeforeMs: nowMs + 30_000 }), 2, nowMs)).toBe(31);
  expect(retryAfterSeconds(job({ held: ['key'], status: 'waiting', notBeforeMs: nowMs + 3_000_000 }), 2, nowMs)).toBe(2);
  expect(
    retryAfterSeconds(job({ awaits: [{ kind: 'jobs', ids: ['job_y'] }], status: 'waiting', notBeforeMs: nowMs + 3_000_000 }), 2, nowMs),
  ).toBe(2);
  expect(retryAfterSeconds(job({}), 2, nowMs)).toBe(2);
  expect(retryAfterSeconds(job({ createdAtMs: nowMs - 100_000 }), 2, nowMs)).toBe(50);
});

describe('the input', () => {
  const input = { kind: 'inline', json: '{"user":"ann","Password":"hunter22","n":12345678901234567890,"note":"hunter22 is it"}' } as const;
  const shown = (changes: Partial<Job>, secretNames: readonly string[] | undefined) => {
    const { input: value, links } = formatJob(job(changes), nowMs, { secretNames, memoryMiB: 512 });
    return [JSON.stringify(value), links.input];
  };

  it('is shown with every digit', () => expect(shown({ input }, [])).toEqual([input.json, '/v1/jobs/job_x/input']));

  it('hides what the contract calls secret, wherever it turns up', () =>
    expect(shown({ input }, ['password'])).toEqual([
      '{"user":"ann","Password":"[redacted]","n":12345678901234567890,"note":"[redacted] is it"}',
      '/v1/jobs/job_x/input',
    ]));

  it('is a link where it is large', () =>
    expect(shown({ input: { kind: 'stored', key: 'k', sizeBytes: 5_000, sha256: '' } }, [])).toEqual(['null', '/v1/jobs/job_x/input']));

  it('is not shown for a type that is no longer deployed, since its secret members are unknown', () =>
    expect(shown({ input }, undefined)).toEqual(['null', null]));
});

it('shows steps as they are on the timeline, and takes none for a start', () => {
  const events = ['started', 'step', 'sleeping', 'started', 'step'] as const;
  const timeline = events.map((event, i) => ({ atMs: nowMs + i, event, ...(event === 'step' ? { detail: `step ${i}` } : {}) }));
  const { timeline: shown } = present(job({ timeline: timeline as unknown as Job['timeline'], status: 'running' }));
  expect(shown.map(({ event, detail }) => [event, detail])).toEqual([
    ['started', undefined],
    ['step', 'step 1'],
    ['sleeping', undefined],
    ['resumed', undefined],
    ['step', 'step 4'],
  ]);
});

describe('signals on the timeline', () => {
  const events = ['queued', 'started', 'sleeping', 'started', 'succeeded'] as const;
  const timeline = events.map((event, i) => ({ atMs: nowMs + 10 * i, event }));
  const signal = (name: string, afterEntries: number, more: object = {}) => ({
    ...{ id: name, name, payload: { kind: 'inline', json: 'null' }, payloadHash: 'h', by: 'ann' },
    ...{ atMs: nowMs + 10 * afterEntries - 5, afterEntries, ...more },
  });
  const shown = (changes: object) =>
    present(job({ timeline, status: 'succeeded', ...changes } as Partial<Job>)).timeline.map(({ event, detail }) => detail ?? event);

  it('are at the place where they arrived, and a resumption behind one is still called so', () => {
    expect(shown({ signals: [signal('a', 1), signal('b', 3), signal('c', 3), signal('d', 5)] })).toEqual([
      ...['queued', 'a', 'started', 'sleeping', 'b', 'c', 'resumed', 'succeeded', 'd'],
    ]);
  });

  it('stay before or behind the cancel that came at the same place', () => {
    const cancelRequest = { by: 'bob', reason: 'stop', afterEntries: 3 };
    const signals = [signal('before', 3), signal('behind', 3, { isAfterCancel: true })];
    expect(shown({ cancelRequest, cancelRequestedAtMs: nowMs + 25, signals })).toEqual([
      ...['queued', 'started', 'sleeping', 'before', 'stop', 'behind', 'resumed', 'succeeded'],
    ]);
  });

  it('say who sent them, and nothing of what they hold', () => {
    const payload = { kind: 'inline', json: '"hunter22"' };
    const { timeline: entries } = present(job({ timeline, status: 'succeeded', signals: [signal('a', 1, { payload })] } as Partial<Job>));
    expect(entries[1]).toEqual({ at: '2026-11-24T00:00:00.005Z', event: 'signalled', by: 'ann', detail: 'a' });
    expect(JSON.stringify(entries)).not.toContain('hunter22');
  });
});
