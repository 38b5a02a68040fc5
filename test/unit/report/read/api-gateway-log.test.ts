import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiGatewayLog } from '../../../../report/read/api-gateway-log.ts';
import type { ReadOptions } from '../../../../report/read/log-reader.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';
import { apiLine } from './log-fixtures.ts';

const read = (line: string | object, options: ReadOptions = {}) => {
  const text = typeof line === 'string' ? line : JSON.stringify(line);
  return apiGatewayLog.open({ name: 'log', lines: [text] }, options).read(text);
};
const request = (line: string | object, options?: ReadOptions) => read(line, options) as LoggedRequest;
const rest = {
  requestId: 'r',
  requestTime: '25/Nov/2026:09:12:44 +0000',
  httpMethod: 'GET',
  resourcePath: '/orders/{id}',
  path: '/prod/orders/7',
  status: '200',
};

it("reads Delegation's own log without options", () => {
  expect(read(apiLine())).toEqual({
    startMs: Date.parse('2026-11-25T09:12:44Z'),
    waitMs: 29,
    heldMs: 20,
    method: 'POST',
    path: '/v1/jobs',
    route: '/v1/jobs',
    status: 202,
    outcome: 'ok',
    bytesOut: 41,
    caller: 'u-4711',
    callerKind: 'user',
    agentKind: 'unknown',
    ids: ['JKJaXmPLvHcESHA=', 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef'],
  });
});

it("knows every name of Delegation's own log", () => {
  const source = readFileSync(join(__dirname, '../../../../lib/http-api.ts'), 'utf8');
  const names = [...(/accessLogFormat = JSON.stringify\(\{([^}]*)\}/.exec(source)?.[1] ?? '').matchAll(/(\w+): '/g)].map(
    ([, name]) => name,
  );
  expect(names.sort()).toEqual(Object.keys(JSON.parse(apiLine())).sort());
});

it('says which fields it reads', () => {
  const { notes } = apiGatewayLog.open({ name: 'log', lines: ['noise', apiLine()] }, {});
  expect(notes).toEqual([
    'reads time from time, wait from latencyMs, held from integrationLatencyMs, user from subject or caller, address from sourceIp',
  ]);
});

it.each([
  ['an epoch time', { ...rest, requestTimeEpoch: 1_795_597_964_500 }, { startMs: 1_795_597_964_500 }],
  ['a stage before the path', { ...rest, stage: 'prod' }, { path: '/orders/7', route: '/orders/{id}' }],
  ['a path that is the stage', { ...rest, stage: 'prod', path: '/prod' }, { path: '/' }],
  ['a path that only starts like the stage', { ...rest, stage: 'pro', path: '/prod/orders/7' }, { path: '/prod/orders/7' }],
  ['no path', { ...rest, path: undefined }, { path: '/orders/{id}', route: '/orders/{id}' }],
  ['a greedy route', { ...rest, resourcePath: '/{proxy+}' }, { route: undefined }],
  ['the default route', { ...rest, resourcePath: undefined, routeKey: '$default' }, { route: undefined, path: '/prod/orders/7' }],
  [
    'a method only in the route',
    { ...rest, resourcePath: undefined, httpMethod: undefined, routeKey: 'PUT /orders/{id}' },
    { method: 'PUT' },
  ],
  [
    'names in snake case',
    { request_id: 'r', request_time: rest.requestTime, http_method: 'GET', path: '/a', status: 200, integration_latency: 7 },
    { heldMs: 7 },
  ],
  [
    'nested objects',
    { ...rest, integration: { latency: '12', requestId: 'i' }, identity: { sourceIp: '203.0.113.7' } },
    { heldMs: 12, ids: ['r', 'i'], callerKind: 'address' },
  ],
  [
    'names with dots',
    { ...rest, 'authorizer.claims.sub': 'ana', 'integration.latency': '3', 'identity.sourceIp': '203.0.113.7' },
    { heldMs: 3, caller: 'ana', callerKind: 'user' },
  ],
  [
    'missing values',
    { ...rest, responseLatency: '-', integrationLatency: '', sub: '-', ip: '203.0.113.7', userAgent: 'curl/8' },
    { waitMs: undefined, heldMs: undefined, callerKind: 'address+agent' },
  ],
  ['an API key', { ...rest, apiKeyId: 'k', ip: '203.0.113.7' }, { caller: 'k', callerKind: 'key' }],
  ['numbers as numbers', { ...rest, status: 503, responseLatency: 12 }, { status: 503, waitMs: 12 }],
])('understands %s', (_, line, expected) => expect(read(line)).toMatchObject(expected));

it.each([
  ['504', undefined, 'timeout'],
  ['504', 'INTEGRATION_TIMEOUT', 'timeout'],
  ['504', 'INTEGRATION_FAILURE', 'failed'],
  ['429', 'THROTTLED', 'throttled'],
  ['403', 'QUOTA_EXCEEDED', 'throttled'],
  ['403', '-', 'rejected'],
])('reads the status %s with the error %s as %s', (status, responseType, outcome) =>
  expect(read({ ...rest, status, error: { responseType } })).toMatchObject({ outcome }),
);

it.each([
  [28_900, 'failed'],
  [29_003, 'timeout'],
  [30_290, 'timeout'],
  [30_400, 'failed'],
])('reads a 503 after %s ms as %s', (responseLatency, outcome) =>
  expect(read({ ...rest, status: 503, responseLatency })).toMatchObject({ outcome }),
);

it('says that a time-out is cut off', () => expect(request({ ...rest, status: '504' }).isAtLeast).toBe(true));

it('repairs a template that forgets the quotes around a missing value', () => {
  expect(
    read('{"requestId":"r","requestTime":"25/Nov/2026:09:12:44 +0000","httpMethod":"GET","path":"/a","latency":-,"status":429,"x":}'),
  ).toMatchObject({ status: 429 });
});

it('takes the events of a WebSocket API for noise', () => {
  expect(
    read({ requestId: 'r', requestTime: rest.requestTime, eventType: 'CONNECT', routeKey: '$connect', status: '200', connectionId: 'c' }),
  ).toBe('noise');
});

it('takes own names of fields, and then needs no name of API Gateway', () => {
  const line = { when: '1795597964.500', verb: 'get', where: '/a', code: 200, took: { total: '12' } };
  const fieldNames = { time: 'when', method: 'verb', path: 'where', status: 'code', wait: 'took.total' };
  expect(read(line, { fieldNames })).toMatchObject({ startMs: 1_795_597_964_500, method: 'GET', path: '/a', waitMs: 12 });
});

it('asks for the zone of times without an offset', () => {
  const line = { ...rest, requestTime: '2026-11-25 09:12:44' };
  expect(() => read(line)).toThrow('--timezone');
  expect(read(line, { timezone: 'Europe/Berlin' })).toMatchObject({ startMs: Date.parse('2026-11-25T08:12:44Z') });
});

it.each([
  ['text', 'hello'],
  ['JSON that is cut off', apiLine().slice(0, -20)],
  ['another log of JSON', { time: '2026-11-25T09:12:44Z', method: 'GET', uri: '/a', status: '200', wait: '0.1' }],
  ['the event of a function', { httpMethod: 'GET', path: '/a', requestContext: { requestTime: rest.requestTime, requestId: 'r' } }],
  ['no time', { ...rest, requestTime: '-' }],
])('does not understand %s', (_, line) => expect(read(line)).toBeUndefined());
