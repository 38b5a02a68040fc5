/** The two readers that `read.ts` compares, and the transfer that both need. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { s3Client } from '../lambdas/adapters/aws-clients.ts';
import { contract } from '../lambdas/jobs/run-query/contract.ts';
import { definition } from '../lambdas/jobs/run-query/worker.ts';
import { resultOf } from '../test/support/worker-run.ts';
import type { Format } from './reading-limits.ts';

/** @returns the one value of the query's one row */
export type Reading = (select: string) => Promise<string>;

/** Serves the file as `s3://bench/table.<format>` to this process until it is ended. */
export async function serveObject(file: string): Promise<ChildProcess> {
  const server = spawn(process.execPath, [join(import.meta.dirname, 'object-server.ts'), file], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [url] = (await once(server.stdout as Readable, 'data')) as [Buffer];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: url.toString().trim(),
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    // The engine reads its memory size from here when it is deployed.
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(contract.memoryMiB),
  });
  return server;
}

/** Runs a whole job of run-query: the transfer, the checks, the typing, the query and its result. */
export function jobReading(format: Format): Reading {
  return async (sql) => {
    const sources = { t: { url: `s3://bench/table.${format}`, format } };
    const { rows } = await resultOf(contract, definition, { sql, sources });
    return String(rows?.[0]?.[0]);
  };
}

/** Runs DuckDB over the local file, with the defaults of its reader. */
export function duckDbReading(file: string, format: Format): Reading {
  const table = { csv: `read_csv('${file}')`, ndjson: `read_json('${file}')`, parquet: `read_parquet('${file}')` }[format];
  return async (sql) => {
    const options = { memory_limit: `${Math.floor(contract.memoryMiB * 0.65)}MiB`, threads: String(Math.min(8, availableParallelism())) };
    const instance = await DuckDBInstance.create(':memory:', options);
    const connection = await instance.connect();
    const rows = (await connection.runAndReadAll(sql.replace('FROM t', `FROM ${table}`))).getRows();
    connection.closeSync();
    instance.closeSync();
    return String(rows[0]?.[0]);
  };
}

/** Runs the transfer alone: the object to the local disk with the same client. */
export function transfer(file: string, format: Format): Reading {
  return async () => {
    const { Body } = await s3Client().send(new GetObjectCommand({ Bucket: 'bench', Key: `table.${format}` }));
    await pipeline(Body as Readable, createWriteStream(`${file}.copy`));
    await rm(`${file}.copy`);
    return '';
  };
}
