/** Reads objects with write-batch: the items of a table, in DynamoDB's own notation, are compared with the rows of the file. */
import { readFileSync } from 'node:fs';
import { type AttributeValue, CreateTableCommand, DeleteTableCommand, paginateScan, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { contract } from '../../lambdas/jobs/write-batch/contract.ts';
import { definition } from '../../lambdas/jobs/write-batch/worker.ts';
import { resultOf } from '../support/worker-run.ts';
import type { Case } from './case.ts';
import { isSameNumber } from './numbers.ts';
import { putObject, type Reader, removeObject } from './reader.ts';
import { judgeRefusal, type Verdict } from './verdict.ts';

type Item = Readonly<Record<string, AttributeValue>>;

/** Writes the objects of a case into a table of its own, and judges its items. */
export async function judgeWrite(reader: Reader, one: Case): Promise<Verdict> {
  const [object] = one.objects;
  if (object === undefined) throw new Error(`${one.name} has no object.`);
  const table = `differential-${one.name}`;
  await putObject(reader, object.key, readFileSync(object.path));
  await dynamoDbClient().send(
    new CreateTableCommand({
      TableName: table,
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
  );
  await waitUntilTableExists({ client: dynamoDbClient(), maxWaitTime: 30, minDelay: 0.02, maxDelay: 1 }, { TableName: table });
  try {
    const source = { url: `s3://${reader.bucket}/${object.key}`, ...one.source };
    await resultOf(contract, definition, { table, operation: 'put', source, onInvalidRow: 'fail' });
    if (one.outcome === 'refused') return { kind: 'silent', detail: 'write-batch accepted it' };
    return judgeItems(one, await itemsOf(table));
  } catch (error) {
    const { code = 'no code', message, details = {} } = error as Error & { code?: string; details?: Readonly<Record<string, unknown>> };
    // A bad row is named by its line: there is one object.
    const named = code === 'invalid_row' ? { ...details, object: object.key } : details;
    return judgeRefusal(one, { kind: 'error', code, message, details: named }, ['invalid_source', 'invalid_row']);
  } finally {
    await removeObject(reader, object.key);
    await dynamoDbClient().send(new DeleteTableCommand({ TableName: table }));
  }
}

async function itemsOf(table: string): Promise<ReadonlyMap<string, Item>> {
  const items = new Map<string, Item>();
  for await (const { Items = [] } of paginateScan({ client: dynamoDbClient() }, { TableName: table, ConsistentRead: true })) {
    for (const item of Items) items.set(String(item['id']?.S), item);
  }
  return items;
}

function judgeItems(one: Case, items: ReadonlyMap<string, Item>): Verdict {
  const lines = readFileSync(one.expected, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
  if (items.size !== lines.length) return { kind: 'silent', detail: `${items.size} items, ${lines.length} rows in the file` };
  for (const line of lines) {
    const row = JSON.parse(line) as unknown[];
    const isCsv = one.source['format'] === 'csv';
    const expected = isCsv ? { o: row.map((value, index) => [one.columns[index]?.name, value]) } : row[0];
    const members = (expected as { o: readonly (readonly [string, unknown])[] }).o;
    const item = items.get(String(members.find(([name]) => name === 'id')?.[1]));
    if (item === undefined || !isSame(expected, { M: item })) {
      return { kind: 'silent', detail: `${line.slice(0, 300)} was written as ${JSON.stringify(item)?.slice(0, 300)}` };
    }
  }
  return { kind: 'right', detail: '' };
}

function isSame(expected: unknown, value: AttributeValue | undefined): boolean {
  if (value === undefined) return false;
  if (expected === null) return value.NULL === true;
  if (typeof expected === 'string') return value.S === expected;
  if (typeof expected === 'boolean') return value.BOOL === expected;
  if (Array.isArray(expected)) {
    return value.L?.length === expected.length && expected.every((item, index) => isSame(item, value.L?.[index]));
  }
  const tagged = expected as { readonly n?: string; readonly o?: readonly (readonly [string, unknown])[] };
  if (tagged.n !== undefined) return value.N !== undefined && isSameNumber(tagged.n, value.N.replace('E+', 'e').replace('E', 'e'));
  const { o = [] } = tagged;
  const members = new Map(Object.entries(value.M ?? {}));
  return value.M !== undefined && members.size === o.length && o.every(([name, item]) => isSame(item, members.get(name)));
}
