/** The event that keeps an environment of the API's function warm: what the stack sends, and how the function recognises it. */

/** How often it is sent. AWS does not say how long an idle environment is kept; in practice it is longer than this. */
export const warmEveryMinutes = 5;

export const warmEvent = { delegation: 'keep-warm' } as const;

/**
 * Whether an event is this one. No request over HTTP can be: API Gateway itself writes the members of an event, `requestContext` always, and what a
 * caller sends is text in some of them.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function isWarmEvent(event: object): boolean {
  return !('requestContext' in event) && 'delegation' in event && event.delegation === warmEvent.delegation;
}
