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

/** @throws RetryableError while the table is still being made; what DescribeTable throws */
export async function readTableSchema(client: DynamoDBClient, tableName: string, signal: AbortSignal): Promise<TableSchema> {
  const { Table: table } = await client.send(new DescribeTableCommand({ TableName: tableName }), { abortSignal: signal });
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
