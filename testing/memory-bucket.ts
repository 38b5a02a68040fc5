/** The bucket as S3 keeps it: whole objects by key, for large payloads and for the files of jobs. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { FileStore, PayloadStore } from '../lambdas/core/job/ports.ts';
import type { Carry } from './carry.ts';

export interface StoredObject {
  readonly body: string | Uint8Array;
  readonly contentType: string;
}

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
