/** Keeps the doctor from writing: a client refuses every call that is not a read, before it is sent. */

/** The IAM action of a call whose name differs from the action's. @see https://docs.aws.amazon.com/service-authorization/latest/reference/ */
const actions: Readonly<Record<string, string>> = {
  'apigateway:GetAccount': 'apigateway:GET',
  'apigateway:GetDomainName': 'apigateway:GET',
  's3:GetBucketEncryption': 's3:GetEncryptionConfiguration',
  's3:HeadBucket': 's3:ListBucket',
  's3:ListBuckets': 's3:ListAllMyBuckets',
};

const calls = new WeakMap<object, string>();

/** @returns the IAM action of the call that failed with this error */
export function actionOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null ? calls.get(error) : undefined;
}

/** @param commandName as the SDK names its commands, such as `DescribeTableCommand` */
export const isReadOnly = (commandName: string): boolean => /^(Get|List|Describe|Head|Simulate)[A-Z]/.test(commandName);

interface Middleware {
  add(
    middleware: (
      next: (args: never) => Promise<never>,
      context: { readonly commandName?: string | undefined },
    ) => (args: never) => Promise<never>,
    options: { readonly step: 'initialize'; readonly name: string },
  ): void;
}

/**
 * Refuses calls that are not reads, and remembers the call of each error.
 * @param prefix of the service's IAM actions
 */
export function readOnly<Client extends { readonly middlewareStack: unknown }>(prefix: string, client: Client): Client {
  const refuseWrites = (next: (args: never) => Promise<never>, { commandName = '' }: { readonly commandName?: string | undefined }) => {
    const call = `${prefix}:${commandName.replace(/Command$/, '')}`;
    return async (args: never): Promise<never> => {
      if (!isReadOnly(commandName)) throw new Error(`The doctor only reads, so it does not call ${call}.`);
      try {
        return await next(args);
      } catch (error) {
        if (typeof error === 'object' && error !== null) calls.set(error, actions[call] ?? call);
        throw error;
      }
    };
  };
  (client.middlewareStack as Middleware).add(refuseWrites, { step: 'initialize', name: 'readOnly' });
  return client;
}
