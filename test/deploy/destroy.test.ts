import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { PutBucketTaggingCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Deployment } from '../support/tested-deployment.ts';
import { awsRequests } from './aws-requests.ts';
import { cdk, cdkOnStages } from './cdk.ts';
import { holdings } from './holdings.ts';

const deployment = new Deployment();
const dynamoDb = new DynamoDBClient(deployment.aws('dynamodb'));

it('leaves the jobs and their files of a stage that retains them, the log of what emptied the other, and nothing else', async () => {
  const before = await holdings(deployment);
  // A list that is empty while everything is there would prove nothing.
  expect(Object.keys(before).filter((kind) => before[kind]?.length === 0)).toEqual([]);
  // CloudFormation deletes no bucket that holds anything, and CDK's function empties only buckets with the stack's tag.
  const s3 = new S3Client(deployment.aws('s3'));
  const emptied = before['buckets']?.find((name) => name.startsWith('delegation-tokens-'));
  await s3.send(new PutObjectCommand({ Bucket: emptied, Key: 'payloads/left', Body: 'left' }));
  // If the clock runs during the destroy, the emulator creates its log again.
  const { json } = awsRequests(deployment);
  for (const Name of before['rules'] ?? []) await json('events', 'AWSEvents.DisableRule', { Name });
  const TagSet = [{ Key: 'aws-cdk:auto-delete-objects', Value: 'true' }];
  await s3.send(new PutBucketTaggingCommand({ Bucket: emptied, Tagging: { TagSet } }));
  await cdkOnStages(['destroy', '--all', '--force'], {});
  const { tables = [], buckets = [], ...others } = await holdings(deployment);
  // Lambda creates a log for CDK's function, and nothing deletes it.
  const log = expect.stringMatching(/^logGroups: \/aws\/lambda\/Delegation-tokens-CustomS3AutoDelete/);
  expect(Object.entries(others).flatMap(([kind, names]) => names.map((name) => `${kind}: ${name}`))).toEqual([log]);
  expect(tables).toEqual([expect.stringMatching(/^Delegation-test-/)]);
  expect(buckets).toEqual([expect.stringMatching(/^delegation-test-delegation/)]);
  expect((await dynamoDb.send(new ScanCommand({ TableName: tables[0], Limit: 10 }))).Items).toHaveLength(10);
  await expect(deployment.client.get('/healthz')).resolves.not.toMatchObject({ status: 200 });
});

it('leaves nothing of a first deploy that fails when everything is there, not even what it keeps at any later time', async () => {
  const app = 'node --disable-warning=ExperimentalWarning test/deploy/failing-app.ts';
  const deploy = cdk(['deploy', '--require-approval', 'never', '-a', app, '-o', '.build/deploy-test-failing'], {});
  // The table was there, and was taken back.
  const printed = await deploy.catch(String);
  expect(printed).toMatch(/CREATE_COMPLETE +\| AWS::DynamoDB::GlobalTable/);
  expect(printed).toMatch(/ROLLBACK_COMPLETE/);
  // The stack itself is kept for inspection. If the clock runs meanwhile, the emulator creates its log again.
  const { stacks, logGroups, ...others } = await holdings(deployment);
  expect(stacks).toEqual(['Delegation-failing']);
  const left = Object.entries(others).flatMap(([kind, names]) => names.map((name) => `${kind}: ${name}`));
  expect(left.filter((name) => /Delegation-failing/i.test(name))).toEqual([]);
});
