import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { otelDocument, otelLog } from '../../../../report/read/otel-spans.ts';
import { samplingWeight } from '../../../../report/read/sampling-weight.ts';

const attribute = (key: string, value: string | number) => ({
  key,
  value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
});
const attributesOf = (values: Readonly<Record<string, string | number>>) =>
  Object.entries(values).map(([key, value]) => attribute(key, value));
const span = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  parentSpanId: '',
  name: 'POST /v1/reports',
  kind: 2 as number | string,
  startTimeUnixNano: '1795597979788000000' as number | string,
  endTimeUnixNano: '1795597994018000000' as number | string,
  attributes: attributesOf({
    'http.request.method': 'POST',
    'http.route': '/v1/reports',
    'url.path': '/v1/reports',
    'http.response.status_code': 201,
    'user_agent.original': 'okhttp/4.12.0',
  }),
};
const batch = (...spans: readonly unknown[]) => ({ resourceSpans: [{ resource: {}, scopeSpans: [{ scope: {}, spans }] }] });
const readLine = (document: unknown) => otelLog.open({ name: '', lines: [] }, {}).read(JSON.stringify(document));
const readSpan = (changes: object) => readLine(batch({ ...span, ...changes })) as LoggedRequest;
const withAttributes = (values: Readonly<Record<string, string | number>>) => readSpan({ attributes: attributesOf(values) });

const expected = {
  startMs: 1_795_597_979_788,
  waitMs: 14_230,
  heldMs: 14_230,
  method: 'POST',
  path: '/v1/reports',
  route: '/v1/reports',
  status: 201,
  outcome: 'ok',
  ids: ['5b8efff798038103d269b633813fc60c'],
};

it('reads spans of kind SERVER', () => {
  expect(readSpan({})).toMatchObject(expected);
  expect(readSpan({ kind: 'SPAN_KIND_SERVER' })).toMatchObject(expected);
  expect(readLine(batch({ ...span, kind: 3 }))).toBe('noise');
});

it('reads times that are numbers', () => {
  const times = { startTimeUnixNano: 1_795_597_979_788_000_000, endTimeUnixNano: 1_795_597_994_018_000_000 };
  expect(readSpan(times)).toMatchObject(expected);
});

it('reads several requests of one line, and one document of many', () => {
  expect(readLine(batch(span, { ...span, kind: 1 }, span))).toMatchObject([expected, expected]);
  const text = JSON.stringify(batch(span, span), null, 2);
  expect(otelDocument.recognises(text.slice(0, 200))).toBe(true);
  expect(otelDocument.readDocument(text)).toMatchObject({ requests: [expected, expected], unparsed: 0 });
});

it('leaves one document a line to the reader of lines, unless the first line is too long to be seen whole', () => {
  const line = JSON.stringify(batch(span));
  expect(otelDocument.recognises(`${line}\n${line}\n`)).toBe(false);
  expect(otelDocument.recognises(line.slice(0, 100))).toBe(true);
  expect(otelDocument.readDocument(`${line}\n{"resourceSp\n${line}\n`)).toMatchObject({ requests: [expected, expected], unparsed: 1 });
});

it('reads the names before the stable ones', () => {
  const old = {
    'http.method': 'get',
    'http.target': '/a/7?x=1',
    'http.status_code': 404,
    'http.client_ip': '203.0.113.7',
    'http.user_agent': 'curl/8',
  };
  expect(withAttributes(old)).toMatchObject({
    method: 'GET',
    path: '/a/7',
    status: 404,
    outcome: 'rejected',
    callerKind: 'address+agent',
    agentKind: 'program',
  });
});

it.each([
  [
    { 'http.request.method': 'GET', 'url.full': 'https://shop.example.com/a?b=c' },
    { path: '/a', host: 'shop.example.com' },
  ],
  [
    { 'http.request.method': 'GET', 'url.path': '/a', 'url.query': 'b=c', 'enduser.id': 'ana' },
    { path: '/a', queryHash: expect.any(Number), callerKind: 'user' },
  ],
  [
    { 'http.request.method': 'GET', 'http.route': '/a/{id}' },
    { path: '/a/{id}', route: '/a/{id}' },
  ],
  [
    { 'rpc.service': 'shop.Orders', 'rpc.method': 'Place', 'rpc.grpc.status_code': 4 },
    { method: 'POST', path: '/shop.Orders/Place', outcome: 'timeout' },
  ],
  [
    { 'http.request.method': 'GET', 'url.path': '/a', 'error.type': 'java.util.concurrent.CancellationException' },
    { outcome: 'hangup', isAtLeast: true },
  ],
  [
    { 'http.request.method': 'GET', 'url.path': '/a', 'http.response.status_code': 500, 'error.type': 'TimeoutError' },
    { outcome: 'timeout' },
  ],
])('reads %j', (values, request) => expect(withAttributes(values)).toMatchObject(request));

it('does not take the path from the name of a span', () => {
  expect(withAttributes({ 'http.request.method': 'GET' })).toBeUndefined();
  expect(withAttributes({ 'messaging.system': 'kafka' })).toBeUndefined();
});

it('takes metrics and logs of the same file for noise, and nothing else', () => {
  expect(readLine({ resourceMetrics: [] })).toBe('noise');
  expect(readLine({})).toBeUndefined();
});

it('weights a sampled span by the inverse of its probability', () => {
  expect(readSpan({ traceState: 'vendor=a, ot=th:c;rv:9' })).toMatchObject({ weight: 4 });
  expect(readSpan({}).weight).toBeUndefined();
});

it.each([
  [undefined, 1],
  ['ot=th:0', 1],
  ['ot=th:8', 2],
  ['ot=th:fd70a3d70a3d71', 100],
  ['ot=rv:8', 1],
  ['ot=th:xyz', 1],
  ['other=th:8', 1],
])('reads the threshold of %j as weight %d', (traceState, weight) => expect(samplingWeight(traceState)).toBeCloseTo(weight, 6));
