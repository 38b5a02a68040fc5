/** The engine's process as its parent sees it: it starts it within limits of the operating system, sends it requests, watches it and kills it. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { RetryableError } from '../../../core/contract/errors.ts';
import { type EngineLimits, outOfMemory, outOfMemoryPattern, queryCrashed } from './engine-errors.ts';
import { dataLimitKiB, functionMemoryMiB, processMiB, residentMiB } from './process-memory.ts';
import { type EngineAnswer, type EngineRequest, receiveError } from './query-messages.ts';

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Environment variables that the process inherits: no credentials, no settings, no options that would load other code. */
const inheritedNames = ['PATH', 'LD_LIBRARY_PATH', 'TMPDIR', 'TEMP', 'SystemRoot'];
/** Time for the process to start; Node takes a tenth of a second. */
const maxStartMs = 30_000;
const watchEveryMs = 100;
/** Characters that are kept of standard error, where V8 and the C++ library say why they end the process. */
const maxStderrChars = 4_000;
/** Share of its memory limit from which a process that died without a visible cause is taken to have died of memory. */
const nearlyFullShare = 0.85;

/**
 * `ulimit -d` bounds what is allocated, so that malloc fails and DuckDB reports it; where a system does not enforce it, `watch` does the same more
 * roughly. No core files; when the machine itself has no memory left, the kernel ends this process first; and where processors are few, the worker's
 * heartbeats, and on a laptop everything else, come before its queries.
 */
const boundedStart =
  'ulimit -d "$1" 2>/dev/null; ulimit -c 0 2>/dev/null; { echo 1000 > /proc/self/oom_score_adj; } 2>/dev/null; shift; ' +
  'command -v nice >/dev/null && exec nice -n 10 "$@"; exec "$@"';

export class EngineChild {
  /** Settles when the process is gone and everything that it wrote was read. */
  readonly closed: Promise<void>;
  private readonly process: ChildProcess;
  private readonly boundMiB: number;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private stderr = '';
  private peakMiB = 0;
  private end: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  private isTooLarge = false;
  private startError: Error | undefined;
  private readonly ready: Promise<unknown>;

  constructor(memoryMiB = functionMemoryMiB()) {
    this.boundMiB = processMiB(memoryMiB);
    this.process = spawnEngine(dataLimitKiB(this.boundMiB));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    const ended = (code: number | null, signal: NodeJS.Signals | null) => {
      this.end ??= { code, signal };
      for (const { reject } of this.pending.values()) reject(processGone);
      resolve();
    };
    this.process.once('close', ended);
    this.process.on('error', (error) => {
      this.startError ??= error;
      if (this.process.pid === undefined)
        ended(null, null); // it was never there, so nothing closes
      else this.kill();
    });
    this.process.stderr?.on('error', () => undefined); // its end is the process's
    this.process.stderr?.on('data', (chunk: Buffer) => {
      this.stderr = (this.stderr + chunk.toString()).slice(-maxStderrChars);
    });
    this.ready = this.expect(0);
    this.ready.catch(() => undefined); // looked at when the process is used
    const tooLate = setTimeout(() => this.kill(), maxStartMs).unref();
    void this.ready.then(
      () => clearTimeout(tooLate),
      () => clearTimeout(tooLate),
    );
    this.process.on('message', (answer: EngineAnswer) => this.receive(answer));
    this.unref();
  }

  get isAlive(): boolean {
    return this.end === undefined && this.startError === undefined && !this.process.killed && this.process.connected;
  }

  /** The end of what the process wrote to standard error, for the log. */
  get stderrText(): string {
    return this.stderr.trim();
  }

  /** @throws PermanentError `out_of_memory`, `query_crashed` when the process dies meanwhile, and the error that it answers with */
  async ask<T>(request: EngineRequest, limits: EngineLimits): Promise<T> {
    const id = ++this.lastId;
    const answer = this.expect(id) as Promise<T>;
    if (this.process.connected) this.process.send({ id, request }, () => undefined); // a failure is followed by `close`
    return answer.catch((error) => {
      throw error === processGone ? this.errorOfEnd(limits) : error;
    });
  }

