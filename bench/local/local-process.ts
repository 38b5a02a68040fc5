/** The local mode in a process of its own, as a person starts it. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, newDataFolder, whenReady } from '../measure/child-process.ts';

const root = join(import.meta.dirname, '..', '..');

export interface LocalProcess {
  readonly url: string;
  readonly folder: string;
  /** Ends it as Ctrl-C does, and deletes its data. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does, and keeps its data. */
  kill(): Promise<void>;
}

/**
 * Starts the local mode, or another program of the repository that prints `listening on` and its address.
 * @param program the script with its arguments; without it, that of `npm start`
 * @param folder with the data of an earlier process, which goes on
 * @param env more of its environment
 * @throws Error where it ends before it listens
 */
export async function startLocal(
  program: readonly string[] = ['local/start.ts'],
  folder = newDataFolder(),
  env: Readonly<Record<string, string>> = {},
): Promise<LocalProcess> {
  const { match, end, kill } = await startProgram(program, /listening on (http:\S+)/, { PORT: '0', DELEGATION_DATA: folder, ...env });
  const stop = async () => {
    await end();
    rmSync(folder, { recursive: true, force: true });
  };
  return { url: match[1] ?? '', folder, stop, kill };
}

export interface Program {
  /** What it printed when it was ready. */
  readonly match: RegExpExecArray;
  /** Ends it by SIGTERM. */
  end(): Promise<void>;
  /** Ends it by SIGKILL. */
  kill(): Promise<void>;
}

/**
 * Starts a script of the repository in a process of its own.
 * @param ready matches what it prints once it is ready
 * @throws Error where it ends before that, with what it printed
 */
export async function startProgram(argv: readonly string[], ready: RegExp, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...argv], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const match = await whenReady(child, ready);
  return { match, end: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') };
}

/** Waits until the log, which costs the local mode no request, has that many jobs that succeeded. */
export async function untilEnded(folder: string, count: number): Promise<void> {
  const ended = () => readFileSync(join(folder, 'delegation.log'), 'utf8').split('"status":"succeeded"').length - 1;
  while (ended() < count) await sleep(20);
}
