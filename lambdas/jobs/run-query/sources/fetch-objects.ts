/** Streams the objects of a source one after the other in the order of their keys: DuckDB itself never uses the network. */
import type { Readable } from 'node:stream';
import { GetObjectCommand, type ListObjectsV2CommandOutput, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../../core/contract/errors.ts';
import { type SourcePlace, sourceFailure, sourceInterrupted } from '../../source-failure.ts';
import { contract } from '../contract.ts';
import type { SourceLocation } from '../source-urls.ts';
import type { ObjectStream } from './reading.ts';

export interface FetchOptions {
  /** Names the source in errors. */
  readonly source: string;
  readonly signal: AbortSignal;
  /** Bytes that all the objects together may have. */
  readonly budgetBytes: number;
  readonly maxObjects: number;
}

interface ListedObject {
  readonly key: string;
  /** Absent where nothing was listed. */
  readonly etag?: string;
  readonly sizeBytes?: number;
}

/** Objects up to this size are read ahead, some at a time: most of the time of a small one is the wait for its first byte. */
const readAheadBytes = 2 * 2 ** 20;
const readAheadObjects = 8;

/**
 * Each stream must be read to its end, or abandoned, before the next one is requested.
 * @throws the errors of `sourceFailure` for S3's refusals
 * @throws PermanentError `source_not_found` when a prefix has no objects, `sources_too_large`
 * @throws RetryableError `source_interrupted` when a transfer broke off
 */
export async function* fetchObjects(s3: S3Client, location: SourceLocation, options: FetchOptions): AsyncGenerator<ObjectStream> {
  const objects = location.isPrefix ? await listObjects(s3, location, options) : [{ key: location.key }];
  const ahead = new Map<ListedObject, Promise<readonly Buffer[]>>();
  const stopped = new AbortController();
  const signal = AbortSignal.any([options.signal, stopped.signal]);
  const stream = (object: ListedObject) => objectBytes(s3, { bucket: location.bucket, ...object }, { ...options, signal });
  try {
    for (const [index, object] of objects.entries()) {
      for (const next of objects.slice(index, index + readAheadObjects)) {
        if (ahead.has(next) || objects.length === 1 || (next.sizeBytes ?? Number.POSITIVE_INFINITY) > readAheadBytes) continue;
        const whole = collected(stream(next));
        whole.catch(() => undefined); // thrown where it is read
        ahead.set(next, whole);
      }
      const whole = ahead.get(object);
      yield { name: `s3://${location.bucket}/${object.key}`, bytes: whole === undefined ? stream(object) : piecesOf(whole) };
      ahead.delete(object);
    }
  } finally {
    stopped.abort();
    await Promise.allSettled(ahead.values());
  }
}

async function collected(bytes: AsyncIterable<Buffer>): Promise<readonly Buffer[]> {
  const pieces: Buffer[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return pieces;
}

async function* piecesOf(whole: Promise<readonly Buffer[]>): AsyncGenerator<Buffer> {
  yield* await whole;
}

/** @returns objects that hold something, in the order of their keys */
async function listObjects(s3: S3Client, { bucket, key }: SourceLocation, options: FetchOptions): Promise<readonly ListedObject[]> {
  const { source, signal, budgetBytes, maxObjects } = options;
  const objects: ListedObject[] = [];
  let totalBytes = 0;
  const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key });
  for await (const { Contents = [] } of translated(pages, { object: `s3://${bucket}/${key}*`, source })) {
    signal.throwIfAborted();
    for (const { Key = '', ETag = '', Size = 0 } of Contents) {
      if (Size === 0) continue; // folder markers, and files without a row
      if (isHidden(Key, key)) continue;
      objects.push({ key: Key, etag: ETag, sizeBytes: Size });
      totalBytes += Size;
    }
    if (objects.length > maxObjects) {
      throw tooLarge(
        `The source ${source} has more than ${maxObjects} objects. Name a narrower prefix, or put the rows into fewer objects.`,
      );
    }
  }
  if (objects.length === 0) {
    const why = `no object's key begins with "${key}" in the bucket ${bucket}, but for empty and hidden ones (_…, .…)`;
    throw new PermanentError(`The source ${source} was not found: ${why}.`, { code: 'source_not_found', details: { source } });
  }
  if (totalBytes > budgetBytes) throw noRoom(source, totalBytes, budgetBytes);
  // As S3 orders them: by their UTF-8 bytes, which differ from UTF-16 beyond the basic plane.
  return objects.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
}

/**
 * @returns whether another tool wrote the object beside the rows: `_SUCCESS`, `_delta_log/…`, `.part.crc`. A folder `_day=1` is a partition,
 * and a name that begins in the prefix itself was requested
 */
function isHidden(key: string, prefix: string): boolean {
  const names = key.slice(prefix.lastIndexOf('/') + 1).split('/');
  if (!prefix.endsWith('/') && prefix !== '') names.shift();
  return names.some((name) => name.startsWith('.') || (name.startsWith('_') && !name.includes('=')));
}

async function* translated(
  pages: AsyncIterable<ListObjectsV2CommandOutput>,
  place: SourcePlace,
): AsyncGenerator<ListObjectsV2CommandOutput> {
  try {
    yield* pages;
  } catch (error) {
    throw sourceFailure(error, place);
  }
}

async function* objectBytes(
  s3: S3Client,
  { bucket, key, etag }: ListedObject & { readonly bucket: string },
  { source, signal, budgetBytes }: FetchOptions,
): AsyncGenerator<Buffer> {
  const input = { Bucket: bucket, Key: key, ...(etag === undefined ? {} : { IfMatch: etag }) };
  const place = { object: `s3://${bucket}/${key}`, source, wasSeen: etag !== undefined };
  const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand(input), { abortSignal: signal }).catch((error: unknown) => {
    throw sourceFailure(error, place);
  });
  const body = Body as Readable; // the SDK's type covers browsers, too; on Node it is a Readable
  try {
    if (ContentLength > budgetBytes) throw noRoom(source, ContentLength, budgetBytes);
    let readBytes = 0;
    for await (const piece of piecesOfBody(body, place, signal)) {
      readBytes += piece.length;
      yield piece;
    }
    if (readBytes !== ContentLength) throw sourceInterrupted(place);
  } finally {
    body.destroy();
  }
}

async function* piecesOfBody(body: Readable, place: SourcePlace, signal: AbortSignal): AsyncGenerator<Buffer> {
  const iterator = body[Symbol.asyncIterator]();
  for (;;) {
    const next = await iterator.next().catch((error: Error) => {
      signal.throwIfAborted();
      throw sourceInterrupted(place, error);
    });
    signal.throwIfAborted();
    if (next.done) return;
    yield next.value as Buffer;
  }
}

/**
 * @param sizeBytes what the source takes, decompressed and in the form in which it is stored; as much as is known
 * @param budgetBytes what the sources before it left
 */
export function noRoom(source: string, sizeBytes: number, budgetBytes: number): PermanentError {
  const [has, room] = [sizeBytes, Math.max(0, budgetBytes)].map((bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`);
  return tooLarge(
    `The source ${source} takes ${has} or more, and its worker has ${room} left for it. Name fewer objects, or raise ephemeralStorageMiB of the job type run-query (now ${contract.ephemeralStorageMiB}, at most 10240).`,
    { source, sizeBytes, budgetBytes },
  );
}

function tooLarge(message: string, details: Readonly<Record<string, unknown>> = {}): PermanentError {
  return new PermanentError(message, { code: 'sources_too_large', details });
}
