/** Shows every command that goes through the AWS SDK to a listener. */
import { PurgeQueueCommand } from '@aws-sdk/client-sqs';

/** A command as the code hands it to the SDK, which has changed nothing of it yet. */
export interface SdkCommand {
  /** The service, such as `DynamoDB`. */
  readonly service: string;
  /** The operation, such as `PutItem`. */
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

interface CommandBase {
  resolveMiddlewareWithContext(...args: unknown[]): unknown;
}

/** Calls the listener with each command that is sent or signed from now on, in this process or Jest registry, before it is. */
export function onCommand(listener: (command: SdkCommand) => void): void {
  // All commands share a base class, and each request, signed link and part of an upload passes through this method of it.
  const base = Object.getPrototypeOf(Object.getPrototypeOf(PurgeQueueCommand.prototype)) as CommandBase;
  const resolve = base.resolveMiddlewareWithContext;
  base.resolveMiddlewareWithContext = function (this: { readonly input: Record<string, unknown> }, ...args: unknown[]) {
    const { commandName, clientName } = args[3] as { commandName: string; clientName: string };
    listener({ service: clientName.replace(/Client$/, ''), operation: commandName.replace(/Command$/, ''), input: this.input });
    return resolve.apply(this, args);
  };
}
