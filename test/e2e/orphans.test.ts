import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HttpClient } from '../support/http-client.ts';

const root = join(__dirname, '..', '..');

/** Every process whose environment names the data folder: npm, its shell and Node. Other systems than Linux hide it. */
function processesOf(folder: string): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => environmentOf(pid).includes(`DELEGATION_DATA=${folder}`));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return ''; // it has ended, or is somebody else's
  }
}

const patienceMs = 300_000;

async function until(isSo: () => boolean): Promise<void> {
  for (const endMs = Date.now() + patienceMs; !isSo() && Date.now() < endMs; ) await new Promise((resolve) => setTimeout(resolve, 50));
}

/** npm as a person starts it, with a query that would run for hours, so that its engine is a process as well. */
async function start(folder: string): Promise<{ readonly npm: ChildProcess; readonly node: number; readonly engine: number }> {
  const npm = spawn('npm', ['start'], {
    cwd: root,
    env: { ...process.env, DELEGATION_DATA: folder, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a process group of its own
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await until(() => output.includes('Delegation is listening on') || npm.exitCode !== null);
  const [, url = ''] = /Delegation is listening on (http:\S+)/.exec(output) ?? [];
  if (url === '') throw new Error(output);
  const client = new HttpClient(() => url);
  const sql = 'SELECT count(*) FROM range(1000000) a, range(1000000) b';
  await client.until((await client.submit('run-query', { sql })).body.id, ({ status }) => status === 'running');
  const commandOf = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const nodes = processesOf(folder).filter((pid) => commandOf(pid).includes('local/start.ts'));
  const [node = 0] = nodes;
  const children = readFileSync(`/proc/${node}/task/${node}/children`, 'utf8').trim().split(' ');
  const engines = children.map(Number).filter((pid) => commandOf(pid).some((part) => part.includes('engine-process')));
  expect([nodes.length, engines.length]).toEqual([1, 1]);
  return { npm, node, engine: engines[0] ?? 0 };
}

(process.platform === 'linux' ? describe : describe.skip)('npm start leaves no process behind', () => {
  it.concurrent.each([
    ['npm', 'SIGTERM'],
    ['every process of the terminal', 'SIGINT'], // Ctrl-C; npm alone ignores it while its script runs
    ['npm', 'SIGHUP'],
    ['npm', 'SIGKILL'],
    ['node', 'SIGTERM'],
    ['node', 'SIGHUP'],
    ['node', 'SIGKILL'],
  ] as const)('when %s gets %s', async (target, signal) => {
    const folder = mkdtempSync(join(tmpdir(), 'delegation-orphans-'));
    const { npm, node, engine } = await start(folder);
    const ended = once(npm, 'exit');
    const { pid = 0 } = npm;
    process.kill({ npm: pid, node, 'every process of the terminal': -pid }[target], signal);
    await ended;
    // The engine inherits no environment, so it is looked for by its number.
    await until(() => processesOf(folder).length === 0 && !existsSync(`/proc/${engine}`));
    expect(processesOf(folder)).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  });
});
