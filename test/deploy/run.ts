/** `npm run test:deploy`: a real `cdk bootstrap` and `cdk deploy` into an emulated account that enforces IAM, then the tests, through the deployed URLs. */
import { spawn } from 'node:child_process';
import { CreateTableCommand, DynamoDBClient, ListTablesCommand, UpdateTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient, ListRolesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand, UpdateFunctionConfigurationCommand, waitUntilFunctionUpdatedV2 } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { jobTable } from '../../lambdas/adapters/table-layout.ts';
import { useRunFolder } from '../support/run-folder.ts';
import type { Deployed } from '../support/tested-deployment.ts';
import { cdk, cdkOnStages, deployAll, outputOf } from './cdk.ts';
import { startIssuer } from './issuer.ts';
import { startMinistack } from './ministack.ts';
import { makeUser } from './users.ts';

/** Callers of the end-to-end suite. */
const owners = ['local', 'ann', 'bob', 'eve', 'lister', 'prototypes', 'inputs', 'validator', 'conformance', 'conformance-other'];

/** The rounds, one after the other: the second changes states of job types and deploys again, the third switches parts off, the last destroys. */
const rounds = [
  ['the end-to-end suite', 'test/(e2e/(api|conformance|work|every-type|order|signals|groups|uploads)|deploy/(links|live|webhooks))'],
  ['what only a deployment has', 'test/(deploy/(deployment|differences|events|keys|strict|commands)|e2e/job-type-state)'],
  ['the doctor, after the deploy', 'test/deploy/doctor-after'],
  ['the end', 'test/deploy/destroy'],
] as const;

/** @param wanted a pattern of test files, in place of all rounds */
async function main(wanted?: string): Promise<number> {
  useRunFolder();
  const step = stopwatch();
  const ministack = await startMinistack();
  const issuer = await startIssuer(ministack.folder);
  step('an account');
  Object.assign(process.env, ministack.environment);
  let isOk = false;
  try {
    const facts = await furnish();
    const env = { DELEGATION_DEPLOY_TEST: JSON.stringify({ ...facts, issuer: issuer.url }) };
    let code = await jest('test/deploy/doctor-before', env);
    step('the doctor, before the deploy');
    await cdk(['bootstrap', 'aws://000000000000/us-east-1', '-c', 'config=test/deploy/delegation.config.ts'], env);
    step('cdk bootstrap');
    const printed = await cdkOnStages(deployAll, env);
    step('cdk deploy of two stages');
    await allowTerminating();
    await enableTimeToLive();
    await allowReadingSecret();
    await allowLoopback();
    const deployed: Deployed = {
      url: outputOf(printed, 'Delegation-test', 'Url'),
      region: 'us-east-1',
      endpoint: ministack.endpoint,
      root: { accessKeyId: 'test', secretAccessKey: 'test' },
      owners: facts.owners,
      launch: { imageId: facts.imageId, instanceTypes: ['t3.micro'], subnetIds: [facts.subnetId] },
    };
    const more = {
      tokensUrl: outputOf(printed, 'Delegation-tokens', 'Url'),
      ministackLog: ministack.logFile,
      issuerKey: issuer.privateKey,
      issuerEcKey: issuer.ecPrivateKey,
      pythonFolder: ministack.pythonFolder,
      folder: ministack.folder,
    };
    const tests = { ...env, DELEGATION_E2E: JSON.stringify(deployed), DELEGATION_DEPLOYED: JSON.stringify(more) };
    for (const [what, pattern] of wanted === undefined ? rounds : [[wanted, wanted] as const]) {
      code ||= await jest(pattern, tests);
      step(what);
    }
    console.log(`The strict proxy refused: ${[...ministack.refusals].map(([rule, count]) => `${count} × ${rule}`).join('; ')}.`);
    isOk = code === 0;
    if (!isOk) console.log(`The log of the emulated account is ${ministack.logFile}.`);
    return code;
  } finally {
    await Promise.all([ministack.stop({ keepsLog: !isOk }), issuer.stop()]);
  }
}

/** Creates what an account has besides Delegation: callers, a table, a bucket, a network, an image. */
async function furnish() {
  const dynamoDb = new DynamoDBClient();
  const s3 = new S3Client({ forcePathStyle: true });
  const ec2 = new EC2Client();
  await dynamoDb.send(
    new CreateTableCommand({
      TableName: 'scratch',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await s3.send(new CreateBucketCommand({ Bucket: 'delegation-local' }));
  const elsewhere = new S3Client({ forcePathStyle: true, region: 'eu-west-1' });
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' as const };
  await elsewhere.send(new CreateBucketCommand({ Bucket: 'delegation-elsewhere', CreateBucketConfiguration }));
  const [{ Subnets: [subnet] = [] }, { Images: [image] = [] }] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand()),
    ec2.send(new DescribeImagesCommand()),
  ]);
  const credentials = await Promise.all(owners.map(async (owner) => [owner, await callerNamed(owner)] as const));
  return { subnetId: subnet?.SubnetId ?? '', imageId: image?.ImageId ?? '', owners: Object.fromEntries(credentials) };
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
async function allowReadingSecret(): Promise<void> {
  const iam = new IAMClient();
  const [{ SecretList = [] }, { Roles = [] }] = await Promise.all([
    new SecretsManagerClient().send(new ListSecretsCommand()),
    iam.send(new ListRolesCommand({ MaxItems: 1_000 })),
  ]);
  const reading = Roles.filter(({ RoleName = '' }) => RoleName.includes('Workerdeliverwebhook'));
  if (reading.length !== 1 || SecretList.length !== 1)
    throw new Error(`One role reads one secret; found were ${reading.length} and ${SecretList.length}.`);
  const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: SecretList[0]?.ARN }];
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
  await iam.send(new PutRolePolicyCommand({ RoleName: reading[0]?.RoleName, PolicyName: 'with-arn', PolicyDocument }));
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

function callerNamed(name: string) {
  return makeUser(new IAMClient(), name, { Action: 'execute-api:Invoke', Resource: '*' });
}

function jest(pattern: string, env: Readonly<Record<string, string>>): Promise<number> {
  const args = ['--config', 'test/deploy/jest.config.ts', '--maxWorkers=5', '--forceExit', '--verbose', '--testPathPatterns', pattern];
  const child = spawn('jest', args, { env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((resolve, reject) => child.once('error', reject).once('exit', (code) => resolve(code ?? 1)));
}

function stopwatch(): (done: string) => void {
  let startedMs = performance.now();
  return (done) => {
    console.log(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${done}`);
    startedMs = performance.now();
  };
}

process.exit(await main(process.argv[2]));
