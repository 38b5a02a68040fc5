/**
 * Cuts a text into lines, each with the offset at which a later run goes on: the byte after its line break. Holds one line and one piece in
 * memory, and only the start of a line that is too long.
 */
import type { OpenText } from './source-text.ts';

export interface SourceLine {
  /** Number of the line, from 1. */
  readonly line: number;
  /** The offset of the first byte after it. */
  readonly endOffset: number;
  /** The line without its line break; only the start of one that is too long. */
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
}

/** An item of 400 KB fits, even with each of its characters escaped. */
export const maxRecordBytes = 2 * 1024 * 1024;
const lineFeed = 10;
const carriageReturn = 13;
const tooLongHeadBytes = 1_000;

/** @param linesBefore number of lines before the text begins */
export async function* splitLines(
  { offset: start, pieces }: OpenText,
  linesBefore: number,
  maxBytes = maxRecordBytes,
): AsyncGenerator<SourceLine> {
  let [line, offset] = [linesBefore, start]; // `offset` is where `pending` begins
  let pending: Buffer = Buffer.alloc(0); // begins with the line under way, whose first `scanned` bytes hold no end
  let scanned = 0;
  let head: Buffer | undefined; // the start of a line that is too long; the rest of it is skipped

  const take = (length: number, endOffset: number): SourceLine => {
    line += 1;
    const bytes = pending.at(length - 1) === carriageReturn && length > 0 ? pending.subarray(0, length - 1) : pending.subarray(0, length);
    const isTooLong = head !== undefined || bytes.length > maxBytes;
    const taken = { line, endOffset, isTooLong, bytes: isTooLong ? (head ?? bytes).subarray(0, tooLongHeadBytes) : bytes };
    head = undefined;
    return taken;
  };

  for await (const piece of pieces) {
    pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    for (let end = pending.indexOf(lineFeed, scanned); end !== -1; end = pending.indexOf(lineFeed)) {
      yield take(end, offset + end + 1);
      offset += end + 1;
      pending = pending.subarray(end + 1);
    }
    scanned = pending.length;
    if (pending.length > maxBytes + 1) {
      head ??= Buffer.from(pending.subarray(0, tooLongHeadBytes));
      offset += pending.length;
      [pending, scanned] = [Buffer.alloc(0), 0];
    }
  }
  if (pending.length > 0 || head !== undefined) yield take(pending.length, offset + pending.length);
}
