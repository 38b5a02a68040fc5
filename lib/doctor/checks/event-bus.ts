/** Checks whether the event bus exists: EventBridge takes events for one that does not, and drops them. */
import { DescribeEventBusCommand, type EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { errorName } from '../deploy-failure.ts';
import { type Finding, ok, problem } from '../finding.ts';
import type { Target } from '../target.ts';

/**
 * @param bus its name, or its ARN: that of another account is only asked for by its owner
 * @see https://github.com/aws/aws-sdk/issues/186
 */
export async function eventBus(eventBridge: EventBridgeClient, bus: string, { region, account }: Target): Promise<Finding> {
  const owner = bus.startsWith('arn:') ? bus.split(':')[4] : account;
  if (owner !== account)
    return ok(
      `The event bus ${bus} is of the account ${owner}: whether it exists, and takes events of this account, only that account can say.`,
    );
  try {
    await eventBridge.send(new DescribeEventBusCommand({ Name: bus }));
    return ok(`The event bus ${bus} exists.`);
  } catch (error) {
    if (errorName(error) !== 'ResourceNotFoundException') throw error;
    return problem(`There is no event bus ${bus} in ${region}: EventBridge would take its events, and drop them.`, {
      commands: [`aws events list-event-buses --region ${region}`],
    });
  }
}
