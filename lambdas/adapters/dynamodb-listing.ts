/** The jobs of an owner by time, in the index `listing`. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import type { JobStore, ListPosition } from '../core/job/ports.ts';
import { listingKey, listingPartition, listingShards } from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

export function dynamoDbListing(client: DynamoDBClient, TableName: string): Pick<JobStore, 'list'> {
  const query = (partition: string, limit: number, after: ListPosition | undefined) => {
    const command = new QueryCommand({
      TableName,
      IndexName: jobTable.listing.name,
      KeyConditionExpression: after === undefined ? '#listing = :partition' : '#listing = :partition AND #listedAs < :after',
      ExpressionAttributeNames: { '#listing': 'listing', ...(after === undefined ? {} : { '#listedAs': 'listedAs' }) },
      ExpressionAttributeValues: { ':partition': { S: partition }, ...(after === undefined ? {} : { ':after': { S: listingKey(after) } }) },
      ScanIndexForward: false,
      Limit: limit,
    });
    return wrapUnavailable(() => client.send(command));
  };

  return {
    async list(owner, limit, after) {
      const partitions = Array.from({ length: listingShards }, (_, shard) => listingPartition(owner, shard));
      const shards = await Promise.all(partitions.map((partition) => query(partition, limit, after)));
      const keys = shards.flatMap(({ Items = [] }) => Items.map((item) => item['listedAs']?.S ?? ''));
      return keys.sort().reverse().slice(0, limit).map(toPosition);
    },
  };
}

function toPosition(listedAs: string): ListPosition {
  const [createdAtMs = '', id = ''] = listedAs.split('#');
  return { createdAtMs: Number(createdAtMs), id };
}
