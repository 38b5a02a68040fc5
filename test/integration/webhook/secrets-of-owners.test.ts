import { createServer } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { secretsMaxAgeMs, secretsOfOwners } from '../../../lambdas/adapters/webhook-secrets.ts';
import { contract } from '../../../lambdas/jobs/deliver-webhook/contract.ts';
import { listenOnLoopback } from '../../../local/loopback-server.ts';
import { everythingAllowed } from '../../../testing/test-kit.ts';

const own = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const shared = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const annsArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:ann-a1b2c3';

it("signs an owner's webhooks with the owner's secret, those of all others with the deployment's, and reads each once in five minutes", async () => {
  const asked: string[] = [];
  const secrets: Record<string, string> = { [annsArn]: own, shared };
  const server = createServer(async (request, response) => {
    const { SecretId } = JSON.parse(await readText(request)) as { SecretId: string };
    asked.push(SecretId);
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify({ SecretString: secrets[SecretId] }));
  });
  const { url, stop } = await listenOnLoopback(server);
  const client = new SecretsManagerClient({
    endpoint: url,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  let now = 0;
  const of = secretsOfOwners({ secretId: 'shared', owners: { ann: { secretArn: annsArn }, bob: {} } }, { monotonicMs: () => now }, client);
  try {
    for (const [owner, secret] of [
      ['ann', own],
      ['bob', shared],
      ['constructor', shared],
      ['ann', own],
    ] as const)
      expect([owner, await of(owner)]).toEqual([owner, [secret]]);
    expect(asked).toEqual([annsArn, 'shared']);
    secrets[annsArn] = `${shared} ${own}`;
    now = secretsMaxAgeMs;
    expect(await of('ann')).toEqual([shared, own]);
    secrets[annsArn] = 'not a secret';
    now += secretsMaxAgeMs;
    await expect(of('ann')).rejects.toMatchObject({ code: 'webhook_secret_invalid' });
    expect(await of('bob')).toEqual([shared]);
  } finally {
    client.destroy();
    await stop();
  }
});

it("may read the deployment's secret and those of the owners in the settings, and no other", () => {
  const owners = { ann: { secretArn: annsArn }, bob: { secretArn: annsArn }, carl: { url: null } };
  const [statement, ...more] = contract.permissions({ ...everythingAllowed, webhooks: { allowedHosts: [], owners } });
  expect([statement, more]).toEqual([
    { actions: ['secretsmanager:GetSecretValue'], resources: ['{DELEGATION_WEBHOOK_SECRET}', annsArn] },
    [],
  ]);
});
