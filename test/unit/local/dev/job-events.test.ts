import { loggable } from '../../../../lambdas/core/job/loggable.ts';
import { describeEvent } from '../../../../local/dev/job-events.ts';

const line = (level: string, message: string, fields: object = {}) =>
  describeEvent({
    timestamp: '2026-03-01T12:00:05.000Z',
    level,
    message,
    trace: 't',
    job: 'job_1',
    type: 'talk',
    ...(JSON.parse(JSON.stringify(loggable(fields))) as object),
  });

it('shows an event of a job on one line, with small fields', () => {
  expect(line('INFO', 'accepted')).toMatch(/^\d\d:\d\d:05 {2}job_1 {2}talk {2}accepted$/);
  expect(line('INFO', 'sent', { to: 'ann', tries: 2 })).toMatch(/ {2}sent \{"to":"ann","tries":2\}$/);
});

it('shows an error as its message and its stack, each frame on a line', () => {
  const error = Object.assign(new TypeError('x is not a function'), { status: 500 });
  error.stack = ['TypeError: x is not a function', '    at run (/app/jobs/talk/worker.ts:9:3)', '    at node:internal/x:1:1'].join('\n');
  const [first = '', ...rest] = (line('ERROR', 'The worker threw.', { error, step: 'greet' }) ?? '').split('\n');
  expect(first).toMatch(/^\d\d:\d\d:05 {2}job_1 {2}talk {2}ERROR The worker threw. \{"step":"greet"\}$/);
  expect(rest).toEqual(['  TypeError: x is not a function {"status":500}', '      at run (/app/jobs/talk/worker.ts:9:3)']);
});

it('shows the causes of an error, and cuts long stacks', () => {
  const cause = new Error('connect ECONNREFUSED');
  cause.stack = `Error: connect ECONNREFUSED\n${'    at deep (/app/a.ts:1:1)\n'.repeat(20)}`;
  const error = new Error('fetch failed', { cause });
  error.stack = 'Error: fetch failed\n    at run (/app/b.ts:1:1)';
  expect((line('WARN', 'It failed.', { error }) ?? '').split('\n').slice(1)).toEqual([
    '  Error: fetch failed',
    '      at run (/app/b.ts:1:1)',
    '  caused by Error: connect ECONNREFUSED',
    ...Array(8).fill('      at deep (/app/a.ts:1:1)'),
    '      … and 12 more',
  ]);
});

it('shows an error that is only a text on a line of its own', () => {
  expect(line('WARN', 'A wake-up could not be sent.', { error: 'Error: closed' })).toMatch(/sent\.\n {2}Error: closed$/);
});

it('says nothing of the clock’s own reports', () => {
  expect(describeEvent({ level: 'INFO', message: 'clock', timestamp: '2026-03-01T12:00:05.000Z' })).toBeUndefined();
});
