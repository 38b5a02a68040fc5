/** What a table demands of the rows in it: its own keys, and those of its indexes, which refuse a write just the same. */
import { DescribeTableCommand, type DynamoDBClient, type TableDescription } from '@aws-sdk/client-dynamodb';
import { RetryableError } from '../../../core/contract/errors.ts';

export type KeyType = 'S' | 'N' | 'B';

export interface KeyAttribute {
  readonly name: string;
  readonly type: KeyType;
  readonly maxBytes: number;
  /** Part of the table's own key, so every row has it; a key of an index may be absent. */
  readonly isRequired: boolean;
}

export interface TableSchema {
  readonly tableName: string;
  readonly keys: readonly KeyAttribute[];
}

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-partition-sort-keys */
const maxKeyBytes = { HASH: 2048, RANGE: 1024 } as const;

/** The age of an answer. Jobs that come together ask once, and a table that was made again with other keys, or got an index, is soon known. */
const keptMs = 5_000;

/** What tables demand, each remembered for five seconds, in which AWS does not make a table again. A row that an index refuses which is newer than that is rejected. */
export class TableSchemas {
  private readonly client: DynamoDBClient;
  private readonly known = new Map<string, { readonly schema: Promise<TableSchema>; readonly askedAtMs: number }>();

  constructor(client: DynamoDBClient) {
    this.client = client;
  }

  /** @throws RetryableError `table_not_ready` while the table is still being made; what DescribeTable throws */
  of(tableName: string): Promise<TableSchema> {
    const known = this.known.get(tableName);
    // By the time of day: the other clock may stop while Lambda freezes the process.
    const ageMs = Date.now() - (known?.askedAtMs ?? 0);
    if (known !== undefined && ageMs >= 0 && ageMs < keptMs) return known.schema;
    const asked = { schema: readTableSchema(this.client, tableName), askedAtMs: Date.now() };
    this.known.set(tableName, asked);
    asked.schema.catch(() => {
      if (this.known.get(tableName) === asked) this.known.delete(tableName);
    });
    return asked.schema;
  }
}

async function readTableSchema(client: DynamoDBClient, tableName: string): Promise<TableSchema> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  if (table === undefined || table.TableStatus === 'CREATING') {
    throw new RetryableError(`The table "${tableName}" is still being created.`, { code: 'table_not_ready' });
  }
  return tableSchema(table);
}

export function tableSchema(table: TableDescription): TableSchema {
  const own = table.KeySchema ?? [];
  const ofIndexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])].flatMap(
    ({ KeySchema = [] }) => KeySchema,
  );
  const keys = (table.AttributeDefinitions ?? []).map(({ AttributeName: name = '', AttributeType: type = 'S' }) => ({
    name,
    type: type as KeyType,
    isRequired: own.some(({ AttributeName }) => AttributeName === name),
    maxBytes: Math.min(
      ...[...own, ...ofIndexes].filter(({ AttributeName }) => AttributeName === name).map(({ KeyType }) => maxKeyBytes[KeyType ?? 'HASH']),
    ),
  }));
  return { tableName: table.TableName ?? '', keys };
}
