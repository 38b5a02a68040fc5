/** What the worker and the engine's process say to each other. Sent by structured clone, so plain data and bytes only. */
import { DelegationError, PermanentError, RetryableError } from '../../../core/contract/errors.ts';
import { truncate } from '../../../text/truncate.ts';
import type { QueryInput } from '../contract.ts';
import type { WireValue } from '../values/wire-value.ts';
import type { EngineLimits } from './engine-errors.ts';

export type EngineRequest =
  | {
      readonly kind: 'open';
      readonly limits: EngineLimits;
      readonly spillFolder: string;
      readonly sourceOfPath: ReadonlyMap<string, string>;
    }
  | { readonly kind: 'execute'; readonly sql: string }
  | { readonly kind: 'query'; readonly sql: string; readonly values: readonly string[] }
  | { readonly kind: 'lockDown'; readonly files: readonly string[] }
  | { readonly kind: 'run'; readonly statement: string; readonly parquetPath: string }
  | { readonly kind: 'read' }
  | { readonly kind: 'close' };

/** The caller's statement, as JSON text, since no clone keeps the exact numbers among its parameters. */
export interface Statement extends Pick<QueryInput, 'sql' | 'parameters' | 'output'> {
  readonly sources: readonly string[];
}

export interface ResultColumn {
  readonly name: string;
  readonly type: string;
}

/** Rows are inline, or in the Parquet file, or (`rowCount` is null) to be read piece by piece. */
export type RunAnswer =
  | { readonly columns: readonly ResultColumn[]; readonly rows: readonly (readonly WireValue[])[]; readonly rowCount: number }
  | { readonly columns: readonly ResultColumn[]; readonly rows: null; readonly rowCount: number | null };

/** Bytes of the file, or at its end the number of its rows. */
export type ReadAnswer = { readonly bytes: Uint8Array } | { readonly rowCount: number };

export interface EngineAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: SentError;
}

interface SentError {
  readonly isRetryable: boolean;
  readonly code: string;
  readonly message: string;
  /** JSON text. */
  readonly details: string;
}

/** DuckDB's messages quote what they are about, up to the whole statement or value; a job's record keeps less. */
const maxMessageChars = 8_000;

export function sendError(thrown: unknown): SentError {
  const error = thrown instanceof DelegationError ? thrown : new RetryableError(String(thrown));
  const { details = {} } = error as { details?: object };
  const message = truncate(error.message, maxMessageChars);
  return { isRetryable: error.retryable, code: error.code, message, details: JSON.stringify(details) };
}

export function receiveError({ isRetryable, code, message, details }: SentError): PermanentError | RetryableError {
  const options = { code, details: JSON.parse(details) as Record<string, unknown> };
  return isRetryable ? new RetryableError(message, options) : new PermanentError(message, options);
}
