/** The errors of the engine and of workers. Compare `code`, which is stable, and not the class. */
import type { Duration } from './duration.ts';

/** The base of all errors that Delegation throws. */
export abstract class DelegationError extends Error {
  /** Stable and in snake_case. */
  abstract readonly code: string;
  /** Whether the same call may succeed later. */
  abstract readonly retryable: boolean;
}

export interface JobErrorOptions extends ErrorOptions {
  /** The job's `error.code`: a stable name in snake_case, or an AWS service's own code. @default 'worker_error' */
  readonly code?: string;
  /** The job's `error.details`: JSON that helps the caller, at most 16 KiB. Never put a secret here. @default none */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** A worker throws this when the attempt failed and another may succeed. It uses up one of `maxAttempts`. */
export class RetryableError extends DelegationError {
  override readonly name = 'RetryableError';
  readonly retryable = true;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** The wait before the next attempt. @default the computed backoff */
  readonly after: Duration | undefined;
  constructor(message: string, options: JobErrorOptions & { readonly after?: Duration } = {}) {
    super(message, options);
    this.code = options.code ?? 'worker_error';
    this.details = options.details;
    this.after = options.after;
  }
}

/** A worker throws this when no further attempt can succeed. The job fails at once. */
export class PermanentError extends DelegationError {
  override readonly name = 'PermanentError';
  readonly retryable = false;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  constructor(message: string, options: JobErrorOptions = {}) {
    super(message, options);
    this.code = options.code ?? 'worker_error';
    this.details = options.details;
  }
}

/** Data that the engine stored for a job is missing or has changed, so the job cannot continue. */
export class DamagedPayloadError extends PermanentError {}

/** The lease is another worker's by now, or has ended, so this worker must not write any more. */
export class LeaseLostError extends DelegationError {
  override readonly name = 'LeaseLostError';
  readonly code = 'lease_lost';
  readonly retryable = false;
  constructor(jobId: string, options?: ErrorOptions) {
    super(`Job ${jobId} is leased to another worker by now, so nothing was written.`, options);
  }
}

/** The `reason` of an aborted `ctx.signal`. */
export class JobInterruptedError extends DelegationError {
  override readonly name = 'JobInterruptedError';
  readonly code: 'cancelled' | 'deadline_exceeded' | 'invocation_timed_out' | 'lease_lost' | 'host_stopping';
  readonly retryable: boolean;
  constructor(code: JobInterruptedError['code'], message: string) {
    super(message);
    this.code = code;
    this.retryable = code === 'invocation_timed_out';
  }
}

/**
 * `ctx.waitUntil` timed out before its check found anything. Another attempt would wait for the same time again, so this is not retryable: catch it and
 * throw a `RetryableError` to retry.
 */
export class WaitTimedOutError extends DelegationError {
  override readonly name = 'WaitTimedOutError';
  readonly code = 'wait_timed_out';
  readonly retryable = false;
}

/** The owner's quota has no room for a delegated job now. The delegating job waits and tries again, in the same attempt. */
export class QuotaExceededError extends DelegationError {
  override readonly name = 'QuotaExceededError';
  readonly code = 'quota_exceeded';
  readonly retryable = true;
  /** The wait before the next try, in seconds. */
  readonly afterSeconds: number;
  constructor(message: string, afterSeconds: number) {
    super(message);
    this.afterSeconds = afterSeconds;
  }
}

/** A store, queue or bucket could not be reached, or refused a call for now. The caller should try again. */
export class UnavailableError extends DelegationError {
  override readonly name = 'UnavailableError';
  readonly code = 'unavailable';
  readonly retryable = true;
}
