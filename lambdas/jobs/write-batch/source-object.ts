import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import type { S3Location } from '../../core/s3-url.ts';

/**
 * An object in S3, read in ranges rather than as one long answer: an answer may stand open for hours while the table is slow, a range
 * is read at once and can be asked for again. Each range is of the version that the first one was (`If-Match`).
 */
export class SourceObject {
  /** Known after the first range, and the same in every run of the job. */
  etag: string | undefined;
  /** Known after the first range. */
  sizeBytes: number | undefined;
  private readonly s3: S3Client;
  private readonly location: S3Location;
  private readonly signal: AbortSignal;

  /** @param etag the version that an earlier run read */
  constructor(s3: S3Client, location: S3Location, signal: AbortSignal, etag: string | undefined) {
    this.s3 = s3;
    this.location = location;
    this.signal = signal;
    this.etag = etag;
  }

  /** @yields the bytes from `offset` on, at most `chunkBytes` at a time, each asked for when the one before is used up */
  async *chunks(offset: number, chunkBytes: number): AsyncGenerator<Buffer> {
    for (let at = offset; this.sizeBytes === undefined || at < this.sizeBytes; ) {
      const chunk = await this.range(at, chunkBytes);
      if (at === 0) refuseOtherEncodings(chunk);
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
        if (error instanceof S3ServiceException) {
          if (error.$metadata.httpStatusCode !== 416) throw this.translated(error);
          this.sizeBytes ??= from; // an empty object, or one of which nothing is left
          return Buffer.alloc(0);
        }
        if (attempt === 3) {
          throw new RetryableError(`Reading s3://${this.location.bucket}/${this.location.key} broke off at byte ${from}.`, {
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
    const name = `s3://${this.location.bucket}/${this.location.key}`;
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

function refuseOtherEncodings(start: Buffer): void {
  const begins = (...bytes: number[]) => start.subarray(0, bytes.length).equals(Buffer.from(bytes));
  if (begins(0x1f, 0x8b) || begins(0x28, 0xb5, 0x2f, 0xfd) || begins(0x50, 0x4b, 0x03, 0x04)) {
    throw new PermanentError('The source is compressed. It must be plain CSV or NDJSON.', { code: 'source_compressed' });
  }
  if (begins(0xff, 0xfe) || begins(0xfe, 0xff)) {
    throw new PermanentError('The source is UTF-16. It must be UTF-8.', { code: 'source_not_utf8' });
  }
}
