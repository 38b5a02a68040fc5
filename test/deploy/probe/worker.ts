import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { worker } from '../../../lambdas/worker/handler.ts';
import { contract } from './contract.ts';

const client = new DynamoDBClient();

export const handler = worker(contract, {
  async run({ act, seconds }, ctx) {
    const { id, attempt } = ctx.job;
    await sleep(seconds * 1000);
    if (act === 'hold') while (!(await isReleased(id, ctx.settings.writableTables[0]))) await sleep(250);
    // For the test to count: so often it ran.
    await client.send(
      new UpdateItemCommand({
        TableName: ctx.settings.writableTables[0],
        Key: { id: { S: `runs-of-${id}` } },
        UpdateExpression: 'ADD #runs :one',
        ExpressionAttributeNames: { '#runs': 'runs' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    );
    if (act === 'fail-once' && attempt === 1) throw new RetryableError('The first attempt fails.', { code: 'planned' });
    if (act === 'crash-once' && ctx.checkpoint.load() === undefined) {
      await ctx.checkpoint.save('crashing');
      process.exit(1);
    }
    return { attempt };
  },
});

/** The permission is to update, so it reads by an update. */
async function isReleased(id: string, table: string | undefined): Promise<boolean> {
  const { Attributes } = await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { id: { S: `hold-of-${id}` } },
      UpdateExpression: 'ADD #asked :one',
      ExpressionAttributeNames: { '#asked': 'asked' },
      ExpressionAttributeValues: { ':one': { N: '1' } },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return Attributes?.['released'] !== undefined;
}
