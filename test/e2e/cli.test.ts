/** The command line as a user runs it: a process, against a deployment. */
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment();
const root = join(__dirname, '..', '..');
const home = mkdtempSync(join(tmpdir(), 'cli-test-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly messages: string;
}

/** @param input what it reads from standard input */
function delegation(args: readonly string[], input = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(root, 'bin', 'cli.ts'), ...args],
      { cwd: home, env: environment() },
      (error, out, messages) => resolve({ code: error === null ? 0 : Number(error.code), out, messages }),
    );
    child.stdin?.end(input);
  });
}

const environment = () => ({ PATH: process.env['PATH'], HOME: home, DELEGATION_URL: deployment.url });

const query = (sql: string) => ['run-query', `sql=${sql}`];

it('submits a job, and names it as @last and by the beginning of its id', async () => {
  const submitted = await delegation(['submit', ...query('SELECT 42 AS answer'), '--tag', 'of=cli']);
  expect(submitted).toEqual({ code: 0, out: expect.stringMatching(/^job_[0-9a-z]{26}\n$/), messages: '' });
  const id = submitted.out.trim();
  expect((await delegation(['watch'])).code).toBe(0);
  expect((await delegation(['job', '@last', '--json', 'id,tags'])).out).toBe(`{"id":"${id}","tags":{"of":"cli"}}\n`);
  expect((await delegation(['job', id.slice(0, 14), '--json', 'id'])).out).toBe(`{"id":"${id}"}\n`);
  expect(JSON.parse((await delegation(['result'])).out)).toMatchObject({ rows: [[42]] });
});

it('prints the result of a run to standard output, and its progress elsewhere', async () => {
  const { code, out, messages } = await delegation(['run', 'run-query', '--input', '-'], '{"sql": "SELECT 1 AS one"}');
  expect([code, JSON.parse(out)]).toMatchObject([0, { rows: [[1]] }]);
  expect(messages).toMatch(/queued[\s\S]*succeeded/);
});

it.each<readonly [what: string, code: number, args: readonly string[], message: RegExp]>([
  ['a job that failed', 3, ['run', ...query('SELECT * FROM nowhere')], /failed {2}It failed now with sql_error/],
  ['a job that has not ended in time', 124, ['submit', ...query('SELECT 1'), '--delay', '1h', '--wait', '--timeout', '1s'], /goes on/],
  ['an unknown job', 5, ['job', `job_${'0'.repeat(26)}`], /404 job-not-found/],
  ['an unknown type', 5, ['types', 'nothing'], /404/],
  ['an unknown command', 2, ['submitt'], /Did you mean submit\?/],
  ['an unknown option', 2, ['jobs', '--stat', 'failed'], /Did you mean/],
  ['an input that the type refuses', 1, ['submit', 'run-query', 'sql:=5'], /#\/input\/sql/],
  ['an action on all without a filter', 2, ['cancel'], /Name ids, or select jobs/],
  ['an action on many that would ask', 2, ['cancel', '--type', 'run-query', '--status', 'scheduled'], /say --yes/],
])('ends for %s with the code that says so', async (_, code, args, message) => {
  const ended = await delegation(args);
  expect(ended.messages).toMatch(message);
  expect(ended.code).toBe(code);
});

it('ends with the code of a conflict for a key with other content, and repeats a job with the same', async () => {
  const key = `cli ${Math.random()}`;
  const first = await delegation(['submit', ...query('SELECT 1'), '--key', key]);
  expect((await delegation(['submit', ...query('SELECT 1'), '--key', key])).out).toBe(first.out);
  expect((await delegation(['submit', ...query('SELECT 2'), '--key', key])).code).toBe(7);
});

it('counts what matches, then cancels it with a job of the service', async () => {
  const tag = `bulk-${Math.random()}`;
  await Promise.all([1, 2, 3].map((n) => delegation(['submit', ...query(`SELECT ${n}`), '--delay', '1h', '--tag', `of=${tag}`])));
  const preview = await delegation(['cancel', '--tag', `of=${tag}`, '--dry-run']);
  expect(preview).toMatchObject({ code: 0, messages: expect.stringContaining('3 jobs match') });
  const cancelled = await delegation(['cancel', '--tag', `of=${tag}`, '--yes', '--reason', 'a test']);
  expect(cancelled.code).toBe(0);
  const { out } = await delegation(['jobs', '--tag', `of=${tag}`, '--json', 'status']);
  expect(out).toBe('{"status":"cancelled"}\n'.repeat(3));
  expect((await delegation(['watch', ...(await delegation(['jobs', '-q', '--tag', `of=${tag}`])).out.trim().split('\n')])).code).toBe(6);
});

it('writes a large result whole or not at all', async () => {
  await delegation(['run', ...query("SELECT repeat('x', 2000) AS text FROM range(60)"), '--tag', 'of=large']);
  const file = join(home, 'result.json');
  expect((await delegation(['result', '-o', file])).code).toBe(0);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ rowCount: 60 });
  expect((await delegation(['result', '-o', join(home, 'no', 'folder')])).code).toBe(1);
  expect(statSync(file).size).toBeGreaterThan(100_000);
});

