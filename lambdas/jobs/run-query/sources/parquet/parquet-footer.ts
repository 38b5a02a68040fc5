/**
 * The footer of a Parquet file: what it holds, and what DuckDB would read with loss. Columns of the latter are declared as another type over
 * the same bytes, from which their values can be computed exactly.
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { knownFormat, knownText } from '../../../../text/known-format.ts';
import { invalidSource } from '../../../../text/source-error.ts';
import { ThriftReader, type ThriftStruct, type ThriftValue, thriftType, writeThriftStruct } from './thrift.ts';

/** Kinds of values of a column whose declaration was changed. */
export type Restored = 'instant' | 'time' | 'int96';

export interface ParquetColumn {
  readonly name: string;
  /** Whether it holds nothing but NULL. */
  readonly isNull: boolean;
  /** How each of its leaves is restored; a column that is not a list, map or struct has one. */
  readonly leaves: readonly (Restored | undefined)[];
}

export interface ParquetFooter {
  /** The same for files with the same columns. */
  readonly schemaKey: string;
  readonly schemaBytes: number;
  /** Number of elements of the schema. */
  readonly elements: number;
  readonly rows: number;
  readonly columns: readonly ParquetColumn[];
}

const magic = 'PAR1';
const tailBytes = 8;
/** Bound on what is held in memory at once. A column in a row group takes some 100 bytes: 100 row groups of 6,000 columns fit. */
const maxFooterBytes = 64 * 2 ** 20;
/** Bound on the elements of a schema, each of which is kept. */
const maxElements = 50_000;
/** Time after which the event loop gets its turn. */
const maxBusyMs = 10;
/** Nesting of columns. */
const maxDepth = 200;
const physical = { int96: 3n, fixed: 7n } as const;
const converted = { decimal: 5n } as const;
/** Field numbers of the Thrift structs. */
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
    if (length > maxFooterBytes) throw tooLarge(length, name);
    const bytes = Buffer.alloc(length);
    const start = size - tailBytes - length;
    await handle.read(bytes, 0, length, start);
    const { changed, ...footer } = await readFooter(bytes, name);
    if (changed !== undefined) {
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

async function readFooter(bytes: Buffer, name: string): ReturnType<FooterReader['read']> {
  try {
    return await new FooterReader(bytes, name).read();
  } catch (error) {
    throw error instanceof RangeError ? broken(name) : error;
  }
}

function tooLarge(length: number, name: string): Error {
  const most = `at most ${maxFooterBytes / 2 ** 20} MiB can be read`;
  return invalidSource(
    `the footer of the Parquet file has ${(length / 2 ** 20).toFixed(1)} MiB, and ${most}; write fewer row groups or columns`,
    { object: name },
  );
}

function tooWide(name: string): Error {
  return invalidSource(`the Parquet file has more than ${maxElements} columns and members of columns; write fewer`, { object: name });
}

function broken(name: string): Error {
  return invalidSource('the footer of the Parquet file is broken', { object: name });
}

/** Reads a footer in pieces, so that neither its size nor what is in it takes memory, or the event loop, from other jobs. */
class FooterReader {
  private readonly reader: ThriftReader;
  private readonly name: string;
  private readonly parts: Buffer[] = [];
  /** Bytes before this offset are in the parts. */
  private copied = 0;
  private readonly columns: ParquetColumn[] = [];
  private readonly int96Leaves = new Set<number>();
  private leafCount = 0;
  private elements = 0;
  private pausedAtMs = performance.now();

  constructor(bytes: Buffer, name: string) {
    this.reader = new ThriftReader(bytes);
    this.name = name;
  }

  /** @returns with `changed`, where columns must be declared differently: the footer that does */
  async read(): Promise<ParquetFooter & { readonly changed: Buffer | undefined }> {
    const { reader } = this;
    let schemaKey: string | undefined;
    let schemaBytes = 0;
    let rows = 0;
    for (const { id, type } of reader.fields()) {
      if (id === file.encryption) throw encrypted(this.name);
      // Row groups are read with the columns at hand.
      const isFirst = schemaKey === undefined;
      if ((id === file.schema && !isFirst) || (id === file.rowGroups && isFirst)) throw broken(this.name);
      if (id === file.schema) {
        const start = reader.at;
        await this.readSchema(type);
        schemaBytes = reader.at - start;
        schemaKey = createHash('sha256').update(reader.bytes.subarray(start, reader.at)).digest('base64');
      } else if (id === file.rows && type === thriftType.i64) rows = Number(reader.integer());
      else if (id === file.rowGroups) await this.eachStruct(type, () => this.readRowGroup());
      else reader.skip(type);
    }
    if (schemaKey === undefined) throw broken(this.name);
    const rest = reader.bytes.subarray(this.copied, reader.at);
    const changed = this.parts.length === 0 ? undefined : Buffer.concat([...this.parts, rest]);
    return { schemaKey, schemaBytes, elements: this.elements, rows, columns: this.columns, changed };
  }

  /** The elements are the tree of columns in the order of a walk, each with the number of its children. */
  private async readSchema(type: number): Promise<void> {
    let isRoot = true;
    let leaves: (Restored | undefined)[] = [];
    let column = '';
    /** Children that are still to come, of the column's element and of those within it. */
    const open: number[] = [];
    let columnsLeft = 0;
    await this.eachStruct(type, () => {
      const start = this.reader.at;
      const schema = this.reader.readStruct();
      const children = Number(intOf(schema, element.children) ?? 0n);
      this.elements += 1;
      if (this.elements > maxElements) throw tooWide(this.name);
      if (isRoot) {
        isRoot = false;
        columnsLeft = children;
        return;
      }
      if (open.length === 0) {
        if (columnsLeft === 0) throw broken(this.name);
        columnsLeft -= 1;
        column = nameOf(schema);
        leaves = [];
      } else open.push((open.pop() ?? 0) - 1);
      if (open.length > maxDepth) throw broken(this.name);
      let isNull = false;
      if (children > 0) open.push(children);
      else {
        checkLeaf(schema, { name: this.name, column, isNested: open.length > 0 });
        const restored = restore(schema);
        if (restored === 'int96') this.int96Leaves.add(this.leafCount);
        this.leafCount += 1;
        leaves.push(restored);
        if (restored !== undefined) this.replace(start, schema);
        isNull = open.length === 0 && structIn(schema, element.logical)?.has(logical.unknown) === true;
      }
      while (open.at(-1) === 0) open.pop();
      if (open.length === 0) this.columns.push({ name: column, isNull, leaves });
    });
    if (isRoot || open.length > 0 || columnsLeft > 0) throw broken(this.name);
  }

  private async readRowGroup(): Promise<void> {
    const { reader } = this;
    for (const { id, type } of reader.fields()) {
      if (id !== 1) {
        reader.skip(type);
        continue;
      }
      let leaf = 0;
      await this.eachStruct(type, () => this.readChunk(leaf++));
    }
  }

  /** Statistics of the bytes of INT96 are none of the number that they are declared as. */
  private readChunk(leaf: number): void {
    const { reader } = this;
    for (const { id, type } of reader.fields()) {
      if (id === chunk.encryptedMetadata) throw encrypted(this.name);
      if (id !== chunk.metadata || type !== thriftType.struct || !this.int96Leaves.has(leaf)) {
        reader.skip(type);
        continue;
      }
      const start = reader.at;
      const meta = reader.readStruct();
      meta.set(metadata.type, { type: thriftType.i32, value: physical.fixed });
      meta.delete(metadata.statistics);
      this.replace(start, meta);
    }
  }

  private async eachStruct(type: number, read: () => void | Promise<void>): Promise<void> {
    const count = this.reader.structCount(type);
    for (let i = 0; i < count; i++) {
      await read();
      if (performance.now() - this.pausedAtMs < maxBusyMs) continue;
      await setImmediate();
      this.pausedAtMs = performance.now();
    }
  }

  /** Puts a struct in place of what was read since `start`. */
  private replace(start: number, struct: ThriftStruct): void {
    this.parts.push(this.reader.bytes.subarray(this.copied, start), writeThriftStruct(struct));
    this.copied = this.reader.at;
  }
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

/** Fields are written in the order of their numbers. */
function setInOrder(struct: ThriftStruct, id: number, field: { type: number; value: ThriftValue }): void {
  struct.set(id, field);
  const fields = [...struct].sort(([a], [b]) => a - b);
  struct.clear();
  for (const [key, value] of fields) struct.set(key, value);
}

function structIn(struct: ThriftStruct, id: number): ThriftStruct | undefined {
  const value = struct.get(id)?.value;
  return value instanceof Map ? value : undefined;
}

function intOf(struct: ThriftStruct, id: number): bigint | undefined {
  const value = struct.get(id)?.value;
  return typeof value === 'bigint' ? value : undefined;
}

function nameOf(schema: ThriftStruct | undefined): string {
  const value = schema?.get(element.name)?.value;
  return Buffer.isBuffer(value) ? value.toString() : '';
}
