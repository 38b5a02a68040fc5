import { cloudFrontLog } from '../../../../report/read/cloudfront-log.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';

const fields =
  'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end';
const values =
  '2026-11-25	09:13:14	FRA56-P4	498	203.0.113.7	POST	d111111abcdef8.cloudfront.net	/v1/reports	201	-	Mozilla/5.0%20(X11;%20Linux%20x86_64)	-	-	Miss	k6WGMNkEzR5BEM_SaF47gjtX9zBDO2m3==	shop.example.com	https	1422	14.230	-	TLSv1.3	TLS_AES_128_GCM_SHA256	Miss	HTTP/2.0	-	-	52113	14.229	Miss	application/json	61	-	-';

type Row = Readonly<Record<string, string>>;
const row: Row = Object.fromEntries(fields.split(' ').map((name, index) => [name, values.split('\t')[index] ?? '']));
const readAll = (lines: readonly string[]) => {
  const { read } = cloudFrontLog.open({ name: '', lines }, {});
  return lines.map((line) => read(line));
};
const readRow = (changes: Row, names = Object.keys({ ...row, ...changes })) =>
  readAll([`#Fields: ${names.join(' ')}`, names.map((name) => ({ ...row, ...changes })[name]).join('\t')])[1] as LoggedRequest;

it('reads columns by their name, and computes the start from the end', () => {
  const lines = ['#Version: 1.0', `#Fields: ${fields}`, values];
  expect(readAll(lines)).toMatchObject([
    'noise',
    'noise',
    {
      startMs: Date.parse('2026-11-25T09:12:59.770Z'),
      waitMs: 14_230,
      heldMs: 14_229,
      method: 'POST',
      path: '/v1/reports',
      host: 'shop.example.com',
      status: 201,
      outcome: 'ok',
      bytesIn: 1_422,
      bytesOut: 498,
      callerKind: 'address+agent',
      agentKind: 'browser',
      ids: ['k6WGMNkEzR5BEM_SaF47gjtX9zBDO2m3=='],
      contentType: 'application/json',
    },
  ]);
});

it('reads columns in another order, and fewer of them', () => {
  expect(readRow({}, ['cs-uri-stem', 'x-host-header', 'time', 'cs-method', 'date', 'sc-status'])).toMatchObject({
    path: '/v1/reports',
    waitMs: undefined,
    callerKind: 'none',
  });
});

it('follows a new #Fields line of a file that was put together', () => {
  const lines = [
    `#Fields: ${fields}`,
    values,
    '#Fields: date time cs-method cs-uri-stem x-edge-location',
    '2026-11-25\t09:13:14\tGET\t/b\tFRA',
  ];
  expect(readAll(lines)[3]).toMatchObject({ path: '/b' });
});

it('does not understand lines without #Fields, lines with other columns, and logs of IIS', () => {
  expect(readAll([values])).toEqual([undefined]);
  expect(readAll([`#Fields: ${fields}`, 'a\tb'])).toEqual(['noise', undefined]);
  expect(
    readAll([
      '#Software: Microsoft IIS',
      '#Fields: date time s-ip cs-method cs-uri-stem sc-status time-taken',
      '2026-11-25 09:13:14 10.0.0.1 GET / 200 15',
    ]),
  ).toEqual([undefined, undefined, undefined]);
});

it.each([
  ['Hit', { heldMs: 0, isCacheHit: true }],
  ['RefreshHit', { heldMs: 14_229 }],
  ['Redirect', { heldMs: 0 }],
  ['Error', { heldMs: 14_229 }],
])('knows what the origin was occupied for %s', (result, expected) => {
  const type = { 'x-edge-result-type': result, 'x-edge-response-result-type': result };
  expect(readRow(type)).toMatchObject(expected);
});

it('prefers the times of the origin', () => {
  expect(readRow({ 'origin-fbl': '0.100', 'origin-lbl': '0.250' })).toMatchObject({ heldMs: 250 });
  expect(readRow({ 'origin-fbl': '0.100', 'origin-lbl': '-' })).toMatchObject({ heldMs: 100 });
});

it.each([
  [{ 'x-edge-detailed-result-type': 'ClientCommError', 'sc-status': '000' }],
  [{ 'x-edge-detailed-result-type': 'ClientHungUpRequest' }],
  [{ 'sc-status': '000' }],
  [{ 'x-edge-result-type': 'Error', 'x-edge-response-result-type': 'Miss' }],
])('takes %j for a hang-up', (changes) => expect(readRow(changes)).toMatchObject({ outcome: 'hangup', isAtLeast: true }));

it('takes 504 for a time-out', () => {
  expect(readRow({ 'sc-status': '504', 'x-edge-detailed-result-type': 'OriginCommError' })).toMatchObject({ outcome: 'timeout' });
});

it('decodes once', () => {
  expect(readRow({ 'cs-uri-stem': '/a%2520b', 'cs-uri-query': 'x=1' })).toMatchObject({ path: '/a%20b', queryHash: expect.any(Number) });
});

it('reads WebSockets as streams', () => expect(readRow({ 'cs-protocol': 'wss' })).toMatchObject({ isStream: true }));

it('reads the JSON of standard logging v2', () => {
  expect(readAll([JSON.stringify(row)])).toMatchObject([{ waitMs: 14_230, startMs: Date.parse('2026-11-25T09:12:59.770Z') }]);
  const { date: _date, time: _time, ...others } = row;
  expect(readAll([JSON.stringify({ ...others, 'timestamp(ms)': '1795597994018' })])).toMatchObject([{ startMs: 1_795_597_979_788 }]);
  expect(readAll(['{"a":1}', '{'])).toEqual([undefined, undefined]);
});
