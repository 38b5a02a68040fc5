/** The jobs of an owner by time, in the indexes `listing` and `ended`. */
import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { readListKey } from '../core/job/list-key.ts';
import type { EntryFilter, JobStore, ListEntry } from '../core/job/ports.ts';
import type { Item } from './job-item.ts';
import { jobTable } from './table-layout.ts';
import { wrapUnavailable } from './unavailable.ts';

export function dynamoDbListing(client: DynamoDBClient, TableName: string): Pick<JobStore, 'list'> {
  return {
    async list({ index, name }, { keys, order, filter, limit }) {
      const { partitionKey, sortKey } = jobTable[index];
      const conditions = filterConditions(filter);
      const command = new QueryCommand({
        TableName,
        IndexName: jobTable[index].name,
        KeyConditionExpression: '#partition = :partition AND #listedAs BETWEEN :low AND :high',
        ProjectionExpression: '#listedAs, #type',
        ...(conditions.expression === '' ? {} : { FilterExpression: conditions.expression }),
        ExpressionAttributeNames: { '#partition': partitionKey, '#listedAs': sortKey, '#type': 'type', ...conditions.names },
        ExpressionAttributeValues: { ':partition': { S: name }, ':low': { S: keys.low }, ':high': { S: keys.high }, ...conditions.values },
        ScanIndexForward: order === 'asc',
        Limit: limit,
      });
      const { Items = [], ScannedCount = 0, LastEvaluatedKey } = await wrapUnavailable(() => client.send(command));
      return { entries: Items.map(toListEntry), read: ScannedCount, readTo: LastEvaluatedKey?.[sortKey]?.S };
    },
  };
}

function filterConditions({ types, labels }: EntryFilter) {
  const placeholders = (name: string, texts: readonly string[]) => texts.map((text, i) => [`:${name}${i}`, { S: text }] as const);
  const [ofTypes, ofLabels] = [placeholders('type', types ?? []), placeholders('label', labels)];
  return {
    expression: [
      ...(types === undefined ? [] : [`#type IN (${ofTypes.map(([placeholder]) => placeholder).join(', ')})`]),
      ...ofLabels.map(([placeholder]) => `contains(#labels, ${placeholder})`),
    ].join(' AND '),
    names: labels.length === 0 ? {} : { '#labels': 'labels' },
    values: Object.fromEntries([...ofTypes, ...ofLabels]),
  };
}

function toListEntry({ listedAs, type }: Item): ListEntry {
  return { ...readListKey(listedAs?.S ?? ''), type: type?.S ?? '' };
}
