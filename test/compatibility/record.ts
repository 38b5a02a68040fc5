/**
 * Records what this version writes, so that later versions are tested with it: `npm run record`. The real engine over the emulators brings jobs
 * into every state. What is then in the table, the bucket and the queue goes to `records-<version>.json`, and what the built-in job types
 * remember between two invocations to `memory-<version>.json`.
 *
 *     node test/compatibility/record.ts [FOLDER]      FOLDER: this one, unless named
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { paginateScan } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { dynamoDbClient, s3Client } from '../../lambdas/adapters/aws-clients.ts';
import type { Item } from '../../lambdas/adapters/job-item.ts';
import { emulatorEnvironment } from '../../local/emulator-environment.ts';
import { startEmulators } from '../../local/emulators.ts';
import { local } from '../../local/resources.ts';
import { Engine, leaseMs } from '../support/test-engine.ts';
import { memoryOf } from './memory.ts';
import { apiOf, contract, type RecordedJob, type RecordedRelease, settle, workWith } from './work.ts';

Object.assign(process.env, emulatorEnvironment(await startEmulators()));
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
const [folder = import.meta.dirname] = process.argv.slice(2);
const work = workWith({ isRecording: true, done: [] });
const tableName = 'compatibility';
const long = 'x'.repeat(3_000);

interface Scene {
  readonly engine: Engine;
  readonly call: ReturnType<typeof apiOf>;
  readonly job: { readonly id: string };
}

const wake = ({ engine, job }: Scene) => engine.wake(job, work);
/** Starts the job, and leaves its worker hanging in the middle of its work. */
async function start({ engine, job }: Scene): Promise<void> {
  void engine.wake(job, work);
  await settle();
}
const cancel = ({ call, job }: Scene) => call('POST', `/v1/jobs/${job.id}/cancel`);

/** What is submitted under each name, and what happens to the job then. */
const scenarios: Readonly<Record<string, readonly [submission: object, ...acts: ((scene: Scene) => Promise<unknown>)[]]>> = {
  scheduled: [{ input: { act: 'end' }, delaySeconds: 86_400, tags: { project: 'a' } }],
  'scheduled-soon': [{ input: { act: 'end' }, delaySeconds: 60 }],
  queued: [{ input: { act: 'end', text: 'hello' }, maxAttempts: 7, tags: { project: 'a', ö: '' } }],
  'queued-with-large-input': [{ input: { act: 'end', text: long } }],
  running: [{ input: { act: 'hang' } }, start],
  'running-with-large-steps': [{ input: { act: 'hang', text: long } }, start],
  'running-to-be-cancelled': [{ input: { act: 'hang' } }, start, cancel],
  'running-after-a-lost-worker': [{ input: { act: 'hang' } }, start, async ({ engine }) => engine.runtime.skip(leaseMs + 1), start],
  sleeping: [{ input: { act: 'sleep' } }, wake],
  napping: [{ input: { act: 'nap' } }, wake],
  'sleeping-to-be-cancelled': [{ input: { act: 'sleep' } }, wake, cancel],
  'waiting-for-capacity': [{ input: { act: 'wait' } }, wake],
  'waiting-at-a-safe-point': [
    { input: { act: 'end' } },
    async (scene) => {
      scene.engine.remainingMs = 1_000;
      await wake(scene);
    },
  ],
  'backing-off': [{ input: { act: 'fail-once' } }, wake],
  'cleaning-up': [{ input: { act: 'fail', text: 'cannot be cleaned up' } }, wake],
  succeeded: [{ input: { act: 'end', text: 'hello' } }, wake],
  'succeeded-with-large-result': [{ input: { act: 'end', text: long } }, wake],
  failed: [{ input: { act: 'fail' } }, wake],
  cancelled: [{ input: { act: 'end' } }, cancel],
};

type JobWithoutItem = Omit<RecordedJob, 'item'>;

async function runScenario(name: string): Promise<JobWithoutItem> {
  const [submission, ...acts] = scenarios[name] ?? [{}];
  const engine = await Engine.open(contract, tableName);
  const call = apiOf(engine);
  const body = { type: contract.name, ...submission };
  const { status, body: job } = await call('POST', '/v1/jobs', { key: name, body });
  if (status !== 202) throw new Error(`${name} was not accepted: ${JSON.stringify(job)}`);
  for (const act of acts) await act({ engine, call, job });
  const messages = engine.sent().map((sent) => ({ body: String(sent.body), delaySeconds: Number(sent.delaySeconds) }));
  const { body: presented } = await call('GET', `/v1/jobs/${job.id}`);
  return { id: job.id, submission: body, recordedAtMs: engine.runtime.nowMs(), presented, messages };
}

async function itemsOf(): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of paginateScan({ client: dynamoDbClient() }, { TableName: tableName })) items.push(...(page.Items ?? []));
  return items;
}

async function objectsOf(): Promise<RecordedRelease['objects']> {
  const Bucket = local.payloadBucket;
  const { Contents = [] } = await s3Client().send(new ListObjectsV2Command({ Bucket }));
  return Promise.all(
    Contents.map(async ({ Key = '' }) => {
      const { Body, ContentType = '' } = await s3Client().send(new GetObjectCommand({ Bucket, Key }));
      return { key: Key, contentType: ContentType, body: (await buffer(Body as NodeJS.ReadableStream)).toString() };
    }),
  );
}

// A run of the clock writes the type's state.
await (await Engine.open(contract, tableName)).clock();
const recorded = new Map<string, JobWithoutItem>();
for (const name of Object.keys(scenarios)) recorded.set(name, await runScenario(name));
await (await Engine.open(contract, tableName)).ports.typeStates.setState(contract.name, 'paused');

const items = await itemsOf();
const jobs: Record<string, RecordedJob> = {};
for (const [name, job] of recorded) {
  const item = items.find(({ id }) => id?.S === job.id);
  if (item === undefined) throw new Error(`${name} is not in the table.`);
  jobs[name] = { ...job, item };
}
const others = items.filter(({ id }) => !id?.S?.startsWith('job_'));
const release: RecordedRelease = { jobs, others, objects: await objectsOf() };
const file = join(folder, `records-${version}.json`);
writeFileSync(file, `${JSON.stringify(release, null, 1)}\n`);
console.log(`${file}: ${Object.keys(jobs).length} jobs`);
const memory = memoryOf(join(import.meta.dirname, '..', '..'));
writeFileSync(join(folder, `memory-${version}.json`), `${JSON.stringify(memory, null, 1)}\n`);
process.exit(0); // workers hang in the middle of their work
