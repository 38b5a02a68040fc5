import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { keyRefusal } from '../../../adapters/key-refusal.ts';
import { DelegationError, PermanentError, RetryableError } from '../../../core/contract/errors.ts';
import type { S3Location } from '../../../text/s3-url.ts';

/** Bytes that can be read from any offset. */
export interface SourceChunks {
  /** `s3://bucket/key`, as errors name it. */
  readonly name: string;
  /** Known after the first range. */
  readonly sizeBytes: number | undefined;
  /** @yields the bytes from `offset` on, at most `chunkBytes` at a time, each asked for when the one before is used up */
  chunks(offset: number, chunkBytes: number): AsyncGenerator<Buffer>;
}

/**
 * An object in S3, read in ranges rather than as one long answer: an answer may stand open for hours while the table is slow, a range
 * is read at once and can be asked for again. Each range is of the version that the first one was (`If-Match`).
 */
export class SourceObject implements SourceChunks {
  /** Known after the first range, and the same in every run of the job. */
  etag: string | undefined;
  /** Known after the first range. */
  sizeBytes: number | undefined;
  readonly name: string;
  private readonly s3: S3Client;
  private readonly location: S3Location;
  private readonly signal: AbortSignal;

  /** @param etag the version that an earlier run read */
  constructor(s3: S3Client, location: S3Location, signal: AbortSignal, etag: string | undefined) {
    this.s3 = s3;
    this.location = location;
    this.name = `s3://${location.bucket}/${location.key}`;
    this.signal = signal;
    this.etag = etag;
  }

  async *chunks(offset: number, chunkBytes: number): AsyncGenerator<Buffer> {
    for (let at = offset; this.sizeBytes === undefined || at < this.sizeBytes; ) {
      const chunk = await this.range(at, chunkBytes);
      if (chunk.length === 0) return;
      yield chunk;
      at += chunk.length;
    }
  }

  private async range(from: number, bytes: number): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.get(from, bytes);
      } catch (error) {
        this.signal.throwIfAborted();
        if (error instanceof DelegationError) throw error;
        if (error instanceof S3ServiceException) {
          if (error.$metadata.httpStatusCode !== 416) throw this.translated(error);
          this.sizeBytes ??= from; // an empty object, or one of which nothing is left
          return Buffer.alloc(0);
        }
        if (attempt === 3) {
          throw new RetryableError(`Reading ${this.name} broke off at byte ${from}.`, {
            code: 'source_unreadable',
            cause: error,
          });
        }
      }
    }
  }

  private async get(from: number, bytes: number): Promise<Buffer> {
    const { bucket, key } = this.location;
    const answer = await this.s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, Range: `bytes=${from}-${from + bytes - 1}`, IfMatch: this.etag }),
      { abortSignal: this.signal },
    );
    const body = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    const size = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? Number.NaN);
    if (body.length !== Math.min(bytes, size - from)) throw new Error(`got ${body.length} bytes from ${from}, of "${answer.ContentRange}"`);
    this.etag ??= answer.ETag;
    this.sizeBytes = size;
    return body;
  }

  private translated(error: S3ServiceException): Error {
    const { name } = this;
    const refusal = keyRefusal(error, name);
    if (refusal !== undefined) return refusal;
    const options = { cause: error, details: { awsCode: error.name, awsMessage: error.message } };
    switch (error.$metadata.httpStatusCode) {
      case 404:
        return new PermanentError(`There is no object ${name}.`, { code: 'source_not_found', ...options });
      case 403:
        // Without the right to list a bucket, S3 says this of missing objects too.
        return new PermanentError(`${name} may not be read, or does not exist: ${error.message}`, {
          code: 'source_access_denied',
          ...options,
        });
      case 412:
        return new PermanentError(`${name} changed while the job was reading it.`, { code: 'source_changed', ...options });
      default:
        return error;
    }
  }
}
