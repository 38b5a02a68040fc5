/**
 * Only reading statements. DuckDB's locks bound what a statement can open and set, but a SELECT may still call functions that change
 * the engine (`enable_logging` with a file even ends the process), run SQL hidden in a string, or print into our logs. So the caller's
 * SQL is taken apart by DuckDB's own parser and each of its functions must be among those that were reviewed.
 * @see https://duckdb.org/docs/stable/data/json/sql_to_and_from_json
 */
import { PermanentError } from '../../../core/contract/errors.ts';
import { sqlError } from '../engine/engine-errors.ts';
import type { DuckDbEngine } from './duckdb-engine.ts';
import { allowedFunctions, allowedTableFunctions } from './functions.ts';

interface SerializedSql {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly position?: string;
  readonly statements?: readonly unknown[];
}

/** DuckDB writes constants such as 1e400 as `Infinity`, which is not JSON. Their values do not matter here. */
function parseSerialized(text: string): SerializedSql {
  return JSON.parse(text.replaceAll(/:-?(?:Infinity|NaN)(?=[,}])/g, ':null')) as SerializedSql;
}

/**
 * Call it on a locked engine, before anything else sees the SQL.
 * @throws PermanentError `statement_not_allowed`, or `sql_error` with the place of a syntax error
 */
export async function checkStatement(sql: string, sources: readonly string[], engine: DuckDbEngine): Promise<void> {
  const [row] = await engine.query('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', [sql]);
  const parsed = parseSerialized(String(row?.[0]));
  if (parsed.error && parsed.error_type === 'parser') {
    throw sqlError(
      {
        type: 'Parser',
        message: parsed.error_message ?? '',
        position: parsed.position === undefined ? undefined : Number(parsed.position),
      },
      sql,
    );
  }
  if (parsed.error) {
    throw notAllowed(
      'Only one reading statement may run: SELECT, FROM, WITH, VALUES, DESCRIBE, SUMMARIZE, or PIVOT with its values named by IN.',
    );
  }
  if (parsed.statements?.length !== 1) throw notAllowed(`There must be exactly one statement (were ${parsed.statements?.length ?? 0}).`);
  // Views that DuckDB finds without their schema. Named with it, they are refused for the schema.
  const internal = await engine.query(
    "SELECT lower(view_name) FROM duckdb_views() WHERE internal AND schema_name IN ('main', 'pg_catalog')",
  );
  const hidden = new Set(internal.map(([view]) => String(view)));
  for (const source of sources) hidden.delete(source.toLowerCase());
  const unreviewed = checkNodes(parsed.statements, hidden);
  if (unreviewed.size > 0) await checkUnreviewed(unreviewed, engine);
}

interface Node {
  readonly type?: unknown;
  readonly function?: { readonly function_name?: unknown };
  readonly function_name?: unknown;
  readonly table_name?: unknown;
  readonly schema_name?: unknown;
  readonly catalog_name?: unknown;
}

/** @returns called functions that are not on the list of allowed ones */
function checkNodes(statements: readonly unknown[], hiddenTables: ReadonlySet<string>): ReadonlySet<string> {
  const unreviewed = new Set<string>();
  const open: unknown[] = [...statements];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null) continue;
    const node = value as Node;
    if (node.type === 'BASE_TABLE') checkTable(node, hiddenTables);
    if (node.type === 'TABLE_FUNCTION') {
      const called = String(node.function?.function_name).toLowerCase();
      if (!allowedTableFunctions.has(called))
        throw notAllowed(`The table function ${called} is not available: a query reads its named sources only.`);
    }
    if (typeof node.function_name === 'string') {
      const called = node.function_name.toLowerCase();
      if (!allowedFunctions.has(called) && !allowedTableFunctions.has(called)) unreviewed.add(called); // `SELECT unnest(…)` is one, too
    }
    for (const child of Object.values(node)) open.push(child);
  }
  return unreviewed;
}

/** Refuses functions that DuckDB knows. One that it does not know is a mistyped name, which DuckDB itself reports with the place. */
async function checkUnreviewed(names: ReadonlySet<string>, engine: DuckDbEngine): Promise<void> {
  const known = await engine.query('SELECT DISTINCT lower(function_name) FROM duckdb_functions()');
  for (const [name] of known) if (names.has(String(name))) throw notAllowed(`The function ${name} is not available here.`);
}

/** Rejects the engine's own tables, which show settings and local paths. */
function checkTable({ table_name: table, schema_name: schema, catalog_name: catalog }: Node, hidden: ReadonlySet<string>): void {
  const isElsewhere = (catalog !== '' && catalog !== 'memory') || (schema !== '' && schema !== 'main' && schema !== 'memory');
  if (isElsewhere || hidden.has(String(table).toLowerCase())) {
    throw notAllowed(
      `The table ${[catalog, schema, table].filter((part) => part !== '').join('.')} is not available: a query reads its named sources only.`,
    );
  }
}

function notAllowed(message: string): PermanentError {
  return new PermanentError(message, { code: 'statement_not_allowed' });
}
