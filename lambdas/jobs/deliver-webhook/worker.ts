import { secretsOfOwners } from '../../adapters/webhook-secrets.ts';
import { postWebhook } from '../../webhook/post-webhook.ts';
import { internalWorker } from '../../worker/handler.ts';
import { contract, secretVariable } from './contract.ts';
import { deliver } from './deliver.ts';

export const handler = internalWorker(contract, (deps) => {
  const secretId = process.env[secretVariable];
  if (secretId === undefined) throw new Error(`The environment of this function is not complete: ${secretVariable} is missing.`);
  const secrets = secretsOfOwners({ secretId, owners: deps.settings.webhooks?.owners }, deps.runtime);
  return { run: (input, ctx) => deliver(input, ctx, { ...deps, secrets, post: postWebhook }) };
});
