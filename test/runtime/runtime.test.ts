/** The bundles that are deployed, under AWS's own runtime client: what it asks of a handler, and what becomes of the process around it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job } from '../../lambdas/core/job/job.ts';
import { ec2Behaves } from '../support/ec2-control.ts';
import { useEmulators } from '../support/use-emulators.ts';
import type { LambdaFunction } from './lambda-function.ts';
import { version } from './runtime-client.ts';
import { call, caller, Deployment, jobTypes } from './runtime-deployment.ts';

const endpoints = useEmulators();
let deployment: Deployment;
let api: LambdaFunction;
beforeAll(async () => {
  deployment = await Deployment.open(endpoints);
  api = await deployment.start('api');
  await ec2Behaves(endpoints);
});
afterAll(async () => {
  await deployment.stop();
  const names = deployment.bundles.map(({ name }) => name).join(', ');
  process.stdout.write(`runtime: ${names}: ${deployment.invocations} invocations under aws-lambda-ric ${version}\n`);
});

const types = jobTypes.map(({ contract }) => contract.name);
const nothingFailed = { kind: 'response', body: { batchItemFailures: [] } };
const mutant = require.resolve('./unreferenced-timers.ts');

async function submit(type: string, input: object, more: object = {}): Promise<{ readonly id: string }> {
  const { status, body } = await call(api, 'POST', '/v1/jobs', { type, input, ...more });
  expect([status, body]).toMatchObject([202, { status: 'queued' }]);
  return body;
}

const look = async ({ id }: { readonly id: string }) => (await call(api, 'GET', `/v1/jobs/${id}`)).body;
/** A job of the probe, delivered once to a worker of its own. */
async function probe(act: string, { preload = [] as readonly string[], timeoutMs = 10_000, maxAttempts = 2 } = {}) {
  const worker = await deployment.start('probe', preload);
  const job = await submit('probe', { act }, { maxAttempts });
  const outcome = await deployment.deliver(worker, 'probe', await deployment.receive('probe', job), timeoutMs);
  return { worker, job, outcome };
}

/** Delivers a type's messages until the job has ended. */
async function runToEnd(worker: LambdaFunction, type: string, job: { readonly id: string }) {
  for (let i = 0; i < 20; i++) {
    const shown = await look(job);
    if (['succeeded', 'failed', 'cancelled'].includes(shown.status)) return shown;
    const messages = await deployment.receive(type, job);
    if (messages.length > 0) expect(await deployment.deliver(worker, type, messages)).toEqual(nothingFailed);
  }
  throw new Error('The job did not end.');
}

describe.each(['api', 'clock', ...types])('the bundle of %s', (name) => {
  it('loads, takes at most two parameters, and stays alive until it is asked', async () => {
    const started = await deployment.start(name);
    await sleep(200);
    expect([started.isAlive, started.standardError, started.lines]).toEqual([true, '', []]);
  });
});

