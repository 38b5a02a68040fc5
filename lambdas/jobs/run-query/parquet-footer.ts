/**
 * The footer of a Parquet file: what it holds, and what DuckDB would read with loss. Columns of the latter are declared as another type over
 * the same bytes, from which their values can be computed exactly.
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import { open } from 'node:fs/promises';
import { knownFormat, knownText } from '../../text/known-format.ts';
import { invalidSource } from '../../text/source-error.ts';
import { readThriftStruct, type ThriftList, type ThriftStruct, type ThriftValue, thriftType, writeThriftStruct } from './thrift.ts';

/** What the values are of a column whose declaration was changed. */
export type Restored = 'instant' | 'time' | 'int96';

export interface ParquetColumn {
  readonly name: string;
  /** Whether it holds nothing but NULL. */
  readonly isNull: boolean;
  /** How each of its leaves is restored; a column that is no list, map or struct has one. */
  readonly leaves: readonly (Restored | undefined)[];
}

export interface ParquetFooter {
  /** The same for files with the same columns. */
  readonly schemaKey: string;
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
}

const magic = 'PAR1';
const tailBytes = 8;
/** Columns within each other, which are walked through by recursion. */
const maxDepth = 200;
const physical = { int96: 3n, fixed: 7n } as const;
const converted = { decimal: 5n } as const;
/** Numbers of fields. */
const file = { schema: 2, rows: 3, rowGroups: 4, encryption: 8 } as const;
const element = { type: 1, length: 2, name: 4, children: 5, converted: 6, scale: 7, precision: 8, logical: 10 } as const;
const logical = { decimal: 5, time: 7, timestamp: 8, unknown: 11 } as const;
const temporal = { isUtc: 1, unit: 2 } as const;
const nanos = 3;
const chunk = { metadata: 3, encryptedMetadata: 9 } as const;
const metadata = { type: 1, statistics: 12 } as const;

/**
 * Checks a stored object and changes its footer where DuckDB would lose something.
 * @param name as errors name the object
 * @throws PermanentError `invalid_source`
 */
export async function prepareParquet(path: string, name: string): Promise<ParquetFooter> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(size, 64));
    await handle.read(head, 0, head.length, 0);
    if (head.toString('latin1', 0, 4) !== magic) throw notParquet(head, name);
    const tail = Buffer.alloc(tailBytes);
    if (size >= 4 + tailBytes) await handle.read(tail, 0, tailBytes, size - tailBytes);
    const end = tail.toString('latin1', 4);
    if (end === 'PARE') throw encrypted(name);
    if (end !== magic) throw invalidSource('the Parquet file has no end (PAR1): it was cut off, or has more behind it', { object: name });
    const length = tail.readUInt32LE(0);
    if (length > size - 4 - tailBytes) throw broken(name);
    const bytes = Buffer.alloc(length);
    const start = size - tailBytes - length;
    await handle.read(bytes, 0, length, start);
    const struct = parse(bytes, name);
    const footer = inspect(struct, name);
    if (footer.isChanged) {
      const changed = writeThriftStruct(struct);
      tail.writeUInt32LE(changed.length, 0);
      await handle.truncate(start);
      await handle.write(Buffer.concat([changed, tail]), 0, undefined, start);
    }
    return footer;
  } finally {
    await handle.close();
  }
}

function notParquet(head: Buffer, name: string): Error {
  const found = knownFormat(head) ?? knownText(head.toString());
  if (found === 'encrypted Parquet') return encrypted(name);
  const excerpt = /^[\t\r\n\x20-\x7e]+$/.test(head.toString('latin1')) ? head.toString('latin1') : undefined;
  return invalidSource(`expected a Parquet file${found === undefined ? '' : `, but the object is ${found}`}`, { object: name, excerpt });
}

function encrypted(name: string): Error {
  return invalidSource('the Parquet file is encrypted, and run-query has no keys; write it without encryption', { object: name });
}

function broken(name: string): Error {
  return invalidSource('the footer of the Parquet file is broken', { object: name });
}

function parse(bytes: Buffer, name: string): ThriftStruct {
  try {
    return readThriftStruct(bytes);
  } catch {
    throw broken(name);
  }
}

