import { lambdaLog } from '../../../../report/read/lambda-log.ts';
import { reportLine } from './log-fixtures.ts';

const read = (lines: readonly string[], name = '/aws/lambda/shop-report', functionName?: string) => {
  const reader = lambdaLog.open({ name, lines }, { functionName });
  return lines.map((line) => reader.read(line));
};
const time = '2026-11-25T09:13:14.009Z';
const platform = (record: object) => JSON.stringify({ time, type: 'platform.report', record });
const metrics = { durationMs: 14_211.864, billedDurationMs: 14_212, memorySizeMB: 512, maxMemoryUsedMB: 187, initDurationMs: 402.11 };

it('reads a REPORT line: an environment is held by its start and its run', () => {
  expect(
    read([`${time}\t${reportLine('XRAY TraceId: 1-6925731a-36d228ad5d99923122bbe354\tSegmentId: 5d99923122bbe354\tSampled: true\t')}`]),
  ).toEqual([
    {
      startMs: Date.parse(time) - 14_614,
      heldMs: 14_211.86 + 402.11,
      method: 'INVOKE',
      path: 'shop-report',
      outcome: 'ok',
      callerKind: 'none',
      agentKind: 'unknown',
      ids: ['c6af9ac6-7b61-11e6-9a41-93e8deadbeef', '1-6925731a-36d228ad5d99923122bbe354'],
      isInvocation: true,
      memoryMb: 512,
    },
  ]);
});

it('reads a report of JSON', () => {
  expect(
    read([
      platform({ requestId: 'c6', status: 'success', metrics, tracing: { value: 'Root=1-5e1b4151-43a0913a12345678901234567;Sampled=1' } }),
    ]),
  ).toMatchObject([
    { startMs: Date.parse(time) - 14_614, outcome: 'ok', ids: ['c6', '1-5e1b4151-43a0913a12345678901234567'], memoryMb: 512 },
  ]);
});

it('adds the time to restore a snapshot', () => {
  const [request] = read([
    `${time} REPORT RequestId: c6\tDuration: 10.00 ms\tMemory Size: 128 MB\tRestore Duration: 400.00 ms\tBilled Restore Duration: 1 ms\t`,
  ]);
  expect(request).toMatchObject({ heldMs: 410, memoryMb: 128 });
});

it.each([
  ['timeout', { outcome: 'timeout', isAtLeast: true }],
  ['error', { outcome: 'failed' }],
])('reads the status %s', (status, expected) => {
  expect(read([`${time} ${reportLine(`Status: ${status}`)}`, platform({ requestId: 'c6', status, metrics })])).toMatchObject([
    expected,
    expected,
  ]);
});

it('remembers the line that says that a run timed out', () => {
  const said = `${time} c6af9ac6-7b61-11e6-9a41-93e8deadbeef Task timed out after 14.21 seconds`;
  expect(read([said, `${time} ${reportLine()}`])).toMatchObject(['noise', { outcome: 'timeout' }]);
});

it('takes what a function prints for noise, and a REPORT line without a time for not understood', () => {
  const lines = [
    'START RequestId: c6 Version: $LATEST',
    'END RequestId: c6',
    'INIT_START Runtime Version: nodejs:24',
    '{"level":"INFO"}',
    '"platform.report"',
  ];
  expect(read(lines)).toEqual(lines.map(() => 'noise'));
  expect(read([reportLine()])).toEqual([undefined]);
});

it.each([
  ['logs/aws-lambda-shop-report.json', undefined, 'shop-report'],
  ['/aws/lambda/shop_report', undefined, 'shop_report'],
  ['-', 'given', 'given'],
  ['-', undefined, 'function'],
])('names the function by %s and the option %s: %s', (name, option, expected) => {
  expect(read([`${time} ${reportLine()}`], name, option)).toMatchObject([{ path: expected }]);
});

it('finds the name that Lambda itself prints', () => {
  const start = JSON.stringify({ time, type: 'platform.initStart', record: { functionName: 'shop-report' } });
  expect(read([start, `${time} ${reportLine()}`], 'x.log')).toMatchObject(['noise', { path: 'shop-report' }]);
});
