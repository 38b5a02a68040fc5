/** The documents of an object as lines of JSON: each is checked while its bytes arrive, and each line that is passed on holds one of them. */
import { isUtf8 } from 'node:buffer';
import type { JsonScanner } from './json-scanner.ts';
import { incomplete, JsonError } from './json-tokens.ts';
import { knownFormat, knownText } from './known-format.ts';
import { invalidSource } from './source-error.ts';
import { endOfCharacters } from './utf8.ts';

/** `ndjson` is an object a line; `json` is an array, whose items are the documents, or one document. */
export type JsonFormat = 'ndjson' | 'json';
/** `lines` is the output format of both: a document of any kind a line. */
type LinesFormat = JsonFormat | 'lines';

export interface JsonObject {
  /** `s3://bucket/key`, as errors name it. */
  readonly name: string;
  readonly bytes: AsyncIterable<Buffer>;
}

export interface JsonRowsOptions {
  /** What is read before it is scanned. */
  readonly bufferBytes?: number;
  readonly maxRowBytes?: number;
}

const lineBreak = 0x0a;
const space = 0x20;
const maxExcerptBytes = 120;
const excerptBytesBefore = 40;
/** What follows what in an object of format `json`. */
type Position = 'start' | 'first item' | 'item' | 'behind item' | 'end';

export class JsonRows {
  rows = 0;
  /** Bytes of the longest line. */
  maxLineBytes = 0;
  private readonly scanner: JsonScanner;
  private readonly format: LinesFormat;
  private readonly maxRowBytes: number;
  /** Two buffers that are filled in turn: while one is scanned, the lines of the other are written. */
  private buffers: readonly [Buffer, Buffer];
  private object = '';
  private end = 0;
  private checkedBytes = 0;
  private passedBytes = 0;
  private lineStart = 0;
  private position: Position = 'start';

  /** One for all the objects of a source, whose rows are counted together. */
  constructor(scanner: JsonScanner, format: LinesFormat, { bufferBytes = 2 ** 20, maxRowBytes = 2 ** 26 }: JsonRowsOptions = {}) {
    this.scanner = scanner;
    this.format = format;
    this.maxRowBytes = maxRowBytes;
    this.buffers = [Buffer.alloc(bufferBytes), Buffer.alloc(bufferBytes)];
  }

  /**
   * @returns whole lines. Each part is overwritten when the next but one is requested
   * @throws PermanentError `invalid_source`
   */
  async *lines({ name, bytes }: JsonObject): AsyncGenerator<Buffer> {
    this.object = name;
    this.end = 0;
    this.checkedBytes = 0;
    this.position = 'start';
    this.scanner.lineBreaks = 0;
    let isStart = true;
    for await (const chunk of bytes) {
      for (let offset = 0; offset < chunk.length; ) {
        const copied = chunk.copy(this.buffers[0], this.end, offset, offset + this.room());
        this.end += copied;
        offset += copied;
        if (this.room() > 0) continue;
        if (isStart) this.checkStart();
        isStart = false;
        yield* this.scan(false);
      }
    }
    if (isStart) this.checkStart();
    yield* this.scan(true);
    if (this.passedBytes > this.lineStart) {
      yield Buffer.from([lineBreak]);
      this.endLine(this.passedBytes);
      this.passedBytes += 1;
    }
  }

  /** One byte is left for the 0 at which the scanner's loops stop. */
  private room(): number {
    return this.buffers[0].length - 1 - this.end;
  }

