/** The states of the job types and the clock's cursors: one item in the jobs table, under a key that is not a valid job id. */
import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { Control, ControlStore } from '../core/control/job-type-states.ts';
import { compareAndSet } from './compare-and-set.ts';
import { wrapUnavailable } from './unavailable.ts';

const id = 'control';
const Key = { id: { S: id } };

export function dynamoDbControlStore(client: DynamoDBClient, TableName: string): ControlStore {
  return {
    async read() {
      const { Item } = await wrapUnavailable(() => client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true })));
      const {
        types = {},
        changes = {},
        partitions,
        revision = 0,
        cursors = {},
      } = Item === undefined ? {} : (unmarshall(Item) as Partial<Control>);
      return { types, changes, partitions, revision, cursors };
    },
    write: ({ types, changes, partitions, revision }) =>
      compareAndSet(client, { TableName, id, revision, attributes: { types, changes, ...(partitions && { partitions }) } }),
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
