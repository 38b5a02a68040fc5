import { harDocument } from '../../../../report/read/har-document.ts';
import { ReportError } from '../../../../report/report-error.ts';

const entry = {
  startedDateTime: '2026-11-25T10:12:59.788+01:00',
  time: 14_238.4,
  request: {
    method: 'POST',
    url: 'https://shop.example.com/v1/reports?token=secret',
    bodySize: 1_024,
    headers: [
      { name: 'Cookie', value: 'secret' },
      { name: 'User-Agent', value: 'Mozilla/5.0 (X11; Linux x86_64)' },
    ],
    postData: { text: 'secret' },
  },
  response: { status: 201, bodySize: 61, content: { size: 61, mimeType: 'application/json', text: 'secret' }, headers: [] },
  timings: { blocked: 2.1, dns: -1, connect: -1, send: 0.3, wait: 14_234.6, receive: 1.4, ssl: -1 },
};
const har = (...entries: readonly unknown[]) => JSON.stringify({ log: { version: '1.2', creator: { name: 'x' }, entries } });
const readOne = (changes: object) => harDocument.readDocument(har({ ...entry, ...changes })).requests[0];

it('recognises a HAR by its beginning', () => {
  expect(harDocument.recognises(har(entry).slice(0, 40))).toBe(true);
  expect(harDocument.recognises(`\uFEFF{\n  "log": {`)).toBe(true);
  expect(harDocument.recognises('{"resourceSpans":[')).toBe(false);
});

it('reads the start, the wait and what the server took', () => {
  const { requests, unparsed } = harDocument.readDocument(har(entry));
  expect(unparsed).toBe(0);
  expect(requests).toMatchObject([
    {
      startMs: Date.parse('2026-11-25T09:12:59.788Z'),
      waitMs: 14_238.4,
      heldMs: 14_234.6,
      method: 'POST',
      host: 'shop.example.com',
      path: '/v1/reports',
      status: 201,
      outcome: 'ok',
      bytesIn: 1_024,
      bytesOut: 61,
      callerKind: 'user',
      agentKind: 'browser',
      contentType: 'application/json',
    },
  ]);
});

it('keeps nothing of headers, cookies, queries and bodies', () => {
  expect(JSON.stringify(harDocument.readDocument(har(entry)))).not.toContain('secret');
});

it('takes all requests of a file for one person, and other files for others', () => {
  const callers = (...entries: readonly unknown[]) => harDocument.readDocument(har(...entries)).requests.map(({ caller }) => caller);
  const [first, second] = callers(entry, { ...entry, startedDateTime: '2026-11-25T10:13:00.000+01:00' });
  expect(first).toBe(second);
  expect(callers({ ...entry, startedDateTime: '2026-11-25T10:14:00.000+01:00' })).not.toContain(first);
});

it.each([
  [{ response: { status: 0 } }, { outcome: 'hangup', isAtLeast: true }],
  [{ response: { status: 0, _error: 'net::ERR_ABORTED' } }, { outcome: 'hangup' }],
  [{ response: { status: 0, _error: 'net::ERR_BLOCKED_BY_CLIENT' } }, { outcome: 'unknown' }],
  [{ _fromCache: 'memory' }, { isCacheHit: true, heldMs: 0 }],
  [{ _resourceType: 'websocket' }, { isStream: true }],
  [
    { timings: { wait: -1 }, time: -1 },
    { waitMs: undefined, heldMs: undefined },
  ],
])('reads %j', (changes, expected) => expect(readOne(changes)).toMatchObject(expected));

it('leaves out addresses that are not of HTTP, and counts what is not an entry', () => {
  const data = { ...entry, request: { ...entry.request, url: 'data:text/plain,hello' } };
  expect(harDocument.readDocument(har(data, {}, entry))).toMatchObject({ requests: [{ status: 201 }], unparsed: 1 });
});

it('says what is wrong with a file that was cut off', () => {
  expect(() => harDocument.readDocument(har(entry).slice(0, 100))).toThrow(ReportError);
});
