/** What is changed after the deploy, since the emulated account does otherwise than AWS: README.md has the list. */
import { randomBytes } from 'node:crypto';
import { DynamoDBClient, ListTablesCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand, UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { ListSecretsCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { jobTable } from '../../lambdas/adapters/table-layout.ts';

/** @throws Error when the account does not hold what is to be changed */
export async function bridgeDifferences(): Promise<void> {
  await allowTerminating();
  await enableTimeToLive();
  await makeSecretUsable();
  await allowBatches();
  await allowLoopback();
}

/** Works around a known difference: see README.md. */
async function allowTerminating(): Promise<void> {
  const iam = new IAMClient();
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ec2:TerminateInstances', Resource: '*' }],
  });
  const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1_000 }));
  const terminating = Roles.filter(({ RoleName = '' }) => /Worker(launch|terminate)instances/.test(RoleName));
  if (terminating.length !== 2) throw new Error(`Two roles terminate instances; found were ${terminating.length}.`);
  for (const { RoleName } of terminating)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'without-tags', PolicyDocument }));
}

/** Works around a known difference: see README.md. */
async function enableTimeToLive(): Promise<void> {
  const dynamoDb = new DynamoDBClient();
  const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand());
  const TimeToLiveSpecification = { AttributeName: jobTable.timeToLiveAttribute, Enabled: true };
  for (const TableName of TableNames.filter((name) => name.startsWith('Delegation-')))
    await dynamoDb.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
}

/** Works around a known difference: see README.md. */
async function makeSecretUsable(): Promise<void> {
  const iam = new IAMClient();
  const secrets = new SecretsManagerClient();
  const [{ SecretList = [] }, { Roles = [] }] = await Promise.all([
    secrets.send(new ListSecretsCommand()),
    iam.send(new ListRolesCommand({ MaxItems: 1_000 })),
  ]);
  const [secret, ...others] = SecretList.filter(({ Name }) => Name?.startsWith('Delegation-test-'));
  const reading = Roles.filter(({ RoleName = '' }) => RoleName.includes('Workerdeliverwebhook'));
  if (reading.length !== 1 || secret === undefined || others.length > 0)
    throw new Error(`One role reads one secret; found were ${reading.length} and ${SecretList.length} in the account.`);
  const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secret.ARN }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutRolePolicyCommand({ RoleName: reading[0]?.RoleName, PolicyName: 'with-arn', PolicyDocument }));
  // As the template asks for it: letters and digits alone.
  const SecretString = randomBytes(32).toString('hex');
  await secrets.send(new PutSecretValueCommand({ SecretId: secret.ARN, SecretString }));
}

/** Works around a known difference: see README.md. */
async function allowLoopback(): Promise<void> {
  const lambda = new LambdaClient();
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 50 }));
  const checking = Functions.filter(({ FunctionName = '' }) => /^Delegation-test-.*(Workerdeliverwebhook|Api)/.test(FunctionName));
  if (checking.length !== 2) throw new Error(`Two functions check where webhooks go; found were ${checking.length}.`);
  for (const { FunctionName, Environment } of checking) {
    const settings = JSON.parse(Environment?.Variables?.['DELEGATION_SETTINGS'] ?? '{}') as { readonly webhooks: object };
    const changed = JSON.stringify({ ...settings, webhooks: { ...settings.webhooks, allowsLoopback: true } });
    const Variables = { ...Environment?.Variables, DELEGATION_SETTINGS: changed };
    await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
    await waitUntilFunctionUpdatedV2({ client: lambda, maxWaitTime: 30 }, { FunctionName });
  }
}

/** Works around a known difference: see README.md. What a role may send to, it may send batches to. */
async function allowBatches(): Promise<void> {
  const iam = new IAMClient();
  const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1_000 }));
  let changed = 0;
  for (const { RoleName = '' } of Roles.filter((role) => role.RoleName?.startsWith('Delegation-'))) {
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = await Promise.all(PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))));
    const statements = policies.flatMap(({ PolicyDocument = '' }) => statementsOf(PolicyDocument));
    const sending = statements.filter(({ Effect, Action }) => Effect === 'Allow' && [Action].flat().includes('sqs:SendMessage'));
    if (sending.length === 0) continue;
    const Statement = sending.map((statement) => ({ ...statement, Action: 'sqs:SendMessageBatch' }));
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'batches', PolicyDocument }));
    changed++;
  }
  if (changed === 0) throw new Error('No role may send messages.');
}

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
}

/** @param document a policy, percent-encoded as IAM answers it */
function statementsOf(document: string): readonly Statement[] {
  return (JSON.parse(document.startsWith('%') ? decodeURIComponent(document) : document) as { readonly Statement: readonly Statement[] })
    .Statement;
}
