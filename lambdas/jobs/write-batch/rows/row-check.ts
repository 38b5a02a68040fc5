import type { AttributeValue, WriteRequest } from '@aws-sdk/client-dynamodb';
import { itemSizeBytes, maxItemBytes, valueSizeBytes, writeUnits } from '../../../adapters/item-size.ts';
import { isExactNumber } from '../../../text/exact-json.ts';
import { quoted, toAttributes } from './attribute-value.ts';
import { TypedItem } from './dynamodb-json.ts';
import { RowError } from './row-error.ts';
import type { KeyAttribute, KeyType, TableSchema } from './table-schema.ts';

/** A row that the table will accept, as far as is known before the write. */
export interface CheckedRow {
  /** Equal for two rows exactly if they are about the same item: `1` and `1.0` are. */
  readonly key: string;
  readonly request: WriteRequest;
  /** Size of the request in JSON, as it is sent. */
  readonly requestBytes: number;
  readonly writeUnits: number;
}

const typeNames = { S: 'a string', N: 'a number', B: 'a base64 string' } as const satisfies Record<KeyType, string>;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * @param row any JSON value, as `parseExactJson` returns it, or an item whose values have their types
 * @throws RowError with the reason if DynamoDB would refuse it, or a `delete` row holds more than its key
 */
export function checkRow(row: unknown, operation: 'put' | 'delete', schema: TableSchema): CheckedRow {
  if (typeof row !== 'object' || row === null || Array.isArray(row) || isExactNumber(row))
    throw new RowError('the row is not a JSON object');
  const item = row instanceof TypedItem ? row.attributes : toAttributes(row);
  for (const key of schema.keys) checkKeyAttribute(item, key);
  const ownKeys = schema.keys.filter(({ isRequired }) => isRequired);
  if (operation === 'delete') refuseOtherAttributes(item, ownKeys);
  const sizeBytes = itemSizeBytes(item);
  if (sizeBytes > maxItemBytes) throw new RowError(`the item has ${sizeBytes} bytes, DynamoDB takes ${maxItemBytes}`);
  const request = operation === 'put' ? { PutRequest: { Item: item } } : { DeleteRequest: { Key: item } };
  return {
    key: JSON.stringify(ownKeys.map(({ name, type }) => keyText(item[name], type))),
    request,
    requestBytes: Buffer.byteLength(JSON.stringify(item)) + 32,
    writeUnits: operation === 'put' ? writeUnits(sizeBytes) : 1,
  };
}

function checkKeyAttribute(item: Record<string, AttributeValue>, { name, type, maxBytes, isRequired }: KeyAttribute): void {
  const kind = isRequired ? 'key attribute' : 'index key attribute';
  const value = Object.hasOwn(item, name) ? item[name] : undefined;
  if (value === undefined) {
    if (isRequired) throw new RowError(`the ${kind} ${quoted(name)} is missing`);
    return;
  }
  if (type === 'B' && value.S !== undefined && base64.test(value.S)) item[name] = { B: Buffer.from(value.S, 'base64') };
  const kept = item[name] as AttributeValue;
  if (kept[type] === undefined) throw new RowError(`the ${kind} ${quoted(name)} must be ${typeNames[type]}`);
  const sizeBytes = valueSizeBytes(kept);
  if (sizeBytes === 0) throw new RowError(`the ${kind} ${quoted(name)} is empty`);
  if (sizeBytes > maxBytes) throw new RowError(`the ${kind} ${quoted(name)} has ${sizeBytes} bytes, DynamoDB takes ${maxBytes}`);
}

function refuseOtherAttributes(item: Readonly<Record<string, AttributeValue>>, ownKeys: readonly KeyAttribute[]): void {
  // Ignoring them would delete by a key that the caller may have taken for a condition.
  const other = Object.keys(item).find((name) => !ownKeys.some((key) => key.name === name));
  if (other !== undefined) throw new RowError(`a row to delete holds the key alone, and ${quoted(other)} is not part of it`);
}

function keyText(value: AttributeValue | undefined, type: KeyType): string {
  if (type === 'B') return Buffer.from(value?.B ?? []).toString('base64');
  return value?.[type] ?? '';
}
