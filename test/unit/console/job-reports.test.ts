import { bugReport, logQuery } from '../../../console/job/job-reports.ts';
import { bodyOfSchedule, whyNotWhole } from '../../../console/schedules/repeated-schedule.ts';
import type { JobResource } from '../../../lambdas/api/openapi/resource-schemas.ts';
import type { ScheduleResource } from '../../../lambdas/api/openapi/schedule-schemas.ts';

const secret = 'only-for-us';
const job = {
  ...{ id: 'job_1', type: 'run-query', status: 'failed', owner: secret, attempt: 2, maxAttempts: 2, reason: null },
  ...{ input: { a: secret }, result: { b: secret }, tags: { c: secret }, uniqueKey: secret, concurrencyKey: secret },
  error: { code: 'no_room', message: 'Full.', retryable: true, details: { d: secret } },
  ...{ createdAt: 'T0', startedAt: 'T1', finishedAt: 'T2', deadline: 'T3' },
  timeline: [{ at: 'T1', event: 'attempt_failed', attempt: 1, detail: secret, by: secret }],
  cost: { invocations: 2, runSeconds: 1.5, gigabyteSeconds: 0.4, recordWrites: 6 },
} as unknown as JobResource;

it('reports what happened without anything that a caller or the work put in', () => {
  const report = bugReport(job, '1.2.3');
  expect(report).not.toContain(secret);
  for (const part of ['# run-query: failed', '`job_1`, Delegation 1.2.3', '`no_room`: Full.', '| T1 | attempt_failed | 1 |'])
    expect(report).toContain(part);
});

it('asks the log for the whole story of the job', () => expect(logQuery('job_1')).toContain("filter job = 'job_1'"));

const schedule = {
  ...{ name: 'nightly', owner: 'ann', cron: '30 2 * * *', timeZone: 'UTC', every: null, note: null, overlap: 'skip', catchUp: 'last' },
  ...{ jitterSeconds: 0, paused: false, startAt: null, endAt: null, nextTimes: ['T'], lastFiring: null, createdAt: 'T', updatedAt: 'T' },
  job: {
    ...{ type: 'run-query', input: { sql: 'SELECT 1' }, tags: {}, maxAttempts: null, deadlineSeconds: 60, webhookUrl: null },
    ...{ webhookEvents: null, concurrencyKey: null, priority: null },
  },
  links: { self: '/v1/schedules/nightly' },
} as unknown as ScheduleResource;

it('sets a schedule again as it is, but paused', () =>
  expect(bodyOfSchedule(schedule, { paused: true })).toEqual({
    ...{ cron: '30 2 * * *', timeZone: 'UTC', overlap: 'skip', catchUp: 'last', jitterSeconds: 0, paused: true },
    job: { type: 'run-query', input: { sql: 'SELECT 1' }, tags: {}, deadlineSeconds: 60 },
  }));

it.each([
  [{ input: null }, 'Its input is large'],
  [{ input: { token: '[redacted]' } }, 'Its input has secrets'],
  [{ webhookUrl: 'https://hooks.example/x' }, 'The query of its webhook'],
])('does not set one again of which %j is shown', (member, why) =>
  expect(whyNotWhole({ ...schedule, job: { ...schedule.job, ...member } } as ScheduleResource)).toContain(why),
);
it('sets one again that is shown as a whole', () => expect(whyNotWhole(schedule)).toBeNull());
