import type { ListedJob } from '../../../console/jobs/job-rows.ts';
import { groupFailures, healthOf } from '../../../console/overview/health-sentence.ts';

const failed = (type: string, code: string, minute: number, retriedBy: string | null = null) =>
  ({
    id: `job_${minute}`,
    type,
    error: { code, message: `${code} at ${minute}` },
    createdAt: new Date(minute * 60_000).toISOString(),
    finishedAt: new Date(minute * 60_000).toISOString(),
    retriedBy,
  }) as unknown as ListedJob;
const open = (status: string) => ({ status }) as unknown as ListedJob;
const facts = { unfinished: [], isMore: false, failures: [], counts: [], types: [] };
const counts = [{ type: 'write-batch', unfinished: 0, succeeded: 6, failed: 14, cancelled: 0 }];

it('groups failures by type and code, with the newest message, and without those that were retried', () => {
  const groups = groupFailures([failed('a', 'x', 3), failed('b', 'y', 2), failed('a', 'x', 1), failed('a', 'x', 0, 'job_9')]);
  expect(groups.map(({ type, code, count, message, lastJob }) => [type, code, count, message, lastJob])).toEqual([
    ['a', 'x', 2, 'x at 3', 'job_3'],
    ['b', 'y', 1, 'y at 2', 'job_2'],
  ]);
  expect(groups[0]?.firstAt).toBe(new Date(60_000).toISOString());
});

it('says that all is well, and what is going on', () =>
  expect(healthOf({ ...facts, unfinished: [open('running'), open('waiting'), open('waiting')] })).toEqual({
    isWell: true,
    sentence: 'All well: 1 running, 2 waiting.',
  }));

it('says first what fails', () => {
  const failures = groupFailures(Array.from({ length: 14 }, (_, i) => failed('write-batch', 'AccessDenied', i)));
  expect(healthOf({ ...facts, failures, counts }).sentence).toMatch(/^write-batch is failing: 14 of the last 20, AccessDenied, since /);
});

it('is not alarmed by one failure of many', () => {
  const many = [{ type: 'write-batch', unfinished: 0, succeeded: 999, failed: 1, cancelled: 0 }];
  expect(healthOf({ ...facts, failures: groupFailures([failed('write-batch', 'AccessDenied', 1)]), counts: many }).isWell).toBe(true);
});

it('names types that take or run no jobs', () => {
  const type = { name: 'run-query', state: 'paused', queue: { depth: 0, oldestSeconds: 90 } };
  expect(healthOf({ ...facts, types: [type] as never })).toEqual({
    isWell: false,
    sentence: 'run-query is paused. nothing is running or waiting.',
  });
});
