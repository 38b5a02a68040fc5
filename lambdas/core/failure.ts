/** What an error means for its job: code and message for the caller, and whether another attempt may succeed. */
import { durationMs } from './duration.ts';
import { DelegationError, PermanentError, RetryableError } from './errors.ts';
import { deepestJson, jsonDepth, parseExactJson } from './exact-json.ts';
import type { JobError } from './job.ts';
import { shorten } from './shorten.ts';

export interface Failure {
  readonly error: JobError;
  /** Asked for by the worker, in place of the computed backoff. */
  readonly afterMs?: number;
}

/** What AWS SDK errors carry. @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-types/Interface/SmithyException/ */
interface ServiceError extends Error {
  readonly $fault?: 'client' | 'server';
  readonly $retryable?: { readonly throttling?: boolean };
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const throttlingNames = /Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown|BandwidthLimitExceeded/;
/** `RequestTimeout` is S3's, and no fault of the client although its status is 400. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const transientCodes = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
  'TimeoutError',
  'RequestTimeout',
  'RequestTimeoutException',
]);
const longestMessage = 2_000;
/** In the record, so every write pays for it. */
const mostDetailsBytes = 16_384;

/**
 * An unknown error is retryable: better one attempt too many than a job lost to a passing fault.
 * AWS errors are judged by their own metadata: throttling, server faults and broken connections are retryable, other client faults are not.
 */
export function describeFailure(thrown: unknown): Failure {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) {
    const error = jobError(thrown, thrown.code, thrown.retryable, thrown.details);
    return thrown instanceof RetryableError && thrown.after !== undefined ? { error, afterMs: durationMs(thrown.after) } : { error };
  }
  if (thrown instanceof DelegationError) return { error: jobError(thrown, thrown.code, thrown.retryable) };
  if (thrown instanceof Error && isServiceError(thrown)) return { error: jobError(thrown, thrown.name, isRetryable(thrown)) };
  if (thrown instanceof Error) return { error: jobError(thrown, 'worker_error', true) };
  return {
    error: { code: 'worker_error', message: `The worker threw ${shorten(String(thrown), 200)}, which is no Error.`, retryable: true },
  };
}

/** @returns whether the same call may succeed a little later: throttling, an outage, a broken connection. Not a fault of the code. */
export function isTransient(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return isServiceError(thrown) ? isRetryable(thrown) : transientCodes.has(String((thrown as { code?: unknown }).code));
}

function isServiceError(error: Error): error is ServiceError {
  return '$metadata' in error || '$fault' in error;
}

function isRetryable(error: ServiceError): boolean {
  const status = error.$metadata?.httpStatusCode ?? 0;
  const cause = error as { code?: unknown };
  return (
    error.$retryable !== undefined ||
    error.$fault === 'server' ||
    status >= 500 ||
    status === 429 ||
    throttlingNames.test(error.name) ||
    transientCodes.has(String(cause.code)) ||
    transientCodes.has(error.name)
  );
}

function jobError(error: Error, code: string, retryable: boolean, details?: Readonly<Record<string, unknown>>): JobError {
  return { code, message: shorten(error.message, longestMessage), retryable, ...plainDetails(details) };
}

/** As JSON has it, since that is what becomes of it; what JSON cannot hold is left out. */
function plainDetails(details: Readonly<Record<string, unknown>> | undefined): { details?: Readonly<Record<string, unknown>> } {
  if (details === undefined) return {};
  try {
    const json = JSON.stringify(details);
    if (Buffer.byteLength(json) > mostDetailsBytes)
      return { details: { omitted: `details must be at most ${mostDetailsBytes} bytes of JSON` } };
    if (jsonDepth(json) > deepestJson) return { details: { omitted: `details must be at most ${deepestJson} levels deep` } };
    return { details: parseExactJson(json) as Record<string, unknown> };
  } catch {
    return {};
  }
}
