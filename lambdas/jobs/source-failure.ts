/** What S3's refusals of a source mean for a job: the same code and the same retryability in every job type that reads objects. */
import { PermanentError, RetryableError } from '../core/contract/errors.ts';
import { withFullStop } from '../core/job/error-text.ts';
import { isTransient } from '../core/job/failure.ts';
import { isAboutKey } from './key-refusal.ts';

export interface SourcePlace {
  /** `s3://bucket/key`, or `s3://bucket/prefix*` for a listing. */
  readonly object: string;
  /** The source's name in the job's input, where it has one. */
  readonly source?: string;
  /** Whether the job has listed or read this object before, so that a missing one was there. */
  readonly wasSeen?: boolean;
}

/**
 * @param error what the SDK threw
 * @returns `source_key_denied`, `source_access_denied` or `source_not_found`, which are permanent; `source_changed`, which is tried again: a query
 * then reads the new objects, and a batch goes on if the object is again what it was; any other error unchanged
 */
export function sourceFailure(error: unknown, place: SourcePlace): unknown {
  if (!(error instanceof Error) || isTransient(error)) return error;
  const { object, source, wasSeen = false } = place;
  const subject = source === undefined ? object : `${object} of the source ${source}`;
  const options = {
    cause: error,
    details: { object, ...(source === undefined ? {} : { source }), awsCode: error.name, awsMessage: error.message },
  };
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  if (status !== undefined && isAboutKey(error)) {
    const advice =
      "The key must be enabled and listed in the setting sourceKeys, and its policy must allow the worker's role (docs/security.md).";
    const message = `${subject} may not be decrypted: ${withFullStop(error.message)} ${advice}`;
    return new PermanentError(message, { code: 'source_key_denied', ...options });
  }
  if (status === 412 || (status === 404 && wasSeen)) {
    return new RetryableError(`${subject} changed while it was read.`, { code: 'source_changed', ...options });
  }
  if (status === 404) {
    const missing = error.name === 'NoSuchBucket' ? 'there is no such bucket' : `there is no object ${object}`;
    const message = `The source${source === undefined ? '' : ` ${source}`} was not found: ${missing}.`;
    return new PermanentError(message, { code: 'source_not_found', ...options });
  }
  if (status === 403) {
    // Without the right to list a bucket, S3 answers the same for objects that do not exist.
    const message = `${subject} may not be read, or does not exist: ${withFullStop(error.message)}`;
    return new PermanentError(message, { code: 'source_access_denied', ...options });
  }
  return error;
}

/** @param cause what the connection broke off with */
export function sourceInterrupted({ object, source }: SourcePlace, cause?: unknown): RetryableError {
  const subject = source === undefined ? object : `${object} of the source ${source}`;
  return new RetryableError(`${subject} ended before all of it was read.`, { code: 'source_interrupted', cause });
}
