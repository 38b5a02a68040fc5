/**
 * One round of a bare script on the emulators of the local mode: for each job, only the calls that its way takes, by the SDK, with no engine between.
 * Prints a line of JSON: jobs ended a second.
 */
import { BatchWriteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { DeleteMessageBatchCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { contract } from '../../lambdas/jobs/write-batch/contract.ts';
import { local } from '../../local/resources.ts';
import { inLanes, rate } from '../measure/rates.ts';
import { startBareEmulators } from './bare-emulators.ts';

const [jobs = 500, atOnce = 20] = process.argv.slice(2).map(Number);
const { dynamoDb, sqs, QueueUrl, accept, stop } = await startBareEmulators();

async function work(id: string): Promise<void> {
  const update = (UpdateExpression: string, more: object) =>
    dynamoDb.send(
      new UpdateItemCommand({ TableName: local.tableName, Key: { id: { S: id } }, UpdateExpression, ReturnValues: 'ALL_NEW', ...more }),
    );
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
await stop();
process.exit(0);
