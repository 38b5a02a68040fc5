/** Footers of Parquet files that are large: those of a caller who means harm, and honest ones. */

const mebibytes = 2 ** 20;
/** Values in Thrift's compact protocol. */
const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))]);
const structs = (count: number, bytes: Buffer = Buffer.alloc(count)) => Buffer.concat([Buffer.from([0xfc, ...varint(count)]), bytes]);
const field = (delta: number, type: number, ...value: (Buffer | number[])[]) =>
  Buffer.concat([Buffer.from([(delta << 4) | type]), ...value.map((part) => Buffer.from(part))]);
const [i32, i64, binary, list, struct] = [5, 6, 8, 9, 12];
const stop = Buffer.from([0]);
const children = (count: number) => Buffer.concat([field(5, i32, varint(count * 2)), stop]);
const column = Buffer.concat([field(1, i32, [4]), field(3, binary, varint(1), Buffer.from('a')), stop]);
const version = field(1, i32, [4]);
const schema = field(1, list, structs(2, Buffer.concat([children(1), column])));
const rows = field(1, i64, [0]);
const chunk = (metadata: Buffer) => Buffer.concat([field(3, struct, metadata, stop), stop]);
const repeated = (bytes: Buffer, count: number) => Buffer.alloc(bytes.length * count, bytes);

const honestChunk = chunk(Buffer.concat([field(1, i32, [4]), field(2, i64, [2]), field(4, binary, varint(80), Buffer.alloc(80))]));
const groups = (count: number, width: number) =>
  structs(count, repeated(Buffer.concat([field(1, list, structs(width, repeated(honestChunk, width))), stop]), count));

/** Parts of each footer, and words of the error that it ends with. */
export const hostileFooters: readonly (readonly [string, readonly Buffer[], string])[] = [
  ['a list of structs in a field that is not known', [version, schema, rows, field(11, list, structs(40 * mebibytes))], 'broken'],
  ['a schema of empty elements', [version, field(1, list, structs(40 * mebibytes))], 'broken'],
  [
    'a schema of very many columns',
    [version, field(1, list, structs(40 * mebibytes, Buffer.concat([children(40 * mebibytes - 1), Buffer.alloc(40 * mebibytes)])))],
    'more than 50000',
  ],
  [
    'an element with a list of structs',
    [version, field(1, list, structs(2, Buffer.concat([children(1), field(12, list, structs(40 * mebibytes))])))],
    'broken',
  ],
  [
    'metadata of a column with a list of structs',
    [
      version,
      schema,
      rows,
      field(1, list, structs(1, Buffer.concat([field(1, list, structs(1, chunk(field(11, list, structs(40 * mebibytes))))), stop]))),
    ],
    'broken',
  ],
  ['lists within lists', [version, schema, rows, field(11, list, repeated(Buffer.from([0x19]), 40 * mebibytes))], 'broken'],
  ['a list that is said to be longer', [version, schema, rows, field(11, list, [0xfc, ...varint(2 ** 48)])], 'broken'],
  ['more than can be held', [Buffer.alloc(65 * mebibytes)], 'at most 64 MiB'],
];
export const honestFooters: readonly (readonly [string, readonly Buffer[]])[] = [
  ['many empty row groups', [version, schema, rows, field(1, list, structs(4 * mebibytes)), stop]],
  ['100 row groups of 4,000 columns', [version, schema, rows, field(1, list, groups(100, 4_000)), stop]],
];

/** Returns a Parquet file without any page. */
export function parquetFile(footerParts: readonly Buffer[]): Buffer {
  const footer = Buffer.concat(footerParts);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([Buffer.from('PAR1'), footer, length, Buffer.from('PAR1')]);
}
