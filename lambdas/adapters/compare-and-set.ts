import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { wrapUnavailable } from './unavailable.ts';

export interface CompareAndSet {
  readonly TableName: string;
  readonly id: string;
  /** The revision that was read; 0 where there was no item. */
  readonly revision: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Sets attributes of an item, and its next revision, on the condition that its revision is still the one that was read.
 * @returns false on a conflict: the item was written meanwhile
 */
export async function compareAndSet(client: DynamoDBClient, { TableName, id, revision, attributes }: CompareAndSet): Promise<boolean> {
  const values = { ...attributes, revision: revision + 1 };
  const names = Object.keys(values);
  const command = new UpdateItemCommand({
    TableName,
    Key: { id: { S: id } },
    UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: revision === 0 ? 'attribute_not_exists(#revision)' : '#revision = :seen',
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: marshall({
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, value])),
      ...(revision === 0 ? {} : { ':seen': revision }),
    }),
  });
  try {
    await wrapUnavailable(() => client.send(command));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
