import type { DuckDBType } from '@duckdb/node-api';
import { PermanentError } from '../../../core/contract/errors.ts';
import { hasUnnamedMembers } from '../values/wire-value.ts';

export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
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
