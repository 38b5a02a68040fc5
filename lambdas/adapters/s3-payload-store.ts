import { GetObjectCommand, NoSuchKey, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { PayloadStore } from '../core/job/ports.ts';
import { wrapUnavailable } from './unavailable.ts';

/**
 * Large inputs, results and steps as objects of one bucket. Its functions may list the bucket, so that S3 says `NoSuchKey` of what is not there:
 * to others it says `AccessDenied`, as it does of what they may not read for now.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
 */
export function s3PayloadStore(client: S3Client, Bucket: string): PayloadStore {
  return {
    async put(Key, Body) {
      await wrapUnavailable(() => client.send(new PutObjectCommand({ Bucket, Key, Body, ContentType: 'application/json' })));
    },
    async get(Key) {
      try {
        return await wrapUnavailable(async () => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString());
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
  };
}
