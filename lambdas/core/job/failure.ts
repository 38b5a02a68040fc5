/** What an error means for its job: code and message for the caller, and whether another attempt may succeed. */

import { jsonDepth, maxJsonDepth, parseExactJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import { durationMs, durationProblem } from '../contract/duration.ts';
import { DelegationError, PermanentError, RetryableError } from '../contract/errors.ts';
import { errorText, isErrorLike, read, readText } from './error-text.ts';
import type { JobError } from './job.ts';
import { loggable } from './loggable.ts';

export interface Failure {
  readonly error: JobError;
  /** Asked for by the worker, in place of the computed backoff. */
  readonly afterMs?: number;
}

type Redact = (text: string) => string;

const throttlingNames = /Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown|BandwidthLimitExceeded/;
/** `RequestTimeout` is S3's, and no fault of the client although its status is 400. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
const transientCodes = new Set([
  'ECONNABORTED',
  'ECONNRESET',
  'ECONNREFUSED',
  'EMFILE',
  'ENFILE',
  'ERR_STREAM_PREMATURE_CLOSE',
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
const maxCodeLength = 200;
/** In the record, so every write pays for it. */
const mostDetailsBytes = 16_384;
/** Causes within causes that are looked at. */
const maxCauses = 10;

/**
 * An unknown error is retryable: better one attempt too many than a job lost to a passing fault.
 * AWS errors are judged by their own metadata: throttling, server faults and broken connections are retryable, other client faults are not.
 * @param thrown anything at all; reading it never throws
 * @param redact hides secrets in texts before they are truncated
 */
export function describeFailure(thrown: unknown, redact: Redact = (text) => text): Failure {
  try {
    return describe(thrown, redact);
  } catch {
    return { error: { code: 'worker_error', message: 'The worker threw something that cannot be read.', retryable: true } };
  }
}

function describe(thrown: unknown, redact: Redact): Failure {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) {
    const error = jobError(
      thrown,
      { code: read(thrown, 'code'), retryable: thrown.retryable === true, details: read(thrown, 'details') },
      redact,
    );
    const after = read(thrown, 'after');
    // A duration that is none, such as NaN from a header, leaves the computed backoff.
    return after === undefined || durationProblem(after) !== undefined ? { error } : { error, afterMs: durationMs(after as object) };
  }
  if (thrown instanceof DelegationError) return { error: jobError(thrown, { code: thrown.code, retryable: thrown.retryable }, redact) };
  if (!isErrorLike(thrown)) {
    const message = `The worker threw ${truncate(redact(errorText(thrown)), 200)}, which is no Error.`;
    return { error: { code: 'worker_error', message, retryable: true } };
  }
  if (isServiceError(thrown)) return { error: jobError(thrown, { code: read(thrown, 'name'), retryable: isRetryable(thrown) }, redact) };
  return { error: jobError(thrown, { code: 'worker_error', retryable: true }, redact) };
}

/** @returns whether the same call may succeed a little later: throttling, an outage, a broken connection. Not a fault of the code. */
export function isTransient(thrown: unknown): boolean {
  let error = thrown;
  for (let depth = 0; depth < maxCauses && isErrorLike(error); depth++) {
    if (isServiceError(error)) return isRetryable(error);
    if (transientCodes.has(readText(error, 'code'))) return true;
    error = read(error, 'cause');
  }
  return false;
}

/** What AWS SDK errors carry. @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-types/Interface/SmithyException/ */
function isServiceError(error: object): boolean {
  const metadata = read(error, '$metadata');
  return (typeof metadata === 'object' && metadata !== null) || ['client', 'server'].includes(readText(error, '$fault'));
}

function isRetryable(error: object): boolean {
  const status = Number(read(read(error, '$metadata'), 'httpStatusCode') ?? 0);
  const name = readText(error, 'name');
  return (
    read(error, '$retryable') !== undefined ||
    read(error, '$fault') === 'server' ||
    status >= 500 ||
    status === 429 ||
    throttlingNames.test(name) ||
    transientCodes.has(readText(error, 'code')) ||
    transientCodes.has(name)
  );
}

function jobError(
  error: object,
  { code, retryable, details }: { readonly code: unknown; readonly retryable: boolean; readonly details?: unknown },
  redact: Redact,
): JobError {
  const text = typeof code === 'number' ? String(code) : code;
  return {
    code: typeof text === 'string' && text !== '' ? truncate(text.toWellFormed(), maxCodeLength) : 'worker_error',
    message: truncate(redact(errorText(error)), longestMessage),
    retryable,
    ...plainDetails(details),
  };
}

/** As JSON has it, since that is what becomes of it. */
function plainDetails(details: unknown): { details?: Readonly<Record<string, unknown>> } {
  if (typeof details !== 'object' || details === null) return {};
  const json = JSON.stringify(loggable(details, { maxDepth: maxJsonDepth + 1, hasStacks: false })) ?? 'null';
  if (Buffer.byteLength(json) > mostDetailsBytes)
    return { details: { omitted: `details must be at most ${mostDetailsBytes} bytes of JSON` } };
  if (jsonDepth(json) > maxJsonDepth) return { details: { omitted: `details must be at most ${maxJsonDepth} levels deep` } };
  const plain = parseExactJson(json);
  return {
    details: typeof plain === 'object' && plain !== null && !Array.isArray(plain) ? (plain as Record<string, unknown>) : { value: plain },
  };
}
