/** The caller's one statement, checked, bound and run on a locked engine. */
import type { DuckDBPreparedStatement, DuckDBType } from '@duckdb/node-api';
import { PermanentError } from '../../core/errors.ts';
import type { QueryInput } from './contract.ts';
import type { QueryEngine } from './engine.ts';
import { bindParameters } from './parameters.ts';
import { checkStatement } from './statement.ts';
import { hasUnnamedMembers, type WireValue, wireValue } from './wire-value.ts';

export type Row = readonly WireValue[];

export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
}

export interface RunningQuery {
  readonly columns: readonly Column[];
  /** The rows in the query's order, a chunk at a time: no more than that is in memory here. */
  readonly chunks: AsyncGenerator<readonly Row[]>;
}

/** @throws PermanentError `statement_not_allowed`, `sql_error`, `invalid_parameters` */
export async function startQuery(input: QueryInput, engine: QueryEngine): Promise<RunningQuery> {
  const statement = await prepareStatement(input, engine);
  const result = await engine.call(() => statement.stream(), input.sql);
  async function* chunks(): AsyncGenerator<readonly Row[]> {
    for (;;) {
      const chunk = await engine.call(() => result.fetchChunk(), input.sql);
      if (chunk === null || chunk.rowCount === 0) return;
      yield await engine.call(async () => chunk.getRows().map((row) => row.map(wireValue)));
    }
  }
  return { columns: columnsOf(result.columnNames(), result.columnTypes()), chunks: chunks() };
}

/** The caller's SQL by itself, so that its errors are about nothing but it. */
export async function prepareStatement(input: QueryInput, engine: QueryEngine): Promise<DuckDBPreparedStatement> {
  await checkStatement(input.sql, Object.keys(input.sources), engine);
  const statement = await engine.prepare(input.sql);
  bindParameters(statement, input.parameters);
  return statement;
}

/** @returns columns with names that differ in more than case */
export function columnsOf(names: readonly string[], types: readonly DuckDBType[]): readonly Column[] {
  const taken = new Set<string>();
  return types.map((type, index) => {
    const given = names[index] ?? '';
    let name = given;
    for (let count = 1; taken.has(name.toLowerCase()); count += 1) name = `${given}_${count}`;
    taken.add(name.toLowerCase());
    if (hasUnnamedMembers(type)) {
      throw new PermanentError(
        `The column ${name} has a struct whose members have no names of their own; use struct_pack(a := …) instead of row(…).`,
        { code: 'sql_error', details: { errorType: 'Unnamed Struct' } },
      );
    }
    return { name, type };
  });
}
