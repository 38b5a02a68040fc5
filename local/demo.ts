/** `npm run demo`: delegates three real pieces of work to a local mode of its own and shows what becomes of them. */
import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { Upload } from '@aws-sdk/lib-storage';
import { dynamoDbClient, s3Client } from '../lambdas/adapters/aws-clients.ts';
import { defaultTimes } from '../lambdas/config.ts';
import { JobDisplay, type ShownJob } from './job-display.ts';
import { type LocalMode, startLocalMode } from './local-mode.ts';
import { local } from './resources.ts';

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly progress: { readonly fraction: number | null; readonly message: string | null } | null;
  readonly reason: { readonly code: string; readonly detail: string | null } | null;
  readonly timeline: readonly { readonly event: string; readonly detail?: string }[];
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const maxWaitMs = 150_000;
/** Ctrl-C: everything ends as soon as the local mode has. */
let isInterrupted = false;
const bucketUrl = `s3://${local.sourceBucket}`;

const submissions = [
  {
    title: 'query 3 million flights',
    key: 'demo-query',
    body: {
      type: 'run-query',
      input: {
        sql: 'SELECT origin, count(*) AS flights, round(avg(delay), 1) AS average_delay FROM flights GROUP BY origin ORDER BY flights DESC LIMIT 5',
        sources: { flights: { url: `${bucketUrl}/flights-3m.parquet`, format: 'parquet' } },
      },
    },
  },
  {
    title: 'write 42,049 ZIP codes',
    key: 'demo-batch',
    body: {
      type: 'write-batch',
      input: {
        table: local.scratchTable,
        operation: 'put',
        source: {
          url: `${bucketUrl}/zipcodes.csv`,
          format: 'csv',
          rename: { zip_code: 'id' },
          columns: { latitude: 'number', longitude: 'number' },
        },
      },
    },
  },
  {
    title: 'launch 2 instances',
    key: 'demo-launch',
    body: {
      type: 'launch-instances',
      input: {
        imageId: 'ami-0abc1234',
        instanceTypes: ['t4g.small', 't4g.medium'],
        subnetIds: ['subnet-1'],
        count: 2,
        timeToLiveSeconds: 3_600,
      },
    },
  },
];

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { leaseSeconds, graceSeconds, clockSeconds } = defaultTimes;
  const mode = await startLocalMode({ port: 0, dataFolder: folder, leaseSeconds, graceSeconds, clockSeconds });
  const interrupt = () => {
    isInterrupted = true;
    void mode.stop().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  console.log(`Delegation is running on ${mode.url}, with its data in a temporary folder.\n`);
  await upload('flights-3m.parquet', 'zipcodes.csv');
  const jobs = await Promise.all(submissions.map((submission) => submit(mode, submission)));
  await showReplay(mode, jobs[0]);
  const display = new JobDisplay(jobs, process.stdout);
  await Promise.all(jobs.map((job) => follow(mode, job, display)));
  await showResults(jobs);
  await mode.stop();
  const failed = jobs.filter(({ status }) => status !== 'succeeded');
  if (failed.length > 0) throw new Error(`Not everything succeeded: ${failed.map(({ title, note }) => `${title}: ${note}`).join('; ')}`);
  process.exit(0);
}

async function upload(...names: readonly string[]): Promise<void> {
  const data = join(import.meta.dirname, '..', 'node_modules', 'vega-datasets', 'data');
  for (const name of names) {
    const path = join(data, name);
    await new Upload({ client: s3Client(), params: { Bucket: local.sourceBucket, Key: name, Body: createReadStream(path) } }).done();
    console.log(`Put ${name} (${(statSync(path).size / 1e6).toFixed(1)} MB) into ${bucketUrl}`);
  }
  console.log();
}

async function submit(mode: LocalMode, submission: (typeof submissions)[number]): Promise<ShownJob & { result: unknown }> {
  const startedMs = performance.now();
  const { answer, status } = await post(mode, submission);
  const ms = performance.now() - startedMs;
  if (status !== 202) throw new Error(`${submission.title} was not accepted: ${JSON.stringify(answer)}`);
  console.log(`Accepted in ${ms.toFixed(0).padStart(3)} ms  ${answer.id}  ${submission.title}`);
  return {
    id: answer.id,
    title: submission.title,
    submittedMs: startedMs,
    status: answer.status,
    note: '',
    doneAfterMs: undefined,
    result: null,
  };
}

async function post(mode: LocalMode, { key, body }: (typeof submissions)[number]) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `"${key}"` };
  const response = await fetch(`${mode.url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, replayed: response.headers.get('idempotent-replayed'), answer: (await response.json()) as JobAnswer };
}

async function showReplay(mode: LocalMode, first: ShownJob | undefined): Promise<void> {
  const [submission] = submissions;
  if (submission === undefined || first === undefined) return;
  const { answer, replayed } = await post(mode, submission);
  const { jobs } = (await (await fetch(`${mode.url}/v1/jobs?type=run-query`)).json()) as { jobs: readonly unknown[] };
  const isSame = answer.id === first.id && replayed === 'true' && jobs.length === 1;
  if (!isSame) throw new Error('The same submission with the same Idempotency-Key made another job.');
  console.log(`\nSubmitted again with the same Idempotency-Key: the same job, ${answer.id}; no second one was made.\n`);
}

async function follow(mode: LocalMode, job: ShownJob & { result: unknown }, display: JobDisplay): Promise<void> {
  while (true) {
    const answer = (await (await fetch(`${mode.url}/v1/jobs/${job.id}`)).json()) as JobAnswer;
    job.status = answer.status;
    job.note = answer.error?.message ?? answer.progress?.message ?? answer.reason?.detail ?? answer.reason?.code ?? lastStep(answer) ?? '';
    if (['succeeded', 'failed', 'cancelled'].includes(answer.status)) {
      job.doneAfterMs = performance.now() - job.submittedMs;
      job.result = answer.result;
      display.update();
      return;
    }
    if (performance.now() - job.submittedMs > maxWaitMs) throw new Error(`${job.title} did not end within ${maxWaitMs / 1000} s.`);
    display.update();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What a running job did last. */
function lastStep({ timeline }: JobAnswer): string | undefined {
  const step = timeline.findLast(({ event }) => event === 'step')?.detail;
  return step === undefined ? undefined : `after step ${step}`;
}

async function showResults(jobs: readonly { readonly result: unknown }[]): Promise<void> {
  const [query, batch, launch] = jobs.map(({ result }) => result as never);
  const { columns, rows } = (query ?? { columns: [], rows: [] }) as { columns: { name: string }[]; rows: unknown[][] };
  console.log('\nThe busiest airports:');
  console.table(rows.map((row) => Object.fromEntries(columns.map(({ name }, i) => [name, row[i]]))));
  console.log('The batch write, and some of its rows in the table:', batch);
  const { Items = [] } = await dynamoDbClient().send(new ScanCommand({ TableName: local.scratchTable, Limit: 3 }));
  console.table(
    Items.map(({ id, city, state, latitude, longitude }) => ({
      id: id?.S,
      city: city?.S,
      state: state?.S,
      latitude: latitude?.N,
      longitude: longitude?.N,
    })),
  );
  const { instances, terminateAt } = (launch ?? { instances: [], terminateAt: null }) as {
    instances: object[];
    terminateAt: string | null;
  };
  console.log(`The instances, which a second job will terminate at ${terminateAt}:`);
  console.table(instances);
}

main().catch((error: unknown) => {
  if (isInterrupted) return; // what was under way breaks off
  console.error((error as Error).message);
  process.exit(1);
});
