/** What each owner has used of the quota, an item an owner in the jobs table. No job's id looks like its key. */
import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { sha256Hex } from '../core/job/ids.ts';
import type { QuotaStore, Usage } from '../core/submit/quota.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

const daySeconds = 86_400;
/** Of an owner with no jobs in flight only the count of a minute is kept. */
const retentionSeconds = 7 * daySeconds;
/** Jobs count as in flight as long as they may be: scheduled for a year ahead, with a deadline a year later, and a month for cleaning up. */
const retentionWithJobsSeconds = (2 * 366 + 30) * daySeconds;
const noUsage: Usage = { minute: 0, submissions: 0, jobs: [], recent: {}, fullAtMs: 0, revision: 0 };

export function dynamoDbQuotaStore(client: DynamoDBClient, TableName: string): QuotaStore {
  const idOf = (owner: string) => `quota#${sha256Hex(owner).slice(0, 32)}`;
  return {
    async read(owner) {
      const command = new GetItemCommand({ TableName, Key: { id: { S: idOf(owner) } }, ConsistentRead: true });
      const { Item } = await wrapUnavailable(() => client.send(command));
      return Item === undefined ? noUsage : { ...noUsage, ...(unmarshall(Item) as Partial<Usage>) };
    },
    async write(owner, { minute, submissions, jobs, recent, fullAtMs, revision }, nowMs) {
      const keptFor = jobs.length > 0 ? retentionWithJobsSeconds : retentionSeconds;
      const expires = { [jobTable.timeToLiveAttribute]: Math.floor(nowMs / 1000) + keptFor };
      const command = new PutItemCommand({
        TableName,
        Item: marshall({ id: idOf(owner), minute, submissions, jobs, recent, fullAtMs, revision: revision + 1, ...expires }),
        ConditionExpression: revision === 0 ? 'attribute_not_exists(#revision)' : '#revision = :seen',
        ExpressionAttributeNames: { '#revision': 'revision' },
        ...(revision === 0 ? {} : { ExpressionAttributeValues: marshall({ ':seen': revision }) }),
      });
      try {
        await wrapUnavailable(() => client.send(command));
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
