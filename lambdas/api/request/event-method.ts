/** Methods that API Gateway may pass on, and that no `Request` of Fetch can have. */
import type { LambdaEvent } from 'hono/aws-lambda';

/** @see https://fetch.spec.whatwg.org/#forbidden-method */
const forbidden = /^(connect|trace|track)$/i;

/**
 * Gives a request with such a method another one that no route has, so that it is answered with 405 and `Allow` instead of with an exception.
 * @returns the event
 */
export function withFetchMethod(event: LambdaEvent): LambdaEvent {
  if (!('http' in event.requestContext)) return event;
  const { requestContext } = event;
  const { http } = requestContext;
  if (!forbidden.test(http.method)) return event;
  return { ...event, requestContext: { ...requestContext, http: { ...http, method: `${http.method}-METHOD` } } } as LambdaEvent;
}
