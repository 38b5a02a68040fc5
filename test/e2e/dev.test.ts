import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(__dirname, '..', '..');
const app = mkdtempSync(join(tmpdir(), 'delegation-dev-'));
const marks = mkdtempSync(join(tmpdir(), 'delegation-dev-marks-'));

const contract = (name: string) => `import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';
export const contract = defineJobType({
  name: '${name}', description: 'Says something.', version: 1,
  input: z.strictObject({}), output: z.strictObject({ said: z.string() }),
  timeoutSeconds: 30, deadline: { hours: 1 }, maxAttempts: 2, backoff: { baseMs: 100, capMs: 100 },
  typicalSeconds: 1, concurrency: 2, batchSize: 1, memoryMiB: 128, permissions: () => [],
});
`;
const worker = (body: string) => `import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';
const mark = (name: string) => ${JSON.stringify(`${marks}/`)} + name;
const waitFor = async (name: string) => { while (!existsSync(mark(name))) await sleep(50); };
export const handler = worker(contract, { async run(_: object, ctx) { ${body} } });
`;
const write = (path: string, text: string) => {
  const file = join(app, 'jobs', path);
  mkdirSync(join(file, '..'), { recursive: true });
  // By a rename, or a half-written file may be loaded as well, and its line would be taken for that of the whole one.
  const unfinished = join(app, 'unfinished.ts');
  writeFileSync(unfinished, text);
  renameSync(unfinished, file);
};

/** `npx delegation dev`, with times that are short enough for a test. */
function startDev() {
  const times = { DELEGATION_CLOCK_SECONDS: '0.5', DELEGATION_LEASE_SECONDS: '3', DELEGATION_GRACE_SECONDS: '1' };
  const child = spawn(process.execPath, [join(root, 'bin', 'cli.ts'), 'dev', '--port', '0'], {
    cwd: app,
    env: { PATH: process.env['PATH'], ...times },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const dev = { child, output: '', url: '', end: once(child, 'exit') as Promise<[number | null]> };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      dev.output += chunk.toString();
    });
  }
  return dev;
}

let dev: ReturnType<typeof startDev>;

async function printed(pattern: RegExp): Promise<RegExpExecArray> {
  for (const endsAtMs = Date.now() + 40_000; Date.now() < endsAtMs; await sleep(50)) {
    const found = pattern.exec(dev.output);
    if (found !== null) return found;
  }
  throw new Error(`${String(pattern)} was not printed:\n${dev.output}`);
}

/** Changes a worker, and waits until it is loaded. */
async function change(type: string, body: string): Promise<void> {
  const before = dev.output.length;
  write(`${type}/worker.ts`, worker(body));
  for (const endsAtMs = Date.now() + 40_000; !dev.output.slice(before).includes(`jobs/${type}: loaded in`); await sleep(50)) {
    if (Date.now() > endsAtMs) throw new Error(`${type} was not loaded:\n${dev.output}`);
  }
}

