/** The bucket as S3 keeps it: whole objects by key, for large payloads and for the files of jobs. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FileStore, PayloadStore } from '../lambdas/core/job/ports.ts';
import type { UploadLinks, UploadReader, UploadStore } from '../lambdas/core/job/upload.ts';
import type { Carry } from './carry.ts';

export interface StoredObject {
  readonly body: string | Uint8Array;
  readonly contentType: string;
  /** Only of uploads. */
  readonly contentEncoding?: string | undefined;
}

/** A link to the bucket in memory is the key. */
export const memoryUploadLinks: UploadLinks = { sign: async (key) => ({ url: `memory:${key}`, headers: {} }) };

export class MemoryBucket {
  readonly objects = new Map<string, StoredObject>();

  /** Stores an object; one with the same key is replaced. */
  put(key: string, object: StoredObject): void {
    this.objects.set(key, object);
  }

  /** @returns undefined when there is no object with this key */
  get(key: string): StoredObject | undefined {
    return this.objects.get(key);
  }

  payloads(carry: Carry): PayloadStore {
    return {
      put: (key, body) => carry('put', () => this.put(key, { body, contentType: 'application/json' })),
      get: (key) => carry('get object', () => textOf(this.get(key))),
    };
  }

  files(carry: Carry): FileStore {
    return {
      write: async (key, body, contentType, signal) => {
        signal.throwIfAborted();
        const content = typeof body === 'string' || body instanceof Uint8Array ? body : await collect(body, signal);
        await carry('write file', () => this.put(key, { body: content, contentType }));
      },
      read: (key) =>
        carry('read file', () => {
          const object = this.get(key);
          if (object === undefined) throw new Error(`NoSuchKey: there is no object ${key}.`);
          return Readable.from([Buffer.from(object.body)]);
        }),
    };
  }

  uploads(carry: Carry): UploadStore {
    const has = (key: string) => this.objects.has(key);
    return {
      keep: (key) => carry('keep upload', () => has(key)),
      exists: (key) => carry('find upload', () => has(key)),
    };
  }

  uploadReader(carry: Carry): UploadReader {
    return {
      describe: (key) =>
        carry('describe upload', () => {
          const object = this.get(key);
          if (object === undefined) return undefined;
          const { contentType, contentEncoding } = object;
          const bytes = Buffer.from(object.body);
          const sha256 = createHash('sha256').update(bytes).digest('base64');
          return { sizeBytes: bytes.length, sha256, contentType, contentEncoding, etag: sha256 };
        }),
      read: (key, { range: { offset, bytes } = { offset: 0, bytes: Number.POSITIVE_INFINITY } }) =>
        carry('read upload', () => {
          const object = this.get(key);
          return object && Readable.from([Buffer.from(object.body).subarray(offset, offset + bytes)]);
        }),
    };
  }
}

function textOf(object: StoredObject | undefined): string | undefined {
  return object === undefined ? undefined : Buffer.from(object.body).toString();
}

/** @throws what the stream fails with, and the reason of the signal once that aborts */
async function collect(body: unknown, signal: AbortSignal): Promise<Buffer> {
  if (!(body instanceof Readable)) {
    throw new TypeError('The body of a file must be a string, a Uint8Array or a Readable.');
  }
  const stop = () => body.destroy(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await buffer(body);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
