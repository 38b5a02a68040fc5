/** Chooses the headers that travel through the proxy, in each direction. */
import type { IncomingHttpHeaders } from 'node:http';

/**
 * What the API understands of a request. A list of what may pass, since anything else could be somebody's credentials: `authorization`, cookies, the key of
 * the console, and `delegation-owner`, which a local mode believes. Without `accept-encoding`, the API answers with bytes that need no decoding.
 */
const ofRequest = [
  'accept',
  'content-encoding',
  'content-type',
  'idempotency-key',
  'if-none-match',
  'last-event-id',
  'prefer',
  'traceparent',
  'tracestate',
  'x-request-id',
];

/** With the value `body`, a redirect to a large result or a file is answered with `200` and `{"location"}`. */
export const linkHeader = 'delegation-console-link';

/** Matches the headers of one connection, and those that would give the target power over the origin of the console or over the browser. @see https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1 */
const notOfAnswer =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|set-cookie2?|access-control-.*|alt-svc|clear-site-data|service-worker-allowed|strict-transport-security)$/;

export function requestHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    ofRequest.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}

export function answerHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const ofConnection = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || notOfAnswer.test(name) || ofConnection.includes(name) ? [] : [[name, value]],
    ),
  );
}
