/** The quota that each owner has used: one item for each owner in the jobs table, under a key that is not a valid job id. */
import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { sha256Hex } from '../core/job/ids.ts';
import type { QuotaStore, Usage } from '../core/submit/quota.ts';
import { compareAndSet } from './compare-and-set.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

const daySeconds = 86_400;
/** How long the item of an owner without jobs in flight is kept: it only counts the submissions of a minute. */
const retentionSeconds = 7 * daySeconds;
/** How long a job may count as in flight: scheduled a year ahead, with a deadline a year after that, and a month for cleaning up. */
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
    write(owner, { minute, submissions, jobs, recent, fullAtMs, revision }, nowMs) {
      const keptSeconds = jobs.length > 0 ? retentionWithJobsSeconds : retentionSeconds;
      const expiry = { [jobTable.timeToLiveAttribute]: Math.floor(nowMs / 1000) + keptSeconds };
      const attributes = { minute, submissions, jobs, recent, fullAtMs, ...expiry };
      return compareAndSet(client, { TableName, id: idOf(owner), revision, attributes });
    },
  };
}
