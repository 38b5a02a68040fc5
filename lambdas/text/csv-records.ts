/**
 * Finds the records of a CSV object and their fields, by RFC 4180: a field is quoted when it begins with a double quote, two of which are one
 * inside it; a record ends with LF, CRLF or CR outside of quotes. A quote inside an unquoted field is a character as any other, as Python's
 * `csv` has it, and only a delimiter or the end of the record may follow the quote that closes a field.
 * @see https://www.rfc-editor.org/rfc/rfc4180#section-2
 */

import { linesIn } from './lines.ts';

/** Bytes of an object. */
export interface CsvPiece {
  readonly bytes: Uint8Array;
  /** The end of the bytes, which a line feed must follow. */
  readonly end: number;
  /** Whether the object ends there for good. */
  readonly isLast: boolean;
}

/** How a field is written. */
export const fieldKind = { plain: 0, quoted: 1, quotedWithQuotes: 2, plainWithQuotes: 3 } as const;

export class CsvError extends Error {
  override readonly name = 'CsvError';
  /** Lines before it in its record. */
  readonly lines: number;
  /** Index of the field, from 0. */
  readonly field: number;
  /** Offset in the bytes. */
  readonly at: number;

  constructor(what: string, place: { readonly lines: number; readonly field: number; readonly at: number }) {
    super(what);
    this.lines = place.lines;
    this.field = place.field;
    this.at = place.at;
  }
}

const [quote, lineFeed, carriageReturn] = [34, 10, 13];
/** Returned where the end is not there yet. */
const incomplete = -1;

/** Reads one record at a time. Its members describe the last one, until the next is read. */
export class CsvRecords {
  fieldCount = 0;
  /** Where each field's text begins and ends, without its quotes. */
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  kinds = new Uint8Array(64);
  /** Where the record's text ends, before its line break. */
  end = 0;
  /** The first byte after its line break. */
  next = 0;
  /** Lines that it takes. */
  lines = 0;
  /** Set where text follows a closing quote; the record ends at the next line break all the same, so that reading can go on behind it. */
  error: CsvError | undefined;
  /** Whether every reader of CSV finds the same in it: ends with LF alone, quotes around whole fields. */
  isPlain = true;
  private readonly delimiter: number;
  private readonly stops: Uint8Array;

  constructor(delimiter: string) {
    this.delimiter = delimiter.charCodeAt(0);
    this.stops = new Uint8Array(256);
    for (const byte of [this.delimiter, quote, lineFeed, carriageReturn]) this.stops[byte] = 1;
  }

  /**
   * @param from where the record begins
   * @returns false when the record's end is not there yet
   * @throws CsvError where a quote is never closed: nothing after it can be trusted
   */
  read(piece: CsvPiece, from: number): boolean {
    const { bytes } = piece;
    const { delimiter } = this;
    this.error = undefined;
    this.lines = 1;
    this.isPlain = true;
    let at = from;
    for (let field = 0; ; field++) {
      if (field === this.starts.length) this.grow();
      at = bytes[at] === quote ? this.quotedField(piece, at, field) : this.plainField(bytes, at, field);
      if (at === incomplete) return false;
      if (bytes[at] !== delimiter) return this.endRecord(piece, at, field + 1);
      at += 1;
    }
  }

  /** @returns behind the field */
  private plainField(bytes: Uint8Array, from: number, field: number): number {
    const { stops } = this;
    let at = from;
    this.starts[field] = at;
    this.kinds[field] = fieldKind.plain;
    while (stops[bytes[at] as number] === 0) at++;
    if (bytes[at] === quote) {
      this.kinds[field] = fieldKind.plainWithQuotes;
      this.isPlain = false;
      at = this.endOfText(bytes, at);
    }
    this.ends[field] = at;
    return at;
  }

