/** The number of the current job of each unique key: one item for each key that had more than one job, under a key that is not a valid job id. */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { UniqueStore } from '../core/submit/unique-job.ts';
import { compareAndSet } from './compare-and-set.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

/** Ten years: longer than any job may be unfinished after its key was moved on to it. */
const retentionSeconds = 3_660 * 86_400;

export function dynamoDbUniqueStore(client: DynamoDBClient, TableName: string): UniqueStore {
  const idOf = (key: string) => `unique#${key}`;
  return {
    async read(key) {
      const command = new GetItemCommand({ TableName, Key: { id: { S: idOf(key) } }, ConsistentRead: true });
      const { Item } = await wrapUnavailable(() => client.send(command));
      return Number(Item?.['revision']?.N ?? 0);
    },
    moveOn: (key, number, nowMs) =>
      compareAndSet(client, {
        TableName,
        id: idOf(key),
        revision: number,
        attributes: { [jobTable.timeToLiveAttribute]: Math.floor(nowMs / 1000) + retentionSeconds },
      }),
  };
}