const inputs: Readonly<Record<string, object>> = {
  'run-query': { sql: 'SELECT 6 * 7 AS answer' },
  'write-batch': { table: 'scratch', operation: 'put', rows: [{ id: 'a' }] },
  'launch-instances': { imageId: 'ami-1', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'], timeToLiveSeconds: 60 },
  'terminate-instances': { instanceIds: ['i-0123456789abcdef0'], unknownIds: 'ignore' },
  probe: { act: 'return' },
};

/** Longer than the emulators keep an idle connection, so that the process finds its connections dead. */
const longFreezeMs = 7_000;

it.each(types)('does a job of %s, and goes on with the next after it was frozen', async (type) => {
  const worker = await deployment.start(type);
  for (let round = 0; round < 2; round++) {
    const job = await submit(type, inputs[type] ?? {});
    expect(await runToEnd(worker, type, job)).toMatchObject({ status: 'succeeded', error: null });
    if (round === 0) await worker.frozenFor(type === 'write-batch' ? longFreezeMs : 300);
  }
  // What Lambda filters by level and CloudWatch reads is one JSON object a line.
  const lines = worker.lines.map((line) => JSON.parse(line));
  for (const line of lines)
    expect(line).toMatchObject({ level: expect.stringMatching(/^(INFO|WARN|ERROR)$/), timestamp: expect.any(String) });
  expect(lines.filter(({ message }) => message === 'job')).not.toEqual([]);
  expect(worker.standardError).toBe('');
});

it('runs the clock, which reports what it did', async () => {
  const clock = await deployment.start('clock');
  expect(await clock.invoke({})).toMatchObject({ kind: 'response', body: { failed: 0 } });
});

describe('code that waits for nothing', () => {
  it('and ignores its signal ends by the time limit of its attempt, and with it its process', async () => {
    const { worker, job, outcome } = await probe('hang');
    expect(outcome).toMatchObject({ errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('SIGKILL') });
    expect(worker.isAlive).toBe(false);
    const { timeline } = await look(job);
    expect(timeline.at(-1)).toMatchObject({ event: 'attempt_failed', attempt: 1, detail: expect.stringContaining('invocation_timed_out') });
    expect(worker.lines.join('\n')).toContain('"code":"runaway"');
  });

  it('but its signal ends by the same limit, and its process takes the next job', async () => {
    const { worker, job, outcome } = await probe('hang-until-aborted', { maxAttempts: 1 });
    expect(outcome).toEqual(nothingFailed);
    expect(await look(job)).toMatchObject({ status: 'failed', error: { code: 'invocation_timed_out' } });
    expect(await runToEnd(worker, 'probe', await submit('probe', { act: 'return' }))).toMatchObject({ status: 'succeeded' });
  });

  it('in a clean-up is given up in time, and the job says so', async () => {
    const { worker, job, outcome } = await probe('hang-in-clean-up');
    expect(outcome).toEqual(nothingFailed);
    expect(await look(job)).toMatchObject({ reason: { code: 'cleaning_up', detail: expect.stringContaining('clean_up_timed_out') } });
    expect(worker.isAlive).toBe(true);
  });

  it('but a timer that keeps no process alive still fires', async () => {
    const { worker, job, outcome } = await probe('wait-for-unreferenced-timer', { timeoutMs: 20_000 });
    expect(outcome).toEqual(nothingFailed);
    expect(await runToEnd(worker, 'probe', job)).toMatchObject({ status: 'succeeded', attempt: 1 });
  });

  it('would end its process at once if no timer kept it alive: so this test sees what it is about', async () => {
    const { job, outcome } = await probe('hang', { preload: [mutant] });
    expect(outcome).toEqual({ kind: 'error', errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited without providing a reason' });
    expect(await look(job)).toMatchObject({ status: 'running', attempt: 1 });
  });
});

describe('code that breaks its process', () => {
  it.each(['leave-rejection', 'throw-in-timer', 'exit'])(
    '%s: the invocation fails, its log says why, and the job stays claimed',
    async (act) => {
      const { worker, job, outcome } = await probe(act);
      expect(outcome).toMatchObject({ kind: 'error', errorType: 'Runtime.ExitError' });
      expect(worker.isAlive).toBe(false);
      expect(await look(job)).toMatchObject({ status: 'running', attempt: 1 });
      if (act !== 'exit') expect(worker.lines.join('\n')).toContain(`"jobs":["${job.id}"]`);
    },
  );
});

describe('an answer', () => {
  /** The largest record that workers and callers can bring about, but for the texts that are not shown. */
  const largestJob = (i: number): Job => {
    const text = (length: number) => '\u0001'.repeat(length);
    const entry = (atMs: number) => ({ atMs, event: 'attempt_failed' as const, attempt: 1, detail: text(300) });
    const nowMs = Date.now();
    return {
      id: `job_${String(i).padStart(26, '0')}`,
      owner: caller,
      type: 'probe',
      version: 1,
      status: 'failed',
      reason: undefined,
      input: { kind: 'inline', json: JSON.stringify({ act: 'return', text: '"'.repeat(1_000) }) },
      submissionHash: 'x',
      createdAtMs: nowMs + i,
      notBeforeMs: nowMs,
      deadlineMs: nowMs + 3_600_000,
      attempt: 100,
      attemptsStarted: 100,
      maxAttempts: 100,
      crashes: 0,
      leaseToken: undefined,
      leaseEndsAtMs: undefined,
      alarm: undefined,
      progress: { fraction: 0.5, message: text(200) },
      startedAtMs: nowMs,
      finishedAtMs: nowMs,
      cancelRequestedAtMs: undefined,
      expiresAtMs: nowMs + 3_600_000,
      result: undefined,
      error: { code: 'planned', message: text(2_000), retryable: false, details: { text: '"'.repeat(8_000) } },
      pendingOutcome: undefined,
      journal: {},
      checkpoint: undefined,
      files: {},
      tags: {},
      depth: 0,
      timeline: Array.from({ length: 41 }, (_, entries) => entry(nowMs + entries)),
      revision: 1,
    };
  };

  it('of a hundred of the largest jobs is no larger than Lambda lets it be, and the rest is on the next pages', async () => {
    for (let i = 0; i < 100; i++) await deployment.store.create(largestJob(i), Date.now());
    const found = new Set<string>();
    let cursor: string | null = '';
    let pages = 0;
    for (; cursor !== null; pages++) {
      const { status, body } = await call(api, 'GET', `/v1/jobs?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(status).toBe(200);
      expect(body.jobs.length).toBeGreaterThan(0);
      for (const { id } of body.jobs) found.add(id);
      cursor = body.nextCursor;
    }
    expect(Array.from({ length: 100 }, (_, i) => largestJob(i).id).filter((id) => !found.has(id))).toEqual([]);
    expect(pages).toBeGreaterThan(1);
  });
});
