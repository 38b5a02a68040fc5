import { apacheLog } from '../../../../report/read/apache-log.ts';
import type { ReadOptions } from '../../../../report/read/log-reader.ts';
import { nginxLog } from '../../../../report/read/nginx-log.ts';
import { ReportError } from '../../../../report/report-error.ts';

const open = (lines: readonly string[], options: ReadOptions = {}) => apacheLog.open({ name: 'access.log', lines }, options);
const readAll = (lines: readonly string[], options?: ReadOptions) => {
  const { read } = open(lines, options);
  return lines.map((line) => read(line));
};
const common = '203.0.113.7 - ana [25/Nov/2026:10:13:14 +0100] "GET /a HTTP/1.1" 200 61';
const combined = `${common} "-" "curl/8"`;
const withNumbers = (numbers: readonly (number | string)[]) => numbers.map((number) => `${combined} ${number}`);
const startMs = Date.parse('2026-11-25T09:13:14Z');

it('takes the time for the start', () => {
  expect(readAll(withNumbers([14_230_000]))).toMatchObject([{ startMs, waitMs: 14_230, callerKind: 'user', path: '/a' }]);
});

it('reads the documented format, whose last field is in microseconds', () => {
  const line = '203.0.113.7 - - 2026-11-25T10:13:14.123+0100 "GET /a HTTP/1.1" 200 61 "-" "curl/8" 930';
  expect(readAll([line])).toMatchObject([{ startMs: startMs + 123, waitMs: 0.93, agentKind: 'program' }]);
  expect(open([line]).notes).toEqual(['The last field is read as microseconds (median 930).']);
});

it('takes numbers with a large median for microseconds, and says so', () => {
  const lines = withNumbers([12_000, 14_000, 900]);
  expect(readAll(lines)[0]).toMatchObject({ waitMs: 12 });
  expect(open(lines).notes).toEqual([expect.stringContaining('microseconds (median 12000)')]);
});

it.each([[[0, 1, 3]], [[214, 300, 900]], [[900, 300, 50_000]], [[214, 3, 29_000]], [[5_546, 15, 81_228]]])(
  'asks for the unit of %j',
  (numbers) => {
    expect(() => open(withNumbers(numbers))).toThrow(ReportError);
    expect(() => open(withNumbers(numbers))).toThrow('--latency-unit');
  },
);

it.each([
  ['s', 214_000],
  ['ms', 214],
  ['us', 0.214],
] as const)('believes the option %s', (latencyUnit, waitMs) => {
  expect(readAll(withNumbers([214]), { latencyUnit })).toMatchObject([{ waitMs, startMs }]);
});

it('reads common, combined and vhost_combined without times', () => {
  const apache = combined.replace(' 61 ', ' - ');
  expect(readAll([common])).toMatchObject([{ waitMs: undefined, bytesOut: 61, agentKind: 'unknown' }]);
  expect(readAll([apache])).toMatchObject([{ bytesOut: undefined, agentKind: 'program' }]);
  expect(readAll([`shop.example.com:443 ${combined}`])).toMatchObject([{ host: 'shop.example.com', caller: 'ana' }]);
});

it('leaves lines that only nginx writes to nginx', () => {
  expect(readAll([`${combined} rt=0.100`, `${combined} rt=0.200`])).toEqual([undefined, undefined]);
  expect(nginxLog.open({ name: '', lines: [common] }, {}).read(common)).toBeUndefined();
});

it('reads %X as a hang-up', () => {
  const lines = [`${combined} 10000000 X`, `${combined} 20000 +`, `${combined} 30000 -`];
  expect(readAll(lines)).toMatchObject([{ outcome: 'hangup', isAtLeast: true, waitMs: 10_000 }, { outcome: 'ok' }, { outcome: 'ok' }]);
});

it('does not take the bytes of combinedio for times', () => {
  const lines = [200, 40_000, 5_000, 12].map((size) => `${combined.replace(' 61 ', ` ${size} `)} 412 ${size + 350}`);
  expect(readAll(lines)).toMatchObject(lines.map(() => ({ waitMs: undefined })));
  expect(open(lines).notes).toEqual([expect.stringContaining('combinedio')]);
});

it('decodes the escapes of Apache', () => {
  const line = `${common.replace('/a', '/a\\"b')} "-" "say \\"hi\\" \\\\" 20000`;
  expect(readAll([line])).toMatchObject([{ path: '/a"b', waitMs: 20 }]);
});

it('reads users with blanks, forwarded addresses and requests without a protocol', () => {
  expect(readAll([combined.replace('ana', 'Ana Lee')])).toEqual([undefined]);
  const lines = [
    common.replace('ana', 'Ana Lee'),
    common.replace('203.0.113.7', '203.0.113.7, 10.0.0.1').replace('ana', '-'),
    common.replace(' HTTP/1.1', ''),
  ];
  expect(readAll(lines)).toMatchObject([{ caller: 'Ana Lee' }, { caller: '203.0.113.7', callerKind: 'address' }, { path: '/a' }]);
});

it('reads a time-out as cut off', () => {
  expect(readAll([common.replace(' 200 ', ' 504 ')])).toMatchObject([{ outcome: 'timeout', isAtLeast: true }]);
});
