/**
 * One round of the local mode, as a person starts it: jobs that write one row each, submitted over HTTP with keys, until the last has ended.
 * Prints a line of JSON: jobs ended a second, from the first submission on.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inLanes, rate } from '../measure/rates.ts';

const [jobs = 500, atOnce = 20] = process.argv.slice(2).map(Number);
const root = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'delegation-bench-'));
const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'local/start.ts'], {
  cwd: root,
  env: { ...process.env, PORT: '0', DELEGATION_DATA: folder },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise<string>((resolve, reject) => {
  let said = '';
  child.once('exit', (code) => reject(new Error(`The local mode ended with ${code}.`)));
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const [, address] = /listening on (http:\S+)/.exec(said) ?? [];
    if (address !== undefined) resolve(address);
  });
});

/** Submits one job, whose name is its key. */
async function submit(name: string): Promise<void> {
  const answer = await fetch(`${url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': name },
    body: JSON.stringify({ type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: [{ id: name }] } }),
  });
  if (answer.status !== 202) throw new Error(`A submission was answered with ${answer.status}: ${await answer.text()}`);
  await answer.text();
}

/** @returns how many jobs have ended, by the log, which costs the local mode no request */
function ended(): number {
  return readFileSync(join(folder, 'delegation.log'), 'utf8').split('"status":"succeeded"').length - 1;
}

/** Submits a number of jobs, and waits until all have ended. */
async function run(name: string, count: number, endedBefore: number): Promise<void> {
  await inLanes(count, atOnce, (n) => submit(`${name}-${n}`));
  while (ended() < endedBefore + count) await sleep(20);
}

await run('warm-up', 100, 0);
console.log(JSON.stringify({ ended: await rate(jobs, () => run('measured', jobs, 100)) }));
const gone = new Promise((resolve) => child.once('exit', resolve));
child.kill('SIGTERM');
await gone;
rmSync(folder, { recursive: true, force: true });
