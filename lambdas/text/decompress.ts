/** Compressed objects, read to their end: every member, its checksum and its length. */
import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { isBzip2, isParquet } from './known-format.ts';
import { invalidSource } from './source-error.ts';

export type Compression = 'gzip' | 'zstd';

const magicNumbers = { gzip: Buffer.from([0x1f, 0x8b]), zstd: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]) } as const;
const otherFormats: readonly (readonly [name: string, isIt: (start: Buffer) => boolean])[] = [
  ['a zip archive', (start) => beginsWith(start, Buffer.from([0x50, 0x4b, 0x03, 0x04]))],
  ['compressed with bzip2', isBzip2],
  ['compressed with xz', (start) => beginsWith(start, Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a]))],
  ['a Parquet file', isParquet],
];
/** Size of each decompressed piece. */
const pieceBytes = 256 * 1024;

/** @returns how an object is compressed, by the end of its key */
export function compressionOf(name: string): Compression | undefined {
  if (/\.(?:gz|gzip)$/i.test(name)) return 'gzip';
  return /\.zst$/i.test(name) ? 'zstd' : undefined;
}

/**
 * Decompresses an object that is said to be compressed, and passes on any other.
 * @param bytes of the object from its first byte
 * @param compression what is said of it; by default, by the end of its key
 * @throws PermanentError `invalid_source` when the stream is damaged or ends early, when something follows its end, or when bytes are not what is said of them
 */
export async function* decompressed(
  bytes: AsyncIterable<Buffer>,
  object: string,
  compression: Compression | undefined = compressionOf(object),
): AsyncGenerator<Buffer> {
  const source = bytes[Symbol.asyncIterator]();
  try {
    const start = await readStart(source);
    const found = (Object.keys(magicNumbers) as Compression[]).find((name) => beginsWith(start, magicNumbers[name]));
    if (compression !== undefined && found !== compression && start.length > 0) throw wrongName(object, compression, found);
    if (compression === undefined && found !== undefined) throw unsaid(object, found);
    const other = otherFormats.find(([, isIt]) => isIt(start));
    if (other !== undefined) throw invalidSource(`the object is ${other[0]}; it must be text, or compressed with gzip or zstd`, { object });
    if (start.length === 0) return;
    if (compression !== undefined) return yield* members(start, source, { compression, object });
    yield start;
    for (let next = await source.next(); !next.done; next = await source.next()) yield next.value;
  } finally {
    await source.return?.();
  }
}

/** Reads enough bytes to recognise every format, if the object has them. */
async function readStart(source: AsyncIterator<Buffer>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0);
  while (start.length < 12) {
    const next = await source.next();
    if (next.done) break;
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value]);
  }
  return start;
}

/** One decoder reads concatenated gzip members; of zstd frames it reads one a piece, so that the next needs the next decoder. */
async function* members(
  start: Buffer,
  source: AsyncIterator<Buffer>,
  { compression, object }: { readonly compression: Compression; readonly object: string },
): AsyncGenerator<Buffer> {
  let rest: Buffer | undefined = start;
  while (rest !== undefined) {
    const feeder = new Feeder(compression, rest, source);
    try {
      yield* feeder.decoder;
      rest = await feeder.done;
    } catch (error) {
      feeder.decoder.destroy();
      throw feeder.sourceError ?? damaged(object, compression, error as NodeJS.ErrnoException);
    } finally {
      feeder.decoder.destroy();
    }
    if (compression === 'gzip' && rest !== undefined) {
      // Blocks of tapes and disks are filled up with zeros, which belong to nothing.
      if (await isAllZeros(rest, source)) return;
      throw invalidSource('something that is not gzip follows the end of the gzip stream', { object });
    }
  }
}

class Feeder {
  readonly decoder: Gunzip | ZstdDecompress;
  /** What follows the end of the stream in the decoder's last piece, or undefined at the end of the object. */
  readonly done: Promise<Buffer | undefined>;
  sourceError: unknown;
  private readonly source: AsyncIterator<Buffer>;

  constructor(compression: Compression, first: Buffer, source: AsyncIterator<Buffer>) {
    this.source = source;
    this.decoder = compression === 'gzip' ? createGunzip({ chunkSize: pieceBytes }) : createZstdDecompress({ chunkSize: pieceBytes });
    this.done = this.feed(first);
    this.done.catch(() => undefined); // thrown by the decoder's own iterator as well
  }

  private async feed(first: Buffer): Promise<Buffer | undefined> {
    let fedBytes = 0;
    for (let piece: Buffer | undefined = first; piece !== undefined; piece = await this.next()) {
      await this.write(piece);
      fedBytes += piece.length;
      const leftBytes = fedBytes - this.decoder.bytesWritten;
      if (leftBytes > 0) return piece.subarray(piece.length - leftBytes);
    }
    this.decoder.end();
    return undefined;
  }

  private async write(piece: Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.decoder.once('close', resolve); // ended by an error, which its iterator throws, or by its reader
      this.decoder.write(piece, (error) => {
        this.decoder.off('close', resolve);
        if (error) reject(error);
        else resolve();
      });
    });
  }

  private async next(): Promise<Buffer | undefined> {
    try {
      const { done, value } = await this.source.next();
      return done ? undefined : value;
    } catch (error) {
      this.sourceError = error;
      this.decoder.destroy(error as Error);
      throw error;
    }
  }
}

async function isAllZeros(first: Buffer, source: AsyncIterator<Buffer>): Promise<boolean> {
  for (let piece: Buffer | undefined = first; piece !== undefined; ) {
    if (!piece.every((byte) => byte === 0)) return false;
    const next = await source.next();
    piece = next.done ? undefined : next.value;
  }
  return true;
}

function beginsWith(bytes: Buffer, magic: Buffer): boolean {
  return bytes.subarray(0, magic.length).equals(magic);
}

const isUpload = (object: string) => object.startsWith('upload://');

function unsaid(object: string, found: Compression): Error {
  const advice = isUpload(object)
    ? `which its contentEncoding must say: upload it again with "contentEncoding": "${found}"`
    : `which its name must say: end its key in ${found === 'gzip' ? '.gz' : '.zst'}`;
  return invalidSource(`the object is compressed with ${found}, ${advice}`, { object });
}

function wrongName(object: string, compression: Compression, found: Compression | undefined): Error {
  const is = found === undefined ? `is not compressed with ${compression}` : `is compressed with ${found}`;
  const said = isUpload(object) ? 'contentEncoding of the upload' : 'name of the object';
  return invalidSource(`the ${said} says ${compression}, but it ${is}`, { object });
}

function damaged(object: string, compression: Compression, error: NodeJS.ErrnoException): Error {
  const what =
    error.code === 'Z_BUF_ERROR'
      ? 'ends before it is complete, so that rows may be missing'
      : `is damaged (${error.message.toLowerCase()})`;
  return invalidSource(`the ${compression} stream of the object ${what}`, { object });
}
