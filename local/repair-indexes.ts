import { type DynamoDBClient, paginateScan, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { jobTable } from '../lambdas/adapters/table-layout.ts';

/**
 * Writes the index entries of unfinished jobs again. DynamoDB's indexes follow the table in any case; dynalite writes them first and the
 * item afterwards, so a process killed in between leaves an item without its entry, and the clock would never find it.
 * Any update of an item writes its entries.
 */
export async function repairIndexes(client: DynamoDBClient, TableName: string): Promise<void> {
  const pages = paginateScan(
    { client },
    {
      TableName,
      FilterExpression: 'attribute_exists(#due)',
      ProjectionExpression: '#id',
      ExpressionAttributeNames: { '#due': jobTable.due.partitionKey, '#id': jobTable.partitionKey },
    },
  );
  for await (const { Items = [] } of pages) {
    await Promise.all(
      Items.map(({ id }) =>
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: { id: id ?? { S: '' } },
            UpdateExpression: 'SET #due = #due',
            ExpressionAttributeNames: { '#due': jobTable.due.partitionKey },
          }),
        ),
      ),
    );
  }
}
