/** Translates a thrown value into the job's error: code and message for the caller, and whether another attempt may succeed. */

import { jsonDepth, maxJsonDepth, parseExactJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import { durationMs, isDuration } from '../contract/duration.ts';
import { DelegationError, PermanentError, RetryableError } from '../contract/errors.ts';
import { errorText, isErrorLike, read, readText } from './error-text.ts';
import type { JobError } from './job.ts';
import { loggable } from './loggable.ts';

export interface Failure {
  readonly error: JobError;
  /** The wait that the worker asked for, in milliseconds. @default the computed backoff */
  readonly afterMs?: number;
}

const throttlingNames = /Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded|SlowDown|BandwidthLimitExceeded/;
/** Errors that pass. `RequestTimeout` is S3's, and not the client's fault although its status is 400. @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
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
const maxMessageLength = 2_000;
const maxCodeLength = 200;
/** Details are in the record, so every write pays for them. */
const maxDetailsBytes = 16_384;
/** The depth to which causes are read. */
const maxCauses = 10;

/**
 * Describes any thrown value. An unknown error is retryable: one attempt too many is better than a job lost to a passing fault.
 * AWS errors are judged by their own metadata: throttling, server faults and broken connections are retryable, other client faults are not.
 * @param thrown anything at all; reading it never throws
 */
export function describeFailure(thrown: unknown): Failure {
  try {
    return describe(thrown);
  } catch {
    return { error: { code: 'worker_error', message: 'The worker threw something that cannot be read.', retryable: true } };
  }
}

function describe(thrown: unknown): Failure {
  if (thrown instanceof RetryableError || thrown instanceof PermanentError) {
    const error = jobError(thrown, { code: read(thrown, 'code'), retryable: thrown.retryable === true, details: read(thrown, 'details') });
    const after = read(thrown, 'after');
    // An invalid duration, such as NaN from a header, is ignored: the computed backoff applies.
    return isDuration(after) ? { error, afterMs: durationMs(after) } : { error };
  }
  if (thrown instanceof DelegationError) return { error: jobError(thrown, { code: thrown.code, retryable: thrown.retryable }) };
  if (!isErrorLike(thrown)) {
    const message = `The worker threw ${truncate(errorText(thrown), 200)}, which is not an Error.`;
    return { error: { code: 'worker_error', message, retryable: true } };
  }
  if (isServiceError(thrown)) return { error: jobError(thrown, { code: read(thrown, 'name'), retryable: isRetryable(thrown) }) };
  return { error: jobError(thrown, { code: 'worker_error', retryable: true }) };
}

/** @returns whether the same call may succeed soon: after throttling, an outage or a broken connection. A fault of the code is not transient. */
export function isTransient(thrown: unknown): boolean {
  let error = thrown;
  for (let depth = 0; depth < maxCauses && isErrorLike(error); depth++) {
    if (isServiceError(error)) return isRetryable(error);
    if (transientCodes.has(readText(error, 'code'))) return true;
    error = read(error, 'cause');
  }
  return false;
}

/** @returns whether an error is of an AWS SDK, by the members that such errors have. @see https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/Package/-smithy-types/Interface/SmithyException/ */
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

/** What an error says about itself; nothing is known about the types of its members. */
interface ErrorMembers {
  readonly code: unknown;
  readonly retryable: boolean;
  readonly details?: unknown;
}

function jobError(error: object, { code, retryable, details }: ErrorMembers): JobError {
  const text = typeof code === 'number' ? String(code) : code;
  return {
    code: typeof text === 'string' && text !== '' ? truncate(text.toWellFormed(), maxCodeLength) : 'worker_error',
    message: truncate(errorText(error), maxMessageLength),
    retryable,
    ...plainDetails(details),
  };
}

/** @returns the details as they will be after JSON, or why they were omitted */
function plainDetails(details: unknown): { details?: Readonly<Record<string, unknown>> } {
  if (typeof details !== 'object' || details === null) return {};
  const json = JSON.stringify(loggable(details, { maxDepth: maxJsonDepth + 1, hasStacks: false })) ?? 'null';
  if (Buffer.byteLength(json) > maxDetailsBytes)
    return { details: { omitted: `details must be at most ${maxDetailsBytes} bytes of JSON` } };
  if (jsonDepth(json) > maxJsonDepth) return { details: { omitted: `details must be at most ${maxJsonDepth} levels deep` } };
  const plain = parseExactJson(json);
  return { details: isPlainObject(plain) ? plain : { value: plain } };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
