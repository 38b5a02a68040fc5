/** Access logs of an HTTP API in API Gateway, as JSON with the field names of the design's example. */
import { pathOf, requestId } from './event-texts.ts';
import type { ObservedEvent } from './observed-events.ts';
import { localTime } from './write-server-log.ts';

/**
 * Writes one line. Numbers are texts, and `-` is a missing value. API Gateway does not notice hang-ups, and an HTTP API answers a late
 * integration with 503.
 */
export function apiGatewayLine({ event, number, startMs }: ObservedEvent): string {
  const { caller, route, outcome } = event;
  const { status, bytesOut, waitMs } = event.unnoticed ?? event;
  const isTimeOut = outcome === 'timeout' || event.unnoticed?.status === 504;
  const [user, key] = caller.knownBy === 'user' ? [caller.name, undefined] : [undefined, caller.name];
  return JSON.stringify({
    requestId: requestId(number),
    ip: caller.address,
    userAgent: caller.agent,
    requestTime: localTime(startMs),
    requestTimeEpoch: String(Math.floor(startMs)),
    httpMethod: route.method,
    routeKey: `${route.method} ${route.template}`,
    path: pathOf(event),
    status: String(isTimeOut ? 503 : status),
    protocol: 'HTTP/1.1',
    responseLength: String(bytesOut),
    responseLatency: String(Math.round(waitMs)),
    integrationLatency: String(Math.round(event.workMs)),
    integrationRequestId: `c6af9ac6-7b61-41e6-9a41-${requestId(number).slice(20)}`,
    sub: user ?? '-',
    principalId: key ?? '-',
    error: isTimeOut ? 'Service Unavailable' : '-',
  });
}