  private checkStart(): void {
    const [buffer] = this.buffers;
    if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf && this.end >= 3) buffer.fill(space, 0, 3);
    const known = knownFormat(buffer.subarray(0, this.end));
    if (known !== undefined && !(known === 'empty' && this.format !== 'json')) {
      throw invalidSource(`expected ${this.expected()} in UTF-8, but the object is ${known}`, { object: this.object });
    }
  }

  private expected(): string {
    return this.format === 'json' ? 'one JSON document' : 'a JSON object a line';
  }

  private *scan(isLast: boolean): Generator<Buffer> {
    const [buffer, other] = this.buffers;
    this.checkText(isLast);
    buffer[this.end] = 0;
    this.scanner.load(buffer, this.end, { isLast, isLineBound: this.format !== 'json' });
    let at = 0;
    try {
      at = this.format === 'json' ? this.scanDocument(isLast) : this.scanLines(isLast);
    } catch (error) {
      throw error instanceof JsonError ? this.fault(error.message, error.at) : error;
    }
    if (this.passedBytes + at - this.lineStart > this.maxRowBytes || this.end - at > this.maxRowBytes) {
      throw this.fault(`a row must not be longer than ${this.maxRowBytes} bytes`, at);
    }
    if (at > 0) yield this.scanner.passOn(at);
    this.passedBytes += at;
    this.checkedBytes -= at;
    const rest = this.end - at;
    // Nothing was passed on, so the other buffer may still be in use.
    const mustGrow = at === 0 || rest * 2 > other.length;
    const next = mustGrow ? Buffer.alloc(Math.max(other.length, rest * 2)) : other;
    buffer.copy(next, 0, at, this.end);
    this.buffers = [next, at === 0 ? other : buffer];
    this.end = rest;
  }

  /** @returns the end of the last whole line */
  private scanLines(isLast: boolean): number {
    const { scanner, end } = this;
    const [buffer] = this.buffers;
    let at = 0;
    try {
      while (at < end) {
        let i = scanner.space(at);
        if (i < end && buffer[i] !== lineBreak) {
          if (buffer[i] !== 0x7b && this.format === 'ndjson') throw this.noObject(i);
          i = scanner.space(scanner.document(i));
          if (i < end && buffer[i] !== lineBreak) scanner.fail('a line break behind the object', i);
          if (i >= end && !isLast) return at;
          this.acceptRow();
        }
        if (i >= end) return isLast ? end : at;
        scanner.lineBreaks += 1;
        this.endLine(this.passedBytes + i);
        at = i + 1;
      }
    } catch (error) {
      if (error !== incomplete) throw error;
    }
    return at;
  }

  private noObject(at: number): JsonError {
    const isArray = this.buffers[0][at] === 0x5b;
    return new JsonError(
      isArray ? 'expected a JSON object a line, found an array (an array of objects is format "json")' : 'expected a JSON object a line',
      at,
    );
  }

  /** @returns the end of the last whole item; commas between items are made line breaks */
  private scanDocument(isLast: boolean): number {
    const { scanner, end } = this;
    const [buffer] = this.buffers;
    let at = 0;
    try {
      for (;;) {
        const i = scanner.space(at);
        at = i;
        if (i >= end) {
          if (isLast && this.position === 'start') throw new JsonError('expected a JSON document, found white space alone', i);
          if (isLast && this.position !== 'end') throw new JsonError('the text ends before its array does', i);
          return i;
        }
        const byte = buffer[i];
        if (this.position === 'end') scanner.fail('nothing behind the document (an object a line is format "ndjson")', i);
        else if (this.position === 'start' && byte === 0x5b) {
          buffer[i] = space;
          at = i + 1;
          this.position = 'first item';
        } else if (this.position === 'behind item') {
          if (byte !== 0x2c && byte !== 0x5d) scanner.fail('"," or "]" behind the item', i);
          this.position = byte === 0x2c ? 'item' : 'end';
          this.breakLine(i);
          at = i + 1;
        } else if (this.position === 'first item' && byte === 0x5d) {
          this.position = 'end';
          this.breakLine(i);
          at = i + 1;
        } else {
          at = scanner.document(i);
          this.acceptRow();
          this.position = this.position === 'start' ? 'end' : 'behind item';
        }
      }
    } catch (error) {
      if (error !== incomplete) throw error;
    }
    return at;
  }

  private acceptRow(): void {
    this.rows += 1;
    this.scanner.accept();
  }

  private breakLine(at: number): void {
    this.buffers[0][at] = lineBreak;
    this.endLine(this.passedBytes + at);
  }

  private endLine(offset: number): void {
    if (offset - this.lineStart > this.maxLineBytes) this.maxLineBytes = offset - this.lineStart;
    this.lineStart = offset + 1;
  }

  /** Looks at each byte once, up to the last whole character. */
  private checkText(isLast: boolean): void {
    const [buffer] = this.buffers;
    const end = isLast ? this.end : endOfCharacters(buffer, this.end);
    if (end <= this.checkedBytes) return;
    if (!isUtf8(buffer.subarray(this.checkedBytes, end))) throw this.notUtf8(end);
    this.checkedBytes = end;
  }

  private notUtf8(end: number): Error {
    const [buffer] = this.buffers;
    let line = this.scanner.lineBreaks + 1;
    let at = this.checkedBytes;
    for (let i = 0; i < at; i++) if (buffer[i] === lineBreak) line++;
    for (;;) {
      const next = buffer.indexOf(lineBreak, at);
      const lineEnd = next < 0 || next > end ? end : next;
      if (lineEnd === end || !isUtf8(buffer.subarray(at, lineEnd))) {
        const excerpt = buffer.toString('utf8', at, endOfCharacters(buffer, Math.min(lineEnd, at + maxExcerptBytes)));
        return invalidSource('the text is not UTF-8, the encoding of JSON', { object: this.object, line, excerpt });
      }
      line++;
      at = lineEnd + 1;
    }
  }

  private fault(what: string, at: number): Error {
    const found = this.excerpt(at);
    const isAtStart = this.rows === 0 && this.scanner.column === undefined;
    const known = isAtStart ? knownText(found) : undefined;
    const hint = known === undefined || known === 'JSON' ? '' : `; the object looks like ${known}`;
    return invalidSource(`${what}${hint}`, {
      object: this.object,
      line: this.scanner.lineBreaks + 1,
      column: this.scanner.column,
      excerpt: found === '' ? undefined : found,
    });
  }

  /** Returns the text at a place, and a little of what is before it on its line. */
  private excerpt(at: number): string {
    const [buffer] = this.buffers;
    let from = Math.max(at - excerptBytesBefore, buffer.subarray(0, at).lastIndexOf(lineBreak) + 1, 0);
    while (((buffer[from] as number) & 0xc0) === 0x80) from++;
    return (
      buffer
        .toString('utf8', from, endOfCharacters(buffer, Math.min(this.end, from + maxExcerptBytes)))
        .split('\n', 1)[0]
        ?.trim() ?? ''
    );
  }
}
