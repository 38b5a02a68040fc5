/** Stores every source in local files, and creates a view of its name over them. */
import type { S3Client } from '@aws-sdk/client-s3';
import type { JobContext } from '../../../core/contract/context.ts';
import { PermanentError, type RetryableError } from '../../../core/contract/errors.ts';
import { isUploadReference } from '../../../core/contract/upload-reference.ts';
import { decompressed } from '../../../text/decompress.ts';
import { truncate } from '../../../text/truncate.ts';
import { defaultCsvOptions, type JobResult, type S3Source, type Source } from '../contract.ts';
import type { QueryEngine } from '../engine/engine.ts';
import { parseSourceUrl, type SourceLocation } from '../source-urls.ts';
import { identifier } from '../sql-text.ts';
import { maxTypeName } from '../values/wire-format.ts';
import type { Workspace } from '../workspace.ts';
import { readCsvObjects } from './csv/csv-source.ts';
import { fetchObjects, noRoom } from './fetch-objects.ts';
import { fetchUpload } from './fetch-upload.ts';
import { readJsonObjects } from './json/json-source.ts';
import { createLocalFile, DiskBudget } from './local-file.ts';
import { readParquetObjects } from './parquet/parquet-source.ts';
import type { ObjectStream, ReadingContext, ReadingEngine, StoredSource } from './reading.ts';

export interface NamedSource extends StoredSource {
  readonly name: string;
}

export interface FetchSourcesOptions {
  readonly s3: S3Client;
  readonly openUpload: JobContext['openUpload'];
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  readonly maxObjects: number;
  /** Bytes that all sources together may take, decompressed. */
  readonly budgetBytes: number;
}

/** @throws the errors of `fetchObjects` and of the readers */
export async function fetchSources(
  sources: Readonly<Record<string, Source>>,
  { s3, openUpload, workspace, maxObjects, budgetBytes, signal }: FetchSourcesOptions,
): Promise<readonly NamedSource[]> {
  const fetched: NamedSource[] = [];
  const budget = new DiskBudget(budgetBytes);
  for (const [index, [name, source]] of Object.entries(sources).entries()) {
    let files = 0;
    const { leftBytes } = budget;
    const context: ReadingContext = {
      source: name,
      signal,
      createFile: (extension) => {
        files += 1;
        const path = workspace.path(`source-${index}-${files}.${extension}`);
        return createLocalFile(path, budget, () => noRoom(name, leftBytes - budget.leftBytes, leftBytes));
      },
    };
    if ('rows' in source) {
      fetched.push({ name, ...(await readRows(source.rows, context)) });
      continue;
    }
    const options = { source: name, signal, budgetBytes: leftBytes, maxObjects };
    const objects = isUploadReference(source.url)
      ? fetchUpload(source.url, openUpload, options)
      : fetchObjects(s3, locationOf(name, source.url), options);
    fetched.push({ name, ...(await readObjects(source, objects, context)) });
  }
  return fetched;
}

function locationOf(source: string, url: string): SourceLocation {
  const location = parseSourceUrl(url);
  if (location === undefined) throw new PermanentError(`The source ${source} has no valid s3:// url.`, { code: 'source_not_allowed' });
  return location;
}

function readObjects(source: S3Source, objects: AsyncIterable<ObjectStream>, context: ReadingContext): Promise<StoredSource> {
  switch (source.format) {
    case 'csv':
      return readCsvObjects(decompressedObjects(objects), source.csv ?? defaultCsvOptions, context);
    case 'ndjson':
    case 'json':
      return readJsonObjects(decompressedObjects(objects), { format: source.format }, context);
    case 'parquet':
      return readParquetObjects(objects, { partitions: source.partitions }, context);
  }
}

async function* decompressedObjects(objects: AsyncIterable<ObjectStream>): AsyncGenerator<ObjectStream> {
  for await (const { name, bytes, compression } of objects) yield { name, bytes: decompressed(bytes, name, compression) };
}

/** Rows of the request are typed like those of an object. */
async function readRows(rows: readonly Readonly<Record<string, unknown>>[], context: ReadingContext): Promise<StoredSource> {
  async function* lines(): AsyncGenerator<Buffer> {
    for (const row of rows) yield Buffer.from(`${JSON.stringify(row)}\n`);
  }
  async function* objects(): AsyncGenerator<ObjectStream> {
    yield { name: `the rows of the source ${context.source}`, bytes: lines() };
  }
  const { paths, complete } = await readJsonObjects(objects(), { format: 'ndjson' }, context);
  return { paths, complete: async (engine) => ({ ...(await complete(engine)), objects: 0 }) };
}

/**
 * Completes every source and makes a view of its name over it.
 * @returns what was read, by name
 * @throws PermanentError `source_unreadable` when DuckDB finds the files to be other than the readers did
 * @throws RetryableError `source_unreadable` when a file is gone or cannot be opened
 */
export async function createViews(
  sources: readonly NamedSource[],
  engine: Pick<QueryEngine, 'execute'> & ReadingEngine,
): Promise<JobResult['sources']> {
  const read: JobResult['sources'] = {};
  for (const source of sources) {
    const { name } = source;
    try {
      const { select, objects, rows, columns } = await source.complete(engine);
      await engine.execute(`CREATE VIEW ${identifier(name)} AS ${select}`);
      read[name] = {
        objects,
        rows,
        columns: columns.map(({ name: column, type }) => ({ name: column, type: truncate(type, maxTypeName) })),
      };
    } catch (error) {
      const { code, retryable } = error as PermanentError | RetryableError;
      if (retryable || !['sql_error', 'source_unreadable'].includes(code)) throw error;
      throw new PermanentError(`The source ${name} cannot be read: ${(error as Error).message}`, {
        code: 'source_unreadable',
        details: { source: name },
      });
    }
  }
  return read;
}
