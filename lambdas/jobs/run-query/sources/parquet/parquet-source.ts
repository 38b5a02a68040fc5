/** Parquet objects as local files, and the SELECT that unites their columns by name without changing a value. */

import { chmod } from 'node:fs/promises';
import { invalidSource } from '../../../../text/source-error.ts';
import { foldCase } from '../../column-names.ts';
import { identifier, literal } from '../../sql-text.ts';
import { storePieces } from '../local-file.ts';
import { hivePartitions, partitionType } from '../partitions.ts';
import type { ReadColumn, Reading, ReadingContext, ReadingEngine, ReadObjects } from '../reading.ts';
import { type Group, groupOf, type ParquetObject, readFiles, type UnitedColumn, uniteGroups } from './parquet-columns.ts';
import { prepareParquet } from './parquet-file.ts';
import type { ParquetFooter } from './parquet-footer.ts';
import { sqlOf } from './parquet-type.ts';

export interface ParquetOptions {
  readonly partitions?: 'none' | 'hive' | undefined;
}

/** Bounds on the different schemas of all objects, which are kept in memory until DuckDB has read them. */
const maxSchemaBytes = 32 * 2 ** 20;
const maxElements = 500_000;

export const readParquetObjects: ReadObjects<ParquetOptions> = async (objects, { partitions = 'none' }, context) => {
  const stored: ParquetObject[] = [];
  const footers = new Map<string, ParquetFooter>();
  let [schemaBytes, elements] = [0, 0];
  for await (const { name, bytes } of objects) {
    const { path } = await storePieces(bytes, await context.createFile('parquet'));
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
  for (const [key, objects] of byKey) groups.set(key, await groupOf(objects, engine));
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
    .map((run) => selectRun(run, groups.get(run[0]?.footer.schemaKey ?? ''), { columns: [...columns.values()], partitionColumns }))
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
  { columns, partitionColumns }: { readonly columns: readonly UnitedColumn[]; readonly partitionColumns: readonly ReadColumn[] },
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
