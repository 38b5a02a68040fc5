/** A result as Parquet: DuckDB writes the file itself, from the caller's statement inside a COPY of ours. */
import { bracketQuery } from './bracketed-query.ts';
import type { Column } from './columns.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import type { Statement } from './query-messages.ts';
import { identifier, literal } from './sql-text.ts';

/** @param path must be among those that the lock leaves open */
export async function copyToParquet(
  input: Statement,
  engine: DuckDbEngine,
  path: string,
): Promise<{ readonly columns: readonly Column[]; readonly rowCount: number }> {
  const { columns, run } = await bracketQuery(input, engine);
  const copied = await run(`COPY (SELECT ${columns.map(parquetColumn).join(', ')} FROM `, `) TO ${literal(path)} (FORMAT parquet)`);
  return { columns, rowCount: Number((await copied.getRows())[0]?.[0]) };
}

/** Parquet's widest integers are 64-bit, and DuckDB writes wider ones, which every sum of BIGINT is, as doubles unless told. */
function parquetColumn({ name, type }: Column, index: number): string {
  const isWide = ['HUGEINT', 'UHUGEINT'].includes(type.toString());
  return `${isWide ? `CAST(#${index + 1} AS DECIMAL(38,0))` : `#${index + 1}`} AS ${identifier(name)}`;
}
