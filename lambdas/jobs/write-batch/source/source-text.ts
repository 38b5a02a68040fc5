/** Opens the text of a source at any place where an earlier run stopped. */
import type { Encoding } from '../../../text/csv-dialect.ts';
import { checkedUtf8, decoded, TextError } from '../../../text/decode.ts';
import { decompressed } from '../../../text/decompress.ts';
import { invalidSource } from '../../../text/source-error.ts';
import type { SourceChunks } from './source-object.ts';

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

export interface OpenText {
  /** Where `pieces` begins, behind a byte order mark. */
  readonly offset: number;
  /** UTF-8. Throws `TextError`. */
  readonly pieces: AsyncIterable<Buffer>;
}

/**
 * Offsets of an object in plain UTF-8 are those of its bytes, and a later run continues there. Offsets of any other object are those in its
 * text as UTF-8, and a later run reads it from its start again, up to there.
 */
export class SourceText {
  readonly object: SourceChunks;
  /** Whether offsets are those of the object. */
  readonly isPlain: boolean;
  private readonly encoding: Encoding;

  constructor(object: SourceChunks, encoding: Encoding = 'utf-8') {
    this.object = object;
    this.encoding = encoding;
    this.isPlain = encoding === 'utf-8' && object.compression === undefined;
  }

  /** @param chunkBytes how much is requested at a time */
  async open(offset: number, chunkBytes: number): Promise<OpenText> {
    if (this.isPlain && offset > 0) return { offset, pieces: checkedUtf8(this.object.chunks(offset, chunkBytes)) };
    const chunks = this.object.chunks(0, chunkBytes);
    const first = await chunks.next();
    const start = first.done ? Buffer.alloc(0) : first.value;
    const pieces = decoded(decompressed(followedBy(start, chunks), this.object.name, this.object.compression), this.encoding);
    if (!this.isPlain) return { offset, pieces: skipping(pieces, offset) };
    return { offset: start.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0, pieces };
  }

  /** @returns the error to throw for what reading `pieces` threw @param lines before the fault */
  errorOf(thrown: unknown, lines: number): unknown {
    if (!(thrown instanceof TextError)) return thrown;
    return invalidSource(thrown.message, { object: this.object.name, line: lines + 1, excerpt: thrown.excerpt });
  }
}

async function* followedBy(start: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (start.length > 0) yield start;
  yield* rest;
}

async function* skipping(pieces: AsyncIterable<Buffer>, sizeBytes: number): AsyncGenerator<Buffer> {
  let leftBytes = sizeBytes;
  for await (const piece of pieces) {
    if (leftBytes < piece.length) yield piece.subarray(leftBytes);
    leftBytes = Math.max(0, leftBytes - piece.length);
  }
}
