/** A result as Parquet: DuckDB writes the file itself, from the caller's statement inside a COPY of ours. */
import { PermanentError } from '../../core/errors.ts';
import type { QueryInput } from './contract.ts';
import type { QueryEngine } from './engine.ts';
import { bindParameters } from './parameters.ts';
import { type Column, columnsOf, prepareStatement } from './query.ts';
import { identifier, literal } from './sql-text.ts';

/** @param path must be among those that the lock leaves open */
export async function copyToParquet(
  input: QueryInput,
  engine: QueryEngine,
  path: string,
): Promise<{ readonly columns: readonly Column[]; readonly rowCount: number }> {
  await prepareStatement(input, engine);
  const sql = await withoutTail(input.sql, engine);
  const run = async (before: string, after: string) => {
    const whole = `${before}${sql}${after}`;
    const offset = Buffer.byteLength(before);
    const statement = await engine.prepare(whole, offset);
    bindParameters(statement, input.parameters);
    return engine.call(() => statement.run(), whole, offset);
  };
  const none = await run('SELECT * FROM (\n', '\n) LIMIT 0');
  const columns = columnsOf(none.columnNames(), none.columnTypes());
  const copied = await run(`COPY (SELECT ${columns.map(parquetColumn).join(', ')} FROM (\n`, `\n)) TO ${literal(path)} (FORMAT parquet)`);
  return { columns, rowCount: Number((await copied.getRows())[0]?.[0]) };
}

/**
 * The statement without what may stand behind it (semicolons, comments): cut at each semicolon from the end until it can stand in
 * brackets. It was parsed as one SELECT by itself, so its own brackets and quotes are balanced and nothing in it closes ours.
 */
async function withoutTail(sql: string, engine: QueryEngine): Promise<string> {
  let text = sql;
  for (let cuts = 0; cuts < 50; cuts += 1) {
    text = text.replace(/[\s;]+$/, '');
    if (await isOneStatement(`SELECT * FROM (\n${text}\n)`, engine)) return text;
    const end = text.lastIndexOf(';');
    if (end < 0) break;
    text = text.slice(0, end);
  }
  throw new PermanentError('This statement can be had as json or csv, not as parquet; a SELECT can.', { code: 'statement_not_allowed' });
}

async function isOneStatement(sql: string, engine: QueryEngine): Promise<boolean> {
  try {
    return (await engine.extractStatements(sql)) === 1;
  } catch (error) {
    if ((error as PermanentError).code !== 'sql_error') throw error;
    return false;
  }
}

/** Parquet's widest integers are 64-bit, and DuckDB writes wider ones, which every sum of BIGINT is, as doubles unless told. */
function parquetColumn({ name, type }: Column, index: number): string {
  const isWide = ['HUGEINT', 'UHUGEINT'].includes(type.toString());
  return `${isWide ? `CAST(#${index + 1} AS DECIMAL(38,0))` : `#${index + 1}`} AS ${identifier(name)}`;
}
