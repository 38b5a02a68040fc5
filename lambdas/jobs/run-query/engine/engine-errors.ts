/** Translates DuckDB's errors into the product's: a code, the place in the caller's SQL, what to do, and no path of this machine. */
import { DelegationError, PermanentError, RetryableError } from '../../../core/contract/errors.ts';

export interface EngineLimits {
  /** Memory of the function. */
  readonly memoryMiB: number;
  /** Room for the temporary files that memory is spilled to. */
  readonly spillMiB: number;
}

interface ErrorContext extends EngineLimits {
  readonly sourceOfPath: ReadonlyMap<string, string>;
  readonly sql: string;
  /** UTF-8 bytes of ours before the caller's SQL. */
  readonly offset: number;
}

/** Matches how DuckDB, the C++ library, V8 and the C library report a lack of memory. */
export const outOfMemoryPattern = /No space left on device|bad_alloc|bad allocation|out of memory|allocation fail|cannot allocate memory/i;

/** Types of errors whose messages are DuckDB's own; others quote values, which may contain anything. */
const typesWithoutValues: ReadonlySet<string> = new Set(['IO', 'INTERNAL', 'FATAL', 'DuckDB']);

/** DuckDB's errors with its setting `errors_as_json`. */
interface EngineError {
  readonly exception_type: string;
  readonly exception_message: string;
  /** Bytes before the place, in UTF-8. */
  readonly position?: string;
}

export function translateEngineError(thrown: unknown, circumstances: ErrorContext): Error {
  if (thrown instanceof DelegationError) return thrown;
  if (thrown instanceof RangeError || (thrown as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG')
    return javaScriptError(thrown as Error, circumstances);
  const { exception_type: type, exception_message: said, position } = readEngineError(thrown);
  const message = withoutPaths(said, circumstances.sourceOfPath);
  if (type === 'Out of Memory' || (typesWithoutValues.has(type) && outOfMemoryPattern.test(said))) return outOfMemory(said, circumstances);
  if (type === 'INTERNAL' || type === 'FATAL') return queryCrashed(`${type} error: ${message.split('\n')[0]}`);
  // A file of ours that is gone is looked for as a folder, which the lock forbids.
  const isLost = type === 'Permission' && message !== said;
  if (type === 'IO' || isLost) return new RetryableError(`A source could not be read: ${message}`, { code: 'source_unreadable' });
  const { sql, offset } = circumstances;
  return sqlError({ type, message, position: position === undefined ? undefined : Number(position) - offset }, sql.slice(offset));
}

/** Translates what JavaScript throws for a value of the result that is too large for it. */
function javaScriptError(thrown: Error, limits: EngineLimits): PermanentError {
  if (/allocat/i.test(thrown.message)) return outOfMemory(thrown.message, limits);
  const what = /call stack/.test(thrown.message) ? 'nested too deeply to be written as JSON' : 'longer than 512 MB';
  return new PermanentError(`A value of the result is ${what}.`, { code: 'result_too_large' });
}

/** A permanent error: the same query would end the next process in the same way. @param how what DuckDB or the operating system reported */
export function queryCrashed(how: string, details: Readonly<Record<string, unknown>> = {}): PermanentError {
  return new PermanentError(
    `DuckDB crashed on this query (${how}), so it is not tried again. Deeply nested JSON, lists or expressions are the usual cause: let the query do less at a time, or read the nested part as text.`,
    { code: 'query_crashed', details },
  );
}

interface SqlFault {
  readonly type: string;
  readonly message: string;
  /** UTF-8 bytes of the SQL before the place. */
  readonly position: number | undefined;
}

/** @param sql the caller's own */
export function sqlError({ type, message, position }: SqlFault, sql: string): PermanentError {
  const errorType = `${type} Error`;
  const before = Buffer.from(sql)
    .subarray(0, Math.max(0, position ?? 0))
    .toString();
  const place =
    position === undefined ? undefined : { line: before.split('\n').length, column: [...(before.split('\n').at(-1) ?? '')].length + 1 };
  return new PermanentError(`${errorType}: ${message}${place === undefined ? '' : ` (line ${place.line}, column ${place.column})`}`, {
    code: 'sql_error',
    details: { errorType, ...(place === undefined ? {} : { position: before.length, ...place }) },
  });
}

export function readEngineError(thrown: unknown): EngineError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const start = text.indexOf('{"exception_type"');
  if (start >= 0) {
    try {
      return JSON.parse(text.slice(start)) as EngineError;
    } catch {
      // Truncated or followed by more text: shown unchanged.
    }
  }
  const [, type = 'DuckDB', message = text] = /^([A-Z][\w ]*?) Error: (.*)$/s.exec(text) ?? [];
  return { exception_type: type, exception_message: message };
}

/** @param said DuckDB's message, which distinguishes memory from disk */
export function outOfMemory(said: string, { memoryMiB, spillMiB }: EngineLimits): PermanentError {
  const isDiskFull = /max_temp_directory_size|No space left/.test(said);
  const remedy = isDiskFull
    ? `The query filled its ${spillMiB} MiB of temporary files. Raise ephemeralStorageMiB of the job type run-query (at most 10240), or`
    : `The query needs more memory than its worker has (${memoryMiB} MiB in all). Raise memoryMiB of the job type run-query (at most 10240), or`;
  return new PermanentError(
    `${remedy} let the query keep less at a time: fewer columns, filters before joins and sorts, no list() or string_agg() of everything.`,
    {
      code: 'out_of_memory',
      details: { memoryMiB, spillMiB, exhausted: isDiskFull ? 'disk' : 'memory' },
    },
  );
}

function withoutPaths(message: string, sourceOfPath: ReadonlyMap<string, string>): string {
  let text = message;
  for (const [path, source] of sourceOfPath) text = text.replaceAll(path, source);
  return text;
}
