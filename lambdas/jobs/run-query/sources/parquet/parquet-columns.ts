/** The columns of Parquet objects: restored where DuckDB reads them with loss, and united by name over objects with different columns. */
import { invalidSource } from '../../../../text/source-error.ts';
import { foldCase } from '../../column-names.ts';
import { identifier, listOf } from '../../sql-text.ts';
import type { ReadingEngine } from '../reading.ts';
import type { ParquetFooter } from './parquet-footer.ts';
import { type RestoredColumn, restorations } from './parquet-restore.ts';
import type { Restored } from './parquet-schema.ts';
import { type ParquetType, parseParquetType, sqlOf, unite } from './parquet-type.ts';

export interface ParquetObject {
  readonly name: string;
  readonly path: string;
  readonly footer: ParquetFooter;
  /** Values of its folders `key=value`. */
  readonly partitions: ReadonlyMap<string, string | null>;
}

/** Objects with the same columns. */
export interface Group {
  readonly objects: readonly ParquetObject[];
  readonly columns: ReadonlyMap<string, GroupColumn>;
}

interface GroupColumn {
  /** The name as it is written in these objects. */
  readonly name: string;
  readonly value: string;
  readonly type: ParquetType;
  readonly isNull: boolean;
}

export interface UnitedColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** The object from which the type comes, for errors. */
  readonly from: string;
}

/** @param objects with the same columns */
export async function groupOf(objects: readonly ParquetObject[], engine: ReadingEngine): Promise<Group> {
  const [first] = objects;
  const found = await engine.query(`SELECT column_name, column_type FROM (DESCRIBE FROM ${readFiles(objects.slice(0, 1))})`);
  const columns = new Map<string, GroupColumn>();
  for (const [index, [column, type]] of found.entries()) {
    const name = String(column);
    const read = parseParquetType(String(type));
    const { isNull = false, leaves = [] } = first?.footer.columns[index] ?? {};
    const ways = restorations(identifier(name), read, leaves);
    const way = ways && (await firstThatHolds(ways, readFiles(objects), engine));
    if (ways !== undefined && way === undefined) throw notRestored(leaves, first?.name ?? '', name);
    columns.set(foldCase(name), { name, isNull, value: way?.value ?? identifier(name), type: way ? parseParquetType(way.type) : read });
  }
  return { objects, columns };
}

async function firstThatHolds(ways: readonly RestoredColumn[], from: string, engine: ReadingEngine): Promise<RestoredColumn | undefined> {
  for (const way of ways) if (way.holds === undefined || (await holdsForAll(way.holds, from, engine))) return way;
  return undefined;
}

function notRestored(leaves: readonly (Restored | undefined)[], object: string, column: string): Error {
  return invalidSource(
    leaves.includes('int96')
      ? 'INT96 timestamps with nanoseconds must be within the years 1677 to 2262'
      : 'instants with nanoseconds have no type in DuckDB; write them in microseconds, or as timestamps without a zone',
    { object, column },
  );
}

async function holdsForAll(condition: string, from: string, engine: ReadingEngine): Promise<boolean> {
  const [[holds] = []] = await engine.query(`SELECT coalesce(bool_and(${condition}), true) FROM ${from}`);
  return holds === true;
}

/** @returns columns by their folded names, in the order in which they first come */
export async function uniteGroups(groups: readonly Group[], engine: ReadingEngine): Promise<ReadonlyMap<string, UnitedColumn>> {
  if (groups.length > 1) groups.forEach(checkNames);
  const columns = new Map<string, UnitedColumn>();
  const nulls = new Map<string, UnitedColumn>();
  for (const { columns: own, objects } of groups) {
    for (const [key, { name, type, isNull }] of own) {
      const from = objects[0]?.name ?? '';
      // Both have the place of the column; which of them counts is known when all objects are.
      if (!nulls.has(key)) nulls.set(key, { name, type, from });
      if (isNull) continue;
      const known = columns.get(key);
      const united = known === undefined ? type : unite(known.type, type)?.type;
      if (united === undefined) throw notUnited(name, { type, object: from }, known);
      columns.set(
        key,
        known !== undefined && sqlOf(united) === sqlOf(known.type) ? known : { name: known?.name ?? name, type: united, from },
      );
    }
  }
  const all = new Map([...nulls].map(([key, column]) => [key, columns.get(key) ?? column]));
  for (const group of groups) await checkValues(group, all, engine);
  return all;
}

/** Where a united type holds only some values of a type, all values are looked at. */
async function checkValues({ objects, columns }: Group, all: ReadonlyMap<string, UnitedColumn>, engine: ReadingEngine): Promise<void> {
  for (const [key, { name, value, type, isNull }] of columns) {
    const united = all.get(key);
    const condition = united === undefined || isNull ? undefined : unite(type, united.type)?.holds[0];
    if (condition === undefined || (await holdsForAll(condition(value), readFiles(objects), engine))) continue;
    throw notUnited(name, { type, object: objects[0]?.name ?? '' }, united);
  }
}

/** Alone, such columns get numbers; over several objects it would be a guess which of them are one. */
function checkNames({ objects }: Group): void {
  const names = objects[0]?.footer.columns.map(({ name }) => foldCase(name)) ?? [];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw invalidSource('columns that differ only in upper and lower case, or not at all, cannot be united with those of other objects', {
    object: objects[0]?.name ?? '',
    column: twice,
  });
}

function notUnited(column: string, { type, object }: { type: ParquetType; object: string }, known: UnitedColumn | undefined): Error {
  return invalidSource(
    `the column is ${sqlOf(type)} here and ${known === undefined ? '' : sqlOf(known.type)} in ${known?.from}, and no type holds the values of both; name them as two sources and cast one of them in the SQL`,
    { object, column },
  );
}

/** @returns a table function of SQL that reads the objects */
export function readFiles(objects: readonly ParquetObject[]): string {
  return `read_parquet(${listOf(objects.map(({ path }) => path))}, hive_partitioning = false, union_by_name = false)`;
}
