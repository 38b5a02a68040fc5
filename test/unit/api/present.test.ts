import { presentJob, retryAfterSeconds } from '../../../lambdas/api/present.ts';
import type { Job } from '../../../lambdas/core/job.ts';

const nowMs = Date.UTC(2026, 10, 24);
const job = (changes: Partial<Job>): Job =>
  ({
    id: 'job_x',
    type: 't',
    status: 'queued',
    createdAtMs: nowMs,
    notBeforeMs: nowMs,
    attempt: 1,
    maxAttempts: 5,
    tags: {},
    timeline: [{ atMs: nowMs, event: 'queued' }],
    ...changes,
  }) as Job;

it('has every member from the first day: null where there is nothing to say', () => {
  expect(presentJob(job({}), nowMs)).toEqual({
    id: 'job_x',
    type: 't',
    status: 'queued',
    reason: { code: 'waiting_for_worker', detail: null, until: null },
    progress: null,
    attempt: 0,
    maxAttempts: 5,
    result: null,
    error: null,
    createdAt: '2026-11-24T00:00:00.000Z',
    startedAt: null,
    finishedAt: null,
    expiresAt: null,
    cancelRequestedAt: null,
    tags: {},
    timeline: [{ at: '2026-11-24T00:00:00.000Z', event: 'queued' }],
    cost: null,
    links: { self: '/v1/jobs/job_x', result: null, cancel: '/v1/jobs/job_x/cancel' },
  });
});

it('counts the attempts that were begun, not the one to come', () => {
  const backingOff = job({
    status: 'waiting',
    leaseToken: 't',
    attempt: 3,
    reason: { code: 'backing_off', detail: 'd' },
    timeline: [{ atMs: nowMs, event: 'attempt_failed', attempt: 2 }],
    notBeforeMs: nowMs + 5_000,
  });
  expect(presentJob(backingOff, nowMs)).toMatchObject({
    attempt: 2,
    reason: { code: 'backing_off', detail: 'd', until: '2026-11-24T00:00:05.000Z' },
  });
  // Its code did not stop when its time was over, and the next attempt begins at the lease's end.
  const cutOff = { ...backingOff, status: 'running', reason: undefined } as Job;
  expect(presentJob(cutOff, nowMs).attempt).toBe(2);
  expect(presentJob({ ...cutOff, timeline: [...cutOff.timeline, { atMs: nowMs + 1, event: 'started' }] }, nowMs).attempt).toBe(3);
});

it('waits for a worker once the time that it waited for has come', () => {
  const due = job({ status: 'waiting', leaseToken: 't', reason: { code: 'sleeping' }, notBeforeMs: nowMs - 1 });
  expect(presentJob(due, nowMs).reason).toEqual({ code: 'waiting_for_worker', detail: null, until: null });
});

it('tells a start from a resumption, and numbers the attempts', () => {
  const events = ['queued', 'started', 'sleeping', 'started', 'attempt_failed', 'started'] as const;
  const timeline = events.map((event, i) => ({ atMs: nowMs + i, event, ...(event === 'attempt_failed' ? { attempt: 1 } : {}) }));
  expect(presentJob(job({ timeline, status: 'running' }), nowMs).timeline.map(({ event, attempt }) => [event, attempt])).toEqual([
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
  expect(retryAfterSeconds(job({}), 2, nowMs)).toBe(2);
  expect(retryAfterSeconds(job({ createdAtMs: nowMs - 100_000 }), 2, nowMs)).toBe(50);
});
