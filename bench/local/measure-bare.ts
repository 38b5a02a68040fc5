/**
 * One round of a bare script on the emulators of the local mode: for each job, only the calls that its way takes, by the SDK, with no engine between.
 * Prints a line of JSON: jobs ended a second.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchWriteItemCommand, DynamoDBClient, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { contract } from '../../lambdas/jobs/write-batch/contract.ts';
import { startEmulatorsInThread } from '../../local/emulators.ts';
import { createQueues, createTables, local } from '../../local/resources.ts';
import { inLanes, rate } from '../measure/rates.ts';

const [jobs = 500, atOnce = 20] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'delegation-bench-'));
const emulators = await startEmulatorsInThread({ dataDir: folder });
const common = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const dynamoDb = new DynamoDBClient({ ...common, endpoint: emulators.dynamodb });
const sqs = new SQSClient({ ...common, endpoint: emulators.sqs });
await createTables(dynamoDb);
const QueueUrl = (await createQueues(sqs, emulators.sqs, [contract]))[contract.name]?.url ?? '';
const TableName = local.tableName;

/** What a record of a small job holds, in bytes about. */
const text = 'x'.repeat(600);

async function accept(id: string): Promise<void> {
  const keys = { due: { S: 'rescue#bare#0' }, alarmKey: { N: String(Date.now()) }, listing: { S: 'bare#0' }, listedAs: { S: id } };
  await Promise.all([
    dynamoDb.send(
      new PutItemCommand({
        TableName,
        Item: { id: { S: id }, text: { S: text }, ...keys },
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    ),
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: id })),
  ]);
}

async function work(id: string): Promise<void> {
  const update = (UpdateExpression: string, more: object) =>
    dynamoDb.send(new UpdateItemCommand({ TableName, Key: { id: { S: id } }, UpdateExpression, ReturnValues: 'ALL_NEW', ...more }));
  await update('SET lease = :lease', {
    ConditionExpression: 'attribute_not_exists(lease)',
    ExpressionAttributeValues: { ':lease': { S: 'token' } },
  });
  await dynamoDb.send(new BatchWriteItemCommand({ RequestItems: { [local.scratchTable]: [{ PutRequest: { Item: { id: { S: id } } } }] } }));
  await update('SET finishedAtMs = :finished REMOVE due, alarmKey', {
    ConditionExpression: 'lease = :lease',
    ExpressionAttributeValues: { ':lease': { S: 'token' }, ':finished': { N: '1' } },
  });
}

let done = 0;
let isOver = false;
const polling = (async () => {
  while (!isOver) {
    const request = { QueueUrl, MaxNumberOfMessages: contract.batchSize, WaitTimeSeconds: 1 };
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(request));
    if (Messages.length === 0) continue;
    void (async () => {
      await Promise.all(Messages.map(({ Body = '' }) => work(Body)));
      const Entries = Messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle }));
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      done += Messages.length;
    })();
  }
})();

async function run(name: string, count: number): Promise<void> {
  const before = done;
  await inLanes(count, atOnce, (n) => accept(`${name}-${n}`));
  while (done < before + count) await new Promise((resolve) => setTimeout(resolve, 20));
}

await run('warm-up', 100);
console.log(JSON.stringify({ ended: await rate(jobs, () => run('measured', jobs)) }));
isOver = true;
await polling;
await emulators.stop();
rmSync(folder, { recursive: true, force: true });
process.exit(0);