  /** @returns behind the field, whose text begins after the quote at `from`; or `incomplete` */
  private quotedField(piece: CsvPiece, from: number, field: number): number {
    const closing = this.closingQuote(piece, from + 1, field);
    if (closing === incomplete) return incomplete;
    this.starts[field] = from + 1;
    this.ends[field] = closing;
    const after = piece.bytes[closing + 1];
    if (after === this.delimiter || after === lineFeed || after === carriageReturn) return closing + 1;
    const place = { lines: this.lines - 1, field, at: from };
    this.error ??= new CsvError('text follows the quote that closes this field; a quote inside a quoted field must be doubled', place);
    return this.endOfText(piece.bytes, closing + 1);
  }

  /** @returns the quote that closes the field whose text begins at `start`; or `incomplete` */
  private closingQuote({ bytes, end, isLast }: CsvPiece, start: number, field: number): number {
    const linesBefore = this.lines - 1;
    this.kinds[field] = fieldKind.quoted;
    for (let i = start; ; i++) {
      let byte = bytes[i];
      while (byte !== quote && byte !== lineFeed && byte !== carriageReturn) byte = bytes[++i];
      if (i >= end) {
        if (!isLast) return incomplete;
        const taken = linesIn(bytes, start, end) + (bytes[end - 1] === lineFeed ? 0 : 1);
        throw new CsvError(
          `the quote that begins this field is never closed: it takes in all that follows, ${taken} line${taken === 1 ? '' : 's'}`,
          { lines: linesBefore, field, at: start - 1 },
        );
      }
      if (byte !== quote) {
        if (byte === lineFeed || bytes[i + 1] !== lineFeed || i + 1 === end) this.lines += 1;
      } else if (i + 1 === end && !isLast) {
        return incomplete; // the first of two quotes, or the last of the field
      } else if (bytes[i + 1] === quote && i + 1 < end) {
        this.kinds[field] = fieldKind.quotedWithQuotes;
        i += 1;
      } else return i;
    }
  }

  /** @returns the next delimiter or line break */
  private endOfText(bytes: Uint8Array, from: number): number {
    const { stops } = this;
    let at = from;
    while (stops[bytes[at] as number] === 0 || bytes[at] === quote) at++;
    return at;
  }

  /** @returns false when it is not sure where the line break at `at` ends */
  private endRecord({ bytes, end, isLast }: CsvPiece, at: number, fieldCount: number): boolean {
    if (at >= end && !isLast) return false;
    this.end = at;
    if (bytes[at] === carriageReturn) {
      if (at + 1 === end && !isLast) return false; // may be the first half of CRLF
      this.isPlain = false;
      this.next = bytes[at + 1] === lineFeed && at + 1 < end ? at + 2 : at + 1;
    } else {
      this.next = Math.min(at + 1, end);
      if (at === end) this.isPlain = false; // no line break
    }
    this.fieldCount = fieldCount;
    return true;
  }

  /** Whether the record has not one byte. */
  get isBlank(): boolean {
    return this.fieldCount === 1 && this.kinds[0] === fieldKind.plain && this.starts[0] === this.end;
  }

  /** @returns the text of a field, quotes undone */
  text(bytes: Buffer, field: number): string {
    const text = bytes.toString('utf8', this.starts[field], this.ends[field]);
    return this.kinds[field] === fieldKind.quotedWithQuotes ? text.replaceAll('""', '"') : text;
  }

  /** Whether a field is empty and without quotes. */
  isNull(field: number): boolean {
    return this.starts[field] === this.ends[field] && this.kinds[field] === fieldKind.plain;
  }

  private grow(): void {
    const [starts, ends, kinds] = [this.starts, this.ends, this.kinds];
    this.starts = new Int32Array(2 * starts.length);
    this.ends = new Int32Array(2 * starts.length);
    this.kinds = new Uint8Array(2 * starts.length);
    this.starts.set(starts);
    this.ends.set(ends);
    this.kinds.set(kinds);
  }
}
