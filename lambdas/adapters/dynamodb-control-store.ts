/** The switches of the job types, one item in the jobs table. No job's id looks like its key. */
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Control, ControlStore } from '../core/control/job-type-states.ts';
import { wrapUnavailable } from './unavailable.ts';

const Key = { id: { S: 'control' } };

export function dynamoDbControlStore(client: DynamoDBClient, TableName: string): ControlStore {
  return {
    async read() {
      const { Item } = await wrapUnavailable(() => client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })));
      const { types = {}, revision = 0, cursors = {} } = Item === undefined ? {} : (unmarshall(Item) as Partial<Control>);
      return { types, revision, cursors };
    },
    async write({ types, revision }) {
      const command = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #types = :types, #revision = :next',
        ConditionExpression: revision === 0 ? 'attribute_not_exists(#revision)' : '#revision = :seen',
        ExpressionAttributeNames: { '#types': 'types', '#revision': 'revision' },
        ExpressionAttributeValues: marshall({ ':types': types, ':next': revision + 1, ...(revision === 0 ? {} : { ':seen': revision }) }),
      });
      try {
        await wrapUnavailable(() => client.send(command));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
    async writeCursors(cursors) {
      const command = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #cursors = :cursors',
        ExpressionAttributeNames: { '#cursors': 'cursors' },
        ExpressionAttributeValues: marshall({ ':cursors': cursors }, { removeUndefinedValues: true }),
      });
      await wrapUnavailable(() => client.send(command));
    },
  };
}
