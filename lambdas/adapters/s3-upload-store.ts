import { GetObjectTaggingCommand, PutObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import { type UploadStore, uploadTag } from '../core/job/upload.ts';
import { ifThere } from './s3-if-there.ts';

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
  };
}
