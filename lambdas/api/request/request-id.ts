/** The id of a request: the caller's own, so that both sides find it in their logs, or the gateway's. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

/** What goes into a log and a header unchanged. */
const allowed = /^[\w.:+/=@-]{1,128}$/;

/** @returns the header `X-Request-Id`, where it is 1 to 128 letters, digits and `_.:+/=@-`; else the gateway's own id */
export function requestIdOf({ headers, requestContext }: APIGatewayProxyEventV2): string {
  const given = headers?.['x-request-id'];
  return given !== undefined && allowed.test(given) ? given : requestContext.requestId;
}
