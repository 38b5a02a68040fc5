/** Text in any of the supported encodings as UTF-8, without its byte order mark. Every byte must fit: nothing is replaced. */
import { isUtf8, transcode } from 'node:buffer';
import type { Encoding } from './csv-dialect.ts';
import { endOfCharacters } from './utf8.ts';

/** Bytes that are not text in the encoding. Everything before them was yielded already. */
export class TextError extends Error {
  override readonly name = 'TextError';
  readonly excerpt: string | undefined;
  /** Line breaks before the fault that its reader has not counted yet; the reader sets it. */
  uncountedLines = 0;

  /** @param what is wrong and what to do, without a full stop */
  constructor(what: string, excerpt?: string) {
    super(what);
    this.excerpt = excerpt;
  }
}

const marks = { utf8: Buffer.from([0xef, 0xbb, 0xbf]), le: Buffer.from([0xff, 0xfe]), be: Buffer.from([0xfe, 0xff]) } as const;

/**
 * @param bytes of the object from its first byte
 * @yields UTF-8 in pieces that end between two characters
 * @throws TextError
 */
export function decoded(bytes: AsyncIterable<Buffer>, encoding: Encoding): AsyncIterable<Buffer> {
  switch (encoding) {
    case 'utf-8':
      return checkedUtf8(withoutMark(bytes));
    case 'utf-16':
      return fromUtf16(bytes);
    case 'iso-8859-1':
      return fromLatin1(withoutForeignMark(bytes));
    case 'windows-1252':
      return fromWindows1252(withoutForeignMark(bytes));
  }
}

/** A byte order mark says that the stated encoding of one byte a character is wrong. */
async function* withoutForeignMark(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isStart = true;
  for await (const piece of withStart(bytes, 3)) {
    if (isStart && beginsWith(piece, marks.utf8))
      throw new TextError('the object begins with a byte order mark of UTF-8; leave `encoding` out');
    yield piece;
    isStart = false;
  }
}

async function* withoutMark(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isStart = true;
  for await (const piece of withStart(bytes, 3)) {
    if (isStart && (beginsWith(piece, marks.le) || beginsWith(piece, marks.be)))
      throw new TextError('the object begins with a byte order mark of UTF-16; if that is its encoding, say `encoding: "utf-16"`');
    yield isStart && beginsWith(piece, marks.utf8) ? piece.subarray(marks.utf8.length) : piece;
    isStart = false;
  }
}

/** @param bytes that may be cut anywhere, without a byte order mark */
export async function* checkedUtf8(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0); // the start of a character
  for await (const next of bytes) {
    const piece = rest.length === 0 ? next : Buffer.concat([rest, next]);
    const whole = piece.subarray(0, endOfCharacters(piece, piece.length));
    if (!isUtf8(whole)) yield* failInside(whole);
    if (whole.length > 0) yield whole;
    rest = piece.subarray(whole.length);
  }
  if (rest.length > 0) throw new TextError('the object ends within a character of UTF-8', excerptOf(rest));
}

/** Yields what fits, then throws. */
function* failInside(bytes: Buffer): Generator<Buffer> {
  let [low, high] = [0, bytes.length]; // `low` bytes fit
  while (high - low > 4) {
    const middle = (low + high) >> 1;
    const cut = endOfCharacters(bytes, middle);
    if (isUtf8(bytes.subarray(low, cut)) && cut > low) low = cut;
    else high = middle;
  }
  while (low < bytes.length) {
    const width = [1, 2, 3, 4].find((size) => isUtf8(bytes.subarray(low, low + size)));
    if (width === undefined) break;
    low += width;
  }
  yield bytes.subarray(0, low);
  throw new TextError('the bytes are not UTF-8; if the object has another encoding, say so in `encoding`', excerptOf(bytes.subarray(low)));
}

async function* fromUtf16(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isBigEndian: boolean | undefined;
  let rest: Buffer = Buffer.alloc(0);
  for await (const next of withStart(bytes, 2)) {
    let piece = rest.length === 0 ? next : Buffer.concat([rest, next]);
    if (isBigEndian === undefined) {
      isBigEndian = beginsWith(piece, marks.be);
      if (isBigEndian || beginsWith(piece, marks.le)) piece = piece.subarray(2);
    }
    const even = piece.length & ~1;
    const units = isBigEndian ? Buffer.from(piece.subarray(0, even)).swap16() : piece.subarray(0, even);
    const text = units.toString('utf16le');
    const last = text.charCodeAt(text.length - 1);
    const isHalf = last >= 0xd800 && last < 0xdc00;
    const whole = isHalf ? text.slice(0, -1) : text;
    if (!whole.isWellFormed()) {
      const fits = /^(?:[\0-\ud7ff\ue000-\uffff]|[\ud800-\udbff][\udc00-\udfff])*/.exec(whole)?.[0] ?? '';
      yield Buffer.from(fits);
      throw new TextError('the bytes are not UTF-16: half of a surrogate pair');
    }
    if (whole !== '') yield Buffer.from(whole);
    rest = piece.subarray(whole.length * 2);
  }
  if (rest.length > 0) throw new TextError('the object ends within a character of UTF-16');
}

async function* fromLatin1(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of bytes) yield transcode(piece, 'latin1', 'utf8');
}

async function* fromWindows1252(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder('windows-1252');
  for await (const piece of bytes) {
    // The decoder of the web takes the five bytes that have no character for control characters.
    const bad = piece.findIndex((byte) => byte === 0x81 || byte === 0x8d || byte === 0x8f || byte === 0x90 || byte === 0x9d);
    yield Buffer.from(decoder.decode(bad === -1 ? piece : piece.subarray(0, bad)));
    if (bad !== -1) throw new TextError('the byte has no character in windows-1252', excerptOf(piece.subarray(bad, bad + 1)));
  }
}

/** @yields the same bytes, the first piece at least `atLeast` long if the object is */
async function* withStart(bytes: AsyncIterable<Buffer>, atLeast: number): AsyncGenerator<Buffer> {
  let start: Buffer | undefined = Buffer.alloc(0);
  for await (const piece of bytes) {
    if (start === undefined) {
      yield piece;
      continue;
    }
    start = Buffer.concat([start, piece]);
    if (start.length < atLeast) continue;
    yield start;
    start = undefined;
  }
  if (start !== undefined && start.length > 0) yield start;
}

function beginsWith(bytes: Buffer, mark: Buffer): boolean {
  return bytes.subarray(0, mark.length).equals(mark);
}

/** Bytes as hexadecimal, since as text they do not exist. */
function excerptOf(bytes: Buffer): string {
  return `bytes ${bytes.subarray(0, 8).toString('hex').replaceAll(/../g, '$& ').trim()}`;
}
