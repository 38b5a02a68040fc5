/** The errors that the engine and workers speak in. `code` is stable: callers, logs and tests compare it, never the class. */
import type { Duration } from './duration.ts';

/** The base of everything that Delegation itself throws. */
export abstract class DelegationError extends Error {
  abstract readonly code: string;
  abstract readonly retryable: boolean;
}

export interface JobErrorOptions extends ErrorOptions {
  /** Stable, snake_case or the service's own code; what the job's `error.code` becomes. */
  readonly code?: string;
  /** Anything JSON that helps the caller; becomes `error.details`. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Thrown by a worker: this attempt failed, another may succeed. Counts against `maxAttempts`. */
export class RetryableError extends DelegationError {
  override readonly name = 'RetryableError';
  readonly retryable = true;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>> | undefined;
  /** Wait at least so long before the next attempt, in place of the computed backoff. */
  readonly after: Duration | undefined;
  constructor(message: string, options: JobErrorOptions & { readonly after?: Duration } = {}) {
    super(message, options);
    this.code = options.code ?? 'worker_error';
    this.details = options.details;
    this.after = options.after;
  }
}

/** Thrown by a worker: no further attempt can succeed, so the job fails at once. */
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

/** What the engine itself stored for a job is gone or changed, so the job cannot go on. */
export class DamagedPayloadError extends PermanentError {}

/** The lease went to another worker (or ended), so nothing of this run may be written any more. */
export class LeaseLostError extends DelegationError {
  override readonly name = 'LeaseLostError';
  readonly code = 'lease_lost';
  readonly retryable = false;
  constructor(jobId: string, options?: ErrorOptions) {
    super(`Job ${jobId} is leased to another worker by now, so nothing was written.`, options);
  }
}

/** Why `ctx.signal` was aborted: its `reason` is always one of these. */
export class JobInterruptedError extends DelegationError {
  override readonly name = 'JobInterruptedError';
  readonly code: 'cancelled' | 'deadline_exceeded' | 'attempt_timed_out' | 'lease_lost' | 'host_stopping';
  readonly retryable: boolean;
  constructor(code: JobInterruptedError['code'], message: string) {
    super(message);
    this.code = code;
    this.retryable = code === 'attempt_timed_out';
  }
}

/** `ctx.waitUntil` gave up: its check was still not satisfied when `timeout` had passed. Another attempt would wait as long again, so it is not retryable unless the worker throws a RetryableError instead. */
export class WaitTimedOutError extends DelegationError {
  override readonly name = 'WaitTimedOutError';
  readonly code = 'wait_timed_out';
  readonly retryable = false;
}

/** The owner's quota has no room for a delegated job now. The delegating job waits and tries again; no attempt is spent. */
export class QuotaExceededError extends DelegationError {
  override readonly name = 'QuotaExceededError';
  readonly code = 'quota_exceeded';
  readonly retryable = true;
  /** Wait this long before the next try. */
  readonly afterSeconds: number;
  constructor(message: string, afterSeconds: number) {
    super(message);
    this.afterSeconds = afterSeconds;
  }
}

/** A store, queue or bucket could not be reached or refused for now. The caller should try again. */
export class UnavailableError extends DelegationError {
  override readonly name = 'UnavailableError';
  readonly code = 'unavailable';
  readonly retryable = true;
}
