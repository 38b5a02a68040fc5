/** Where rows come from, as one stream that can be entered again at any row's end. */
import { isUtf8 } from 'node:buffer';
import { PermanentError } from '../../core/errors.ts';
import type { CsvSource } from './contract.ts';
import { CsvRows, csvFields, readJson } from './csv-row.ts';
import { longestRecordBytes, type SourceRecord, splitRecords } from './record-splitter.ts';
import { orFault, RowFault } from './row-fault.ts';
import type { SourceObject } from './source-object.ts';
import type { TableSchema } from './table-schema.ts';

/** The end of a row. */
export interface Position {
  /** Bytes of the object, or rows of the request. */
  readonly offset: number;
  /** Lines, or rows of the request. */
  readonly line: number;
}

export interface SourceRow {
  readonly line: number;
  readonly end: Position;
  /** A JSON value, or why there is none. */
  readonly value: unknown | RowFault;
  /** For the report: what can be said of the row where it is rejected. */
  readonly asItCame: unknown;
}

export interface RowSource {
  rows(from: Position): AsyncIterable<SourceRow>;
  /** How much there is, in units of `Position.offset`; undefined until the first row. */
  total(): number | undefined;
  /** For people, e.g. "1,200 of 3,000 rows". */
  describe(rows: number, at: Position): string;
}

const chunkBytes = 4 * 1024 * 1024;
const headerChunkBytes = 64 * 1024;
const thousands = new Intl.NumberFormat('en-US');
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

export function rowsOfRequest(rows: readonly unknown[]): RowSource {
  return {
    total: () => rows.length,
    describe: (done) => `${thousands.format(done)} of ${thousands.format(rows.length)} rows`,
    async *rows({ offset }) {
      for (const [i, row] of rows.entries()) {
        if (i >= offset) yield { line: i + 1, end: { offset: i + 1, line: i + 1 }, value: row, asItCame: row };
      }
    },
  };
}

export function ndjsonRows(object: SourceObject): RowSource {
  return {
    ...describesObject(object),
    async *rows(from) {
      for await (const record of splitRecords(object.chunks(from.offset, chunkBytes), { from })) {
        if (isBlank(record)) continue;
        const text = orFault(() => recordText(record));
        const value = text instanceof RowFault ? text : orFault(() => readJson(text));
        yield sourceRow(record, value, value instanceof RowFault ? start(record) : value);
      }
    },
  };
}

export function csvRows(object: SourceObject, csv: CsvSource, schema: TableSchema): RowSource {
  const split = (from: Position, bytes: number) => splitRecords(object.chunks(from.offset, bytes), { from, delimiter: csv.delimiter });
  return {
    ...describesObject(object),
    async *rows(from) {
      // Read in every run rather than kept in the checkpoint, which every save pays for. `If-Match` makes it the same header.
      const header = await firstRecord(split({ offset: 0, line: 0 }, headerChunkBytes));
      if (header === undefined) return;
      const reader = new CsvRows(headerFields(header, csv.delimiter), csv, schema);
      for await (const record of split(from.offset === 0 ? endOf(header) : from, chunkBytes)) {
        if (isEmpty(record)) continue;
        const fields = orFault(() => csvFields(recordText(record), csv.delimiter));
        if (fields instanceof RowFault) yield sourceRow(record, fields, start(record));
        else
          yield sourceRow(
            record,
            orFault(() => reader.read(fields)),
            reader.asItCame(fields),
          );
      }
    },
  };
}

function describesObject(object: SourceObject): Pick<RowSource, 'total' | 'describe'> {
  return {
    total: () => object.sizeBytes,
    describe: (rows, { offset }) => `${thousands.format(rows)} rows, ${megabytes(offset)} of ${megabytes(object.sizeBytes ?? offset)} MB`,
  };
}

async function firstRecord(records: AsyncIterable<SourceRecord>): Promise<SourceRecord | undefined> {
  for await (const record of records) if (!isEmpty(record)) return record;
  return undefined;
}

function headerFields(header: SourceRecord, delimiter: string): string[] {
  const fields = orFault(() => csvFields(recordText(header), delimiter));
  if (fields instanceof RowFault) throw new PermanentError(`The header of the CSV object: ${fields.message}.`, { code: 'invalid_header' });
  return fields;
}

function sourceRow(record: SourceRecord, value: unknown, asItCame: unknown): SourceRow {
  return { line: record.line, end: endOf(record), value, asItCame };
}

function endOf({ endLine, endOffset }: SourceRecord): Position {
  return { offset: endOffset, line: endLine };
}

function recordText({ bytes, isTooLong, isUnclosed, line, endLine }: SourceRecord): string {
  if (isUnclosed) throw new RowFault(`a quote is never closed and takes in all up to the end, lines ${line} to ${endLine}`);
  if (isTooLong) throw new RowFault(`the row is longer than ${longestRecordBytes} bytes`);
  // Decoding would put replacement characters into the table.
  if (!isUtf8(bytes)) throw new RowFault('the row is not UTF-8');
  return bytes.toString();
}

function isBlank({ bytes, isTooLong }: SourceRecord): boolean {
  return !isTooLong && bytes.every((byte) => byte === 32 || byte === 9 || byte === 13);
}

/** In CSV white space is a field. */
function isEmpty({ bytes, isTooLong }: SourceRecord): boolean {
  return !isTooLong && bytes.length === 0;
}

function start({ bytes }: SourceRecord): string {
  return bytes.toString();
}
