/** While hostile queries run, five at a time, on a server of one's own: it answers, other work gets done, and each query ends in time with a code. */
import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type HostileQuery, hostileQueries } from '../support/hostile-queries.ts';
import { HttpClient } from '../support/http-client.ts';
import { LocalProcess } from '../support/local-process.ts';
import { hostileFooters, parquetFile } from '../support/parquet-footers.ts';
import { firstOfEach, sizeOf } from '../support/size.ts';

const server = new LocalProcess();
const client = new HttpClient(() => server.url);
const lease = { DELEGATION_LEASE_SECONDS: '30', DELEGATION_GRACE_SECONDS: '30' };
beforeAll(() => server.start(lease));
afterAll(() => server.remove());

/** The number of queries that may run at once. */
const lanes = 5;
/** Time for each query; most of them end with `deadline_exceeded`. */
const deadlineMs = 4_000;
/** Time for one that reached its deadline and was to end sooner: then the machine was busy. */
const patientDeadlineMs = 60_000;
/** From its deadline until its record says so: two seconds for the process, the rest for a machine that is busy with four others of its kind. */
const lateMs = 15_000;

/** They are listed by kind. Nearly all take a processor to the deadline. */
const asked = firstOfEach(sizeOf({ full: 1, quick: 3 }), hostileQueries);

interface Ended {
  readonly name: string;
  readonly code: string;
  readonly isLate: boolean;
  readonly attempts: number;
}

async function runAll(): Promise<readonly Ended[]> {
  const queue = asked.values();
  const ended: Ended[] = [];
  const run = async ({ name, sql }: HostileQuery, withinMs: number): Promise<Ended> => {
    const deadline = new Date(Date.now() + withinMs).toISOString();
    const { status, body } = await client.submit('run-query', { sql }, { deadline });
    if (status !== 202) throw new Error(`${name}: ${JSON.stringify(body)}`);
    const job = await client.ended(body.id);
    const isLate = Date.parse(String(job['finishedAt'])) > Date.parse(deadline) + lateMs;
    return { name, code: job.error?.code ?? job.status, isLate, attempts: job.attempt };
  };
  const lane = async () => {
    for (const query of queue) {
      const first = await run(query, deadlineMs);
      const wasCutOff = first.code === 'deadline_exceeded' && !query.codes.includes(first.code);
      ended.push(wasCutOff ? await run(query, patientDeadlineMs) : first);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return ended;
}

it('each end with a code of theirs, while the server answers and other jobs succeed', async () => {
  let isOver = false;
  const latenciesMs: number[] = [];
  const knocking = (async () => {
    for (; !isOver; await sleep(100)) {
      const began = performance.now();
      expect((await client.get('/healthz')).status).toBe(200);
      latenciesMs.push(performance.now() - began);
    }
  })();
  const bystanders: string[] = [];
  const working = (async () => {
    for (let i = 0; !isOver; i += 1) {
      const job = await client.run('write-batch', { table: 'scratch', operation: 'put', rows: [{ id: `bystander-${i}` }] });
      bystanders.push(job.status);
    }
  })();
  const ended = await runAll();
  isOver = true;
  await Promise.all([knocking, working]);

  expect(ended.length).toBe(asked.length);
  const codesOf = new Map(hostileQueries.map(({ name, codes }) => [name, codes]));
  expect(ended.filter(({ name, code, isLate }) => isLate || !codesOf.get(name)?.includes(code))).toEqual([]);
  // A crash or too much memory is final at the first time.
  expect(ended.filter(({ code, attempts }) => ['query_crashed', 'out_of_memory'].includes(code) && attempts > 1)).toEqual([]);
  expect(new Set(bystanders)).toEqual(new Set(['succeeded']));
  expect(bystanders.length).toBeGreaterThan(10);
  // A server that waits for queries would answer when one has reached its deadline.
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const [median = Number.NaN, p95 = Number.NaN] = [0.5, 0.95].map((share) => sorted[Math.floor(sorted.length * share)]);
  if (process.env['DELEGATION_SHOW_FIGURES'] !== undefined)
    console.log(JSON.stringify({ queries: ended.length, median, p95, slowest: sorted.at(-1), bystanders: bystanders.length }));
  expect([median < deadlineMs / 4, p95 < deadlineMs]).toEqual([true, true]);
  expect(server.output).toBe(`Delegation is listening on ${server.url}\n`);
});

it('of objects that harm who reads them end with their code as well', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const s3 = new S3Client({ endpoint: server.endpoints().s3, region: 'us-east-1', credentials, forcePathStyle: true });
  const latenciesMs: number[] = [];
  for (const [name, parts, message] of hostileFooters) {
    const params = { Bucket: 'delegation-local', Key: 'hostile.parquet', Body: parquetFile(parts) };
    await new Upload({ client: s3, params }).done();
    const sources = { t: { url: 's3://delegation-local/hostile.parquet', format: 'parquet' } };
    const { body } = await client.submit('run-query', { sql: 'FROM t', sources });
    let isOver = false;
    const ending = client.ended(body.id).finally(() => {
      isOver = true;
    });
    for (; !isOver; await sleep(50)) {
      const began = performance.now();
      expect((await client.get('/healthz')).status).toBe(200);
      latenciesMs.push(performance.now() - began);
    }
    const { error, attempt } = await ending;
    expect([name, error?.code, error?.message, attempt]).toEqual([name, 'invalid_source', expect.stringContaining(message), 1]);
  }
  expect(Math.max(...latenciesMs)).toBeLessThan(15_000);
});

it('leave no process behind once the server is gone', async () => {
  const ids = await Promise.all(
    Array.from(
      { length: 3 },
      async () => (await client.submit('run-query', { sql: "SELECT levenshtein(repeat('a', 400000), repeat('b', 400000))" })).body.id,
    ),
  );
  for (const id of ids) await client.until(id, ({ status }) => status === 'running');
  await sleep(1_000);
  const engines = enginesBelow(server.pid);
  expect(engines.length).toBeGreaterThanOrEqual(3);
  await server.end('SIGKILL');
  for (const endsAt = Date.now() + 60_000; Date.now() < endsAt && engines.some(isThere); ) await sleep(100);
  expect(engines.filter(isThere)).toEqual([]);
});

it('can be cancelled in a few seconds, also where DuckDB hears no interrupt', async () => {
  await server.start({ DELEGATION_LEASE_SECONDS: '120' });
  const { body } = await client.submit('run-query', { sql: "SELECT levenshtein(repeat('a', 400000), repeat('b', 400000))" });
  await client.until(body.id, ({ status }) => status === 'running');
  await sleep(1_000);
  const began = performance.now();
  await client.request('POST', `/v1/jobs/${body.id}/cancel`);
  expect((await client.ended(body.id)).status).toBe('cancelled');
  // Sooner than by the next heartbeat, which comes after 15.
  expect(performance.now() - began).toBeLessThan(12_000);
});

function enginesBelow(parent: number): readonly number[] {
  const rows = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().trim().split('\n');
  return rows.flatMap((row) => {
    const [, pid, ppid, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return Number(ppid) === parent && args.includes('engine-process.') ? [Number(pid)] : [];
  });
}
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
