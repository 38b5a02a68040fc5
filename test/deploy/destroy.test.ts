import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Deployment } from '../support/deployment.ts';
import { cdk } from './cdk.ts';

const deployment = new Deployment();
const dynamoDb = new DynamoDBClient(deployment.aws('dynamodb'));

it('leaves the jobs and their files of a stage that retains them, and nothing else', async () => {
  await cdk(['destroy', '--all', '--force'], {});
  const { TableNames = [] } = await dynamoDb.send(new ListTablesCommand());
  const [jobs = '', ...others] = TableNames.filter((name) => name.startsWith('Delegation-'));
  expect([jobs.startsWith('Delegation-test-'), others]).toEqual([true, []]);
  expect((await dynamoDb.send(new ScanCommand({ TableName: jobs, Limit: 10 }))).Items).toHaveLength(10);
  const { Buckets = [] } = await new S3Client(deployment.aws('s3')).send(new ListBucketsCommand());
  expect(Buckets.filter(({ Name }) => Name?.startsWith('delegation-test-delegation'))).toHaveLength(1);
  expect(Buckets.filter(({ Name }) => Name?.startsWith('delegation-tokens-'))).toHaveLength(0);
  const { QueueUrls = [] } = await new SQSClient(deployment.aws('sqs')).send(new ListQueuesCommand({ QueueNamePrefix: 'Delegation-' }));
  expect(QueueUrls).toEqual([]);
  await expect(deployment.client.get('/healthz')).resolves.not.toMatchObject({ status: 200 });
});
