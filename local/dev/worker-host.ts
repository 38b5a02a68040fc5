/** A job type's worker in a thread of its own: code that hangs or crashes harms its own type alone, as in Lambda, and new code gets a new thread. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Host, SqsBatchResponse, SqsEvent } from '../../lambdas/worker/sqs-handler.ts';
import type { BuiltWorker } from './build-job-type.ts';
import { DevError } from './job-folder.ts';
import type { FromThread, ThreadData, ToThread } from './worker-messages.ts';

/** Beyond the invocation's own time, as which Lambda counts it to the millisecond. */
const timeoutSlackMs = 5_000;

const threadFile = ['worker-thread.js', 'worker-thread.ts'].map((name) => join(import.meta.dirname, name)).find((file) => existsSync(file));

interface Pending {
  readonly resolve: (response: SqsBatchResponse) => void;
  readonly reject: (error: Error) => void;
}

/** One thread with one version of the code. */
class WorkerThread {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private lastId = 0;
  private isRetired = false;
  private whyEnded = 'its thread ended';
  /** Settles when the code is loaded. */
  readonly loaded: Promise<void>;

  readonly file: string;

  constructor(data: ThreadData, onExit: (message: string, wasBusy: boolean) => void) {
    this.file = data.file;
    this.worker = new Worker(threadFile ?? '', { workerData: data });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.loaded = promise;
    this.loaded.catch(() => undefined);
    this.worker.on('message', (message: FromThread) => {
      if (message.kind === 'ready') resolve();
      else if (message.kind === 'unusable') reject(new DevError(message.message));
      else this.settle(message);
    });
    this.worker.on('error', (error) => {
      this.whyEnded = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    this.worker.on('exit', () => {
      reject(new DevError(`${data.source} cannot be loaded: ${this.whyEnded}`));
      const wasBusy = this.pending.size > 0;
      for (const { reject: fail } of this.pending.values()) fail(new Error(this.whyEnded));
      this.pending.clear();
      onExit(this.whyEnded, wasBusy);
    });
  }

  invoke(event: SqsEvent, host: Host): Promise<SqsBatchResponse> {
    this.lastId += 1;
    const id = this.lastId;
    const { promise, resolve, reject } = Promise.withResolvers<SqsBatchResponse>();
    this.pending.set(id, { resolve, reject });
    const remainingMs = host.getRemainingTimeInMillis();
    const timer = setTimeout(() => {
      this.whyEnded = `the invocation did not end within its ${Math.round(remainingMs / 100) / 10} s`;
      void this.worker.terminate();
    }, remainingMs + timeoutSlackMs);
    const interrupt = () => this.post({ kind: 'interrupt' });
    host.hostStopping?.addEventListener('abort', interrupt);
    this.post({ kind: 'invoke', id, event, remainingMs });
    return promise.finally(() => {
      clearTimeout(timer);
      host.hostStopping?.removeEventListener('abort', interrupt);
      this.endIfIdle();
    });
  }

  /** Lets running invocations finish with the code that they started with, and ends then. */
  retire(): void {
    this.isRetired = true;
    this.endIfIdle();
  }

  hurry(): void {
    this.post({ kind: 'hurry' });
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }

  private endIfIdle(): void {
    if (this.isRetired && this.pending.size === 0) void this.end();
  }

  private post(message: ToThread): void {
    this.worker.postMessage(message);
  }

  private settle(message: Extract<FromThread, { id: number }>): void {
    const pending = this.pending.get(message.id);
    this.pending.delete(message.id);
    if (message.kind === 'answered') pending?.resolve(message.response);
    else pending?.reject(new Error(message.message));
  }
}

export class WorkerHost {
  private built: BuiltWorker;
  private current: WorkerThread | undefined;
  private readonly threads = new Set<WorkerThread>();
  private readonly report: (line: string) => void;
  private starting: Promise<WorkerThread> | undefined;
  private isStopping = false;

  /** @param report gets a line when a thread ended that should not have */
  constructor(built: BuiltWorker, report: (line: string) => void) {
    this.built = built;
    this.report = report;
  }

  /** Loads code, and uses it from the next invocation on. @throws DevError when it cannot be loaded; then the code before stays in use */
  async use(built: BuiltWorker): Promise<void> {
    const thread = await this.load(built);
    this.current?.retire();
    this.current = thread;
    this.built = built;
  }

  /** Loads the same code in a new environment. */
  async renew(): Promise<void> {
    if (this.current !== undefined) await this.use(this.built);
  }

  readonly handler = async (event: SqsEvent, host: Host): Promise<SqsBatchResponse> => {
    const thread = this.current ?? (await this.startAgain());
    return thread.invoke(event, host);
  };

  /** The bundles that run, also those that only finish what they started, and the one that the next invocation runs. */
  files(): readonly string[] {
    return [this.built.file, ...[...this.threads].map(({ file }) => file)];
  }

  hurry(): void {
    this.isStopping = true;
    for (const thread of this.threads) thread.hurry();
  }

  async end(): Promise<void> {
    this.isStopping = true;
    await Promise.all([...this.threads].map((thread) => thread.end()));
  }

  /** Once for all invocations that wait for it. */
  private startAgain(): Promise<WorkerThread> {
    this.starting ??= this.load(this.built)
      .then((thread) => {
        this.current = thread;
        return thread;
      })
      .finally(() => {
        this.starting = undefined;
      });
    return this.starting;
  }

  private async load({ file, source }: BuiltWorker): Promise<WorkerThread> {
    const thread: WorkerThread = new WorkerThread({ file, source }, (message, wasBusy) => {
      this.threads.delete(thread);
      const wasCurrent = this.current === thread;
      // The next invocation starts another one, as Lambda starts another environment.
      if (wasCurrent) this.current = undefined;
      if (this.isStopping || !(wasCurrent || wasBusy)) return;
      this.report(`${source}: the worker's thread ended during an invocation, and is started again: ${message}`);
    });
    this.threads.add(thread);
    await thread.loaded;
    return thread;
  }
}
