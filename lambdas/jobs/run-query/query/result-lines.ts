/** Rows as the lines of a file, in pieces of bytes that do not grow with the rows. */
import { DuckDBTypeId } from '@duckdb/node-api';
import type { ReadAnswer, ResultColumn, RunAnswer } from '../engine/query-messages.ts';
import { typeName } from '../values/wire-value.ts';
import { csvLine } from './csv-lines.ts';
import type { Chunk, Row, RunningQuery } from './query.ts';

/** Larger results become a file, so that the job's record stays small. */
const maxInlineBytes = 200 * 1024;
/** Size of a piece: large enough to be cheap to send, small enough that a few take little memory. */
const pieceBytes = 1024 * 1024;

export interface Result {
  readonly answer: RunAnswer;
  /** The file's bytes, then its number of rows. */
  readonly pieces?: AsyncGenerator<ReadAnswer>;
}

export async function jsonResult(query: RunningQuery, maxInlineRows: number): Promise<Result> {
  const columns = query.columns.map(resultColumn);
  const rows: Row[] = [];
  let bytes = 0;
  const isInline = () => rows.length <= maxInlineRows && bytes <= maxInlineBytes;
  let rest: Chunk | undefined;
  while (isInline()) {
    const { done, value } = await query.chunks.next();
    if (done) return { answer: { columns, rows, rowCount: rows.length } };
    // Not `for … of`, which would end the iterator: the rest of the chunk may still go into a file.
    const iterator = Iterator.from(value.rows);
    rest = { ...value, rows: iterator };
    for (let next = iterator.next(); !next.done; next = iterator.next()) {
      rows.push(next.value);
      bytes += Buffer.byteLength(JSON.stringify(next.value)) + 1;
      if (!isInline()) break;
    }
  }
  const members = columns.map(({ name }) => JSON.stringify(name));
  const line = (row: Row) => `{${row.map((value, column) => `${members[column]}:${JSON.stringify(value)}`).join(',')}}\n`;
  return { answer: { columns, rows: null, rowCount: null }, pieces: pieces(followedBy(rows, rest, query.chunks), line) };
}

export function csvResult(query: RunningQuery, escapeFormulas: boolean): Result {
  const columns = query.columns.map(resultColumn);
  const isText = query.columns.map(({ type }) => !numberTypes.has(type.typeId));
  const names = columns.map(({ name }) => name);
  const header = csvLine(
    names,
    names.map(() => true),
    escapeFormulas,
  );
  const line = (row: Row) => csvLine(row, isText, escapeFormulas);
  return { answer: { columns, rows: null, rowCount: null }, pieces: pieces(query.chunks, line, header) };
}

export const resultColumn = ({ name, type }: RunningQuery['columns'][number]): ResultColumn => ({ name, type: typeName(type) });

async function* pieces(chunks: AsyncIterable<Chunk>, line: (row: Row) => string, header = ''): AsyncGenerator<ReadAnswer> {
  let rowCount = 0;
  let text = header;
  for await (const chunk of chunks) {
    for (const row of chunk.rows) {
      rowCount += 1;
      text += line(row);
      if (text.length < pieceBytes) continue;
      yield* slices(text);
      text = '';
      chunk.forget();
    }
  }
  yield* slices(text);
  yield { rowCount };
}

/** Splits a text into pieces; one line may be as long as the longest value. */
function* slices(text: string): Generator<ReadAnswer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += pieceBytes) yield { bytes: bytes.subarray(start, start + pieceBytes) };
}

async function* followedBy(rows: Row[], rest: Chunk | undefined, chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  yield { rows: rows.splice(0), forget: () => rest?.forget() };
  if (rest !== undefined) yield rest;
  yield* chunks;
}

const numberTypes: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.BIGNUM,
  // A sign in front is a year before 1 or beyond 9999, an infinity, or an interval back in time.
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_S,
  DuckDBTypeId.TIMESTAMP_MS,
  DuckDBTypeId.TIMESTAMP_NS,
  DuckDBTypeId.TIMESTAMP_TZ,
  DuckDBTypeId.INTERVAL,
]);
