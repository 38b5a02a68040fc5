/** Where a result goes: into the job's record while it is small, else into a file that is written as the rows come. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { DuckDBTypeId } from '@duckdb/node-api';
import type { JobContext } from '../../core/context.ts';
import type { Column } from './columns.ts';
import type { QueryInput, QueryResult } from './contract.ts';
import { csvLine } from './csv.ts';
import type { QueryEngine } from './engine.ts';
import { copyToParquet } from './parquet-copy.ts';
import { type Row, type RunningQuery, startQuery } from './query.ts';
import { typeName } from './wire-value.ts';

type Files = JobContext['files'];
type Written = Omit<QueryResult, 'columns'>;

/** JSON beyond this is a file: the record of a job is no place for it. */
const maxInlineBytes = 200 * 1024;

/** @param parquetPath a local file that the engine may write */
export async function writeOutput(
  input: QueryInput,
  engine: QueryEngine,
  { files, progress }: Pick<JobContext, 'files' | 'progress'>,
  parquetPath: string,
): Promise<QueryResult> {
  const { format, maxInlineRows, csvFormulaEscape } = input.output;
  if (format === 'parquet') {
    const { columns, rowCount } = await copyToParquet(input, engine, parquetPath);
    progress(null, 'writing the result');
    const resultUrl = await files.write('result.parquet', createReadStream(parquetPath), 'application/vnd.apache.parquet');
    return { columns: columns.map(wireColumn), rows: null, rowCount, resultUrl };
  }
  const query = await startQuery(input, engine);
  progress(null, 'writing the result');
  const written = format === 'csv' ? await writeCsv(query, csvFormulaEscape, files) : await writeJson(query, maxInlineRows, files);
  return { columns: query.columns.map(wireColumn), ...written };
}

const wireColumn = ({ name, type }: Column) => ({ name, type: typeName(type) });

async function writeJson(query: RunningQuery, maxInlineRows: number, files: Files): Promise<Written> {
  const { chunks } = query;
  const rows: Row[] = [];
  for (let bytes = 0; rows.length <= maxInlineRows && bytes <= maxInlineBytes; ) {
    const { done, value } = await chunks.next();
    if (done) return { rows: rows.map((row) => [...row]), rowCount: rows.length, resultUrl: null };
    for (const row of value) {
      rows.push(row);
      bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
    }
    if (bytes > maxInlineBytes) break;
  }
  const members = query.columns.map(({ name }) => JSON.stringify(name));
  const line = (row: Row) => `{${row.map((value, column) => `${members[column]}:${JSON.stringify(value)}`).join(',')}}\n`;
  return writeLines('result.ndjson', 'application/x-ndjson', followedBy(rows, chunks), line, files);
}

async function writeCsv(query: RunningQuery, escapeFormulas: boolean, files: Files): Promise<Written> {
  const isText = query.columns.map(({ type }) => !numberTypes.has(type.typeId));
  const allText = query.columns.map(() => true);
  const header = csvLine(
    query.columns.map(({ name }) => name),
    allText,
    escapeFormulas,
  );
  return writeLines('result.csv', 'text/csv; charset=utf-8', query.chunks, (row) => csvLine(row, isText, escapeFormulas), files, header);
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

async function writeLines(
  name: string,
  contentType: string,
  chunks: AsyncIterable<readonly Row[]>,
  line: (row: Row) => string,
  files: Files,
  header = '',
): Promise<Written> {
  let rowCount = 0;
  let failure: unknown;
  async function* lines(): AsyncGenerator<string> {
    if (header !== '') yield header;
    try {
      for await (const rows of chunks) {
        rowCount += rows.length;
        yield rows.map(line).join('');
      }
    } catch (error) {
      failure = error;
      throw error;
    }
  }
  try {
    const resultUrl = await files.write(name, Readable.from(lines(), { objectMode: false }), contentType);
    return { rows: null, rowCount, resultUrl };
  } catch (error) {
    throw failure ?? error; // a store tells of a broken stream in its own words
  }
}

async function* followedBy(rows: readonly Row[], chunks: AsyncIterable<readonly Row[]>): AsyncGenerator<readonly Row[]> {
  yield rows;
  yield* chunks;
}
