/** Reads a case with the worker's own code in this process, over a real S3 protocol server. */
import { readFileSync } from 'node:fs';
import { CreateBucketCommand, DeleteObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { contract } from '../../lambdas/jobs/run-query/contract.ts';
import { definition } from '../../lambdas/jobs/run-query/worker.ts';
import { emulatorEnvironment } from '../../local/emulator-environment.ts';
import { startEmulators } from '../../local/emulators.ts';
import { directRun, runDirectly } from '../support/direct-context.ts';
import type { Case, Outcome } from './case.ts';

export const bucket = 'differential';

export interface Reader {
  read(one: Case): Promise<Outcome>;
  stop(): Promise<void>;
}

export async function openDirectReader(): Promise<Reader> {
  const emulators = await startEmulators();
  Object.assign(process.env, emulatorEnvironment(emulators));
  await s3Client().send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    read: async (one) => {
      await putObjects(one);
      try {
        return await readDirectly(one.source, one.key);
      } finally {
        await Promise.all(one.objects.map(({ key }) => s3Client().send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))));
      }
    },
    stop: () => emulators.stop(),
  };
}

async function putObjects({ objects }: Case): Promise<void> {
  for (const { key, path } of objects) {
    await new Upload({ client: s3Client(), params: { Bucket: bucket, Key: key, Body: readFileSync(path) } }).done();
  }
}

async function readDirectly(source: Case['source'], key: string): Promise<Outcome> {
  const run = directRun();
  const input = { sql: 'FROM t', sources: { t: { url: `s3://${bucket}/${key}`, ...source } } };
  try {
    const result = await runDirectly(contract, definition, input, run);
    const { columns, sources } = result as typeof result & { readonly sources?: never };
    const rows = result.rows ?? rowsOf(run.files.get('result.ndjson')?.body.toString() ?? '', columns);
    return { kind: 'rows', columns, rows, sources };
  } catch (error) {
    const {
      code = 'no code',
      message,
      details = {},
    } = error as { code?: string; message: string; details?: Readonly<Record<string, unknown>> };
    return { kind: 'error', code, message, details };
  }
}

/** @returns the rows of an NDJSON result, as arrays in the order of the columns */
export function rowsOf(ndjson: string, columns: readonly { readonly name: string }[]): readonly (readonly unknown[])[] {
  const lines = ndjson.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const row = new Map(Object.entries(JSON.parse(line) as Readonly<Record<string, unknown>>));
    return columns.map(({ name }) => row.get(name));
  });
}