async function submit(type: string, members: object = {}): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `"${crypto.randomUUID()}"` };
  const response = await fetch(`${dev.url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify({ type, input: {}, ...members }) });
  const job = (await response.json()) as { id: string };
  expect([response.status, job]).toEqual([202, job]);
  return job.id;
}

async function said(id: string): Promise<string | undefined> {
  const job = async () => (await (await fetch(`${dev.url}/v1/jobs/${id}`)).json()) as { status: string; result: { said: string } | null };
  for (const endsAtMs = Date.now() + 40_000; Date.now() < endsAtMs; await sleep(50)) {
    const { status, result } = await job();
    if (status === 'succeeded') return result?.said;
  }
  throw new Error(`${id} did not succeed: ${JSON.stringify(await job())}\n${dev.output}`);
}

beforeAll(async () => {
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  mkdirSync(join(app, 'node_modules'));
  symlinkSync(join(root, 'node_modules', 'zod'), join(app, 'node_modules', 'zod'), 'junction');
  write('talk/contract.ts', contract('talk'));
  write('talk/worker.ts', worker(`return { said: 'old' };`));
  write('broken/contract.ts', contract('broken').replace('export const contract', 'const other'));
  write('broken/worker.ts', worker(`return { said: 'never' };`).replace('export const handler', 'const other'));
  dev = startDev();
  [, dev.url = ''] = await printed(/listening on (http:\S+)/);
});

afterAll(async () => {
  dev.child.kill('SIGINT');
  expect(await dev.end).toEqual([0, null]);
  for (const folder of [app, marks]) rmSync(folder, { recursive: true, force: true });
});

it('lets a running invocation finish with its code, and runs the next job with the new code', async () => {
  await change('talk', `writeFileSync(mark('running'), ''); await waitFor('go'); return { said: 'while it changed' };`);
  const running = await submit('talk');
  while (!existsSync(join(marks, 'running'))) await sleep(50);
  await change('talk', `return { said: 'new' };`);
  const id = await submit('talk');
  expect(await said(id)).toBe('new');
  // The parts of the bundled API are where it looks for them.
  expect(await (await fetch(`${dev.url}/v1/schedules`)).json()).toEqual({ schedules: [], nextCursor: null });
  expect(await (await fetch(`${dev.url}/v1/jobs/${id}/events`)).text()).toMatch(/^retry: 1000\nevent: job\n.*\nevent: end\n/s);
  writeFileSync(join(marks, 'go'), '');
  expect(await said(running)).toBe('while it changed');
  await printed(new RegExp(`${running}  talk  succeeded  \\(attempt 1,`));
});

it('serves the other types while one cannot be loaded, says which export is missing, and loads it when it is there', async () => {
  expect(dev.output).toContain('jobs/broken/contract.ts must export its contract');
  write('broken/contract.ts', contract('broken'));
  await printed(/jobs\/broken\/worker\.ts must export its handler/);
  write('broken/worker.ts', worker(`return { said: 'repaired' };`));
  await printed(/jobs\/broken: loaded in/);
  expect(await said(await submit('broken'))).toBe('repaired');
});

it('serves a job type whose folder appears later, and refuses a second one of the same name', async () => {
  write('later/contract.ts', contract('later'));
  write('later/worker.ts', worker(`return { said: 'later' };`));
  await printed(/jobs\/later: loaded in/);
  expect(await said(await submit('later'))).toBe('later');
  write('again/contract.ts', contract('later'));
  write('again/worker.ts', worker(`return { said: 'again' };`));
  await printed(/jobs\/again is not served: its name later is that of jobs\/later already/);
});

it('wakes a job of a type that appeared later by the end of a job of an earlier type', async () => {
  await change('talk', `await waitFor('predecessor'); return { said: 'first' };`);
  write('follower/contract.ts', contract('follower'));
  write('follower/worker.ts', worker(`return { said: 'second' };`));
  await printed(/jobs\/follower: loaded in/);
  const before = await submit('talk');
  const id = await submit('follower', { after: [before] });
  const statusOf = async () => ((await (await fetch(`${dev.url}/v1/jobs/${id}`)).json()) as { status: string }).status;
  while ((await statusOf()) !== 'waiting') await sleep(50);
  const printedBefore = dev.output.length;
  writeFileSync(join(marks, 'predecessor'), '');
  expect(await said(id)).toBe('second');
  expect(dev.output.slice(printedBefore)).not.toContain('found by the clock');
});

it('serves a job type whose folder is gone or broken with its last good code, and loads the changes of others', async () => {
  rmSync(join(app, 'jobs', 'later'), { recursive: true });
  write('broken/contract.ts', 'export const contract = {{');
  await printed(/jobs\/broken: its last good code stays in use/);
  write('third/contract.ts', contract('third'));
  write('third/worker.ts', worker(`return { said: 'third' };`));
  await printed(/jobs\/third: loaded in/);
  for (const type of ['third', 'later']) expect(await said(await submit(type))).toBe(type);
  expect(dev.output).not.toContain('The changes could not be loaded');
});

it('wakes a job that waits for a signal, refuses a payload that its contract does not allow, and repeats an answer by key', async () => {
  const signals = `signals: { approve: z.strictObject({ by: z.string() }) }, permissions`;
  write('approved/contract.ts', contract('approved').replace('permissions', signals));
  write('approved/worker.ts', worker(`const { by } = await ctx.waitForSignal('approve', { timeout: { hours: 1 } }); return { said: by };`));
  await printed(/jobs\/approved: loaded in/);
  const id = await submit('approved');
  const path = `${dev.url}/v1/jobs/${id}`;
  const reason = async () => ((await (await fetch(path)).json()) as { reason: { code: string } | null }).reason?.code;
  for (let i = 0; i < 200 && (await reason()) !== 'waiting_for_signal'; i++) await sleep(50);
  expect(await reason()).toBe('waiting_for_signal');
  const send = async (name: string, payload: unknown) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': '"once"' };
    const answer = await fetch(`${path}/signals/${name}`, { method: 'POST', headers, body: JSON.stringify(payload) });
    const { code = null } = (await answer.json()) as { code?: string };
    return [answer.status, code, answer.headers.get('idempotent-replayed')];
  };
  expect(await send('deny', {})).toEqual([404, 'signal-not-found', null]);
  expect(await send('approve', { by: 5 })).toEqual([422, 'invalid-submission', null]);
  expect(await send('approve', { by: 'Ada' })).toEqual([202, null, null]);
  expect(await said(id)).toBe('Ada');
  expect(await send('approve', { by: 'Ada' })).toEqual([202, null, 'true']);
  expect(await send('approve', { by: 'Eve' })).toEqual([422, 'idempotency-key-reused', null]);
});

it('finishes a job whose code ended its process the first time', async () => {
  await change('talk', `if (!existsSync(mark('died'))) { writeFileSync(mark('died'), ''); process.exit(3); } return { said: 'alive' };`);
  expect(await said(await submit('talk'))).toBe('alive');
  expect(dev.output).toContain("jobs/talk/worker.ts: the worker's thread ended during an invocation");
  expect(readFileSync(join(app, '.delegation', '.gitignore'), 'utf8')).toBe('*\n');
});

it('shows an error with its stack below it, and what a job failed with', async () => {
  await change('talk', `const nothing = undefined as unknown as { said: string }; return { said: nothing.said };`);
  const id = await submit('talk');
  await printed(
    new RegExp(
      `${id}  talk  ERROR The worker threw\\.\n  TypeError: Cannot read properties of undefined .*\n      at .*jobs/talk/worker\\.ts:\\d+`,
    ),
  );
  await printed(new RegExp(`${id}  talk  failed: worker_error .*\n  Cannot read properties of undefined`));
  // What the engine does around the code is not shown.
  expect(dev.output).not.toMatch(/at .*lambdas\/core\/run/);
});

it('names the queues of types that appeared later, and keeps no build that nothing uses', async () => {
  const data = join(app, '.delegation');
  const { queues } = JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8')) as { queues: Record<string, string> };
  expect(Object.keys(queues)).toEqual(expect.arrayContaining(['talk', 'later']));
  for (let i = 0; i < 3; i++) await change('talk', `return { said: 'build ${i}' };`);
  expect(await said(await submit('talk'))).toBe('build 2');
  // At most one a type, one for API and clock, and one that an invocation may still finish with.
  expect(readdirSync(join(data, 'build')).length).toBeLessThanOrEqual(Object.keys(queues).length + 2);
});

it('serves a folder that was renamed under its old name', async () => {
  renameSync(join(app, 'jobs', 'third'), join(app, 'jobs', 'renamed'));
  await printed(/jobs\/third is gone: its last good code stays in use/);
  await printed(/jobs\/renamed: loaded in \d+ ms; the next wake-up of third runs the new code/);
  expect(await said(await submit('third'))).toBe('third');
});

it('keeps a job that a killed process was running while its code cannot be loaded, and runs it once that is corrected', async () => {
  rmSync(join(app, 'jobs', 'broken'), { recursive: true });
  await change('talk', `writeFileSync(mark('held'), ''); await waitFor('never'); return { said: 'never' };`);
  const id = await submit('talk');
  while (!existsSync(join(marks, 'held'))) await sleep(50);
  dev.child.kill('SIGKILL');
  await dev.end;
  write('talk/worker.ts', 'export const handler = {{');
  dev = startDev();
  [, dev.url = ''] = await printed(/listening on (http:\S+)/);
  await printed(/jobs\/talk: not served, and the clock does not run, until this is corrected/);
  // Some runs of the clock long.
  await sleep(2_000);
  await change('talk', `return { said: 'corrected' };`);
  expect(await said(id)).toBe('corrected');
});

it.each([
  ['a file of variables that is not there', ['--env', 'nope.env'], /^--env nope\.env: there is no such file/],
  ['a port that is taken', ['--port', 'taken'], /^Port \d+ is in use\. Choose another one with --port/],
])('does not start with %s, and says so', async (_what, options, message) => {
  const data = mkdtempSync(join(tmpdir(), 'delegation-dev-data-'));
  const args = options.map((option) => (option === 'taken' ? new URL(dev.url).port : option));
  const child = spawn(process.execPath, [join(root, 'bin', 'cli.ts'), 'dev', '--data', data, ...args], {
    cwd: app,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (!chunk.toString().includes('ExperimentalWarning')) output += chunk.toString();
  });
  expect(await once(child, 'exit')).toEqual([1, null]);
  expect(output).toMatch(message);
  rmSync(data, { recursive: true, force: true });
});
