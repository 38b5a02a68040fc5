import { type DynamoDBClient, paginateScan, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import { jobTable } from '../lambdas/adapters/table-layout.ts';
import { fewestPartitions } from '../lambdas/core/job/index-partitions.ts';
import { endedPartition, indexedEnds } from '../lambdas/core/job/list-key.ts';

const { partitionKey, due, ended } = jobTable;

/**
 * Writes the index entries of unfinished jobs again. DynamoDB's indexes follow the table in any case; dynalite writes them first and the item
 * afterwards, so a process killed in between leaves an item without its entry in `due`, and the clock would never find it, or with one in `ended`,
 * and lists would take it for a job that has ended. Any update of an item writes its entries.
 * @returns the ids of the jobs that are running by their record
 */
export async function repairIndexes(client: DynamoDBClient, TableName: string): Promise<readonly string[]> {
  const update = (id: string, changes: Partial<UpdateItemCommandInput>) =>
    client.send(new UpdateItemCommand({ TableName, Key: { [partitionKey]: { S: id } }, ...changes }));
  const endedIds = await idsInEnded(client, TableName);
  const pages = paginateScan(
    { client },
    {
      TableName,
      FilterExpression: 'attribute_exists(#due)',
      ProjectionExpression: '#id, #owner, #status',
      ExpressionAttributeNames: { '#due': due.partitionKey, '#id': partitionKey, '#owner': 'owner', '#status': 'status' },
    },
  );
  const running: string[] = [];
  for await (const { Items = [] } of pages) {
    const repairs = Items.map(async (item) => {
      const [id, owner] = [item[partitionKey]?.S ?? '', item['owner']?.S ?? ''];
      if (item['status']?.S === 'running') running.push(id);
      await update(id, { UpdateExpression: 'SET #due = #due', ExpressionAttributeNames: { '#due': due.partitionKey } });
      if (!endedIds.has(id)) return;
      const ExpressionAttributeNames = { '#ended': ended.partitionKey };
      // The local mode never has more partitions. An update that takes an item out of a partition removes the entry there, whichever of them it is.
      for (const status of indexedEnds) {
        const ExpressionAttributeValues = { ':ended': { S: endedPartition({ owner, id }, status, fewestPartitions).name } };
        await update(id, { UpdateExpression: 'SET #ended = :ended', ExpressionAttributeNames, ExpressionAttributeValues });
      }
      await update(id, { UpdateExpression: 'REMOVE #ended', ExpressionAttributeNames });
    });
    await Promise.all(repairs);
  }
  return running;
}

async function idsInEnded(client: DynamoDBClient, TableName: string): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName, IndexName: ended.name }))
    for (const item of Items) ids.add(item[partitionKey]?.S ?? '');
  return ids;
}
