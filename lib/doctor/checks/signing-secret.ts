/** Checks a secret that signs webhooks: whether it is there, is a secret of webhooks, and is not in the middle of a rotation. */
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { webhookKey } from '../../../lambdas/webhook/webhook-secret.ts';
import { errorName } from '../deploy-failure.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';

const form = 'Its value must be one whsec_ text, or two separated by a space while they rotate: docs/webhooks.md.';

/** @param id the ARN of the secret. Its value is read, and appears in no finding */
export async function webhookSecret(secretsManager: SecretsManagerClient, id: string): Promise<Finding> {
  try {
    const { SecretString = '', CreatedDate } = await secretsManager.send(new GetSecretValueCommand({ SecretId: id }));
    return findingOf(id, SecretString, CreatedDate);
  } catch (error) {
    const remedy = { advice: 'Until then no webhook is signed with it, and deliveries wait for about an hour and a half.' };
    if (errorName(error) === 'ResourceNotFoundException') return problem(`There is no secret ${id} with a value.`, remedy);
    if (errorName(error) !== 'InvalidRequestException') throw error;
    return problem(`The secret ${id} is marked for deletion.`, { commands: [`aws secretsmanager restore-secret --secret-id ${id}`] });
  }
}

function findingOf(id: string, value: string, since: Date | undefined): Finding {
  const secrets = value.split(/\s+/).filter((secret) => secret !== '');
  if (secrets.length === 0 || secrets.length > 2 || !secrets.every(isSecret))
    return problem(`The secret ${id} holds no secret of webhooks.`, { advice: form });
  if (secrets.length === 1) return ok(`The secret ${id} signs webhooks.`);
  const began = since === undefined ? '' : ` that began on ${since.toISOString().slice(0, 10)}`;
  return warning(`The secret ${id} holds two values: a rotation${began} is not finished, and whoever has the old one can still sign.`, {
    advice: 'Once every receiver knows the new one, leave the old one out: docs/webhooks.md.',
  });
}

function isSecret(text: string): boolean {
  try {
    webhookKey(text);
    return true;
  } catch {
    return false;
  }
}
