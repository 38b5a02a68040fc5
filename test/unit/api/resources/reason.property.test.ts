import fc from 'fast-check';
import { formatJob } from '../../../../lambdas/api/resources/job-resource.ts';
import type { Job, Reason } from '../../../../lambdas/core/job/job.ts';
import { isTerminal, jobStatuses } from '../../../../lambdas/core/job/states.ts';

const nowMs = Date.UTC(2026, 10, 24);
const codes: readonly Reason['code'][] = [
  'backing_off',
  'sleeping',
  'waiting_for_capacity',
  'waiting_for_signal',
  'cleaning_up',
  'quota',
  'waiting_for_worker',
];

const reasons = fc.record({ code: fc.constantFrom(...codes), detail: fc.option(fc.string(), { nil: undefined }) });

/** Records as the engine writes them: a suspension always has a reason, and no other state stores one. */
const jobs = fc
  .record({ status: fc.constantFrom(...jobStatuses), reason: reasons, notBeforeMs: fc.integer({ min: nowMs - 1e9, max: nowMs + 1e9 }) })
  .map(
    ({ status, reason, notBeforeMs }) =>
      ({
        id: 'job_x',
        status,
        type: 'work',
        input: { kind: 'inline', json: '{}' },
        createdAtMs: nowMs - 2e9,
        deadlineMs: nowMs + 2e9,
        notBeforeMs: status === 'queued' ? Math.min(notBeforeMs, nowMs) : notBeforeMs,
        ...(status === 'waiting' ? { reason } : {}),
        attempt: 1,
        attemptsStarted: 0,
        maxAttempts: 1,
        tags: {},
        timeline: [],
        revision: 1,
      }) as unknown as Job,
  );

const pauses = fc.constantFrom(
  undefined,
  { change: undefined },
  { change: { by: 'ann', atMs: nowMs, reason: 'an incident', state: 'paused' as const } },
);

it('a job has a reason exactly while it rests, and the reason is true: a wait that is named ends later, and one that is over is not named', () =>
  fc.assert(
    fc.property(jobs, pauses, (job, pause) => {
      const { reason } = formatJob(job, nowMs, { pause, secretNames: [], memoryMiB: 128 });
      if (job.status === 'running' || isTerminal(job.status)) return expect(reason).toBeNull();
      const isDue = job.notBeforeMs <= nowMs;
      if (isDue) {
        expect(reason).toMatchObject({ code: pause === undefined ? 'waiting_for_worker' : 'paused', until: null });
        return;
      }
      expect(reason?.code).toBe(job.status === 'scheduled' ? 'scheduled' : job.reason?.code);
      expect(Date.parse(reason?.until ?? '')).toBe(job.notBeforeMs);
    }),
    { numRuns: 1_000 },
  ));
