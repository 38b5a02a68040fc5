/** A result as Parquet: DuckDB writes the file itself, from the caller's statement inside a COPY of ours. */
import type { DuckDBType } from '@duckdb/node-api';
import type { Statement } from '../engine/query-messages.ts';
import { identifier, literal } from '../sql-text.ts';
import { sqlName } from '../values/wire-value.ts';
import type { Column } from './columns.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { wrapAsSubquery } from './subquery.ts';

/** @param path one of the files that the lock leaves open */
export async function copyToParquet(
  input: Statement,
  engine: DuckDbEngine,
  path: string,
): Promise<{ readonly columns: readonly Column[]; readonly rowCount: number }> {
  const { columns, run } = await wrapAsSubquery(input, engine);
  const copied = await run(`COPY (SELECT ${columns.map(parquetColumn).join(', ')} FROM `, `) TO ${literal(path)} (FORMAT parquet)`);
  return { columns, rowCount: Number((await copied.getRows())[0]?.[0]) };
}

/** Parquet's widest integers have 64 bits. DuckDB writes wider ones, such as every sum of BIGINT, as doubles unless they are cast. */
function parquetColumn({ name, type }: Column, index: number): string {
  const written = sqlName(type, (inner) => (isWide(inner) ? 'DECIMAL(38,0)' : (inner.alias ?? inner.toString())));
  return `${written === sqlName(type) ? `#${index + 1}` : `CAST(#${index + 1} AS ${written})`} AS ${identifier(name)}`;
}

function isWide(type: DuckDBType): boolean {
  return ['HUGEINT', 'UHUGEINT'].includes(type.toString());
}
