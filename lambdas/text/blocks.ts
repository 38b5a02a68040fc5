/** Pieces of bytes as blocks that hold whole records: what a block's reader left over is at the start of the next. */
import { TextFault } from './decode.ts';
import { linesIn } from './lines.ts';

export interface Block {
  /** Followed by one line feed more than `end` counts, so that a search for the end of a line ends. Never changed or reused. */
  readonly bytes: Buffer;
  readonly end: number;
  /** The bytes end here: what has no end of line has one now. */
  readonly isLast: boolean;
}

const lineFeed = 10;
const blockBytes = 512 * 1024;

/**
 * @param read consumes a block and returns how many of its bytes it is done with
 * @throws TextFault after `read` had all that stands before it
 */
export async function readBlocks(pieces: AsyncIterable<Buffer>, read: (block: Block) => Promise<number> | number): Promise<void> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let neededBytes = blockBytes;
  const take = async (isLast: boolean) => {
    const block = { bytes: joined(waiting, waitingBytes), end: waitingBytes, isLast };
    const done = await read(block);
    waiting = done === block.end ? [] : [block.bytes.subarray(done, block.end)];
    waitingBytes = block.end - done;
    // Doubled, so that a record of many blocks is not read again for each of them.
    neededBytes = Math.max(blockBytes, 2 * waitingBytes);
  };
  try {
    for await (const piece of pieces) {
      waiting.push(piece);
      waitingBytes += piece.length;
      if (waitingBytes >= neededBytes) await take(false);
    }
  } catch (error) {
    if (!(error instanceof TextFault)) throw error;
    await take(false);
    error.uncountedLines = waiting.reduce((lines, bytes) => lines + linesIn(bytes, 0, bytes.length), 0);
    throw error;
  }
  await take(true);
}

function joined(pieces: readonly Buffer[], sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes + 1);
  let at = 0;
  for (const piece of pieces) at += piece.copy(bytes, at);
  bytes[sizeBytes] = lineFeed;
  return bytes;
}
