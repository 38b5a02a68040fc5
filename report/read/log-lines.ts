/** Splits bytes into lines, in bounded memory. */
import { isAscii } from 'node:buffer';

/** Longer lines are left out. */
export const maxLineBytes = 1_048_576;

const newline = 10;

/** Takes chunks of bytes, gives lines without their ends (LF or CRLF) and without a byte order mark. Empty lines are left out. */
export class LineSplitter {
  /** Number of lines that were left out because they were longer than the limit. */
  tooLong = 0;
  /** Set by a receiver that needs no more lines; the rest is ignored. */
  isStopped = false;
  private readonly pending: Buffer[] = [];
  private pendingBytes = 0;
  private isSkipping = false;
  private isFirst = true;

  private readonly onLine: (line: string) => void;
  private readonly maxBytes: number;

  constructor(onLine: (line: string) => void, maxBytes = maxLineBytes) {
    this.onLine = onLine;
    this.maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    // An all-ASCII chunk, the usual case, is decoded without looking at its bytes once more.
    const encoding = isAscii(chunk) ? 'latin1' : 'utf8';
    let start = 0;
    while (!this.isStopped) {
      const end = chunk.indexOf(newline, start);
      if (end < 0) break;
      if (this.pendingBytes > 0 || this.isSkipping) this.endPending(chunk.subarray(start, end));
      else if (end - start > this.maxBytes) this.tooLong++;
      else this.give(chunk.toString(encoding, start, end));
      start = end + 1;
    }
    if (start < chunk.length && !this.isStopped) this.keep(chunk.subarray(start));
  }

  /** Gives the last line, which may lack its end. */
  end(): void {
    if (!this.isStopped) this.endPending(Buffer.alloc(0));
  }

  private keep(rest: Buffer): void {
    if (this.isSkipping) return;
    this.pending.push(rest);
    this.pendingBytes += rest.length;
    if (this.pendingBytes > this.maxBytes) {
      this.isSkipping = true;
      this.pending.length = 0;
      this.pendingBytes = 0;
    }
  }

  private endPending(last: Buffer): void {
    if (this.isSkipping || this.pendingBytes + last.length > this.maxBytes) this.tooLong++;
    else this.give(Buffer.concat([...this.pending, last]).toString());
    this.isSkipping = false;
    this.pending.length = 0;
    this.pendingBytes = 0;
  }

  private give(text: string): void {
    let line = text;
    if (this.isFirst) {
      this.isFirst = false;
      // The mark is three bytes of UTF-8, so it is never seen as Latin-1.
      if (line.charCodeAt(0) === 0xfeff) line = line.slice(1);
    }
    if (line.charCodeAt(line.length - 1) === 13) line = line.slice(0, -1);
    if (line !== '') this.onLine(line);
  }
}
