/** A source's reader over objects in memory, and a DuckDB of its own that reads what it stored. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBType } from '@duckdb/node-api';
import { createLocalFile, DiskBudget } from '../../lambdas/jobs/run-query/sources/local-file.ts';
import type { ObjectStream, Reading, ReadObjects, StoredSource } from '../../lambdas/jobs/run-query/sources/reading.ts';
import { type WireValue, wireValue } from '../../lambdas/jobs/run-query/values/wire-value.ts';

export interface ReadRows {
  readonly reading: Reading;
  readonly types: readonly DuckDBType[];
  /** Values as they are in a job's result. */
  readonly rows: readonly (readonly WireValue[])[];
}

/**
 * @param objects contents by key; `s3://bucket/` is put before the key
 * @param pieceBytes how many bytes arrive at a time
 * @param sql what is asked of the source, which is `t`
 */
export async function readSource<Options>(
  read: ReadObjects<Options>,
  objects: Readonly<Record<string, string | Buffer>>,
  options: Options,
  { pieceBytes = 65_536, sql = 'FROM t' }: { pieceBytes?: number; sql?: string } = {},
): Promise<ReadRows> {
  const folder = await mkdtemp(join(tmpdir(), 'read-source-'));
  let files = 0;
  try {
    const budget = new DiskBudget(2 ** 40);
    const stored = await read(streams(objects, pieceBytes), options, {
      source: 't',
      createFile: (extension) => createLocalFile(join(folder, `${files++}.${extension}`), budget, () => new Error('no room')),
      signal: new AbortController().signal,
    });
    return await queryOnce(stored, sql);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function queryOnce(stored: StoredSource, sql: string): Promise<ReadRows> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'"); // as the engine does
    const query = async (text: string, values?: string[]) => (await connection.runAndReadAll(text, values)).getRows();
    const reading = await stored.complete({ query });
    await connection.run(`CREATE VIEW t AS ${reading.select}`);
    const result = await connection.runAndReadAll(sql);
    return { reading, types: result.columnTypes(), rows: result.getRows().map((row) => row.map(wireValue)) };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function* streams(objects: Readonly<Record<string, string | Buffer>>, pieceBytes: number): AsyncGenerator<ObjectStream> {
  for (const [key, content] of Object.entries(objects))
    yield { name: `s3://bucket/${key}`, bytes: pieces(Buffer.from(content), pieceBytes) };
}

async function* pieces(content: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
}
