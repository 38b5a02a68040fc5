import { BatchWriteItemCommand, CreateTableCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { contract } from '../../../examples/shop/jobs/archive-orders/contract.ts';
import { definition } from '../../../examples/shop/jobs/archive-orders/worker.ts';
import { dynamoDbClient, s3Client } from '../../../lambdas/adapters/aws-clients.ts';
import { killAnywhere, testKit } from '../../../testing/index.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { WorkerRun } from '../../support/worker-run.ts';

useEmulators();

const bucket = 'shop-archive';
const input = { closedBefore: '2026-01-01', graceHours: 1 };
const makeKit = () => testKit(contract, definition, { patienceMs: 60_000 });
const order = (n: number) => ({
  id: { S: `order-${n}` },
  closedAt: { S: n % 2 === 0 ? '2025-06-01' : '2026-06-01' },
  total: { N: `${n}` },
});
let tables = 0;

beforeAll(() => s3Client().send(new CreateBucketCommand({ Bucket: bucket })));

/** @param count orders, every second of them closed long ago */
async function shop(count: number): Promise<void> {
  const TableName = `orders-${++tables}`;
  Object.assign(process.env, { ORDERS_TABLE: TableName, ARCHIVE_BUCKET: bucket });
  await dynamoDbClient().send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  for (let n = 0; n < count; n += 25) {
    const puts = Array.from({ length: Math.min(25, count - n) }, (_, i) => ({ PutRequest: { Item: order(n + i) } }));
    await dynamoDbClient().send(new BatchWriteItemCommand({ RequestItems: { [TableName]: puts } }));
  }
}

async function ordersLeft(): Promise<readonly string[]> {
  const ids: string[] = [];
  const pages = paginateScan({ client: dynamoDbClient() }, { TableName: process.env['ORDERS_TABLE'] });
  for await (const { Items = [] } of pages) ids.push(...Items.map(({ id }) => id?.S ?? ''));
  return ids;
}

/** What DynamoDB would import. */
async function archived(folder: string): Promise<readonly unknown[]> {
  const s3 = s3Client();
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${folder}/` }));
  const texts = Contents.map(async ({ Key }) => (await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).Body?.transformToString());
  const lines = (await Promise.all(texts)).flatMap((text) => text?.trim().split('\n') ?? []);
  return lines.map((line) => (JSON.parse(line) as { Item: unknown }).Item);
}

it('copies what was closed before the day into the archive, and removes it after the grace', async () => {
  await shop(1_200);
  const kit = makeKit();
  const job = await kit.submit(input);
  await kit.settle();
  expect(job).toMatchObject({ status: 'waiting', checkpoint: { archived: 600, removed: 0 } });
  await kit.advance({ minutes: 59 });
  expect(await ordersLeft()).toHaveLength(1_200);
  await kit.advance({ minutes: 1 });
  expect(job.result).toMatchObject({ archived: 600, removed: 600 });
  const { folder = '' } = job.result ?? {};
  expect(await archived(folder)).toHaveLength(600);
  expect(await archived(folder)).toContainEqual(order(42));
  const left = await ordersLeft();
  expect(left).toHaveLength(600);
  expect(left).not.toContain('order-42');
});

it('archives nothing twice and loses nothing wherever its worker dies', async () => {
  const points = await killAnywhere(makeKit, async (kit) => {
    await shop(4);
    const job = await kit.submit(input);
    await kit.run();
    expect(job.result).toMatchObject({ archived: 2, removed: 2 });
    expect(await archived(job.result?.folder ?? '')).toHaveLength(2);
    expect(await ordersLeft()).toHaveLength(2);
  });
  expect(points.filter(({ operation }) => operation === 'checkpoint').length).toBeGreaterThan(3);
});

it('archives nothing twice and loses nothing when its worker dies at each of many checkpoints', async () => {
  await shop(1_200);
  const run = await new WorkerRun(contract, definition).submit(input);
  expect(await run.dieOften('checkpoint', 1)).toBeGreaterThan(6);
  expect(run.job.result).toMatchObject({ archived: 600, removed: 600 });
  expect(await archived(run.job.result?.folder ?? '')).toHaveLength(600);
  expect(await ordersLeft()).toHaveLength(600);
});

it('leaves alone what was reopened meanwhile', async () => {
  await shop(4);
  const kit = makeKit();
  const job = await kit.submit(input);
  await kit.settle();
  const reopened = { ...order(2), closedAt: { S: '2026-07-01' } };
  await dynamoDbClient().send(new PutItemCommand({ TableName: process.env['ORDERS_TABLE'], Item: reopened }));
  await kit.run();
  expect(job.result).toMatchObject({ archived: 2, removed: 1 });
  expect(await ordersLeft()).toContain('order-2');
});

it('removes nothing when it is cancelled in time', async () => {
  await shop(4);
  const kit = makeKit();
  const job = await kit.submit(input);
  await kit.advance({ minutes: 59 });
  await kit.cancel(job);
  await kit.run();
  expect(job.status).toBe('cancelled');
  expect(await ordersLeft()).toHaveLength(4);
});
