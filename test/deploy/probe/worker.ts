import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { worker } from '../../../lambdas/worker/handler.ts';
import { contract } from './contract.ts';

const table = new DynamoDBClient();

export const handler = worker(contract, {
  async run({ act, seconds }, ctx) {
    const { id, attempt } = ctx.job;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    // For the test to count: so often it ran.
    await table.send(
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
