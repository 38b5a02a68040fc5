/**
 * The footer of a Parquet file: what it holds, and what DuckDB would read with loss. Columns of the latter are declared as another type over
 * the same bytes, from which their values can be computed exactly.
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { invalidSource } from '../../../../text/source-error.ts';
import { checkLeaf, element, intOf, logical, nameOf, physical, type Restored, restore, structIn } from './parquet-schema.ts';
import { ThriftReader, type ThriftStruct, thriftType, writeThriftStruct } from './thrift.ts';

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

/** Field numbers of the Thrift structs. */
const file = { schema: 2, rows: 3, rowGroups: 4, encryption: 8 } as const;
const chunk = { metadata: 3, encryptedMetadata: 9 } as const;
const metadata = { type: 1, statistics: 12 } as const;
/** Bound on the elements of a schema, each of which is kept. */
const maxElements = 50_000;
/** Time after which the event loop gets its turn. */
const maxBusyMs = 10;
/** Nesting of columns. */
const maxDepth = 200;

export function encrypted(name: string): Error {
  return invalidSource('the Parquet file is encrypted, and run-query has no keys; write it without encryption', { object: name });
}

/** @throws PermanentError `invalid_source` */
export async function readFooter(bytes: Buffer, name: string): ReturnType<FooterReader['read']> {
  try {
    return await new FooterReader(bytes, name).read();
  } catch (error) {
    throw error instanceof RangeError ? broken(name) : error;
  }
}

function tooWide(name: string): Error {
  return invalidSource(`the Parquet file has more than ${maxElements} columns and members of columns; write fewer`, { object: name });
}

export function broken(name: string): Error {
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
