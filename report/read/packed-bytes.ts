/** Bytes of a file, unpacked where it is packed with gzip or Zstandard. What it is packed with is seen by its bytes, never by its name. */
import { createReadStream } from 'node:fs';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import { ZstdFrames } from './zstd-frames.ts';

export type Packing = 'gzip' | 'zstd';

/** A file that is packed more often is not read. */
const maxPackings = 3;
const chunkBytes = 262_144;

/** Whether this Node.js unpacks Zstandard: from 22.15 on. */
export const hasZstd = typeof zlib.createZstdDecompress === 'function';

export interface BytesSink {
  readonly push: (chunk: Buffer) => void;
  /** Ends the reading early. */
  readonly isStopped: boolean;
}

/** How bytes that start so are packed. RFC 1952 section 2.3.1, RFC 8878 section 3.1.1. */
export function packingOf(start: Buffer): Packing | undefined {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  return start.length >= 4 && start.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : undefined;
}

export interface UnpackedStart {
  /** The layers, from the outside in. */
  readonly packings: readonly Packing[];
  readonly start: Buffer;
  /** Why there is no more, where the packed data is damaged. */
  readonly problem: string | undefined;
}

/** The layers of packing around a file, from the outside in, and its first unpacked bytes. */
export async function unpackedStart(path: string, wantedBytes: number): Promise<UnpackedStart> {
  const packings: Packing[] = [];
  for (;;) {
    const { start, problem } = await firstBytes(path, packings, wantedBytes);
    const packing = packingOf(start);
    if (packing === undefined || packings.length === maxPackings || (packing === 'zstd' && !hasZstd)) return { packings, start, problem };
    packings.push(packing);
  }
}

async function firstBytes(path: string, packings: readonly Packing[], wantedBytes: number): Promise<Omit<UnpackedStart, 'packings'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const sink = {
    isStopped: false,
    push(chunk: Buffer) {
      chunks.push(chunk);
      bytes += chunk.length;
      sink.isStopped = bytes >= wantedBytes;
    },
  };
  const problem = await readUnpacked(path, packings, sink, Math.min(wantedBytes, chunkBytes));
  return { start: Buffer.concat(chunks).subarray(0, wantedBytes), problem };
}

/**
 * Reads a file, and hands its unpacked bytes to the sink, which works at once: no more than a chunk is in memory.
 * @returns a note where the packed data ends too early or is damaged; all that came before was handed over
 * @throws the error of the file system
 */
export async function readUnpacked(
  path: string,
  packings: readonly Packing[],
  sink: BytesSink,
  highWaterMark = chunkBytes,
): Promise<string | undefined> {
  const file = createReadStream(path, { highWaterMark });
  if (packings.length === 0) {
    for await (const chunk of file) {
      sink.push(chunk);
      if (sink.isStopped) break;
    }
    return undefined;
  }
  const layers = packings.map(openLayer);
  let problem: string | undefined;
  const ended = new Promise<void>((resolve) => {
    layers.forEach((layer, index) => {
      const next = layers[index + 1];
      layer.on('error', (error: NodeJS.ErrnoException) => {
        problem ??=
          error.code === 'Z_BUF_ERROR'
            ? 'the packed data ends too early; what came was read'
            : 'the packed data is damaged; it was read up to there';
        if (next === undefined) resolve();
        else next.end();
      });
      if (next !== undefined) layer.pipe(next);
    });
    const last = layers.at(-1);
    last?.on('data', (chunk: Buffer) => {
      if (!sink.isStopped) sink.push(chunk);
      if (sink.isStopped) resolve();
    });
    last?.on('end', resolve);
    last?.on('close', resolve);
  });
  const [first] = layers;
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  for await (const chunk of file) {
    // Waits for each chunk: the end, sent together with the last one, would lose what a truncated file still gives.
    if (first !== undefined && !first.destroyed) await Promise.race([ended, new Promise((resolve) => first.write(chunk, resolve))]);
    if (isOver || sink.isStopped) break;
  }
  if (first?.destroyed === false) first.end();
  await ended;
  for (const layer of layers) layer.destroy();
  return problem;
}

function openLayer(packing: Packing): Transform {
  return packing === 'gzip' ? zlib.createGunzip({ chunkSize: chunkBytes }) : new ZstdFrames();
}
