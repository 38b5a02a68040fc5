import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { DelegationError } from '../../../core/contract/errors.ts';
import { type Compression, compressionOf } from '../../../text/decompress.ts';
import type { S3Location } from '../../../text/s3-url.ts';
import { sourceFailure, sourceInterrupted } from '../../source-failure.ts';

/** Bytes that can be read from any offset. */
export interface SourceChunks {
  /** `s3://bucket/key` or `upload://upl_…`, as errors name it. */
  readonly name: string;
  readonly compression: Compression | undefined;
  /** The version that is read, where the bytes do not follow from the name. Undefined until the first range is read. */
  readonly etag?: string | undefined;
  /** Undefined until the first range is read. */
  readonly sizeBytes: number | undefined;
  /** @yields the bytes from `offset` on, at most `chunkBytes` at a time; each chunk is requested when the one before is used up */
  chunks(offset: number, chunkBytes: number): AsyncGenerator<Buffer>;
}

/** Reads of one range where the connection breaks off. */
const maxReads = 3;

/**
 * An object in S3, read in ranges rather than as one long response: a response may stay open for hours while the table is slow, a range is
 * read at once and can be requested again. `If-Match` keeps every range to the version that the first one came from.
 */
export class SourceObject implements SourceChunks {
  /** The version that is read, the same in every run of the job. Undefined until the first range is read. */
  etag: string | undefined;
  /** Undefined until the first range is read. */
  sizeBytes: number | undefined;
  readonly name: string;
  readonly compression: Compression | undefined;
  private readonly s3: S3Client;
  private readonly location: S3Location;
  private readonly signal: AbortSignal;

  /** @param etag the version that an earlier run read */
  constructor(s3: S3Client, location: S3Location, { signal, etag }: { readonly signal: AbortSignal; readonly etag?: string | undefined }) {
    this.s3 = s3;
    this.location = location;
    this.name = `s3://${location.bucket}/${location.key}`;
    this.compression = compressionOf(this.name);
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
          if (error.$metadata.httpStatusCode !== 416) throw sourceFailure(error, { object: this.name, wasSeen: this.etag !== undefined });
          this.sizeBytes ??= from; // an empty object, or one of which nothing is left
          return Buffer.alloc(0);
        }
        if (attempt === maxReads) throw sourceInterrupted({ object: this.name }, error);
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
}
