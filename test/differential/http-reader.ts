/** Reads as a caller does: a job over HTTP to a local mode, with its queue, record and files. */
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { HttpClient, type Transport } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';
import type { Answer, Reader, Result } from './reader.ts';

export async function openHttpReader(): Promise<Reader> {
  const local = new LocalProcess(join(import.meta.dirname, '..', '..'));
  await local.start();
  const client = new HttpClient(() => local.url, patient);
  const s3 = new S3Client({
    endpoint: local.endpoints().s3,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    forcePathStyle: true,
  });
  return {
    s3,
    bucket: 'delegation-local',
    query: (source, output = {}) => runJob(client, { sql: 'FROM t', sources: { t: source }, output }),
    stop: () => local.remove(),
  };
}

/** Repeats a request once: the server may have closed an idle connection, and a second failure is real. */
const patient: Transport = () => async (url, init) => {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (init.method !== 'GET') throw error;
    return await fetch(url, init);
  }
};

async function runJob(client: HttpClient, input: unknown): Promise<Answer> {
  const accepted = await client.submit('run-query', input);
  if (accepted.status !== 202) return { kind: 'error', code: `${accepted.status}`, message: accepted.text, details: {} };
  const { error, links } = await client.ended(accepted.body.id);
  if (error !== null) return { kind: 'error', code: error.code, message: error.message, details: error.details ?? {} };
  const job = await client.ended(accepted.body.id);
  const result = (job.result ?? (JSON.parse((await download(client, String(links.result))).toString()) as unknown)) as Result & {
    readonly resultUrl: string | null;
  };
  return { kind: 'result', result, file: result.resultUrl === null ? undefined : await download(client, result.resultUrl) };
}

async function download(client: HttpClient, path: string): Promise<Buffer> {
  const { headers } = await client.get(path);
  return Buffer.from(await (await fetch(headers.get('location') ?? '')).arrayBuffer());
}
