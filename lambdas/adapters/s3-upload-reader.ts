import type { Readable } from 'node:stream';
import { GetObjectCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { UploadReader } from '../core/job/upload.ts';
import { ifThere } from './s3-if-there.ts';

/** The uploads of callers as objects of one bucket, with what S3 knows of their contents. */
export function s3UploadReader(client: S3Client, Bucket: string): UploadReader {
  return {
    async describe(Key) {
      const head = await ifThere(() => client.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' })));
      if (head === undefined) return undefined;
      const { ContentLength, ChecksumSHA256, ContentType, ContentEncoding, ETag } = head;
      return {
        sizeBytes: ContentLength,
        sha256: ChecksumSHA256,
        contentType: ContentType,
        contentEncoding: ContentEncoding,
        etag: ETag,
      } as Awaited<ReturnType<UploadReader['describe']>>;
    },
    async read(Key, { etag, range, signal }) {
      const Range = range && `bytes=${range.offset}-${range.offset + range.bytes - 1}`;
      const get = new GetObjectCommand({ Bucket, Key, IfMatch: etag, Range });
      const answer = await ifThere(() => client.send(get, { abortSignal: signal }));
      return answer?.Body as Readable | undefined; // the SDK's type covers browsers, too; on Node it is a Readable
    },
  };
}
