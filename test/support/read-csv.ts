/** Reads CSV objects as `run-query` does, without S3 and without a job. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { type CsvOptions, defaultCsvOptions } from '../../lambdas/jobs/run-query/contract.ts';
import { readCsvObjects } from '../../lambdas/jobs/run-query/sources/csv/csv-source.ts';
import { createLocalFile, DiskBudget } from '../../lambdas/jobs/run-query/sources/local-file.ts';
import type { ReadColumn } from '../../lambdas/jobs/run-query/sources/reading.ts';
import { type WireValue, wireValue } from '../../lambdas/jobs/run-query/values/wire-value.ts';
import { decompressed } from '../../lambdas/text/decompress.ts';

export interface CsvResult {
  readonly columns: readonly ReadColumn[];
  readonly rows: readonly (readonly WireValue[])[];
}

export interface CsvObjectText {
  readonly name: string;
  readonly body: string | Buffer;
}

/** @param pieceBytes how many bytes arrive at a time */
export async function readCsv(
  bodies: string | Buffer | readonly CsvObjectText[],
  options: Partial<CsvOptions> = {},
  pieceBytes = 64 * 1024,
): Promise<CsvResult> {
  const objects = typeof bodies === 'string' || Buffer.isBuffer(bodies) ? [{ name: 's3://bucket/a.csv', body: bodies }] : bodies;
  const folder = mkdtempSync(join(tmpdir(), 'read-csv-test-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  try {
    let files = 0;
    const stored = await readCsvObjects(
      streams(objects, pieceBytes),
      { ...defaultCsvOptions, ...options },
      {
        source: 't',
        signal: new AbortController().signal,
        createFile: (extension) => {
          files += 1;
          return createLocalFile(join(folder, `${files}.${extension}`), new DiskBudget(1e9), () => new Error('full'));
        },
      },
    );
    await connection.run("SET TimeZone = 'UTC'");
    const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
    const { select, rows, columns, objects: count } = await stored.complete({ query });
    const found = await query(select);
    if (found.length !== rows || count !== objects.length) throw new Error(`${found.length} rows, said to be ${rows}, of ${count} objects`);
    return { columns, rows: found.map((row) => row.map(wireValue)) };
  } finally {
    connection.closeSync();
    instance.closeSync();
    rmSync(folder, { recursive: true });
  }
}

async function* streams(objects: readonly CsvObjectText[], pieceBytes: number) {
  for (const { name, body } of objects) yield { name, bytes: decompressed(pieces(Buffer.from(body as string), pieceBytes), name) };
}

async function* pieces(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
