/** Objects from S3 as local files: DuckDB itself never gets near the network. */
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, type ListObjectsV2CommandOutput, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError, RetryableError } from '../../core/errors.ts';
import { contract } from './contract.ts';
import type { SourceLocation } from './s3-url.ts';

export interface FetchOptions {
  /** Names the source in errors. */
  readonly source: string;
  readonly signal: AbortSignal;
  /** What all the objects together may have. */
  readonly budgetBytes: number;
  readonly maxObjects: number;
  /** @returns the local path for the object with this number and key */
  readonly pathFor: (index: number, key: string) => string;
}

export interface Fetched {
  readonly paths: readonly string[];
  readonly sizeBytes: number;
}

interface ListedObject {
  readonly key: string;
  /** Absent where nothing was listed. */
  readonly etag?: string;
  readonly sizeBytes?: number;
}

const parallelDownloads = 8;

/**
 * @throws PermanentError `source_not_found`, `sources_too_large`
 * @throws RetryableError `source_changed` when an object changed between listing and reading, `source_interrupted` when its transfer broke
 */
export async function fetchObjects(s3: S3Client, location: SourceLocation, options: FetchOptions): Promise<Fetched> {
  const objects = location.isPrefix ? await listObjects(s3, location, options) : [{ key: location.key }];
  const paths = objects.map(({ key }, index) => options.pathFor(index, key));
  const downloads = objects.entries();
  let sizeBytes = 0;
  const download = async () => {
    for (const [index, object] of downloads) {
      const budgetBytes = object.sizeBytes ?? options.budgetBytes;
      sizeBytes += await fetchObject(s3, location.bucket, object, String(paths[index]), { ...options, budgetBytes });
    }
  };
  // All of them end before anything is thrown: nobody may write into the folder any more once it is being removed.
  const results = await Promise.allSettled(Array.from({ length: parallelDownloads }, download));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return { paths, sizeBytes };
}

/** @returns objects that hold something, in the order of their keys */
async function listObjects(s3: S3Client, { bucket, key }: SourceLocation, options: FetchOptions): Promise<readonly ListedObject[]> {
  const { source, signal, budgetBytes, maxObjects } = options;
  const objects: ListedObject[] = [];
  let totalBytes = 0;
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key });
  for await (const { Contents = [] } of withNames(pages, source)) {
    signal.throwIfAborted();
    for (const { Key = '', ETag = '', Size = 0 } of Contents) {
      if (Size === 0) continue; // folder markers, and files without a row
      objects.push({ key: Key, etag: ETag, sizeBytes: Size });
      totalBytes += Size;
    }
    if (objects.length > maxObjects) {
      throw tooLarge(
        `The source ${source} has more than ${maxObjects} objects. Name a narrower prefix, or put the rows into fewer objects.`,
      );
    }
  }
  if (objects.length === 0) throw notFound(source, `no object's key begins with "${key}" in the bucket ${bucket}`);
  if (totalBytes > budgetBytes) throw noRoom(source, totalBytes, budgetBytes);
  return objects.sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function* withNames(pages: AsyncIterable<ListObjectsV2CommandOutput>, source: string): AsyncGenerator<ListObjectsV2CommandOutput> {
  try {
    yield* pages;
  } catch (error) {
    throw (error as Error).name === 'NoSuchBucket' ? notFound(source, 'there is no such bucket') : error;
  }
}

async function fetchObject(s3: S3Client, Bucket: string, object: ListedObject, path: string, options: FetchOptions): Promise<number> {
  const { source, signal, budgetBytes } = options;
  const input = { Bucket, Key: object.key, ...(object.etag === undefined ? {} : { IfMatch: object.etag }) };
  const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand(input), { abortSignal: signal }).catch((error: Error) => {
    const isListed = object.etag !== undefined;
    if (isListed && ['NoSuchKey', 'NotFound', 'PreconditionFailed'].includes(error.name)) {
      throw new RetryableError(`The object ${object.key} of the source ${source} changed while it was read.`, { code: 'source_changed' });
    }
    if (['NoSuchKey', 'NotFound', 'NoSuchBucket'].includes(error.name))
      throw notFound(source, `there is no object s3://${Bucket}/${object.key}`);
    throw error;
  });
  const body = Body as Readable; // the SDK's type covers browsers, too; on Node it is a Readable
  if (ContentLength > budgetBytes) {
    body.destroy();
    throw noRoom(source, ContentLength, budgetBytes);
  }
  const file = createWriteStream(path, { flags: 'wx', mode: 0o400 }); // read-only from the start
  await pipeline(body, file, { signal }).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    if (error.code === 'ENOSPC') throw noRoom(source, ContentLength, file.bytesWritten);
    throw interrupted(source, object.key, error);
  });
  if (file.bytesWritten !== ContentLength) throw interrupted(source, object.key);
  return ContentLength;
}

function interrupted(source: string, key: string, cause?: unknown): RetryableError {
  return new RetryableError(`The object ${key} of the source ${source} ended before all of it was read.`, {
    code: 'source_interrupted',
    cause,
  });
}

function notFound(source: string, why: string): PermanentError {
  return new PermanentError(`The source ${source} was not found: ${why}.`, { code: 'source_not_found', details: { source } });
}

function noRoom(source: string, sizeBytes: number, budgetBytes: number): PermanentError {
  const [has, room] = [sizeBytes, Math.max(0, budgetBytes)].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`);
  return tooLarge(
    `The source ${source} has ${has}, and its worker has room for ${room} of sources. Name fewer objects, or raise ephemeralStorageMiB of the job type run-query (now ${contract.ephemeralStorageMiB}, at most 10240).`,
    { source, sizeBytes, budgetBytes },
  );
}

function tooLarge(message: string, details: Readonly<Record<string, unknown>> = {}): PermanentError {
  return new PermanentError(message, { code: 'sources_too_large', details });
}
