/**
 * Loaded before the local mode (`node --import`): writes down every call of AWS that its functions make, and which of them made it, into the
 * folder that `DELEGATION_RECORD_CALLS` names. The code of the product is as it is: each handler is only called within a scope that has its name.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { onCommand, type SdkCommand } from '../support/sdk-commands.ts';

/** One call, as it was passed to the SDK. */
export interface RecordedCall {
  /** `api`, `clock`, or the job type that the function works for. */
  readonly function: string;
  /** The operation, such as `PutItem`. */
  readonly operation: string;
  readonly service: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** The name of the running function; handlers are called within this scope. */
export const functionScope = new AsyncLocalStorage<string>();

const folder = process.env['DELEGATION_RECORD_CALLS'];
if (folder !== undefined) {
  const file = join(folder, `permissions-${process.pid}-${Date.now()}.ndjson`);
  onCommand((command) => {
    const call = callOf(command);
    if (call !== undefined) appendFileSync(file, `${JSON.stringify(call)}\n`);
  });
  scopeHandlers();
}

/** @returns undefined where no function made it */
function callOf({ service, operation, input }: SdkCommand): RecordedCall | undefined {
  const name = functionScope.getStore() ?? triggerOf(operation, input);
  return name === undefined ? undefined : { function: name, operation, service, input: withoutBodies(input) };
}

/** Outside of the functions, what Lambda's SQS trigger does with a worker's own role. */
function triggerOf(operation: string, { QueueUrl }: Record<string, unknown>): string | undefined {
  if (!['ReceiveMessage', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'].includes(operation)) return undefined;
  return String(QueueUrl).split('/delegation-').at(-1);
}

/** Permissions are about names, not contents. */
function withoutBodies({ Body, MessageBody, Item, ...input }: Record<string, unknown>): Record<string, unknown> {
  return input;
}

/** Puts `scoped-handler.ts` in the place of each function's entry. */
function scopeHandlers(): void {
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const [, name] = /\/lambdas\/(api|clock|jobs\/[^/]+)\/(?:handler|worker)\.ts$/.exec(resolved.url) ?? [];
      if (name === undefined) return resolved;
      const wrapper = new URL('./scoped-handler.ts', import.meta.url);
      wrapper.search = new URLSearchParams({ of: `${resolved.url}?unscoped`, name: name.replace('jobs/', '') }).toString();
      return { ...resolved, url: wrapper.href };
    },
  });
}
