import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const maxCommandMs = 900_000;

/** @returns what the command printed @throws Error with all of it, unless it ends well */
export async function run(command: readonly string[], { cwd, env }: Place): Promise<string> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: maxCommandMs, killSignal: 'SIGKILL' });
  const output = collect(child);
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${String(code)}:\n${output()}`);
  return output();
}

function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  return () => text;
}

/** A command that goes on until it is interrupted, as from a terminal: together with the processes that it started. */
export class Session {
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown>;
  readonly output: () => string;

  constructor(command: readonly string[], { cwd, env }: Place) {
    const [file = '', ...args] = command;
    this.child = spawn(file, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    this.output = collect(this.child);
    this.closed = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** @returns the match @throws Error with everything that was printed, when it does not come */
  async printed(pattern: RegExp, maxMs = 300_000): Promise<RegExpExecArray> {
    const endsAtMs = performance.now() + maxMs;
    while (performance.now() < endsAtMs) {
      const found = pattern.exec(this.output());
      if (found !== null) return found;
      if (this.child.exitCode !== null) break;
      await sleep(100);
    }
    throw new Error(`${String(pattern)} was not printed:\n${this.output()}`);
  }

  /** @throws Error when a process is left */
  async interrupt(): Promise<void> {
    const group = this.child.pid ?? 0;
    process.kill(-group, 'SIGINT');
    await Promise.race([this.closed, sleep(120_000, undefined, { ref: false })]);
    const endsAtMs = performance.now() + 60_000;
    while (processesOf(group).length > 0 && performance.now() < endsAtMs) await sleep(100);
    const left = processesOf(group);
    if (left.length > 0) throw new Error(`These were left after Ctrl-C:\n${left.join('\n')}\n${this.output()}`);
  }

  kill(): void {
    try {
      process.kill(-(this.child.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended.
    }
  }
}

/** @returns the processes of a group that run; a container may keep those that ended */
function processesOf(group: number): readonly string[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pgid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.map((line) => line.trim()).filter((line) => line.startsWith(`${group} `) && !/^\d+ +Z/.test(line));
}
