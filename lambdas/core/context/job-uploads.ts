/** Reads what a caller uploaded, and nothing else in its place. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { truncate } from '../../text/truncate.ts';
import type { Upload } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { DelegationError, PermanentError, RetryableError } from '../contract/errors.ts';
import { parseUploadReference } from '../contract/upload-reference.ts';
import { isUpload, type StoredUpload, type UploadContent, type UploadRead, type UploadReader, uploadKey } from '../job/upload.ts';
import type { JobSession } from '../session/job-session.ts';

export interface OpenUploadOptions {
  readonly session: Pick<JobSession, 'job' | 'interrupted'>;
  readonly contract: Pick<JobTypeContract, 'name' | 'uploads'>;
  readonly store: UploadReader;
}

/** Reads of one range where the connection breaks off. */
const maxReads = 3;

/** @throws PermanentError `upload_missing` or `upload_changed`; `worker_error` where the contract does not permit it */
export async function openUpload(reference: string, { session, contract, store }: OpenUploadOptions): Promise<Upload> {
  const { job } = session;
  const { signal } = session.interrupted;
  if (contract.uploads === undefined) {
    const message = `The contract of ${contract.name} does not permit this. It takes: uploads: 'read'.`;
    throw new PermanentError(message, { code: 'worker_error' });
  }
  signal.throwIfAborted();
  const id = parseUploadReference(reference);
  const key = uploadKey(job.owner, id ?? '');
  const stored = id === undefined ? undefined : await store.describe(key);
  if (id === undefined || stored === undefined) throw missing(reference);
  if (!isUpload(id, job.owner, stored)) throw changed(reference);
  const { sizeBytes, contentType, contentEncoding } = stored as UploadContent;
  const read = (range?: UploadRead['range']) =>
    readStored(reference, () => store.read(key, { etag: stored.etag, signal, ...(range === undefined ? {} : { range }) }));
  return {
    sizeBytes,
    contentType,
    contentEncoding,
    stream: () => Readable.from(checkedBytes(read, { reference, stored, signal }), { objectMode: false }),
    async read(offset, bytes) {
      const size = Math.min(bytes, sizeBytes - offset);
      return size <= 0 ? Buffer.alloc(0) : readRange(() => read({ offset, bytes: size }), { reference, size, signal });
    },
  };
}

async function readStored(reference: string, read: () => Promise<Readable | undefined>): Promise<Readable> {
  const body = await read();
  if (body === undefined) throw changed(reference);
  return body;
}

interface WholeRead {
  readonly reference: string;
  readonly stored: StoredUpload;
  readonly signal: AbortSignal;
}

async function* checkedBytes(read: () => Promise<Readable>, { reference, stored, signal }: WholeRead): AsyncGenerator<Buffer> {
  const body = await read();
  const hash = createHash('sha256');
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      hash.update(piece);
      yield piece;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw interrupted(reference, error);
  } finally {
    body.destroy();
  }
  if (hash.digest('base64') !== stored.sha256) throw interrupted(reference);
}

interface RangeRead {
  readonly reference: string;
  readonly size: number;
  readonly signal: AbortSignal;
}

async function readRange(read: () => Promise<Readable>, { reference, size, signal }: RangeRead): Promise<Buffer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const bytes = Buffer.concat((await (await read()).toArray()) as Buffer[]);
      if (bytes.length === size) return bytes;
      throw new Error(`${bytes.length} of ${size} bytes came`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof DelegationError) throw error;
      if (attempt === maxReads) throw interrupted(reference, error);
    }
  }
}

function missing(reference: string): PermanentError {
  const message = `There is no upload ${truncate(reference, 80)}: it was never sent, or was deleted. Upload it again (POST /v1/uploads), and retry the job with the new reference in its input.`;
  return new PermanentError(message, { code: 'upload_missing', details: { upload: reference } });
}

function changed(reference: string): PermanentError {
  const message = `The upload ${reference} is not what was announced: its size, checksum or type differs, or it was replaced. Upload it again (POST /v1/uploads), and retry the job with the new reference in its input.`;
  return new PermanentError(message, { code: 'upload_changed', details: { upload: reference } });
}

function interrupted(reference: string, cause?: unknown): RetryableError {
  return new RetryableError(`The upload ${reference} could not be read to its end.`, { code: 'upload_interrupted', cause });
}
