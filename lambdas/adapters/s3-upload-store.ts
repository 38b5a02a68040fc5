import type { Readable } from 'node:stream';
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectTaggingCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { type UploadStore, uploadTag } from '../core/job/upload.ts';
import { wrapUnavailable } from './unavailable.ts';

/** The uploads of callers as objects of one bucket. A tag says whether a job has used one. */
export function s3UploadStore(client: S3Client, Bucket: string): UploadStore {
  const Tagging = { TagSet: [{ Key: uploadTag.name, Value: uploadTag.used }] };
  return {
    async keep(Key) {
      return (await ifThere(() => client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging })))) !== undefined;
    },
    async exists(Key) {
      return (await ifThere(() => client.send(new GetObjectTaggingCommand({ Bucket, Key })))) !== undefined;
    },
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
      } as Awaited<ReturnType<UploadStore['describe']>>;
    },
    async read(Key, { etag, range, signal }) {
      const Range = range && `bytes=${range.offset}-${range.offset + range.bytes - 1}`;
      const get = new GetObjectCommand({ Bucket, Key, IfMatch: etag, Range });
      const answer = await ifThere(() => client.send(get, { abortSignal: signal }));
      return answer?.Body as Readable | undefined; // the SDK's type covers browsers, too; on Node it is a Readable
    },
  };
}

/** @returns undefined where S3 has no such object, or another one than the condition names */
async function ifThere<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await wrapUnavailable(call);
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    if (error instanceof S3ServiceException && [404, 412].includes(error.$metadata.httpStatusCode ?? 0)) return undefined;
    throw error;
  }
}
