/** DuckDB's values as JSON: the table in the contract's output, as code. */
import {
  DuckDBArrayType,
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBGeometryValue,
  DuckDBListType,
  DuckDBListValue,
  DuckDBMapType,
  DuckDBMapValue,
  DuckDBStructType,
  DuckDBStructValue,
  DuckDBTimeNSValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBTimeTZValue,
  DuckDBTimeValue,
  type DuckDBType,
  DuckDBUnionType,
  DuckDBUnionValue,
  type DuckDBValue,
  DuckDBVariantValue,
} from '@duckdb/node-api';
import { truncate } from '../../../text/truncate.ts';
import './whole-strings.ts';
import { identifier } from '../sql-text.ts';
import { isoDate, isoOffset, isoTime, isoTimestamp } from './iso-time.ts';
import { maxTypeName } from './wire-format.ts';

export type WireValue = null | boolean | number | string | readonly WireValue[] | { readonly [member: string]: WireValue };

export function wireValue(value: DuckDBValue): WireValue {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return value.toString();
  return timeValue(value) ?? nestedValue(value) ?? value.toString(); // DECIMAL, INTERVAL, UUID and BIT are their own text
}

function nestedValue(value: object): WireValue | undefined {
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(wireValue);
  if (value instanceof DuckDBStructValue) return membersOf(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) return value.entries.map((entry) => [wireValue(entry.key), wireValue(entry.value)]);
  if (value instanceof DuckDBUnionValue) return membersOf([[value.tag, value.value]]);
  if (value instanceof DuckDBVariantValue) return wireValue(value.value);
  if (value instanceof DuckDBBlobValue || value instanceof DuckDBGeometryValue) return Buffer.from(value.bytes).toString('base64');
  return undefined;
}

function membersOf(members: readonly (readonly [string, DuckDBValue])[]): WireValue {
  return Object.fromEntries(members.map(([member, value]) => [member, wireValue(value)]));
}

function timeValue(value: object): string | undefined {
  if (value instanceof DuckDBDateValue) return value.isFinite ? isoDate(value.days) : infinite(value.days > 0);
  if (value instanceof DuckDBTimeValue) return isoTime(value.micros * 1000n);
  if (value instanceof DuckDBTimeNSValue) return isoTime(value.nanos);
  if (value instanceof DuckDBTimeTZValue) return isoTime(value.micros * 1000n) + isoOffset(value.offset);
  if (value instanceof DuckDBTimestampTZValue)
    return value.isFinite ? `${isoTimestamp(value.micros * 1000n)}Z` : infinite(value.micros > 0n);
  if (value instanceof DuckDBTimestampValue) return value.isFinite ? isoTimestamp(value.micros * 1000n) : infinite(value.micros > 0n);
  if (value instanceof DuckDBTimestampSecondsValue)
    return value.isFinite ? isoTimestamp(value.seconds * 1_000_000_000n) : infinite(value.seconds > 0n);
  if (value instanceof DuckDBTimestampMillisecondsValue)
    return value.isFinite ? isoTimestamp(value.millis * 1_000_000n) : infinite(value.millis > 0n);
  if (value instanceof DuckDBTimestampNanosecondsValue) return value.isFinite ? isoTimestamp(value.nanos) : infinite(value.nanos > 0n);
  return undefined;
}

function infinite(isPositive: boolean): string {
  return isPositive ? 'infinity' : '-infinity';
}

/** @returns DuckDB's name of a type; an enum of thousands is cut */
export function typeName(type: DuckDBType): string {
  return truncate(sqlName(type), maxTypeName);
}

/**
 * A type in SQL. `DuckDBType.toString` leaves the names away that types within others go by, such as JSON.
 * @param nameOf names a type that has none within it
 */
export function sqlName(type: DuckDBType, nameOf = (inner: DuckDBType): string => inner.alias ?? inner.toString()): string {
  if (type.alias !== undefined) return nameOf(type);
  if (type instanceof DuckDBListType) return `${sqlName(type.valueType, nameOf)}[]`;
  if (type instanceof DuckDBArrayType) return `${sqlName(type.valueType, nameOf)}[${type.length}]`;
  if (type instanceof DuckDBMapType) return `MAP(${sqlName(type.keyType, nameOf)}, ${sqlName(type.valueType, nameOf)})`;
  if (!(type instanceof DuckDBStructType)) return nameOf(type);
  const members = type.entryNames.map((name, index) => `${identifier(name)} ${sqlName(type.entryTypes[index] as DuckDBType, nameOf)}`);
  return `STRUCT(${members.join(', ')})`;
}

/** @returns whether a struct in it has members of one name: an object cannot hold both */
export function hasUnnamedMembers(type: DuckDBType): boolean {
  if (type instanceof DuckDBListType || type instanceof DuckDBArrayType) return hasUnnamedMembers(type.valueType);
  if (type instanceof DuckDBMapType) return hasUnnamedMembers(type.keyType) || hasUnnamedMembers(type.valueType);
  if (type instanceof DuckDBUnionType) return type.memberTypes.some(hasUnnamedMembers);
  if (!(type instanceof DuckDBStructType)) return false;
  return new Set(type.entryNames).size < type.entryNames.length || type.entryTypes.some(hasUnnamedMembers);
}
