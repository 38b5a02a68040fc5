/** Pieces of bytes as blocks that hold whole records: what a block's reader left over is at the start of the next. */
import { TextError } from './decode.ts';
import { linesIn } from './lines.ts';

export interface Block {
  /** Followed by one line feed more than `end` counts, so that a search for the end of a line ends. Never changed or reused. */
  readonly bytes: Buffer;
  readonly end: number;
  /** The bytes end here: what has no end of line has one now. */
  readonly isLast: boolean;
  /** Bytes that the reader is done with; it sets this before it asks for the next block. */
  done: number;
}

const lineFeed = 10;
const blockBytes = 512 * 1024;

/** @throws TextError after all that is before it was yielded */
export async function* blocks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Block> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = blockBytes;
  const next = (isLast: boolean): Block => ({ bytes: joined(waiting, waitingBytes), end: waitingBytes, isLast, done: 0 });
  const keepRest = ({ bytes, done, end }: Block) => {
    waiting = done === end ? [] : [bytes.subarray(done, end)];
    waitingBytes = end - done;
    // Doubled, so that a record of many blocks is not read again for each of them.
    neededBytes = Math.max(blockBytes, 2 * waitingBytes);
  };
  try {
    for await (const piece of pieces) {
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes < neededBytes) continue;
      const block = next(false);
      yield block;
      keepRest(block);
    }
  } catch (error) {
    if (!(error instanceof TextError)) throw error;
    const block = next(false);
    yield block;
    error.uncountedLines = linesIn(block.bytes, block.done, block.end);
    throw error;
  }
  yield next(true);
}

function joined(pieces: readonly Buffer[], sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes + 1);
  let at = 0;
  for (const piece of pieces) at += piece.copy(bytes, at);
  bytes[sizeBytes] = lineFeed;
  return bytes;
}
