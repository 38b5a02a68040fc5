/** The caller's one statement, run on a locked engine, and its rows as they are read. */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import { RetryableError } from '../../../core/contract/errors.ts';
import type { Statement } from '../engine/query-messages.ts';
import { type WireValue, wireValue } from '../values/wire-value.ts';
import type { Column } from './columns.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { wrapAsSubquery } from './subquery.ts';

export type Row = readonly WireValue[];

export interface RunningQuery {
  readonly columns: readonly Column[];
  /** The rows in the query's order, up to 2048 at a time. */
  readonly chunks: AsyncGenerator<Chunk>;
}

export interface Chunk {
  readonly rows: Iterable<Row>;
  /** Drops the values that were read so far from JavaScript's memory; DuckDB's binding keeps them as long as its chunk otherwise. */
  forget(): void;
}

/** No source can have this name. */
const rowsTable = '"rows of the result"';

/**
 * The rows go into a table of DuckDB's first, which spills to disk: its Node binding ends a stream that failed half-way (by an error in a
 * late row, or for want of memory) like one that is complete, so rows that were computed while they are read could silently be too few.
 * @throws PermanentError `statement_not_allowed`, `sql_error`, `invalid_parameters`
 */
export async function startQuery(statement: Statement, engine: DuckDbEngine): Promise<RunningQuery> {
  const query = await wrapAsSubquery(statement, engine);
  const { columns } = query;
  await query.run(`CREATE TEMP TABLE ${rowsTable} AS SELECT ${columns.map((_, i) => `#${i + 1} AS c${i}`).join(', ')} FROM `, '');
  const [[expected] = []] = await engine.query(`SELECT count(*) FROM ${rowsTable}`);
  const result = await engine.stream(`FROM ${rowsTable}`);
  async function* chunks(): AsyncGenerator<Chunk> {
    let count = 0n;
    for (;;) {
      const chunk = await engine.call(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) break;
      count += BigInt(chunk.rowCount);
      yield { rows: rowsOf(chunk), forget: () => forget(chunk) };
    }
    if (count !== expected)
      throw new RetryableError(`Reading the result broke off after ${count} of ${expected} rows.`, { code: 'result_cut_off' });
  }
  return { columns, chunks: chunks() };
}

function* rowsOf(chunk: DuckDBDataChunk): Generator<Row> {
  const columns = Array.from({ length: chunk.columnCount }, (_, column) => column);
  const rowCount = chunk.rowCount;
  for (let row = 0; row < rowCount; row += 1) yield columns.map((column) => wireValue(chunk.getColumnVector(column).getItem(row)));
}

/** Setting the number of rows is documented to build the vectors, with their caches of values, again. */
function forget(chunk: DuckDBDataChunk): void {
  const { rowCount } = chunk;
  chunk.rowCount = rowCount;
}
