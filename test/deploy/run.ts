/** `npm run test:deploy`: a real `cdk bootstrap` and `cdk deploy` into an emulated account that enforces IAM, then the tests, through the deployed URLs. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DescribeImagesCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { formatWebhookSecret } from '../../lambdas/webhook/webhook-secret.ts';
import { useRunFolder } from '../support/run-folder.ts';
import type { Deployed } from '../support/tested-deployment.ts';
import { bridgeDifferences } from './bridge-differences.ts';
import { cdk, cdkOnStages, deployAll, outputOf } from './cdk.ts';
import { startIssuer } from './issuer.ts';
import { startMinistack } from './ministack.ts';
import { makeUser } from './users.ts';

/** Callers of the end-to-end suite. */
const owners = ['local', 'ann', 'bob', 'eve', 'lister', 'prototypes', 'inputs', 'validator', 'conformance', 'conformance-other'];

/** The rounds, one after the other: the third changes states of job types and deploys again, the fourth switches parts off, the last destroys. */
const rounds = [
  ['the end-to-end suite', 'test/e2e/(api|conformance|work|every-type|uploads)'],
  ['what starts jobs, what they wait for, and what is sent', 'test/(e2e/(groups|order|signals)|deploy/(links|live|webhooks))'],
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
    await bridgeDifferences();
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

/** Creates what an account has besides Delegation: callers, a table, a bucket, a network, an image, a secret of a caller. */
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
  const SecretString = formatWebhookSecret(randomBytes(32));
  const { ARN: secretArn } = await new SecretsManagerClient().send(new CreateSecretCommand({ Name: 'webhooks-of-ann', SecretString }));
  const [{ Subnets: [subnet] = [] }, { Images: [image] = [] }] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand()),
    ec2.send(new DescribeImagesCommand()),
  ]);
  const credentials = await Promise.all(owners.map(async (owner) => [owner, await callerNamed(owner)] as const));
  return { subnetId: subnet?.SubnetId ?? '', imageId: image?.ImageId ?? '', secretArn, owners: Object.fromEntries(credentials) };
}

function callerNamed(name: string) {
  return makeUser(new IAMClient(), name, { Action: 'execute-api:Invoke', Resource: '*' });
}

function jest(pattern: string, env: Readonly<Record<string, string>>): Promise<number> {
  const args = ['--config', 'test/deploy/jest.config.ts', '--maxWorkers=3', '--forceExit', '--verbose', '--testPathPatterns', pattern];
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
