/** Parquet objects as local files, and the SELECT that unites their columns by name without changing a value. */

import { chmod } from 'node:fs/promises';
import { invalidSource } from '../../../../text/source-error.ts';
import { foldCase } from '../../column-names.ts';
import { identifier, listOf, literal } from '../../sql-text.ts';
import { hivePartitions, partitionType } from '../partitions.ts';
import type { ReadColumn, Reading, ReadingContext, ReadingEngine, ReadObjects } from '../reading.ts';
import { type ParquetFooter, prepareParquet, type Restored } from './parquet-footer.ts';
import { type RestoredColumn, restorations } from './parquet-restore.ts';
import { type ParquetType, parseParquetType, sqlOf, unite } from './parquet-type.ts';

export interface ParquetOptions {
  readonly partitions?: 'none' | 'hive' | undefined;
}

interface ParquetObject {
  readonly name: string;
  readonly path: string;
  readonly footer: ParquetFooter;
  /** Values of its folders `key=value`. */
  readonly partitions: ReadonlyMap<string, string | null>;
}

/** Objects with the same columns. */
interface Group {
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

interface UnitedColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** The object from which the type comes, for errors. */
  readonly from: string;
}

/** Bounds on the different schemas of all objects, which are kept in memory until DuckDB has read them. */
const maxSchemaBytes = 32 * 2 ** 20;
const maxElements = 500_000;

export const readParquetObjects: ReadObjects<ParquetOptions> = async (objects, { partitions = 'none' }, context) => {
  const stored: ParquetObject[] = [];
  const footers = new Map<string, ParquetFooter>();
  let [schemaBytes, elements] = [0, 0];
  for await (const { name, bytes } of objects) {
    const path = await store(bytes, context);
    await chmod(path, 0o600);
    const own = await prepareParquet(path, name);
    await chmod(path, 0o400);
    const known = footers.get(own.schemaKey);
    if (known === undefined) {
      schemaBytes += own.schemaBytes;
      elements += own.elements;
      if (schemaBytes > maxSchemaBytes || elements > maxElements) throw tooManySchemas(name);
      footers.set(own.schemaKey, own);
    }
    const footer = { ...own, columns: (known ?? own).columns };
    stored.push({ name, path, footer, partitions: partitions === 'hive' ? hivePartitions(name) : new Map() });
  }
  checkPartitions(stored);
  return { paths: stored.map(({ path }) => path), complete: (engine) => unitedReading(stored, engine, context) };
};

function tooManySchemas(object: string): Error {
  const most = `at most ${maxElements} columns and members, and ${maxSchemaBytes / 2 ** 20} MiB of their names, are kept`;
  return invalidSource(`the objects up to this one have too many different columns: ${most}; read fewer objects at a time`, { object });
}

async function store(bytes: AsyncIterable<Buffer>, { createFile }: ReadingContext): Promise<string> {
  const file = await createFile('parquet');
  try {
    for await (const piece of bytes) await file.write(piece);
    return file.path;
  } finally {
    await file.close();
  }
}

function checkPartitions([first, ...others]: readonly ParquetObject[]): void {
  if (first === undefined) return;
  const keys = [...first.partitions.keys()].join('/');
  const other = others.find(({ partitions }) => [...partitions.keys()].join('/') !== keys);
  if (other === undefined) return;
  throw invalidSource(
    `its folders are other partitions (${[...other.partitions.keys()].join('/') || 'none'}) than those of ${first.name} (${keys || 'none'})`,
    { object: other.name },
  );
}

async function unitedReading(stored: readonly ParquetObject[], engine: ReadingEngine, { source }: ReadingContext): Promise<Reading> {
  const byKey = Map.groupBy(stored, ({ footer }) => footer.schemaKey);
  const groups = new Map<string, Group>();
  for (const [key, objects] of byKey) groups.set(key, await describe(objects, engine));
  const columns = await uniteGroups([...groups.values()], engine);
  const partitionColumns = [...(stored[0]?.partitions.keys() ?? [])].map((name) => {
    const values = new Set(stored.map(({ partitions }) => partitions.get(name) ?? null));
    return { name, type: partitionType(name, values) };
  });
  const clash = partitionColumns.find(({ name }) => columns.has(foldCase(name)))?.name;
  if (clash !== undefined) {
    throw invalidSource('the column is both in the file and in the name of a folder', { object: stored[0]?.name ?? source, column: clash });
  }
  const select = runsOf(stored)
    .map((run) => selectRun(run, groups.get(run[0]?.footer.schemaKey ?? ''), [...columns.values()], partitionColumns))
    .join(' UNION ALL ');
  return {
    select,
    objects: stored.length,
    rows: await countRows(stored, select, engine),
    columns: [...[...columns.values()].map(({ name, type }) => ({ name, type: sqlOf(type) })), ...partitionColumns],
  };
}

/** @throws where DuckDB does not read what the footers promise */
async function countRows(stored: readonly ParquetObject[], select: string, engine: ReadingEngine): Promise<number> {
  const promised = stored.reduce((sum, { footer }) => sum + footer.rows, 0);
  const [[count] = []] = await engine.query(`SELECT count(*) FROM (${select})`);
  if (Number(count) === promised) return promised;
  throw invalidSource(`the footers of the Parquet files promise ${promised} rows, and there are ${count}`, {
    object: stored[0]?.name ?? '',
  });
}

async function describe(objects: readonly ParquetObject[], engine: ReadingEngine): Promise<Group> {
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
async function uniteGroups(groups: readonly Group[], engine: ReadingEngine): Promise<ReadonlyMap<string, UnitedColumn>> {
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

/** Consecutive objects with the same columns and partitions. */
function runsOf(stored: readonly ParquetObject[]): readonly (readonly ParquetObject[])[] {
  const runs: ParquetObject[][] = [];
  for (const object of stored) {
    const run = runs.at(-1);
    const last = run?.[0];
    if (run !== undefined && last?.footer.schemaKey === object.footer.schemaKey && samePartitions(last, object)) run.push(object);
    else runs.push([object]);
  }
  return runs;
}

function samePartitions(a: ParquetObject, b: ParquetObject): boolean {
  return [...a.partitions].every(([key, value]) => b.partitions.get(key) === value);
}

function selectRun(
  run: readonly ParquetObject[],
  group: Group | undefined,
  columns: readonly UnitedColumn[],
  partitionColumns: readonly ReadColumn[],
): string {
  const values = columns.map(({ name, type }) => {
    const own = group?.columns.get(foldCase(name));
    if (own === undefined || (own.isNull && sqlOf(own.type) !== sqlOf(type))) return `CAST(NULL AS ${sqlOf(type)}) AS ${identifier(name)}`;
    if (sqlOf(own.type) !== sqlOf(type)) return `CAST(${own.value} AS ${sqlOf(type)}) AS ${identifier(name)}`;
    return own.value === identifier(name) ? own.value : `${own.value} AS ${identifier(name)}`;
  });
  const folders = partitionColumns.map(({ name, type }) => {
    const value = run[0]?.partitions.get(name) ?? null;
    return `CAST(${value === null ? 'NULL' : literal(value)} AS ${type}) AS ${identifier(name)}`;
  });
  return `SELECT ${[...values, ...folders].join(', ')} FROM ${readFiles(run)}`;
}

function readFiles(objects: readonly ParquetObject[]): string {
  return `read_parquet(${listOf(objects.map(({ path }) => path))}, hive_partitioning = false, union_by_name = false)`;
}
