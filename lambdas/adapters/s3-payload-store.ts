import { GetObjectCommand, PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { PayloadStore } from '../core/ports.ts';
import { orUnavailable } from './unavailable.ts';

/** Large inputs, results and steps as objects of one bucket. */
export function s3PayloadStore(client: S3Client, Bucket: string): PayloadStore {
  return {
    async put(Key, Body) {
      await orUnavailable(() => client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' })));
    },
    async get(Key) {
      try {
        return await orUnavailable(async () => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString());
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

/** S3 says AccessDenied of what is not there to whoever may not list the bucket, as no function may. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html */
function isMissing(error: unknown): boolean {
  return error instanceof S3ServiceException && ['NoSuchKey', 'AccessDenied'].includes(error.name);
}
