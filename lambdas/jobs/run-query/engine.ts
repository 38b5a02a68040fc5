/** A DuckDB of one job: in memory, alone, and locked before the caller's SQL comes near it. */
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import { type EngineLimits, translateEngineError } from './engine-errors.ts';
import { listOf } from './sql-text.ts';

export interface EngineOptions extends EngineLimits {
  /** A folder of this job's own, for what does not fit into memory. */
  readonly spillFolder: string;
  readonly signal: AbortSignal;
  /** Local paths of the sources with the names that callers know them by. */
  readonly sourceOfPath: ReadonlyMap<string, string>;
}

/** DuckDB's share of the function's memory: Node, its buffers and DuckDB's own unaccounted parts (strings in flight) need the rest. */
const memoryShare = 0.65;

/** @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html for the variable; 1024 where there is no Lambda */
export function functionMemoryMiB(): number {
  return Number(process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] ?? 1024);
}

/**
 * Every call runs on a thread of its own; an aborted signal interrupts it and the call throws the signal's reason. Errors come as the
 * product's own, without a path of this machine.
 */
export class QueryEngine implements AsyncDisposable {
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private readonly options: EngineOptions;
  private running: Promise<unknown> = Promise.resolve();

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, options: EngineOptions) {
    this.instance = instance;
    this.connection = connection;
    this.options = options;
  }

  static async open(options: EngineOptions): Promise<QueryEngine> {
    const instance = await DuckDBInstance.create(':memory:', {
      errors_as_json: 'true',
      memory_limit: `${Math.floor(options.memoryMiB * memoryShare)}MiB`,
      threads: String(Math.min(8, Math.max(1, availableParallelism()))),
      temp_directory: options.spillFolder,
      max_temp_directory_size: `${options.spillMiB}MiB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      allow_persistent_secrets: 'false',
    });
    const engine = new QueryEngine(instance, await instance.connect(), options);
    await engine.execute("SET TimeZone = 'UTC'");
    return engine;
  }

  /**
   * From here on nothing but `files` (and its own spilled memory) can be opened, and no setting changes any more.
   * @see https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview
   */
  async lockDown(files: readonly string[]): Promise<void> {
    await this.execute(`SET allowed_paths = ${listOf(files)}`);
    await this.execute('SET enable_external_access = false');
    await this.execute('SET lock_configuration = true'); // last, since it locks the others
  }

  async execute(sql: string): Promise<void> {
    await this.call(() => this.connection.run(sql));
  }

  /** For SQL of ours with small results. */
  async query(sql: string, values: string[] = []): Promise<readonly (readonly unknown[])[]> {
    return this.call(async () => (await this.connection.runAndReadAll(sql, values)).getRows());
  }

  /** For SQL of ours with large results. */
  async stream(sql: string): Promise<DuckDBResult> {
    return this.call(() => this.connection.stream(sql));
  }

  /** @param offset where the caller's SQL begins in `sql`, so that positions in errors are positions in theirs */
  async prepare(sql: string, offset = 0): Promise<DuckDBPreparedStatement> {
    return this.call(() => this.connection.prepare(sql), sql, offset);
  }

  /** @returns how many statements `sql` has; none of them is run */
  async extractStatements(sql: string): Promise<number> {
    return this.call(async () => (await this.connection.extractStatements(sql)).count);
  }

  /** @param sql what an error's position refers to @param offset where the caller's part of it begins */
  async call<T>(work: () => Promise<T>, sql = '', offset = 0): Promise<T> {
    const { signal } = this.options;
    signal.throwIfAborted();
    const running = work();
    this.running = running.catch(() => undefined);
    // Again and again: an interrupt between two queries of one call is forgotten by DuckDB.
    let again: NodeJS.Timeout | undefined;
    const interrupt = () => {
      this.connection.interrupt();
      again = setTimeout(interrupt, 20);
    };
    signal.addEventListener('abort', interrupt, { once: true });
    try {
      const result = await running;
      signal.throwIfAborted(); // an interrupted stream just ends
      return result;
    } catch (error) {
      signal.throwIfAborted();
      throw translateEngineError(error, { ...this.options, sql, offset });
    } finally {
      signal.removeEventListener('abort', interrupt);
      clearTimeout(again);
    }
  }

  /** Waits for a call that still runs: DuckDB must not be closed under it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const again = setInterval(() => this.connection.interrupt(), 20);
    this.connection.interrupt();
    await this.running;
    clearInterval(again);
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
