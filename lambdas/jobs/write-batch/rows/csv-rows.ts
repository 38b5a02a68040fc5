/** Rows of a CSV object, read as `run-query` reads them. */
import { PermanentError } from '../../../core/contract/errors.ts';
import type { Block } from '../../../text/blocks.ts';
import { detectedDelimiters } from '../../../text/csv-dialect.ts';
import type { CsvError, CsvRecords } from '../../../text/csv-records.ts';
import { CsvStream, lineAt } from '../../../text/csv-stream.ts';
import { invalidSource } from '../../../text/source-error.ts';
import type { CsvSource } from '../contract.ts';
import { maxRecordBytes } from '../source/line-splitter.ts';
import type { SourceText } from '../source/source-text.ts';
import { CsvRowReader } from './csv-row.ts';
import { orRowError, RowError } from './row-error.ts';
import { chunkBytes, type Position, type RowSource, type SourceRow, textProgress } from './row-source.ts';
import type { TableSchema } from './table-schema.ts';

const headerChunkBytes = 64 * 1024;

export function csvRows(text: SourceText, csv: CsvSource, schema: TableSchema): RowSource {
  return {
    ...textProgress(text),
    async *rows(from) {
      // Read in every run rather than kept in the checkpoint, which would make every save larger. `If-Match` makes it the same header.
      const header = await readHeader(text, csv, schema);
      if (header === undefined) return;
      refuseWithoutKey(header.fields, csv, schema);
      const reader = new CsvRowReader(header.fields, csv, schema);
      yield* readRows(text, { csv, reader }, from.offset === 0 ? header.end : from);
    },
  };
}

async function readHeader(
  text: SourceText,
  csv: CsvSource,
  schema: TableSchema,
): Promise<{ readonly fields: string[]; readonly end: Position } | undefined> {
  const stream = new CsvStream(text.object.name, csv);
  const opened = await text.open(0, headerChunkBytes);
  let { offset } = opened;
  for await (const block of stream.blocks(opened.pieces)) {
    const isFound = stream.readFirst(block);
    const { records } = stream;
    if (isFound) {
      if (records.error !== undefined) throw headerError(records.error, { stream, block, csv, schema });
      return { fields: textsOf(records, block.bytes), end: { offset: offset + records.next, line: stream.lines + records.lines } };
    }
    if (block.end - block.done > maxRecordBytes)
      throw stream.errorAt(`the header is longer than ${maxRecordBytes} bytes`, block, block.done);
    offset += block.done;
  }
  if (stream.lines > 0) throw invalidSource(`${noHeader(stream.lines, csv)}, so it has no header`, { object: text.object.name });
  return undefined;
}

function noHeader(lines: number, { skipLines }: CsvSource): string {
  const read = lines === 1 ? 'the only line of the object is' : `all ${lines} lines of the object are`;
  return `${read} ${skipLines > 0 ? `skipped (\`skipLines\` is ${skipLines}) or blank` : 'blank'}`;
}

async function* readRows(
  text: SourceText,
  { csv, reader }: { readonly csv: CsvSource; readonly reader: CsvRowReader },
  from: Position,
): AsyncGenerator<SourceRow> {
  const stream = new CsvStream(text.object.name, csv, from.line);
  stream.names = reader.header;
  const opened = await text.open(from.offset, chunkBytes);
  let { offset } = opened;
  for await (const block of stream.blocks(opened.pieces)) {
    let at = 0;
    while (at < block.end && stream.read(block, at)) {
      const { records } = stream;
      if (records.next - at > maxRecordBytes) throw tooLong(stream, block, at);
      // Its quote may have taken in good rows, which cannot be counted.
      if (records.error !== undefined && records.lines > 1) throw stream.errorFor(records.error, block);
      const [line, start] = [stream.lines + 1, at];
      stream.lines += records.lines;
      const end = { offset: offset + records.next, line: stream.lines };
      at = records.next;
      if (records.isBlank) continue;
      if (records.error !== undefined) {
        const raw = block.bytes.toString('utf8', start, Math.min(records.end, start + 1_000));
        yield { line, end, value: new RowError(`the line is not CSV: ${records.error.message}`), raw };
      } else {
        const fields = textsOf(records, block.bytes);
        yield { line, end, value: orRowError(() => reader.read(fields)), raw: reader.raw(fields) };
      }
    }
    if (block.end - at > maxRecordBytes) throw tooLong(stream, block, at);
    block.done = at;
    offset += at;
  }
}

/** Fails a long row even if its end has been read: otherwise the ends of the pieces would decide whether it fails. */
function tooLong(stream: CsvStream, block: Block, at: number): Error {
  return stream.errorAt(`the row is longer than ${maxRecordBytes} bytes; perhaps a quote is never closed`, block, at);
}

function textsOf(records: CsvRecords, bytes: Buffer): string[] {
  return Array.from({ length: records.fieldCount }, (_, field) => records.text(bytes, field));
}

/** Every row would be rejected; where another delimiter would find the key, the answer says so. */
function refuseWithoutKey(header: readonly string[], csv: CsvSource, schema: TableSchema): void {
  const missing = missingKey(header, csv, schema);
  if (missing === undefined) return;
  const columns = header.map((column) => JSON.stringify(column)).join(', ');
  const guess = otherDelimiter(header.join(csv.delimiter), csv, schema);
  throw new PermanentError(`The header of the CSV object has no column for the key \`${missing}\`. It has: ${columns}.${question(guess)}`, {
    code: 'invalid_header',
    details: { key: missing, header, ...(guess === undefined ? {} : { delimiter: guess }) },
  });
}

interface Header {
  readonly stream: CsvStream;
  readonly block: Block;
  readonly csv: CsvSource;
  readonly schema: TableSchema;
}

function headerError(error: CsvError, { stream, block, csv, schema }: Header): PermanentError {
  const guess = otherDelimiter(lineAt(block, block.done), csv, schema);
  if (guess === undefined) return stream.errorFor(error, block);
  return new PermanentError(`The header of the CSV object cannot be read: ${error.message}.${question(guess)}`, {
    code: 'invalid_header',
    details: { delimiter: guess },
  });
}

function missingKey(header: readonly string[], { rename }: CsvSource, { keys }: TableSchema): string | undefined {
  const attributes = header.map((column) => (Object.hasOwn(rename, column) ? rename[column] : column));
  return keys.find(({ name, isRequired }) => isRequired && !attributes.includes(name))?.name;
}

/** @returns the delimiter with which the header would have the key */
function otherDelimiter(header: string, csv: CsvSource, schema: TableSchema): string | undefined {
  const withoutQuotes = (text: string) => /^"(.*)"$/.exec(text)?.[1] ?? text;
  return detectedDelimiters.find(
    (delimiter) => delimiter !== csv.delimiter && missingKey(header.split(delimiter).map(withoutQuotes), csv, schema) === undefined,
  );
}

function question(delimiter: string | undefined): string {
  if (delimiter === undefined) return '';
  return ` Is the delimiter ${delimiter === '\t' ? 'a tab' : `\`${delimiter}\``}?`;
}