/** Changes the struct where a column must be declared differently. */
function inspect(struct: ThriftStruct, name: string): ParquetFooter & { readonly isChanged: boolean } {
  if (struct.has(file.encryption)) throw encrypted(name);
  const elements = listOf(struct, file.schema).map((item) => structOf(item));
  const schemaKey = writeThriftStruct(
    new Map([[1, { type: thriftType.list, value: { itemType: thriftType.struct, items: elements } }]]),
  ).toString('latin1');
  const [root, ...rest] = elements;
  if (root === undefined) throw broken(name);
  const columns: ParquetColumn[] = [];
  const int96Leaves = new Set<number>();
  let isChanged = false;
  let leaf = 0;
  let at = 0;
  const visit = (column: string, depth: number): Pick<ParquetColumn, 'isNull' | 'leaves'> => {
    const schema = rest[at++];
    if (schema === undefined || depth > maxDepth) throw broken(name);
    const children = Number(intOf(schema, element.children) ?? 0n);
    if (children > 0) {
      const leaves: (Restored | undefined)[] = [];
      for (let i = 0; i < children; i++) for (const inner of visit(column, depth + 1).leaves) leaves.push(inner);
      return { isNull: false, leaves };
    }
    checkLeaf(schema, { name, column, isNested: depth > 0 });
    const restored = restore(schema);
    if (restored !== undefined) isChanged = true;
    if (restored === 'int96') int96Leaves.add(leaf);
    leaf += 1;
    return { isNull: structIn(schema, element.logical)?.has(logical.unknown) === true, leaves: [restored] };
  };
  const count = Number(intOf(root, element.children) ?? 0n);
  for (let i = 0; i < count; i++) {
    const column = nameOf(rest[at]);
    columns.push({ name: column, ...visit(column, 0) });
  }
  if (at !== rest.length) throw broken(name);
  declareChunks(struct, int96Leaves, name);
  return { schemaKey, rows: Number(intOf(struct, file.rows) ?? 0n), columns, isChanged };
}

/** Types that DuckDB reads as something else. */
function checkLeaf(schema: ThriftStruct, { name, column, isNested }: { name: string; column: string; isNested: boolean }): void {
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
function restore(schema: ThriftStruct): Restored | undefined {
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

/** Statistics of the bytes of INT96 are none of the number that they are declared as. */
function declareChunks(struct: ThriftStruct, int96Leaves: ReadonlySet<number>, name: string): void {
  for (const group of listOf(struct, file.rowGroups)) {
    for (const [index, column] of listOf(structOf(group), 1).entries()) {
      if (structOf(column).has(chunk.encryptedMetadata)) throw encrypted(name);
      const meta = structIn(structOf(column), chunk.metadata);
      if (!int96Leaves.has(index) || meta === undefined) continue;
      meta.set(metadata.type, { type: thriftType.i32, value: physical.fixed });
      meta.delete(metadata.statistics);
    }
  }
}

/** Fields are written in the order of their numbers. */
function setInOrder(struct: ThriftStruct, id: number, field: { type: number; value: ThriftValue }): void {
  struct.set(id, field);
  const fields = [...struct].sort(([a], [b]) => a - b);
  struct.clear();
  for (const [key, value] of fields) struct.set(key, value);
}

function structOf(value: ThriftValue | undefined): ThriftStruct {
  return value instanceof Map ? value : new Map();
}

function structIn(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id)?.value;
  return value instanceof Map ? value : undefined;
}

function intOf(struct: ThriftStruct, id: number): bigint | undefined {
  const value = struct.get(id)?.value;
  return typeof value === 'bigint' ? value : undefined;
}

function listOf(struct: ThriftStruct, id: number): readonly ThriftValue[] {
  const value = struct.get(id)?.value as ThriftList | undefined;
  return value !== undefined && Array.isArray(value.items) ? value.items : [];
}

function nameOf(schema: ThriftStruct | undefined): string {
  const value = schema?.get(element.name)?.value;
  return Buffer.isBuffer(value) ? value.toString() : '';
}
