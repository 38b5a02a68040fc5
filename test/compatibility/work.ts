/** The job type whose records are kept from release to release, and the API over them. Recorded releases depend on it: add to it, but change nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { dynamoDbClient, s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { dynamoDbQuotaStore } from '../../lambdas/adapters/dynamodb-quota-store.ts';
import type { Item } from '../../lambdas/adapters/job-item.ts';
import { s3DownloadLinks } from '../../lambdas/adapters/s3-download-links.ts';
import { createApi } from '../../lambdas/api/app.ts';
import type { WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../lambdas/core/contract/contract.ts';
import { PermanentError, RetryableError } from '../../lambdas/core/contract/errors.ts';
import type { JobStatus } from '../../lambdas/core/job/states.ts';
import { local } from '../../local/resources.ts';
import type { Engine, TestWork } from '../support/test-engine.ts';

/** What a release recorded of one job. */
export interface RecordedJob {
  readonly id: string;
  /** The body of its `POST /v1/jobs`; its Idempotency-Key is the job's name in the file. */
  readonly submission: unknown;
  readonly item: Item;
  readonly recordedAtMs: number;
  /** The job as the API showed it at that moment. */
  readonly presented: { readonly status: JobStatus; readonly [member: string]: unknown };
  /** Wake-ups as they were sent. */
  readonly messages: readonly { readonly body: string; readonly delaySeconds: number }[];
}

export interface RecordedRelease {
  readonly jobs: Readonly<Record<string, RecordedJob>>;
  /** The states of job types, and the quotas. */
  readonly others: readonly Item[];
  readonly objects: readonly { readonly key: string; readonly contentType: string; readonly body: string }[];
}

export const owner = 'ann';

/** What a job does after its first step while a release is recorded. When it is resumed later, each runs to its end. */
const acts = ['end', 'hang', 'sleep', 'nap', 'wait', 'rest', 'fail-once', 'fail'] as const;

export const contract = defineJobType({
  name: 'compatibility',
  description: 'Work whose records outlive a release.',
  version: 1,
  input: z.strictObject({ act: z.enum(acts), text: z.string().default('') }),
  output: z.strictObject({ first: z.string(), text: z.string() }),
  timeoutSeconds: 60,
  deadline: { days: 7 },
  maxAttempts: 3,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  typicalSeconds: 1,
  concurrency: 2,
  batchSize: 10,
  memoryMiB: 128,
  cleansUp: true,
  files: 'write-and-read',
  redact: ['password'],
  permissions: () => [],
});

/** What the worker did, in order. */
export interface Effects {
  readonly isRecording: boolean;
  readonly done: string[];
}

export function workWith({ isRecording, done }: Effects): TestWork {
  const definition: WorkerDefinition<typeof contract> = {
    async run({ act, text }, ctx) {
      const first = await ctx.step('first', async () => {
        done.push('first');
        return `first of ${text.length}`;
      });
      if (ctx.checkpoint.load<number>() === undefined) {
        done.push('report');
        await ctx.files.write('report.txt', `report of ${text.length}`, 'text/plain');
        await ctx.checkpoint.save(1);
      }
      ctx.progress(0.5, 'half-way');
      await ctx.step('large', async () => text.repeat(2));
      if (act === 'sleep') await ctx.sleep('afternoon', { hours: 2 }, { detail: 'until the afternoon' });
      if (act === 'nap') await ctx.sleep('nap', { seconds: 30 });
      if (act === 'wait') {
        const check = async () => (isRecording ? undefined : 'room');
        await ctx.waitUntil('ready', check, {
          every: { minutes: 1 },
          timeout: { days: 5 },
          reason: { code: 'waiting_for_capacity', detail: 'no room' },
        });
      }
      if (isRecording && act === 'hang') await new Promise(() => undefined);
      if (isRecording && act === 'fail-once') throw new RetryableError('not yet', { code: 'busy' });
      if (act === 'fail') throw new PermanentError('never', { code: 'wrong', details: { why: 'by nature' } });
      done.push('last');
      return { first, text };
    },
    async cleanUp(input) {
      if (isRecording && input?.text === 'cannot be cleaned up') throw new RetryableError('not now');
      done.push('clean-up');
      return 'cleaned up';
    },
  };
  return definition as unknown as TestWork;
}

const uploadLinks = { sign: async (url: string) => ({ url, headers: {} }) };

/** The deployed API over the engine's table. */
export function apiOf(engine: Engine) {
  const quotas = dynamoDbQuotaStore(dynamoDbClient(), engine.tableName);
  const settings = { ...engine.ports.settings, quota: { submissionsPerMinute: 1_000, jobsInFlight: 100 } };
  const app = createApi({ ...engine.ports, quotas, settings, links: s3DownloadLinks(s3Client(), local.payloadBucket), uploadLinks });
  const event = { requestContext: { authorizer: { lambda: { owner } } } };
  return async (method: string, path: string, { body, key }: { readonly body?: unknown; readonly key?: string } = {}) => {
    const headers = { 'content-type': 'application/json', ...(key === undefined ? {} : { 'idempotency-key': `"${key}"` }) };
    const response = await app.request(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }, { event });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
}

/** Waits until a worker that was started hangs in its work. */
export const settle = () => sleep(200);
