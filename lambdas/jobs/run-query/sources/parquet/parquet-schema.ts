/** The elements of a Parquet schema: which leaves DuckDB cannot read, and which it reads exactly only under another declaration. */
import { invalidSource } from '../../../../text/source-error.ts';
import { type ThriftStruct, type ThriftValue, thriftType } from './thrift.ts';

/** Kinds of values of a column whose declaration was changed. */
export type Restored = 'instant' | 'time' | 'int96';

export const physical = { int96: 3n, fixed: 7n } as const;
const converted = { decimal: 5n } as const;
/** Field numbers of a schema's elements. */
export const element = { type: 1, length: 2, name: 4, children: 5, converted: 6, scale: 7, precision: 8, logical: 10 } as const;
export const logical = { decimal: 5, time: 7, timestamp: 8, unknown: 11 } as const;
const temporal = { isUtc: 1, unit: 2 } as const;
const nanos = 3;

/** Types that DuckDB reads as something else. */
export function checkLeaf(schema: ThriftStruct, { name, column, isNested }: { name: string; column: string; isNested: boolean }): void {
  const decimal = structIn(structIn(schema, element.logical) ?? new Map(), logical.decimal);
  const isDecimal = decimal !== undefined || intOf(schema, element.converted) === converted.decimal;
  const precision = intOf(decimal ?? new Map(), 2) ?? intOf(schema, element.precision) ?? 0n;
  if (isDecimal && precision > 38n) {
    throw invalidSource(`a decimal of ${precision} digits, and DuckDB has at most 38; write it as text, or with fewer digits`, {
      object: name,
      column,
    });
  }
  if (isNested && intOf(schema, element.type) === physical.int96) {
    throw invalidSource('INT96 timestamps within a list, map or struct are not supported; write them as TIMESTAMP_MICROS', {
      object: name,
      column,
    });
  }
}

/** Nanoseconds with a zone, of a day, and of INT96 are cut to microseconds by DuckDB; nanoseconds without a zone are not. */
export function restore(schema: ThriftStruct): Restored | undefined {
  const kind = structIn(schema, element.logical) ?? new Map();
  if (intOf(schema, element.type) === physical.int96) {
    schema.set(element.type, { type: thriftType.i32, value: physical.fixed });
    setInOrder(schema, element.length, { type: thriftType.i32, value: 12n });
    setInOrder(schema, element.converted, { type: thriftType.i32, value: converted.decimal });
    setInOrder(schema, element.scale, { type: thriftType.i32, value: 0n });
    setInOrder(schema, element.precision, { type: thriftType.i32, value: 28n });
    schema.delete(element.logical);
    return 'int96';
  }
  const time = structIn(kind, logical.time);
  const timestamp = structIn(kind, logical.timestamp);
  const value = time ?? timestamp;
  if (value === undefined || structIn(value, temporal.unit)?.has(nanos) !== true) return undefined;
  const isUtc = value.get(temporal.isUtc)?.value === true;
  if (time === undefined && !isUtc) return undefined;
  value.set(temporal.isUtc, { type: thriftType.false, value: false });
  if (time === undefined) return 'instant';
  kind.delete(logical.time);
  kind.set(logical.timestamp, { type: thriftType.struct, value: time });
  return 'time';
}

/** Fields are written in the order of their numbers. */
function setInOrder(struct: ThriftStruct, id: number, field: { type: number; value: ThriftValue }): void {
  struct.set(id, field);
  const fields = [...struct].sort(([a], [b]) => a - b);
  struct.clear();
  for (const [key, value] of fields) struct.set(key, value);
}

export function structIn(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id)?.value;
  return value instanceof Map ? value : undefined;
}

export function intOf(struct: ThriftStruct, id: number): bigint | undefined {
  const value = struct.get(id)?.value;
  return typeof value === 'bigint' ? value : undefined;
}

export function nameOf(schema: ThriftStruct | undefined): string {
  const value = schema?.get(element.name)?.value;
  return Buffer.isBuffer(value) ? value.toString() : '';
}
