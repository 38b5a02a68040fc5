/** A DuckDB of one job, in memory and alone. Runs in the engine's own process, never in the worker's. */
import { availableParallelism } from 'node:os';
import { type DuckDBConnection, DuckDBInstance, type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import { type EngineLimits, translateEngineError } from '../engine/engine-errors.ts';
import { engineMiB } from '../engine/process-memory.ts';
import { listOf } from '../sql-text.ts';

export interface DuckDbOptions extends EngineLimits {
  /** A folder of this job's own, for what does not fit into memory. */
  readonly spillFolder: string;
  /** Local paths of the sources with the names that callers know them by. */
  readonly sourceOfPath: ReadonlyMap<string, string>;
}

/**
 * Runs DuckDB for one job. Every call runs on a thread of its own, so that the process still notices when its parent is gone. No call can be
 * interrupted: the worker that wants to stop one kills the process. Errors are the product's own, without a path of this machine.
 */
export class DuckDbEngine {
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private readonly options: DuckDbOptions;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, options: DuckDbOptions) {
    this.instance = instance;
    this.connection = connection;
    this.options = options;
  }

  static async open(options: DuckDbOptions): Promise<DuckDbEngine> {
    const instance = await DuckDBInstance.create(':memory:', {
      errors_as_json: 'true',
      memory_limit: `${engineMiB(options.memoryMiB)}MiB`,
      threads: String(Math.min(8, Math.max(1, availableParallelism()))),
      temp_directory: options.spillFolder,
      max_temp_directory_size: `${options.spillMiB}MiB`,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      allow_persistent_secrets: 'false',
    });
    const engine = new DuckDbEngine(instance, await instance.connect(), options);
    await engine.execute("SET TimeZone = 'UTC'");
    return engine;
  }

  /**
   * Locks the engine: from here on nothing but `files` (and its own spilled memory) can be opened, and no setting changes any more.
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

  /** Runs SQL of ours that has a small result. */
  async query(sql: string, values: readonly string[] = []): Promise<readonly (readonly unknown[])[]> {
    return this.call(async () => (await this.connection.runAndReadAll(sql, [...values])).getRows());
  }

  /** Runs SQL of ours that has a large result. */
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
    try {
      return await work();
    } catch (error) {
      throw translateEngineError(error, { ...this.options, sql, offset });
    }
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
