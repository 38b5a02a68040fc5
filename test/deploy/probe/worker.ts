import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { RetryableError } from '../../../lambdas/core/errors.ts';
import { worker } from '../../../lambdas/worker.ts';
import { contract } from './contract.ts';

const table = new DynamoDBClient();

export const handler = worker(contract, {
  async run({ act, seconds }, ctx) {
    const { id, attempt } = ctx.job;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    // What it did, for the test to count: every token that it ever came with.
    await table.send(
      new UpdateItemCommand({
        TableName: ctx.settings.writableTables[0],
        Key: { id: { S: `effect-of-${id}` } },
        UpdateExpression: 'ADD #tokens :token, #runs :one',
        ExpressionAttributeNames: { '#tokens': 'tokens', '#runs': 'runs' },
        ExpressionAttributeValues: { ':token': { SS: [ctx.idempotencyToken('effect')] }, ':one': { N: '1' } },
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
