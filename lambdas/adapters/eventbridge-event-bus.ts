/** Events over EventBridge. It is loaded where events are on, and by no other function. */
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import type { EventBus } from '../core/announce/event-listener.ts';

/** What rules match on; EventBridge keeps names that begin with `aws.` to itself. */
export const eventSource = 'delegation';

/**
 * A job's end waits for this call in the worker that wrote it, so it is short: two tries of three seconds at most, and the clock repeats what fails.
 * @see https://github.com/aws/aws-sdk-js-v3/issues/6763
 */
const requestHandler = () => new NodeHttpHandler({ connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true });
const maxAttempts = 2;

/** @param EventBusName the name or ARN of the bus */
export function eventBridgeBus(EventBusName: string): EventBus {
  const client = new EventBridgeClient({ maxAttempts, requestHandler: requestHandler() });
  return {
    async put(event) {
      const entry = {
        EventBusName,
        Source: eventSource,
        DetailType: event.type,
        Time: new Date(event.time),
        Detail: JSON.stringify(event),
      };
      const { Entries = [] } = await client.send(new PutEventsCommand({ Entries: [entry] }));
      // The answer is 200 where entries were refused, too. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
      const [put] = Entries;
      if (put?.EventId === undefined)
        throw new Error(`EventBridge did not take the event: ${put?.ErrorCode ?? 'no code'}: ${put?.ErrorMessage ?? 'no message'}`);
    },
  };
}
