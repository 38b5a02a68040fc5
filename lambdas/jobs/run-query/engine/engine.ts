/** One job's DuckDB, in a process of its own: a crash, a runaway or its memory ends that process and nothing else. */
import { RetryableError } from '../../../core/contract/errors.ts';
import type { EngineChild } from './engine-child.ts';
import type { EngineLimits } from './engine-errors.ts';
import { returnChild, startChild, takeChild } from './engine-pool.ts';
import type { EngineRequest, ReadAnswer, RunAnswer, Statement } from './query-messages.ts';

export { functionMemoryMiB } from './process-memory.ts';

export interface EngineOptions extends EngineLimits {
  /** A folder of this job's own, for what does not fit into memory. */
  readonly spillFolder: string;
  readonly signal: AbortSignal;
  /** Local paths of the sources with the names that callers know them by. */
  readonly sourceOfPath: ReadonlyMap<string, string>;
}

/** Errors after which a process serves the next job: they say that nothing ran, or that it failed in an ordinary way. */
const harmlessCodes: ReadonlySet<unknown> = new Set(['sql_error', 'statement_not_allowed', 'invalid_parameters', 'source_unreadable']);
/** Time to close an engine; one that takes longer is killed. */
const maxCloseMs = 2_000;

/**
 * An aborted signal kills the process, and the call throws the signal's reason. Errors come as the product's own, without a path of this
 * machine. The process serves another job afterwards if this one left nothing behind in it.
 */
export class QueryEngine implements AsyncDisposable {
  private readonly child: EngineChild;
  private readonly options: EngineOptions;
  private readonly unwatch: () => void;
  private readonly kill = () => this.child.kill();
  private isSpoiled = false;
  private unread = false;
  private isOver = false;

  private constructor(child: EngineChild, options: EngineOptions) {
    this.child = child;
    this.options = options;
    this.unwatch = child.watch();
    options.signal.addEventListener('abort', this.kill, { once: true });
  }

  /** @throws RetryableError `engine_unavailable` when no process can be started */
  static async open(options: EngineOptions): Promise<QueryEngine> {
    const { signal, spillFolder, sourceOfPath, memoryMiB, spillMiB } = options;
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      // Each of those that waited may have been killed meanwhile; a fresh one was not.
      const engine = new QueryEngine(await (attempt === 1 ? takeChild() : startChild()), options);
      try {
        await engine.ask({ kind: 'open', limits: { memoryMiB, spillMiB }, spillFolder, sourceOfPath });
        return engine;
      } catch (error) {
        await engine[Symbol.asyncDispose]();
        signal.throwIfAborted();
        // Nothing of the caller's has run: the process died while it was idle, or cannot be started here.
        if (attempt === 2)
          throw new RetryableError(`DuckDB could not be opened: ${(error as Error).message}`, { code: 'engine_unavailable', cause: error });
      }
    }
  }

  /** Locks the engine: from here on nothing but `files` (and its own spilled memory) can be opened, and no setting changes any more. */
  async lockDown(files: readonly string[]): Promise<void> {
    await this.ask({ kind: 'lockDown', files });
  }

  async execute(sql: string): Promise<void> {
    await this.ask({ kind: 'execute', sql });
  }

  /** Runs SQL of ours that has a small result: texts, numbers, bigints, booleans and lists of them. */
  async query(sql: string, values: readonly string[] = []): Promise<readonly (readonly unknown[])[]> {
    return this.ask({ kind: 'query', sql, values });
  }

  /** Checks and runs the caller's statement. @param parquetPath a local file that the engine may write */
  async run(statement: Statement, parquetPath: string): Promise<RunAnswer> {
    const answer = await this.ask<RunAnswer>({ kind: 'run', statement: JSON.stringify(statement), parquetPath });
    this.unread = answer.rowCount === null;
    return answer;
  }

  /** The next piece of the file that the statement's rows make. */
  async read(): Promise<ReadAnswer> {
    const answer = await this.ask<ReadAnswer>({ kind: 'read' });
    if ('rowCount' in answer) this.unread = false;
    return answer;
  }

  /** What the process wrote to standard error before it died, for the log. */
  get stderrText(): string {
    return this.child.isAlive ? '' : this.child.stderrText;
  }

  private async ask<T>(request: EngineRequest): Promise<T> {
    const { signal } = this.options;
    signal.throwIfAborted();
    if (this.isOver) throw new Error('The engine of this job is closed.');
    try {
      const value = await this.child.ask<T>(request, this.options);
      signal.throwIfAborted();
      return value;
    } catch (error) {
      if (!harmlessCodes.has((error as { code?: unknown }).code)) this.isSpoiled = true;
      signal.throwIfAborted();
      throw error;
    }
  }

  /** When it returns, nothing of the job runs or writes any more. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isOver) return; // by now the process may serve another job
    this.isOver = true;
    this.options.signal.removeEventListener('abort', this.kill);
    const isReusable = !this.isSpoiled && !this.unread && !this.options.signal.aborted && (await this.closes());
    this.unwatch();
    if (isReusable) return returnChild(this.child);
    this.child.kill();
    await this.child.closed;
  }

  private async closes(): Promise<boolean> {
    const tooLate = setTimeout(this.kill, maxCloseMs);
    try {
      await this.child.ask({ kind: 'close' }, this.options);
      return !(await this.child.isBloated());
    } catch {
      return false;
    } finally {
      clearTimeout(tooLate);
    }
  }
}
