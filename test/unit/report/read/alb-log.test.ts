import { albLog } from '../../../../report/read/alb-log.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { albLine } from './log-fixtures.ts';

const read = (line: string) => albLog.open({ name: 'alb.log', lines: [line] }, {}).read(line);
const request = (line: string) => read(line) as LoggedRequest;

it('reads an entry with all fields', () => {
  expect(read(albLine())).toEqual({
    startMs: Date.parse('2026-11-25T09:12:59.788Z'),
    waitMs: 14_213,
    heldMs: 14_212,
    outcome: 'ok',
    method: 'POST',
    host: 'shop.example.com',
    path: '/v1/reports',
    status: 201,
    bytesIn: 1422,
    bytesOut: 498,
    caller: '203.0.113.7 Mozilla/5.0 (X11; Linux x86_64) Firefox/146.0',
    callerKind: 'address+agent',
    agentKind: 'browser',
    ids: ['1-6925731a-36d228ad5d99923122bbe354'],
  });
});

it.each([
  [
    'of 2018',
    'http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354" "-" "-" 0 2018-07-02T22:22:48.364000Z "forward" "-" "-"',
    { host: 'www.example.com', path: '/', heldMs: 1, waitMs: 1, agentKind: 'program', outcome: 'ok' },
  ],
  [
    'of 2016, without a creation time',
    'h2 2016-08-10T00:10:33.145057Z app/my-loadbalancer/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 0.000 0.002 0.000 200 200 5 257 "GET https://10.0.2.105:773/ HTTP/2.0" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-west-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337327-72bd00b0343d75b906739c42"',
    { host: '10.0.2.105:773', startMs: Date.parse('2016-08-10T00:10:33.143Z') },
  ],
  [
    'of a function that failed',
    'http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - 0.000 0.001 0.000 502 - 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - - arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337364-23a8c76965a2ef7629b185e3" "-" "-" 0 2018-11-30T22:22:48.364000Z "forward" "-" "LambdaInvalidResponse"',
    { outcome: 'failed', status: 502, heldMs: 1 },
  ],
  ['with unquoted lists', albLine().replace('"10.0.3.14:8080" "201"', '10.0.3.14:8080 201'), { path: '/v1/reports' }],
  ['with fields of the future', `${albLine()} "new" 1 "more"`, { path: '/v1/reports' }],
])('reads an entry %s', (_, line, expected) => expect(read(line)).toMatchObject(expected));

it.each([
  [
    'no answer before the idle timeout',
    { times: '0.001 -1 -1', status: '504 -' },
    { outcome: 'timeout', isAtLeast: true, heldMs: 14_214, waitMs: 14_214 },
  ],
  ['a caller who hung up', { times: '0.001 -1 -1', status: '460 -' }, { outcome: 'hangup', isAtLeast: true, heldMs: 14_214 }],
  [
    'no connection within 10 s',
    { times: '-1 -1 -1', status: '504 -', creation: '2026-11-25T09:13:04.002000Z' },
    { outcome: 'failed', waitMs: 10_000 },
  ],
  [
    'no healthy target',
    { target: '-', times: '-1 -1 -1', status: '503 -', creation: '2026-11-25T09:13:14.000000Z' },
    { outcome: 'failed', heldMs: 0 },
  ],
  ['a redirect', { target: '-', times: '-1 -1 -1', status: '301 -', actions: 'redirect' }, { outcome: 'redirect', heldMs: 0 }],
  ['a throttled function', { target: '-', status: '502 -', error: 'LambdaThrottling' }, { outcome: 'throttled' }],
  ['a login that failed', { target: '-', status: '561 -', actions: 'authenticate' }, { outcome: 'rejected' }],
  ['a WebSocket', { type: 'wss', status: '101 101' }, { isStream: true, outcome: 'ok' }],
] as const)('understands %s', (_, entry, expected) => expect(read(albLine(entry))).toMatchObject(expected));

it('never gives -1 as a duration', () => {
  for (const times of ['-1 -1 -1', '0.000 -1 -1', '-1 0.000 -1']) {
    const { waitMs = 0, heldMs = 0 } = request(albLine({ times }));
    expect(Math.min(waitMs, heldMs)).toBeGreaterThanOrEqual(0);
  }
});

it.each([
  ['2001:db8::17:443', '2001:db8::17'],
  ['[2001:db8::17]:443', '2001:db8::17'],
  ['203.0.113.7:1', '203.0.113.7'],
])('finds the address in %s', (client, address) => {
  expect(request(albLine({ client, agent: '-' }))).toMatchObject({ caller: address, callerKind: 'address', agentKind: 'unknown' });
});

it('takes every id of a trace', () => {
  const trace = 'Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678;CalledFrom=app';
  expect(request(albLine({ trace })).ids).toEqual(['1-67891234-12456789abcdef012345678', '1-67891233-abcdef012345678912345678']);
});

it('keeps a quote in a user agent within its field', () => {
  expect(request(albLine({ agent: 'odd\\" "agent' })).path).toBe('/v1/reports');
});

it.each(['- http://10.213.4.195:80- -', '- - -', 'OPTIONS * HTTP/1.1', 'CONNECT shop:443 HTTP/1.1', ''])(
  'takes the request "%s" for noise',
  (line) => expect(read(albLine({ request: line }))).toBe('noise'),
);

it.each([
  '',
  'http 2018-07-02T22:22:58.364000Z app/lb',
  'http invalid-time a b c 1 1 1 200 200 1 1 "GET / HTTP/1.1" "-"',
  '{"a":1}',
  'tls 2.0 2018-12-20T02:59:40 net/lb',
])('does not understand "%s"', (line) => expect(read(line)).toBeUndefined());
