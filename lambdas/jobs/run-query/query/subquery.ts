/** The caller's statement inside one of ours. */
import type { DuckDBResult } from '@duckdb/node-api';
import { PermanentError } from '../../../core/contract/errors.ts';
import type { Statement } from '../engine/query-messages.ts';
import { type Column, columnsOf } from './columns.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { bindParameters } from './parameters.ts';
import { checkStatement } from './statement.ts';

export interface SubqueryRunner {
  readonly columns: readonly Column[];
  /** Runs the caller's statement between two parts of SQL of ours; there its columns are `#1`, `#2` and so on. */
  run(before: string, after: string): Promise<DuckDBResult>;
}

/**
 * Checks and binds the statement alone at first, so that errors are about the caller's SQL and nothing else.
 * @throws PermanentError `statement_not_allowed`, `sql_error`, `invalid_parameters`
 */
export async function wrapAsSubquery(input: Statement, engine: DuckDbEngine): Promise<SubqueryRunner> {
  await checkStatement(input.sql, input.sources, engine);
  bindParameters(await engine.prepare(input.sql), input.parameters);
  const sql = await stripTrailingComments(input.sql, engine);
  const run = async (before: string, after: string) => {
    const whole = `${before}(\n${sql}\n)${after}`;
    const offset = Buffer.byteLength(`${before}(\n`);
    const statement = await engine.prepare(whole, offset);
    bindParameters(statement, input.parameters);
    return engine.call(() => statement.run(), whole, offset);
  };
  const none = await run('SELECT * FROM ', ' LIMIT 0');
  return { columns: columnsOf(none.columnNames(), none.columnTypes()), run };
}

/**
 * Strips semicolons and comments from the end of a statement: cuts it at each semicolon from the end until it is valid in
 * brackets. It was parsed alone as one reading statement, so its own brackets and quotes are balanced and nothing in it closes ours.
 */
async function stripTrailingComments(sql: string, engine: DuckDbEngine): Promise<string> {
  let text = sql;
  for (let cuts = 0; cuts < 50; cuts += 1) {
    text = trimEnd(text);
    if (await isOneStatement(`SELECT * FROM (\n${text}\n)`, engine)) return text;
    const end = text.lastIndexOf(';');
    if (end < 0) break;
    text = text.slice(0, end);
  }
  throw new PermanentError('This statement is not valid in brackets, which a result needs; write it as a SELECT.', {
    code: 'statement_not_allowed',
  });
}

/** Strips white space and semicolons without a regular expression: `/[\s;]+$/` takes quadratic time on a long run of them in the middle. */
function trimEnd(sql: string): string {
  let end = sql.length;
  while (end > 0 && /[\s;]/.test(sql.charAt(end - 1))) end -= 1;
  return sql.slice(0, end);
}

async function isOneStatement(sql: string, engine: DuckDbEngine): Promise<boolean> {
  try {
    return (await engine.extractStatements(sql)) === 1;
  } catch (error) {
    if ((error as PermanentError).code !== 'sql_error') throw error;
    return false;
  }
}
