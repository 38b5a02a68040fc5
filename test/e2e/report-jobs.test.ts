/** `delegation report --jobs` over a real local mode, with an access log in the form of a deployment's. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { JobsReport } from '../../report/jobs/jobs-report.ts';
import { LocalProcess } from '../support/local-process.ts';

const root = join(__dirname, '..', '..');
const local = new LocalProcess(root, 'test/console/job-types');
const folder = mkdtempSync(join(tmpdir(), 'report-jobs-'));
const logFile = join(folder, 'access.json');
const lines: string[] = [];
const jobs = 60;

interface Shown {
  readonly id: string;
  readonly status: string;
}

/** Calls the API, and writes the line that API Gateway would. */
async function call(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Shown> {
  const startMs = Date.now();
  const response = await fetch(local.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const answer = (await response.json()) as Shown;
  log(method, path, startMs, { status: response.status, latencyMs: Date.now() - startMs });
  return answer;
}

function log(
  method: string,
  path: string,
  startMs: number,
  { status, latencyMs }: { readonly status: number; readonly latencyMs: number },
): void {
  const [, weekday, day, month, year, time] = /^(\w+), (\d+) (\w+) (\d+) (\S+) GMT$/.exec(new Date(startMs).toUTCString()) ?? [];
  if (weekday === undefined) throw new Error('The time has another form.');
  const caller = 'arn:aws:sts::123456789012:assumed-role/shop/session';
  lines.push(
    JSON.stringify({
      requestId: `r${lines.length}`,
      time: `${day}/${month}/${year}:${time} +0000`,
      method,
      path,
      status: String(status),
      responseBytes: '900',
      latencyMs: String(latencyMs),
      routeKey: '$default',
      integrationLatencyMs: String(latencyMs),
      integrationRequestId: '-',
      sourceIp: '203.0.113.7',
      caller,
      subject: '-',
      error: '-',
      authorizerError: '-',
    }),
  );
}

async function until(id: string, everyMs: number): Promise<void> {
  for (let status = ''; !['succeeded', 'failed'].includes(status); await setTimeout(everyMs))
    ({ status } = await call('GET', `/v1/jobs/${id}`));
}

const run = promisify(execFile);
const report = (...words: readonly string[]) =>
  run(process.execPath, ['--disable-warning=ExperimentalWarning', 'bin/cli.ts', 'report', '--jobs', ...words, '--url', local.url], {
    cwd: root,
  });

beforeAll(async () => {
  await local.start({ DELEGATION_LEASE_SECONDS: '60' });
  for (let names = 0; names < 6; await setTimeout(200))
    names = ((await (await fetch(`${local.url}/v1/job-types`)).json()) as { jobTypes: readonly unknown[] }).jobTypes.length;
  log('GET', '/v1/me', Date.now() - 5_000, { status: 200, latencyMs: 5 });
  for (let i = 0; i < jobs; i += 4)
    await Promise.all(
      Array.from({ length: 4 }, async (_, lane) => {
        // Somebody waits for each import; what the queries find is not looked at. A look is known to come before the end where the log, in whole seconds,
        // shows them a second apart: so it is at the first import, however fast the machine is.
        const input = { shop: 'berlin', busySeconds: i + lane === 0 ? 3 : 0 };
        await until((await call('POST', '/v1/jobs', { type: 'import-orders', input })).id, 100);
        await call('POST', '/v1/jobs', { type: 'run-query', input: { sql: 'SELECT 1 AS n' } });
      }),
    );
  for (let open = 1; open > 0; await setTimeout(500))
    open = ((await (await fetch(`${local.url}/v1/jobs?status=queued,running,waiting`)).json()) as { jobs: readonly unknown[] }).jobs.length;
  // The log goes on, so that windows after the ends are in it.
  log('GET', '/v1/me', Date.now() + 3_600_000, { status: 200, latencyMs: 5 });
  writeFileSync(logFile, `${lines.join('\n')}\n`);
});

afterAll(async () => {
  await local.remove();
  rmSync(folder, { recursive: true });
});

it('reads jobs and looks, and finds who waited', async () => {
  const { stdout } = await report(logFile, '--json');
  const { input, types, warnings } = JSON.parse(stdout) as JobsReport;
  expect(input).toMatchObject({ jobs: 2 * jobs, ended: 2 * jobs, isCutShort: false });
  expect(warnings.map(({ code }) => code)).toEqual(['whole_seconds']);
  const [imports, queries] = ['import-orders', 'run-query'].map((name) => types.find(({ type }) => type === name));
  expect(imports?.looks?.waitedFor.low).toBeGreaterThan(0.8);
  expect(queries?.looks?.waitedFor.estimate).toBe(0);
  expect(imports?.looks?.polling.meanLooks).toBeGreaterThan(0);
  expect(stdout).not.toMatch(/job_|assumed-role|203\.0\.113/);
});

it('says it in words, and without a log what is missing', async () => {
  expect((await report(logFile)).stdout).toMatch(/120 jobs of 2 types/);
  const { stdout } = await report('--max-jobs', '100');
  expect(stdout).toContain('Only the newest 100 jobs were read');
  expect(stdout).toContain('aws logs filter-log-events --log-group-name /aws/vendedlogs/delegation/');
});
