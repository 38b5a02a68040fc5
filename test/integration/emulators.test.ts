import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { dynamoDbClient, s3Client, sqsClient } from '../../lambdas/adapters/aws-clients.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();
it('answers the unchanged SDK', async () => {
  expect((await dynamoDbClient().send(new ListTablesCommand({}))).TableNames).toEqual([]);
  expect((await sqsClient().send(new CreateQueueCommand({ QueueName: 'q' }))).QueueUrl).toContain('/q');
  await s3Client().send(new CreateBucketCommand({ Bucket: 'some-bucket' }));
});
