/** The emulators of the local mode without Delegation: its table, one of its queues, and the two calls that accept a job. */
import { rmSync } from 'node:fs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { contract } from '../../lambdas/jobs/write-batch/contract.ts';
import { localCredentials } from '../../local/emulator-environment.ts';
import { startEmulatorsInThread } from '../../local/emulators.ts';
import { createQueues, createTables, local } from '../../local/resources.ts';
import { newDataFolder } from '../measure/child-process.ts';

/** What a record of a small job holds, in bytes about. */
const text = 'x'.repeat(600);

/** Starts the emulators with empty data. @returns the clients, the queue, and how a bare script accepts a job by its id */
export async function startBareEmulators() {
  const folder = newDataFolder();
  const emulators = await startEmulatorsInThread({ dataDir: folder });
  const common = { region: 'us-east-1', credentials: localCredentials };
  const dynamoDb = new DynamoDBClient({ ...common, endpoint: emulators.dynamodb });
  const sqs = new SQSClient({ ...common, endpoint: emulators.sqs });
  await createTables(dynamoDb);
  const QueueUrl = (await createQueues(sqs, emulators.sqs, [contract]))[contract.name]?.url ?? '';
  return {
    dynamoDb,
    sqs,
    QueueUrl,
    async accept(id: string, DelaySeconds = 0): Promise<void> {
      const keys = { due: { S: 'rescue#bare#0' }, alarmKey: { N: String(Date.now()) }, listing: { S: 'bare#0' }, listedAs: { S: id } };
      await Promise.all([
        dynamoDb.send(
          new PutItemCommand({
            TableName: local.tableName,
            Item: { id: { S: id }, text: { S: text }, ...keys },
            ConditionExpression: 'attribute_not_exists(id)',
          }),
        ),
        sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: id, DelaySeconds })),
      ]);
    },
    async stop(): Promise<void> {
      await emulators.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
