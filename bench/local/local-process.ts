/** The local mode in a process of its own, as a person starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endWithBench } from '../measure/end-with-bench.ts';

const root = join(import.meta.dirname, '..', '..');

/** A folder of a process's own for its data. @returns its path, under the system's folder for temporary files */
export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'delegation-bench-'));

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
 * @throws Error where it ends before it listens
 */
export async function startLocal(program: readonly string[] = ['local/start.ts'], folder = newDataFolder()): Promise<LocalProcess> {
  const { match, end, kill } = await startProgram(program, /listening on (http:\S+)/, { PORT: '0', DELEGATION_DATA: folder });
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
  endWithBench(child);
  const match = await new Promise<RegExpExecArray>((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}: ${said}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = ready.exec(said);
      if (found !== null) resolve(found);
    });
  });
  return { match, end: () => end(child, 'SIGTERM'), kill: () => end(child, 'SIGKILL') };
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}

/**
 * Posts JSON, and again with the same key where the connection ends or the answer is `503`: what a caller does, since that does nothing twice.
 * @param key the idempotency key
 * @param isDone whether an answer's body needs no repetition
 * @returns the answer's body
 * @throws Error for another status than 200 and 202, and after the last try
 */
export async function post(url: string, body: object, key: string, isDone = (_: string) => true, tries = 5): Promise<string> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': key };
  const again = () => post(url, body, key, isDone, tries - 1);
  let answer: Response;
  try {
    answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  } catch (error) {
    if (tries > 1) return again();
    throw error;
  }
  const text = await answer.text();
  if (answer.ok && isDone(text)) return text;
  if (tries > 1 && (answer.ok || answer.status === 503)) return again();
  throw new Error(`A submission was answered with ${answer.status}: ${text}`);
}

/** @returns a job that writes one row */
export const oneRowJob = (id: string) => ({ type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: [{ id }] } });

/** How long jobs wait that no worker should get while the bench runs. SQS delays messages by 15 minutes at most; the clock would wake a later job, without a message. */
export const waitSeconds = 840;

/** @returns the same job, which waits while its message is in the queue */
export const waitingJob = (id: string) => ({ ...oneRowJob(id), delaySeconds: waitSeconds });

/** Waits until the log, which costs the local mode no request, has that many jobs that succeeded. */
export async function untilEnded(folder: string, count: number): Promise<void> {
  const ended = () => readFileSync(join(folder, 'delegation.log'), 'utf8').split('"status":"succeeded"').length - 1;
  while (ended() < count) await sleep(20);
}

/** Submits waiting jobs in one request. @param size 100 at most @throws Error where one of them is not accepted */
export async function submitBatch(url: string, name: string, size: number): Promise<void> {
  const jobs = Array.from({ length: size }, (_, n) => waitingJob(`${name}-${n}`));
  const isAccepted = (text: string) =>
    (JSON.parse(text) as { readonly results: readonly { readonly status: number }[] }).results.every(({ status }) => status < 300);
  await post(`${url}/v1/jobs/batch`, { jobs }, name, isAccepted);
}
