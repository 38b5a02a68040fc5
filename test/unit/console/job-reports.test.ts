import { bugReport, logQuery } from '../../../console/job/job-reports.ts';
import type { JobResource } from '../../../lambdas/api/openapi/resource-schemas.ts';

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
