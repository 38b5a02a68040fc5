/**
 * Thrift's compact protocol, as far as the footers of Parquet files need it: small structs are read as fields by number and written back as
 * they were, with fields that are not known kept; what is large is walked through or skipped, which takes no memory.
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 */

/** Integers of every width are bigint; texts and bytes are Buffers. */
export type ThriftValue = boolean | bigint | number | Buffer | ThriftList | ThriftStruct;

export interface ThriftField {
  readonly type: number;
  readonly value: ThriftValue;
}

/** Fields by their number. */
export type ThriftStruct = Map<number, ThriftField>;

export interface ThriftList {
  readonly itemType: number;
  readonly items: ThriftValue[];
}

export const thriftType = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  struct: 12,
} as const;

/** Deeper than any footer; a text that is made to be deep must not run out of stack. */
const maxDepth = 64;

export function writeThriftStruct(struct: ThriftStruct): Buffer {
  const parts: Buffer[] = [];
  writeStruct(struct, parts);
  return Buffer.concat(parts);
}

/** Values in a struct that is read, each of which takes about 200 bytes of memory. The statistics of a column have some 30. */
const maxReadValues = 10_000;
/** Values that are skipped at once, in some 20 ms. The longest are the orders of all columns. */
const maxSkippedValues = 1_000_000;

/** Every method throws a RangeError where the bytes are not what it expects, end within it, or hold too much for it. */
export class ThriftReader {
  readonly bytes: Buffer;
  /** Offset of the next byte. */
  at = 0;
  private valuesLeft = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Reads the next bytes as a struct. */
  readStruct(): ThriftStruct {
    this.valuesLeft = maxReadValues;
    return this.struct(0);
  }

  /** Yields the fields of the struct that begins here. Whoever walks reads or skips the value of each. */
  *fields(): Generator<{ readonly id: number; readonly type: number }> {
    for (let id = 0; ; ) {
      const header = this.byte();
      if (header === 0) return;
      id = header >> 4 === 0 ? Number(this.integer()) : id + (header >> 4);
      yield { id, type: header & 0x0f };
    }
  }

  /** Returns the number of structs in the list that begins here; they follow. */
  structCount(type: number): number {
    const { itemType, count } = this.listHeader();
    if (type !== thriftType.list || (itemType !== thriftType.struct && count > 0)) throw new RangeError('no list of structs');
    return count;
  }

  /** Skips the value of a field. */
  skip(type: number): void {
    this.valuesLeft = maxSkippedValues;
    if (type !== thriftType.true && type !== thriftType.false) this.skipValue(type, 0);
  }

  integer(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  private struct(depth: number): ThriftStruct {
    if (depth > maxDepth) throw new RangeError('too deep');
    const fields: ThriftStruct = new Map();
    for (const { id, type } of this.fields()) fields.set(id, { type, value: this.fieldValue(type, depth) });
    return fields;
  }

  private skipValue(type: number, depth: number): void {
    this.count();
    if (depth > maxDepth) throw new RangeError('too deep');
    if (type === thriftType.struct) {
      for (const field of this.fields()) {
        if (field.type === thriftType.true || field.type === thriftType.false) this.count();
        else this.skipValue(field.type, depth + 1);
      }
    } else if (type === thriftType.list || type === thriftType.set) {
      const { itemType, count } = this.listHeader();
      for (let i = 0; i < count; i++) this.skipValue(itemType, depth + 1);
    } else {
      this.value(type, depth);
    }
  }

  private count(): void {
    this.valuesLeft -= 1;
    if (this.valuesLeft < 0) throw new RangeError('too many values');
  }

  /** A field that is true or false says so in its type. */
  private fieldValue(type: number, depth: number): ThriftValue {
    this.count();
    if (type === thriftType.true || type === thriftType.false) return type === thriftType.true;
    return this.value(type, depth);
  }

  private value(type: number, depth: number): ThriftValue {
    switch (type) {
      case thriftType.true:
      case thriftType.false:
        return this.byte() === thriftType.true;
      case thriftType.byte:
        return this.byte();
      case thriftType.i16:
      case thriftType.i32:
      case thriftType.i64:
        return this.integer();
      case thriftType.double:
        return this.take(8).readDoubleLE();
      case thriftType.binary:
        return this.take(Number(this.varint()));
      case thriftType.list:
      case thriftType.set:
        return this.list(depth + 1);
      case thriftType.struct:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`unknown type ${type}`);
    }
  }

  private list(depth: number): ThriftList {
    if (depth > maxDepth) throw new RangeError('too deep');
    const { itemType, count } = this.listHeader();
    const items: ThriftValue[] = [];
    for (let i = 0; i < count; i++) {
      this.count();
      items.push(this.value(itemType, depth));
    }
    return { itemType, items };
  }

  private listHeader(): { readonly itemType: number; readonly count: number } {
    const header = this.byte();
    return { itemType: header & 0x0f, count: header >> 4 === 15 ? Number(this.varint()) : header >> 4 };
  }

  private byte(): number {
    if (this.at >= this.bytes.length) throw new RangeError('the bytes end');
    return this.bytes[this.at++] as number;
  }

  private take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw new RangeError('the bytes end');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  private varint(): bigint {
    // Numbers while they are short, since almost all are.
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.byte();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number is too long');
  }
}

function writeStruct(struct: ThriftStruct, parts: Buffer[]): void {
  let last = 0;
  for (const [id, { type, value }] of struct) {
    const written = typeof value === 'boolean' ? (value ? thriftType.true : thriftType.false) : type;
    const delta = id - last;
    if (delta > 0 && delta <= 15) parts.push(Buffer.from([(delta << 4) | written]));
    else parts.push(Buffer.from([written]), zigzag(BigInt(id)));
    last = id;
    if (typeof value !== 'boolean') writeValue(type, value, parts);
  }
  parts.push(Buffer.from([0]));
}

function writeValue(type: number, value: ThriftValue, parts: Buffer[]): void {
  if (typeof value === 'boolean') parts.push(Buffer.from([value ? thriftType.true : thriftType.false]));
  else if (typeof value === 'bigint') parts.push(zigzag(value));
  else if (Buffer.isBuffer(value)) parts.push(varint(BigInt(value.length)), value);
  else if (typeof value === 'number') parts.push(type === thriftType.double ? doubleBytes(value) : Buffer.from([value]));
  else if (value instanceof Map) writeStruct(value, parts);
  else {
    const { itemType, items } = value;
    parts.push(
      items.length < 15
        ? Buffer.from([(items.length << 4) | itemType])
        : Buffer.concat([Buffer.from([0xf0 | itemType]), varint(BigInt(items.length))]),
    );
    for (const item of items) writeValue(itemType, item, parts);
  }
}

function zigzag(value: bigint): Buffer {
  return varint(value < 0n ? -value * 2n - 1n : value * 2n);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

function doubleBytes(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
