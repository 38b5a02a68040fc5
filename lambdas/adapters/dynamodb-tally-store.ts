/** The tallies of groups: one item for each batch of members in the jobs table, under a key that is not a valid job id. */
import { BatchGetItemCommand, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { emptyTally, type ShardKey, type Tally, type TallyStore } from '../core/job/group.ts';
import type { Runtime } from '../core/job/ports.ts';
import type { Item } from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

export interface TallyTimes {
  readonly runtime: Pick<Runtime, 'nowMs'>;
  readonly retentionMs: number;
}

/** A group has a deadline of at most a year, and a month for cleaning up. Its record is kept for the retention after that. */
const longestGroupMs = (366 + 30) * 86_400_000;

export function dynamoDbTallyStore(client: DynamoDBClient, TableName: string, { runtime, retentionMs }: TallyTimes): TallyStore {
  const expiry = () => Math.floor((runtime.nowMs() + longestGroupMs + retentionMs) / 1000);
  return {
    async add(shard, end, positions) {
      const command = new UpdateItemCommand({
        TableName,
        Key: { id: { S: tallyId(shard) } },
        // A set has each position once, so a repeated call changes nothing.
        UpdateExpression: 'ADD #end :positions SET #expires = :expires',
        ExpressionAttributeNames: { '#end': end, '#expires': jobTable.timeToLiveAttribute },
        ExpressionAttributeValues: marshall({ ':positions': new Set(positions), ':expires': expiry() }),
        ReturnValues: 'ALL_NEW',
      });
      return toTally((await wrapUnavailable(() => client.send(command))).Attributes ?? {});
    },

    async read(shards) {
      const ids = shards.map(tallyId);
      const found = new Map<string, Tally>();
      let keys: Item[] = ids.map((id) => ({ id: { S: id } }));
      while (keys.length > 0) {
        const command = new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: keys, ConsistentRead: true } } });
        const { Responses, UnprocessedKeys } = await wrapUnavailable(() => client.send(command));
        for (const item of Responses?.[TableName] ?? []) found.set(item['id']?.S ?? '', toTally(item));
        keys = UnprocessedKeys?.[TableName]?.Keys ?? [];
      }
      return ids.map((id) => found.get(id) ?? emptyTally);
    },
  };
}

function tallyId({ id, createdAtMs, shard }: ShardKey): string {
  return `group#${id}#${createdAtMs}#${shard}`;
}

function toTally(item: Item): Tally {
  const sets = unmarshall(item) as Partial<Record<keyof Tally, ReadonlySet<number>>>;
  const of = (end: keyof Tally) => [...(sets[end] ?? [])].sort((a, b) => a - b);
  return { succeeded: of('succeeded'), failed: of('failed'), cancelled: of('cancelled'), refused: of('refused') };
}
