import type { ReadOptions } from '../../../../report/read/log-reader.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { nginxLog } from '../../../../report/read/nginx-log.ts';

const open = (lines: readonly string[], options: ReadOptions = {}) => nginxLog.open({ name: 'access.log', lines }, options);
const readAll = (lines: readonly string[], options?: ReadOptions) => {
  const { read } = open(lines, options);
  return lines.map((line) => read(line));
};
const first = (line: string, options?: ReadOptions) => readAll([line], options)[0] as LoggedRequest;
const at = (iso: string) => Date.parse(iso);

const answered =
  '203.0.113.7 - ana [25/Nov/2026:10:13:14 +0100] "POST /v1/reports?fmt=pdf HTTP/1.1" 201 61 "-" "Mozilla/5.0 (X11; Linux x86_64)" rt=14.230 uct="0.001" urt="14.212"';
const hungUp = '2001:db8::17 - - [25/Nov/2026:10:13:20 +0100] "POST /v1/reports HTTP/1.1" 499 0 "-" "okhttp/4.12.0" rt=10.001 urt="-"';

it('computes the start from the end, in UTC', () => {
  expect(readAll([answered])).toMatchObject([
    {
      startMs: at('2026-11-25T09:12:59.770Z'),
      waitMs: 14_230,
      heldMs: 14_212,
      method: 'POST',
      path: '/v1/reports',
      queryHash: expect.any(Number),
      status: 201,
      outcome: 'ok',
      bytesOut: 61,
      caller: 'ana',
      callerKind: 'user',
      agentKind: 'browser',
    },
  ]);
});

it('reads 499 as a hang-up whose true duration is longer, from an IPv6 address', () => {
  expect(first(hungUp)).toMatchObject({
    outcome: 'hangup',
    isAtLeast: true,
    waitMs: 10_001,
    heldMs: undefined,
    callerKind: 'address+agent',
    caller: '2001:db8::17 okhttp/4.12.0',
  });
});

it.each([
  ['rt="0.020" urt="0.010, 0.005"', 20, 15],
  ['rt=14.430 urt=0.010, 14.200 : 0.200', 14_430, 14_410],
  ['rt=0.020 urt="-, 0.015"', 20, 15],
  ['request_time=0.3 upstream_response_time=-', undefined, undefined],
  ['request_time=0.300 upstream_response_time=-', 300, undefined],
  ['"0.300" "0.200"', 300, 200],
  ['0.200 0.300', 300, 200],
  ['"-" 316 0.003 [default-shop-80] [] 10.0.0.1:8080 612 0.002 200 5b3c0e', 3, 2],
])('adds the times of several upstreams: %s', (times, waitMs, heldMs) => {
  const line = `203.0.113.7 - - [25/Nov/2026:10:13:14 +0100] "GET /a HTTP/1.1" 200 61 "-" "curl/8" ${times}`;
  expect(first(line, { latencyUnit: 's' })).toMatchObject({ waitMs, heldMs });
});

it('reads the example of the documentation of nginx, which lacks a blank before the times', () => {
  const line = answered.replace('" rt=', '"rt=');
  expect(first(line)).toMatchObject({ waitMs: 14_230, heldMs: 14_212 });
});

it('leaves times undefined where the log has none', () => {
  const line = '203.0.113.7 - - [25/Nov/2026:10:13:14 +0100] "GET /a HTTP/2.0" 200 61 "-" "curl/8"';
  expect(first(line)).toMatchObject({ waitMs: undefined, heldMs: undefined, startMs: at('2026-11-25T09:13:14Z') });
});

it.each(['\\x16\\x03\\x01\\x02\\x00', '', '-', 'CONNECT example.com:443 HTTP/1.1', 'OPTIONS * HTTP/1.1', 'MGLNDD_203.0.113.9_443'])(
  'counts the request line %j as noise',
  (request) => expect(first(`203.0.113.7 - - [25/Nov/2026:10:13:14 +0100] "${request}" 400 150 "-" "-" rt=0.100`)).toBe('noise'),
);

it('decodes the escapes of nginx and takes no quote for the end of a field', () => {
  const line =
    '203.0.113.7 - - [25/Nov/2026:10:13:14 +0100] "GET /a\\x22b\\xC3\\xA9/ HTTP/1.1" 200 61 "-" "agent \\x22quoted\\x22" rt=0.100';
  expect(first(line)).toMatchObject({ path: '/a"bé', waitMs: 100 });
});

it('says what it assumes of numbers without a name', () => {
  const lines = ['0.300 0.200', '0.100 0.100'].map((times) => answered.replace(/rt=.*/, times));
  expect(open(lines).notes).toEqual([expect.stringContaining('three decimals')]);
  expect(open([answered]).notes).toEqual([]);
});

it('understands nothing of a log that Apache wrote', () => {
  const line = '203.0.113.7 - - 2026-11-25T10:13:14.123+0100 "GET / HTTP/1.1" 200 61 "-" "curl/8" 14230000';
  expect(readAll([line])).toEqual([undefined]);
});

const timed = {
  time: '1795597994.018',
  method: 'POST',
  uri: '/v1/reports?fmt=pdf',
  status: '201',
  bytes: '61',
  in: '1422',
  wait: '14.230',
  held: '0.012, 14.200',
  user: 'ana',
  ip: '203.0.113.7',
  ua: 'okhttp/4.12.0',
  id: '5b3c0e',
};

it('reads the documented JSON format', () => {
  expect(first(JSON.stringify(timed))).toMatchObject({
    startMs: 1_795_597_979_788,
    waitMs: 14_230,
    heldMs: 14_212,
    path: '/v1/reports',
    bytesIn: 1_422,
    bytesOut: 61,
    caller: 'ana',
    ids: ['5b3c0e'],
  });
});

it.each([
  [
    {
      time_local: '25/Nov/2026:10:13:14 +0100',
      request: 'GET /a HTTP/1.1',
      status: 200,
      request_time: 0.5,
      upstream_response_time: '-',
      remote_addr: '203.0.113.7',
    },
    { waitMs: 500, callerKind: 'address' },
  ],
  [
    { ...timed, wait: undefined, held: undefined, upstream_cache_status: 'HIT' },
    { waitMs: undefined, heldMs: 0, isCacheHit: true },
  ],
  [{ ...timed, status: '101' }, { isStream: true }],
  [{ ...timed, user: '-', ip: '203.0.113.7' }, { callerKind: 'address+agent' }],
])('reads usual names of variables: %j', (json, expected) => expect(first(JSON.stringify(json))).toMatchObject(expected));

it('takes own names of fields and their unit', () => {
  const json = JSON.stringify({ ...timed, wait: undefined, took_ms: 214 });
  expect(first(json, { fieldNames: { wait: 'took_ms' } })).toMatchObject({ waitMs: 214 });
});

it('reads JSON that nginx wrote without escape=json', () => {
  expect(first(JSON.stringify({ ...timed, ua: 'X' }).replace('"X"', '"a \\x22b\\x22"'))).toMatchObject({ waitMs: 14_230 });
});

it.each(['{"time":"1795597994.018","method":"POST","path":"/jobs","status":"202","latencyMs":"12"}', '{', '[1]', 'null', 'hello'])(
  'does not understand %s',
  (line) => expect(readAll([line])).toEqual([undefined]),
);
