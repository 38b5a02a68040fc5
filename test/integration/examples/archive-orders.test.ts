import { BatchWriteItemCommand, CreateTableCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { contract } from '../../../examples/shop/jobs/archive-orders/contract.ts';
import { definition } from '../../../examples/shop/jobs/archive-orders/worker.ts';
import { dynamoDbClient, s3Client } from '../../../lambdas/adapters/aws-clients.ts';
import { JobInterruptedError } from '../../../lambdas/core/contract/errors.ts';
import { type DirectRun, directRun, Killed, runDirectly } from '../../support/direct-context.ts';
import { useEmulators } from '../../support/emulators.ts';

useEmulators();

const bucket = 'shop-archive';
const input = { closedBefore: '2026-01-01', graceHours: 1 };
const archive = (run: DirectRun) => runDirectly(contract, definition, input, run);
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
  const run = directRun();
  run.onEvent = (event) => {
    if (event.startsWith('sleep')) expect(run.checkpoint).toContain('"removed":0');
  };
  const result = await archive(run);
  expect(result).toMatchObject({ archived: 600, removed: 600 });
  expect(run.sleeps.map(({ ms }) => ms)).toEqual([3_600_000]);
  expect(await archived(result.folder)).toHaveLength(600);
  expect(await archived(result.folder)).toContainEqual(order(42));
  const left = await ordersLeft();
  expect(left).toHaveLength(600);
  expect(left).not.toContain('order-42');
});

it.each(['checkpoint: before', 'checkpoint: saved'])(
  'archives nothing twice and loses nothing when its worker dies at every "%s"',
  async (moment) => {
    await shop(1_200);
    const run = directRun();
    // Each life saves one checkpoint more than the one before it, or none at all.
    for (let lives = 0; ; lives++) {
      let saves = 0;
      run.onEvent = (event) => {
        if (event === moment && ++saves > lives % 2) throw new Killed();
      };
      const result = await archive(run).catch((error: unknown) => error);
      if (result instanceof Killed) continue;
      expect(result).toMatchObject({ archived: 600, removed: 600 });
      expect(await archived((result as { folder: string }).folder)).toHaveLength(600);
      break;
    }
    expect(await ordersLeft()).toHaveLength(600);
  },
);

it('leaves alone what was reopened meanwhile', async () => {
  await shop(4);
  const run = directRun();
  const reopened = { ...order(2), closedAt: { S: '2026-07-01' } };
  run.onEvent = (event) => {
    if (event.startsWith('sleep'))
      void dynamoDbClient().send(new PutItemCommand({ TableName: process.env['ORDERS_TABLE'], Item: reopened }));
  };
  expect(await archive({ ...run, longestSleepMs: 300 })).toMatchObject({ archived: 2, removed: 1 });
  expect(await ordersLeft()).toContain('order-2');
});

it('removes nothing when it is cancelled in time', async () => {
  await shop(4);
  const run = directRun();
  run.onEvent = (event) => {
    if (event.startsWith('sleep')) run.controller.abort(new JobInterruptedError('cancelled', 'The job was cancelled.'));
  };
  await expect(archive(run)).rejects.toMatchObject({ code: 'cancelled' });
  expect(await ordersLeft()).toHaveLength(4);
});
