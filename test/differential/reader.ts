/** What reads a case: the worker's own code in this process, or a job over HTTP. */
import { readFileSync } from 'node:fs';
import { DeleteObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { Case, Outcome, Read } from './case.ts';

export interface Reader {
  /** @param source as in the input of run-query */
  query(source: Readonly<Record<string, unknown>>, output?: Readonly<Record<string, unknown>>): Promise<Answer>;
  readonly s3: S3Client;
  readonly bucket: string;
  stop(): Promise<void>;
}

export type Answer = { readonly kind: 'result'; readonly result: Result; readonly file: Buffer | undefined } | Exclude<Outcome, Read>;

export interface Result {
  readonly columns: Read['columns'];
  readonly rows: Read['rows'] | null;
  readonly rowCount: number;
  readonly sources?: Read['sources'];
}

/** Puts the objects of a case, reads them and removes them. */
export async function readCase(reader: Reader, one: Case): Promise<Outcome> {
  for (const { key, path } of one.objects) await putObject(reader, key, readFileSync(path));
  try {
    return outcomeOf(await reader.query({ url: `s3://${reader.bucket}/${one.key}`, ...one.source }));
  } finally {
    for (const { key } of one.objects) await removeObject(reader, key);
  }
}

export function outcomeOf(answer: Answer): Outcome {
  if (answer.kind === 'error') return answer;
  const { columns, rows, sources } = answer.result;
  return { kind: 'rows', columns, rows: rows ?? rowsOf(answer.file?.toString() ?? '', columns), sources };
}

/** In parts: the emulator takes no single request of some megabytes. */
export async function putObject({ s3, bucket }: Reader, key: string, body: Buffer): Promise<void> {
  await new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body: body } }).done();
}

export async function removeObject({ s3, bucket }: Reader, key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
}

/** @returns the rows of an NDJSON result, as arrays in the order of the columns */
function rowsOf(ndjson: string, columns: Read['columns']): Read['rows'] {
  const lines = ndjson.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const row = new Map(Object.entries(JSON.parse(line) as Readonly<Record<string, unknown>>));
    return columns.map(({ name }) => row.get(name));
  });
}
