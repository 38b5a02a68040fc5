/**
 * Cuts a stream of bytes into records, each with the offset at which a later run goes on: the byte after its line break. Works on bytes, so
 * characters cut apart by a chunk's end are whole again, and holds one record and one chunk in memory.
 */

export interface SourceRecord {
  /** Number of its first line, from 1. */
  readonly line: number;
  /** Lines up to its end, and the offset of the first byte after it. */
  readonly endLine: number;
  readonly endOffset: number;
  /** Without line break and byte order mark; of a record that is too long only the start. */
  readonly bytes: Buffer;
  readonly isTooLong: boolean;
  /** The source ended inside a quoted field. */
  readonly isUnclosed: boolean;
}

export interface SplitOptions {
  /** Where the first chunk begins in the source: 0, or the `endOffset` and `endLine` of some record. */
  readonly from: { readonly offset: number; readonly line: number };
  /** Set for CSV: a line break inside a quoted field ends no record. */
  readonly delimiter?: string;
  readonly maxBytes?: number;
}

/** An item of 400 KB fits, even with each of its characters escaped. */
export const longestRecordBytes = 2 * 1024 * 1024;
const lineFeed = 10;
const carriageReturn = 13;
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);
const keptOfTooLong = 1_000;

export async function* splitRecords(
  chunks: AsyncIterable<Buffer>,
  { from, delimiter, maxBytes = longestRecordBytes }: SplitOptions,
): AsyncGenerator<SourceRecord> {
  const quotes = delimiter === undefined ? undefined : new QuoteTracker(delimiter.charCodeAt(0));
  let { line, offset } = from; // `offset` is where `pending` begins in the source
  let firstLine = line + 1;
  let pending: Buffer = Buffer.alloc(0); // starts with the record under way, of which the first `scanned` bytes hold no end
  let scanned = 0;
  let head: Buffer | undefined; // the start of a record that is too long; the rest of it is skipped
  let isAtStart = offset === 0;

  const record = (length: number, endOffset: number, isUnclosed = false): SourceRecord => {
    const bytes = withoutCarriageReturn(pending.subarray(0, length));
    const isTooLong = head !== undefined || bytes.length > maxBytes;
    return {
      line: firstLine,
      endLine: line,
      endOffset,
      isTooLong,
      isUnclosed,
      bytes: isTooLong ? (head ?? bytes).subarray(0, keptOfTooLong) : bytes,
    };
  };

  for await (const chunk of chunks) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    if (isAtStart) {
      if (pending.length < byteOrderMark.length && byteOrderMark.indexOf(pending) === 0) continue; // may become one
      const markBytes = pending.indexOf(byteOrderMark) === 0 ? byteOrderMark.length : 0;
      pending = pending.subarray(markBytes);
      offset += markBytes;
      isAtStart = false;
    }
    for (;;) {
      const end = pending.indexOf(lineFeed, scanned);
      quotes?.advance(pending, scanned, end === -1 ? pending.length : end + 1);
      if (end === -1) {
        scanned = pending.length;
        break;
      }
      line += 1;
      scanned = end + 1;
      if (quotes?.isOpen) continue;
      yield record(end, offset + scanned);
      offset += scanned;
      pending = pending.subarray(scanned);
      [scanned, firstLine, head] = [0, line + 1, undefined];
    }
    if (pending.length > maxBytes + 1) {
      head ??= Buffer.from(pending.subarray(0, keptOfTooLong));
      offset += pending.length;
      [pending, scanned] = [Buffer.alloc(0), 0];
    }
  }
  if (isAtStart) pending = pending.subarray(0, 0); // nothing, or a mark cut short
  if (pending.length === 0 && head === undefined) return;
  if (pending.at(-1) !== lineFeed) line += 1;
  yield record(pending.length, offset + pending.length, quotes?.isOpen ?? false);
}

function withoutCarriageReturn(bytes: Buffer): Buffer {
  return bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes;
}

/**
 * Knows whether a byte stands inside a quoted field. Quotes count only where a field begins, as RFC 4180 has it; others are for the reader of the record to refuse.
 * @see https://www.rfc-editor.org/rfc/rfc4180#section-2
 */
class QuoteTracker {
  private static readonly quote = 34;
  private readonly delimiter: number;
  private state: 'fieldStart' | 'plain' | 'quoted' | 'quoteInQuoted' = 'fieldStart';

  constructor(delimiter: number) {
    this.delimiter = delimiter;
  }

  get isOpen(): boolean {
    return this.state === 'quoted';
  }

  /** @param end the byte after the next line feed, or after the last byte there is */
  advance(bytes: Buffer, start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const byte = bytes[i];
      if (this.state === 'quoted') {
        if (byte === QuoteTracker.quote) this.state = 'quoteInQuoted';
      } else if (byte === QuoteTracker.quote && this.state !== 'plain') {
        this.state = 'quoted'; // opens the field, or was the first of a doubled quote
      } else {
        this.state = byte === this.delimiter || byte === lineFeed ? 'fieldStart' : 'plain';
      }
    }
  }
}
