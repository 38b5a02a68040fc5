/** What a job knows of a table before it writes: read from DynamoDB, and remembered for a moment. */
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { TableSchemas } from '../../../lambdas/jobs/write-batch/rows/table-schema.ts';
import { useEmulators } from '../../support/use-emulators.ts';

const endpoints = useEmulators();
let dynamoDb: DynamoDBClient;
let reads = 0;
let tables = 0;

beforeEach(() => {
  dynamoDb = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    endpoint: endpoints.dynamodb,
  });
  reads = 0;
  dynamoDb.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        if (commandName === 'DescribeTableCommand') reads += 1;
        return next(args);
      },
    { step: 'initialize' },
  );
});
afterEach(() => {
  jest.restoreAllMocks();
  dynamoDb.destroy();
});

const newName = () => `known-${tables++}`;
async function create(TableName: string, key: string): Promise<void> {
  await dynamoDb.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
    }),
  );
  const before = reads;
  await waitUntilTableExists({ client: dynamoDb, maxWaitTime: 60, minDelay: 1 }, { TableName });
  reads = before;
}
const keysOf = async (schemas: TableSchemas, table: string) => (await schemas.of(table)).keys.map(({ name }) => name);

it('is read once for jobs that come together, and for those that come soon after', async () => {
  const table = newName();
  await create(table, 'id');
  const schemas = new TableSchemas(dynamoDb);
  const together = await Promise.all(Array.from({ length: 10 }, () => keysOf(schemas, table)));
  expect([...together, await keysOf(schemas, table)]).toEqual(Array.from({ length: 11 }, () => ['id']));
  expect(reads).toBe(1);
});

it('is read again after five seconds, so that a table made again is known by its new key', async () => {
  const table = newName();
  await create(table, 'id');
  const schemas = new TableSchemas(dynamoDb);
  const startMs = Date.now();
  const now = jest.spyOn(Date, 'now').mockReturnValue(startMs);
  expect(await keysOf(schemas, table)).toEqual(['id']);
  await dynamoDb.send(new DeleteTableCommand({ TableName: table }));
  await create(table, 'name');
  now.mockReturnValue(startMs + 4_999);
  expect(await keysOf(schemas, table)).toEqual(['id']);
  now.mockReturnValue(startMs + 5_000);
  expect(await keysOf(schemas, table)).toEqual(['name']);
  expect(reads).toBe(2);
});

it('is asked for again at once where it could not be read, by all that asked together', async () => {
  const table = newName();
  const schemas = new TableSchemas(dynamoDb);
  const refused = await Promise.allSettled([schemas.of(table), schemas.of(table)]);
  expect(refused.map((one) => one.status === 'rejected' && one.reason instanceof ResourceNotFoundException)).toEqual([true, true]);
  await create(table, 'id');
  expect(await keysOf(schemas, table)).toEqual(['id']);
  expect(reads).toBe(2);
});
