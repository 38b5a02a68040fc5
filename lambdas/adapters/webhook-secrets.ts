/** The secrets that sign webhooks, from Secrets Manager. */
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { RetryableError } from '../core/contract/errors.ts';
import type { Runtime } from '../core/job/ports.ts';
import { webhookKey } from '../webhook/webhook-secret.ts';
import { secretsManagerClient } from './aws-clients.ts';

/** How long an environment signs with what it read: a rotation takes effect everywhere within this time. */
export const secretsMaxAgeMs = 300_000;

/**
 * Reads them at most once in five minutes.
 * @param secretId the ARN or the name of a secret whose value is one `whsec_…`, or two, separated by white space, while they rotate
 * @returns a function that throws RetryableError `webhook_secret_unavailable` or `webhook_secret_invalid`, never with a part of a secret
 */
export function webhookSecrets(
  secretId: string,
  { monotonicMs }: Pick<Runtime, 'monotonicMs'>,
  client = secretsManagerClient(),
): () => Promise<readonly string[]> {
  let known: { readonly atMs: number; readonly secrets: readonly string[] } | undefined;
  return async () => {
    if (known !== undefined && monotonicMs() - known.atMs < secretsMaxAgeMs) return known.secrets;
    const atMs = monotonicMs();
    const secrets = readSecrets(await load());
    known = { atMs, secrets };
    return secrets;
  };

  async function load(): Promise<string> {
    try {
      const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
      return SecretString;
    } catch (error) {
      const name = error instanceof Error ? error.name : 'Error';
      throw new RetryableError(`The secret of the webhooks could not be read: ${name}.`, { code: 'webhook_secret_unavailable' });
    }
  }
}

/** The setting that gives some owners a secret of their own. */
type OwnersWithSecrets = Readonly<Record<string, { readonly secretArn?: string | undefined }>>;

/** @returns a function that reads the secrets of an owner: those of the owner's own secret, or else of `secretId`. Each is read as `webhookSecrets` does */
export function secretsOfOwners(
  { secretId, owners = {} }: { readonly secretId: string; readonly owners?: OwnersWithSecrets | undefined },
  runtime: Pick<Runtime, 'monotonicMs'>,
  client = secretsManagerClient(),
): (owner: string) => Promise<readonly string[]> {
  const readers = new Map<string, ReturnType<typeof webhookSecrets>>();
  return (owner) => {
    const id = (Object.hasOwn(owners, owner) ? owners[owner]?.secretArn : undefined) ?? secretId;
    const reader = readers.get(id) ?? webhookSecrets(id, runtime, client);
    readers.set(id, reader);
    return reader();
  };
}

function readSecrets(text: string): readonly string[] {
  const secrets = text.split(/\s+/).filter((secret) => secret !== '');
  const invalid = (what: string) =>
    new RetryableError(`The secret of the webhooks must be one whsec_ text, or two separated by a space: ${what}`, {
      code: 'webhook_secret_invalid',
    });
  if (secrets.length === 0 || secrets.length > 2) throw invalid(`there are ${secrets.length}.`);
  try {
    for (const secret of secrets) webhookKey(secret);
  } catch (error) {
    throw invalid(error instanceof TypeError ? error.message : '');
  }
  return secrets;
}
