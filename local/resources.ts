/** What the stack deploys, made in the emulators: table, queues, buckets. What is there already stays as it is. */
import { CreateTableCommand, DescribeTableCommand, type DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { BucketAlreadyExists, BucketAlreadyOwnedByYou, CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueUrls } from '../lambdas/adapters/sqs-wake-up-queues.ts';
import { jobTable } from '../lambdas/adapters/table-layout.ts';
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import { queueLimits } from '../lambdas/core/contract/queue-limits.ts';

/** The names that the local mode promises to its users. */
export const local = {
  tableName: 'delegation-jobs',
  payloadBucket: 'delegation-payloads',
  sourceBucket: 'delegation-local',
  scratchTable: 'scratch',
  deployment: 'local',
};

const string = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' as const });
const range = (AttributeName: string) => ({ AttributeName, KeyType: 'RANGE' as const });

export async function createTables(client: DynamoDBClient, jobTableName = local.tableName): Promise<void> {
  const { due, listing, ended } = jobTable;
  const index = ({ name, partitionKey, sortKey, holds }: typeof due | typeof listing | typeof ended) => ({
    IndexName: name,
    KeySchema: [hash(partitionKey), range(sortKey)],
    Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [...holds] },
  });
  const jobs = new CreateTableCommand({
    TableName: jobTableName,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [
      ...[jobTable.partitionKey, due.partitionKey, listing.partitionKey, ended.partitionKey, listing.sortKey].map(string),
      { AttributeName: due.sortKey, AttributeType: 'N' },
    ],
    KeySchema: [hash(jobTable.partitionKey)],
    GlobalSecondaryIndexes: [index(due), index(listing), index(ended)],
  });
  const scratch = new CreateTableCommand({
    TableName: local.scratchTable,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [string('id')],
    KeySchema: [hash('id')],
  });
  for (const table of [jobs, scratch]) {
    await client.send(table).catch((error: unknown) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
  }
  await requireIndexes(client, jobTableName);
}

/** @throws Error for a table of an earlier version, whose indexes lists and the clock could not read */
async function requireIndexes(client: DynamoDBClient, TableName: string): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  for (const { name, sortKey, holds } of [jobTable.due, jobTable.listing, jobTable.ended]) {
    const index = Table?.GlobalSecondaryIndexes?.find(({ IndexName }) => IndexName === name);
    const hasKey = index?.KeySchema?.some(({ AttributeName }) => AttributeName === sortKey) === true;
    const held = index?.Projection?.NonKeyAttributes ?? [];
    if (!hasKey || holds.some((attribute) => !held.includes(attribute)))
      throw new Error(
        `The table ${TableName} was made by an earlier version: its index ${name} is not the one that this version reads. Delete the data folder, or give another one with --data.`,
      );
  }
}

export async function createBuckets(client: S3Client): Promise<void> {
  for (const Bucket of [local.payloadBucket, local.sourceBucket]) {
    await client.send(new CreateBucketCommand({ Bucket })).catch((error: unknown) => {
      if (!(error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists)) throw error;
    });
  }
}

/** @param endpoint of the emulator @returns by job type */
export async function createQueues(
  client: SQSClient,
  endpoint: string,
  contracts: readonly JobTypeContract[],
): Promise<Record<string, Required<QueueUrls>>> {
  // The emulator names a host that does not resolve, and the port of its first start; it goes by the path alone.
  const create = async (name: string, attributes?: Readonly<Record<string, string>>) =>
    new URL(new URL(await createQueue(client, name, attributes)).pathname, endpoint).href;
  const queues: Record<string, Required<QueueUrls>> = {};
  for (const contract of contracts) {
    const deadLetterUrl = await create(`delegation-${contract.name}-dead`);
    const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: deadLetterUrl, AttributeNames: ['QueueArn'] }));
    const { visibilitySeconds, maxReceiveCount } = queueLimits(contract);
    const url = await create(`delegation-${contract.name}`, {
      VisibilityTimeout: String(visibilitySeconds),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount }),
    });
    queues[contract.name] = { url, deadLetterUrl };
  }
  return queues;
}

async function createQueue(client: SQSClient, QueueName: string, attributes: Readonly<Record<string, string>> = {}): Promise<string> {
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName, Attributes: { MessageRetentionPeriod: '1209600', ...attributes } }),
  );
  if (QueueUrl === undefined) throw new Error(`The queue ${QueueName} could not be made.`);
  return QueueUrl;
}
