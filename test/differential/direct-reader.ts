/** Reads with the worker's own code in this process, over a real S3 protocol server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { contract } from '../../lambdas/jobs/run-query/contract.ts';
import { definition } from '../../lambdas/jobs/run-query/worker.ts';
import { emulatorEnvironment } from '../../local/emulator-environment.ts';
import { startEmulators } from '../../local/emulators.ts';
import { type JobFailure, WorkerRun } from '../support/worker-run.ts';
import type { Answer, Reader, Result } from './reader.ts';

const bucket = 'differential';
/** Time limit; the largest files take some time on a busy machine. */
const maxSeconds = 120;

export async function openDirectReader(): Promise<Reader> {
  const emulators = await startEmulators();
  // As much memory as is deployed; the local mode of the sample takes it, too.
  Object.assign(process.env, emulatorEnvironment(emulators), { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(contract.memoryMiB) });
  await s3Client().send(new CreateBucketCommand({ Bucket: bucket }));
  // Connections that are kept alive would hold it up.
  const stop = () => Promise.race([emulators.stop(), sleep(2_000, undefined, { ref: false })]);
  return { s3: s3Client(), bucket, query, stop };
}

async function query(source: Readonly<Record<string, unknown>>, output: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  const run = new WorkerRun(contract, definition, { patienceMs: maxSeconds * 1000 });
  try {
    await run.submit({ sql: 'FROM t', sources: { t: source }, output });
    const result: Result = await run.result();
    return { kind: 'result', result, file: [...run.job.files.values()][0]?.body };
  } catch (error) {
    const { code = 'no code', message, details = {} } = error as Error & Partial<JobFailure>;
    return { kind: 'error', code, message, details };
  }
}