it('lists schedules, types and groups, pauses and resumes, and shows who calls', async () => {
  expect((await delegation(['schedules', 'set', 'cli', '--every', '1d', '--type', ...query('SELECT 1')])).messages).toContain(
    'cli is set. It fires next',
  );
  expect((await delegation(['schedules'])).out).toMatch(/^cli\trun-query\tevery/m);
  expect((await delegation(['schedules', 'pause', 'cli'])).messages).toContain('It is paused.');
  expect((await delegation(['schedules', 'resume', 'cli', '--json', 'paused'])).out).toBe('{"paused":false}\n');
  expect((await delegation(['schedules', 'delete', 'cli', '--yes'])).code).toBe(0);
  expect((await delegation(['types'])).out).toMatch(/^run-query\tactive/m);
  expect((await delegation(['types', 'pause', 'write-batch', '--reason', 'a test'])).messages).toContain('write-batch is paused');
  expect((await delegation(['types', 'write-batch', '--json', 'state'])).out).toBe('{"state":"paused"}\n');
  expect((await delegation(['types', 'resume', 'write-batch'])).code).toBe(0);
  expect((await delegation(['whoami'])).out).toMatch(/^local/);
  expect((await delegation(['groups'])).code).toBe(0);
});

it('prints a request as curl, which then does the same', async () => {
  const { out } = await delegation(['submit', ...query("SELECT 'it''s' AS x"), '--curl']);
  const answer = await new Promise<string>((resolve) => execFile('/bin/sh', ['-c', out], (_error, stdout) => resolve(stdout)));
  expect(JSON.parse(answer)).toMatchObject({ type: 'run-query', input: { sql: "SELECT 'it''s' AS x" } });
});

it('passes any request on, page by page', async () => {
  const { out } = await delegation(['api', 'GET', '/v1/jobs?limit=2', '--paginate']);
  expect(out.trim().split('\n').length).toBeGreaterThan(1);
  expect((await delegation(['api', 'GET', '/v1/nothing'])).code).toBe(5);
});

it('examines itself, and does a job', async () => {
  const { code, out } = await delegation(['doctor', '--probe', '--json', 'findings']);
  const { findings } = JSON.parse(out) as { readonly findings: readonly { readonly check: string; readonly status: string }[] };
  expect(findings.filter(({ status }) => status === 'problem')).toEqual([]);
  expect([code, findings.find(({ check }) => check === 'probe')?.status]).toEqual([0, 'ok']);
});

it('ends with 130 on Ctrl-C, says that the job goes on, and leaves it alone', async () => {
  const child = spawn(process.execPath, [join(root, 'bin', 'cli.ts'), 'run', ...query('SELECT 1'), '--delay', '1h'], {
    cwd: home,
    env: environment(),
  });
  let messages = '';
  child.stderr.on('data', (chunk: Buffer) => {
    messages += chunk.toString();
    if (!child.killed && messages.includes('scheduled')) child.kill('SIGINT');
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  expect([code, messages]).toEqual([130, expect.stringContaining('The job goes on.')]);
  expect((await delegation(['job', '@last', '--json', 'status'])).out).toBe('{"status":"scheduled"}\n');
  await delegation(['cancel', '@last']);
});

// `script` gives it a terminal; macOS has one with other options.
(process.platform === 'linux' ? it : it.skip)('changes an input in an editor, exactly, and submits it', async () => {
  const { out } = await delegation([
    'submit',
    'run-query',
    '--input',
    '{"sql": "SELECT 41 AS x", "parameters": {"n": 12345678901234567890.5}}',
  ]);
  const command = [process.execPath, join(root, 'bin', 'cli.ts'), 'again', out.trim(), '--edit'].join(' ');
  await new Promise((resolve) =>
    execFile('script', ['-qec', command, '/dev/null'], { cwd: home, env: { ...environment(), EDITOR: 'sed -i s/41/42/' } }, resolve),
  );
  const input = await delegation(['api', 'GET', `/v1/jobs/${(await delegation(['job', '@last', '--json', 'id'])).out.slice(7, 37)}/input`]);
  expect(input.out).toContain('SELECT 42 AS x');
  expect(input.out).toContain('12345678901234567890.5');
  expect((await delegation(['again', '@last', '--edit'])).messages).toContain('--edit needs a terminal');
});

it('takes no harm from a reader that has enough', async () => {
  const command = `${process.execPath} ${join(root, 'bin', 'cli.ts')} --map json | head -c 10`;
  const { status, messages } = await new Promise<{ readonly status: number; readonly messages: string }>((resolve) =>
    execFile('/bin/bash', ['-c', `set -o pipefail; ${command}`], { env: environment() }, (error, _out, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), messages: stderr }),
    ),
  );
  expect([status, messages]).toEqual([0, '']);
});

it('submits nothing where an option cannot be read', async () => {
  const tag = `refused-${Math.random()}`;
  for (const option of [['--json=nonsense'], ['--wait', '--timeout', 'abc'], ['--timeout', '5s']])
    expect((await delegation(['submit', ...query('SELECT 1'), '--tag', `of=${tag}`, ...option])).code).toBe(2);
  expect((await delegation(['jobs', '--tag', `of=${tag}`])).out).toBe('');
});

it('says so where its output has no room, and writes into a device in place of replacing it', async () => {
  const full = `${process.execPath} ${join(root, 'bin', 'cli.ts')} --map json > /dev/full`;
  const messages = await new Promise<string>((resolve) =>
    execFile('/bin/sh', ['-c', full], { env: environment() }, (error, _out, stderr) => resolve(`${error?.code} ${stderr}`)),
  );
  expect(messages).toMatch(/^1 ENOSPC/);
  await delegation(['run', ...query('SELECT 1')]);
  expect((await delegation(['result', '-o', '/dev/null'])).code).toBe(0);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  expect((await delegation(['result', '-o', home])).messages).toContain('is a folder');
});
