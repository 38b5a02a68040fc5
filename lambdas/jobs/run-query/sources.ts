/** Every source as a local file and a view of its name over it. */
import { writeFile } from 'node:fs/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../core/errors.ts';
import type { S3Source, Source } from './contract.ts';
import type { QueryEngine } from './engine.ts';
import { fetchObjects } from './fetch-objects.ts';
import { columnsArgument, rowsTable } from './rows-table.ts';
import { parseSourceUrl } from './s3-url.ts';
import { identifier, listOf, literal } from './sql-text.ts';
import type { Workspace } from './workspace.ts';

export interface LocalSource {
  readonly name: string;
  /** What its view selects. */
  readonly select: string;
  readonly paths: readonly string[];
}

export interface SourceLimits {
  readonly maxObjects: number;
  /** All sources together. */
  readonly budgetBytes: number;
}

/** @throws what `fetchObjects` does */
export async function fetchSources(
  sources: Readonly<Record<string, Source>>,
  s3: S3Client,
  workspace: Workspace,
  { maxObjects, budgetBytes }: SourceLimits,
  signal: AbortSignal,
): Promise<readonly LocalSource[]> {
  const fetched: LocalSource[] = [];
  let leftBytes = budgetBytes;
  for (const [index, [name, source]] of Object.entries(sources).entries()) {
    if ('rows' in source) {
      fetched.push(await writeRows(name, source.rows, workspace.path(`source-${index}.ndjson`)));
      continue;
    }
    const location = parseSourceUrl(source.url);
    if (location === undefined) throw new PermanentError(`The source ${name} has no valid s3:// url.`, { code: 'source_not_allowed' });
    // Local names are ours; of the key just the compression counts, which DuckDB tells by the name.
    const pathFor = (part: number, key: string) =>
      workspace.path(`source-${index}-${part}.${source.format}${/\.(gz|zst)$/.exec(key)?.[0] ?? ''}`);
    const { paths, sizeBytes } = await fetchObjects(s3, location, { source: name, signal, budgetBytes: leftBytes, maxObjects, pathFor });
    leftBytes -= sizeBytes;
    fetched.push({ name, paths, select: selectFrom(source, paths) });
  }
  return fetched;
}

async function writeRows(name: string, rows: readonly Readonly<Record<string, unknown>>[], path: string): Promise<LocalSource> {
  const { columns, ndjson } = rowsTable(rows);
  await writeFile(path, ndjson, { flag: 'wx', mode: 0o400 });
  const options = `format = 'newline_delimited', columns = ${columnsArgument(columns)}`;
  return { name, paths: [path], select: `SELECT * FROM read_json(${listOf([path])}, ${options})` };
}

/** Columns are matched by name over several files, and one that a file lacks is NULL there. */
function selectFrom({ format, csv }: S3Source, paths: readonly string[]): string {
  const files = listOf(paths);
  switch (format) {
    case 'parquet':
      return `SELECT * FROM read_parquet(${files}, union_by_name = true, hive_partitioning = false)`;
    case 'csv': {
      const delimiter = csv?.delimiter === undefined ? '' : `, delim = ${literal(csv.delimiter)}`;
      const header = csv?.header === undefined ? '' : `, header = ${csv.header}`;
      return `SELECT * FROM read_csv(${files}, union_by_name = true, hive_partitioning = false${delimiter}${header})`;
    }
    case 'ndjson':
      return `SELECT * FROM read_json(${files}, format = 'newline_delimited', union_by_name = true, hive_partitioning = false)`;
    case 'json':
      return `SELECT * FROM read_json(${files}, format = 'auto', union_by_name = true, hive_partitioning = false)`;
  }
}

/** @throws PermanentError `source_unreadable` when the files are not what the format says */
export async function createViews(sources: readonly LocalSource[], engine: QueryEngine): Promise<void> {
  for (const { name, select } of sources) {
    try {
      await engine.execute(`CREATE VIEW ${identifier(name)} AS ${select}`);
    } catch (error) {
      if (!['sql_error', 'source_unreadable'].includes((error as PermanentError).code)) throw error;
      throw new PermanentError(`The source ${name} cannot be read: ${(error as Error).message}`, {
        code: 'source_unreadable',
        details: { source: name },
      });
    }
  }
}
