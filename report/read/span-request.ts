/** Turns a span of kind SERVER into a request. */
import { agentKindOf } from './agent-kind.ts';
import { callerOf } from './clf-request.ts';
import { asAmount, asObject, asText, type JsonObject, objectsOf } from './json-object.ts';
import { hostOf, splitTarget } from './logged-path.ts';
import type { LoggedRequest, Outcome } from './logged-request.ts';
import { outcomeOf, statusOf } from './outcome.ts';
import { samplingWeight } from './sampling-weight.ts';

/** Stable names first, then those before version 1.23 of the conventions. @see https://github.com/open-telemetry/semantic-conventions/blob/main/docs/http/http-spans.md */
const names = {
  method: ['http.request.method', 'http.method'],
  target: ['url.path', 'http.target', 'url.full', 'http.url'],
  query: ['url.query'],
  route: ['http.route'],
  status: ['http.response.status_code', 'http.status_code'],
  host: ['server.address', 'http.host', 'http.server_name', 'net.host.name'],
  user: ['enduser.id', 'user.id'],
  address: ['client.address', 'http.client_ip', 'net.peer.ip', 'network.peer.address', 'net.sock.peer.addr'],
  agent: ['user_agent.original', 'http.user_agent'],
  bytesIn: ['http.request.body.size', 'http.request_content_length'],
  bytesOut: ['http.response.body.size', 'http.response_content_length'],
  error: ['error.type', 'exception.type'],
  contentType: ['http.response.header.content-type', 'http.response.header.content_type'],
  rpcService: ['rpc.service'],
  rpcMethod: ['rpc.method'],
  rpcStatus: ['rpc.grpc.status_code'],
} as const;

type Attributes = (meaning: keyof typeof names) => string | undefined;

/** @returns undefined for a span without times, or without a method and a path, such as one of a protocol other than HTTP and RPC */
export function spanRequest(span: JsonObject): LoggedRequest | undefined {
  const [startMs, endMs] = [msOf(span['startTimeUnixNano']), msOf(span['endTimeUnixNano'])];
  const attributes = attributesOf(span);
  const called = calledOf(attributes);
  if (startMs === undefined || endMs === undefined || endMs < startMs || called === undefined) return undefined;
  const status = statusOf(attributes('status'));
  const outcome = outcomeOf(status, knownEnd(span, attributes, status));
  const contentType = attributes('contentType');
  const weight = samplingWeight(asText(span['traceState']));
  const id = asText(span['traceId']);
  return {
    startMs,
    waitMs: endMs - startMs,
    heldMs: endMs - startMs,
    isAtLeast: outcome === 'hangup' || outcome === 'timeout' || undefined,
    ...called,
    host: called.host ?? hostOf(attributes('host')),
    status,
    outcome,
    bytesIn: asAmount(attributes('bytesIn')),
    bytesOut: asAmount(attributes('bytesOut')),
    ...callerOf({ user: attributes('user'), address: attributes('address'), agent: attributes('agent') }),
    agentKind: agentKindOf(attributes('agent')),
    ids: id === undefined ? undefined : [id],
    isStream: status === 101 || contentType?.startsWith('text/event-stream') || undefined,
    contentType,
    weight: weight === 1 ? undefined : weight,
  };
}

/** Method, path and route. The name of the span is not used: it is only the method where no route is known. */
function calledOf(attributes: Attributes): Pick<LoggedRequest, 'method' | 'path' | 'queryHash' | 'host' | 'route'> | undefined {
  const method = attributes('method');
  const route = attributes('route');
  const [rpcService, rpcMethod] = [attributes('rpcService'), attributes('rpcMethod')];
  if (method === undefined) {
    if (rpcMethod === undefined) return undefined;
    const path = rpcService === undefined ? `/${rpcMethod.replace(/^\//, '')}` : `/${rpcService}/${rpcMethod}`;
    return { method: 'POST', path, route: path };
  }
  const query = attributes('query');
  const target = attributes('target') ?? route;
  const split =
    target === undefined
      ? undefined
      : splitTarget(query === undefined || target.includes('?') ? target : `${target}?${query.replace(/^\?/, '')}`);
  return split && { method: method.toUpperCase(), ...split, ...(route === undefined ? {} : { route }) };
}

/** What the span says of its end besides an HTTP status. */
function knownEnd(span: JsonObject, attributes: Attributes, status: number | undefined): Outcome | undefined {
  const error = attributes('error') ?? '';
  if (/cancel|abort|disconnect|broken.?pipe|connection.?reset|\b499\b/i.test(error)) return 'hangup';
  if (status !== undefined && status < 500) return undefined;
  if (/time.?d?.?out|deadline/i.test(error)) return 'timeout';
  return status === undefined ? endWithoutStatus(asObject(span['status'])?.['code'], attributes('rpcStatus')) : undefined;
}

/** gRPC's codes: 1 cancelled, 4 deadline exceeded, 8 resource exhausted; 3, 5, 6, 7, 9, 11 and 16 are the caller's. @see https://grpc.io/docs/guides/status-codes/ */
function endWithoutStatus(code: unknown, rpcStatus: string | undefined): Outcome | undefined {
  const known: Readonly<Record<string, Outcome>> = {
    0: 'ok',
    1: 'hangup',
    4: 'timeout',
    8: 'throttled',
    3: 'rejected',
    5: 'rejected',
    6: 'rejected',
    7: 'rejected',
    9: 'rejected',
    11: 'rejected',
    16: 'rejected',
  };
  if (rpcStatus !== undefined) return known[rpcStatus] ?? 'failed';
  return code === 2 || code === 'STATUS_CODE_ERROR' ? 'failed' : undefined;
}

function attributesOf(span: JsonObject): Attributes {
  const values = new Map(
    objectsOf(span['attributes']).map((attribute) => [asText(attribute['key']), textOf(asObject(attribute['value']))]),
  );
  return (meaning) => {
    for (const name of names[meaning]) {
      const value = values.get(name);
      if (value !== undefined && value !== '') return value;
    }
    return undefined;
  };
}

/** A value as text; of an array, such as the values of a header, the first. */
function textOf(value: JsonObject | undefined): string | undefined {
  const [first] = objectsOf(asObject(value?.['arrayValue'])?.['values']);
  const { stringValue, intValue, doubleValue } = first ?? value ?? {};
  const plain = stringValue ?? intValue ?? doubleValue;
  return typeof plain === 'string' || typeof plain === 'number' ? String(plain) : undefined;
}

/** Nanoseconds as text or as a number, in milliseconds with a fraction. A double is exact to 256 ns there, which is enough. */
function msOf(nanoseconds: unknown): number | undefined {
  const amount = asAmount(nanoseconds);
  return amount === undefined || amount === 0 ? undefined : Math.round(amount / 1_000) / 1_000;
}