  /** @throws RetryableError `engine_unavailable` when the process does not start */
  async start(): Promise<void> {
    for (const handle of this.handles()) handle?.ref();
    await this.ready.catch(() => {
      throw new RetryableError(
        `The process for DuckDB did not start: ${this.startError?.message ?? (this.stderrText || this.describeEnd())}`,
        {
          code: 'engine_unavailable',
        },
      );
    });
  }

  /** Lets the worker's process end while this one waits for its next job. */
  unref(): void {
    for (const handle of this.handles()) handle?.unref();
  }

  /** SIGKILL, since DuckDB's calls cannot be interrupted while they plan or compute a constant. */
  kill(): void {
    this.process.kill('SIGKILL');
  }

  /** Kills the process once it has more than its bound, where `ulimit` did not stop it. @returns how to end the watch */
  watch(): () => void {
    this.peakMiB = 0; // of this job, as is what it writes to standard error
    this.stderr = '';
    const timer = setInterval(async () => {
      const mib = (await residentMiB(this.process.pid ?? -1)) ?? 0;
      this.peakMiB = Math.max(this.peakMiB, mib);
      if (mib <= this.boundMiB) return;
      this.isTooLarge = true;
      this.kill();
    }, watchEveryMs);
    return () => clearInterval(timer);
  }

  /** @returns whether so much memory stayed with the process that the next job should have another one */
  async isBloated(): Promise<boolean> {
    return ((await residentMiB(this.process.pid ?? -1)) ?? Number.POSITIVE_INFINITY) > this.boundMiB / 4;
  }

  private handles() {
    return [this.process, this.process.channel, this.process.stderr as Socket | null];
  }

  private expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.end === undefined) this.pending.set(id, { resolve, reject });
      else reject(processGone);
    }).finally(() => this.pending.delete(id));
  }

  private receive({ id, value, error }: EngineAnswer): void {
    const pending = this.pending.get(id);
    if (error === undefined) pending?.resolve(value);
    else pending?.reject(receiveError(error));
  }

  private errorOfEnd(limits: EngineLimits): Error {
    // The kernel's way where a machine, or a function smaller than the bound, has no memory left.
    const wasKilled = this.end?.signal === 'SIGKILL' && this.peakMiB > Math.min(this.boundMiB, limits.memoryMiB) / 2;
    const wasLarge = wasKilled || this.peakMiB > this.boundMiB * nearlyFullShare;
    if (this.isTooLarge || wasLarge || outOfMemoryPattern.test(this.stderr)) return outOfMemory('', limits);
    return queryCrashed(this.describeEnd(), { signal: this.end?.signal ?? null, exitCode: this.end?.code ?? null });
  }

  private describeEnd(): string {
    return this.end?.signal ?? `exit code ${this.end?.code ?? 'unknown'}`;
  }
}

const processGone = Symbol('the process is gone');

function spawnEngine(maxDataKiB: number): ChildProcess {
  // A bundle holds it beside its `index.js`; in a source tree it is one folder up.
  const places = ['engine-process.js', '../engine-process.js', '../engine-process.ts'].map((file) => join(import.meta.dirname, file));
  const entry = places.find((file) => existsSync(file));
  if (entry === undefined)
    throw new RetryableError(`The program engine-process.js is missing in ${import.meta.dirname}.`, { code: 'engine_unavailable' });
  const node = [process.execPath, '--disable-warning=ExperimentalWarning', entry];
  const [command, ...args] = process.platform === 'win32' ? node : ['/bin/sh', '-c', boundedStart, 'sh', String(maxDataKiB), ...node];
  const options: SpawnOptions = {
    env: {
      ...Object.fromEntries(inheritedNames.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
      UV_THREADPOOL_SIZE: '2',
      // DuckDB's allocator gives freed memory back to the system, or the limit would count it for ever.
      DUCKDB_JE_MALLOC_CONF: 'retain:false',
    },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    serialization: 'advanced',
    detached: true, // Ctrl-C goes to a terminal's whole process group, and the worker may still finish the job
  };
  try {
    return spawn(String(command), args, options);
  } catch (error) {
    throw new RetryableError(`The process for DuckDB did not start: ${(error as Error).message}`, {
      code: 'engine_unavailable',
      cause: error,
    });
  }
}
