import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { FileStore } from '../core/job/ports.ts';
import { wrapUnavailable } from './unavailable.ts';

/** Files of jobs as objects of one bucket; large ones go up in parts, so that none has to fit into memory. */
export function s3FileStore(client: S3Client, Bucket: string): FileStore {
  return {
    async write(Key, Body, ContentType, signal) {
      signal.throwIfAborted();
      const upload = new Upload({ client, params: { Bucket, Key, Body, ContentType } });
      // An error of the worker's own stream is the worker's, although it may carry the name of an AWS error.
      let failed: { readonly error: Error } | undefined;
      if (Body instanceof Readable)
        Body.once('error', (error) => {
          failed = { error };
        });
      const abort = () => void upload.abort();
      signal.addEventListener('abort', abort, { once: true });
      try {
        await wrapUnavailable(() => upload.done());
      } catch (error) {
        throw failed?.error ?? error;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    async read(Key) {
      const { Body } = await wrapUnavailable(() => client.send(new GetObjectCommand({ Bucket, Key })));
      return Body as Readable; // the SDK's type covers browsers, too; on Node it is a Readable
    },
  };
}
