/** The tokens of strict JSON (RFC 8259) in a buffer of bytes: white space, strings, numbers and words, read without creating a value. */

/** What is wrong with the text, at which byte of the buffer. */
export class JsonError extends Error {
  readonly at: number;
  constructor(what: string, at: number) {
    super(what);
    this.at = at;
  }
}

/** Thrown where the buffer ends within a value and more bytes are to come. */
export const incomplete = new Error('The buffer ends within a value.');

/** Bytes that mean themselves in a string, or begin or continue a character of several bytes. */
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[0x22] = 0;
isPlain[0x5c] = 0;
/** Bytes that may follow a backslash, but for the `u`. */
const isEscape = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) isEscape[byte] = 1;
const isHex = (byte: number) => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** Each method takes the place where a token begins and returns the one behind it. */
export class JsonTokens {
  /** Line breaks in white space so far. */
  lineBreaks = 0;
  protected buffer: Buffer = Buffer.alloc(1);
  private end = 0;
  private isLast = false;
  private isLineBound = false;

  /**
   * @param buffer UTF-8, with a byte 0 at `end`, where every loop stops
   * @param isLast whether nothing follows
   * @param isLineBound whether a line break ends a value, as in NDJSON; else line breaks are made spaces, so that each document is a line
   */
  load(buffer: Buffer, end: number, { isLast, isLineBound }: { isLast: boolean; isLineBound: boolean }): void {
    this.buffer = buffer;
    this.end = end;
    this.isLast = isLast;
    this.isLineBound = isLineBound;
  }

  /** @returns the first byte from `at` that is not white space of one line (or, unless lines end values, of several) */
  space(at: number): number {
    const { buffer } = this;
    for (let i = at; ; i++) {
      const byte = buffer[i];
      if (byte === 0x20 || byte === 0x09) continue;
      if (byte === 0x0a && !this.isLineBound) this.lineBreaks++;
      else if (byte !== 0x0d) return i;
      buffer[i] = 0x20;
    }
  }

  protected token(at: number): number {
    return (this.buffer[at] as number) > 0x20 ? at : this.space(at);
  }

  protected colon(at: number): number {
    const { buffer } = this;
    let i = at;
    if (buffer[i] !== 0x3a) i = this.token(i);
    if (buffer[i] !== 0x3a) return this.fail('":" behind the name', i);
    return this.token(i + 1);
  }

  /** @param at behind the opening quote @returns behind the closing one */
  protected string(at: number): number {
    const { buffer } = this;
    let i = at;
    for (;;) {
      while (isPlain[buffer[i] as number] === 1) i++;
      if (buffer[i] === 0x22) return i + 1;
      if (buffer[i] !== 0x5c) {
        return this.fail('the end of the string (control characters and line breaks must be escaped in it)', i);
      }
      i = this.escape(i);
    }
  }

  private escape(at: number): number {
    const byte = this.buffer[at + 1] as number;
    if (isEscape[byte] === 1) return at + 2;
    if (byte !== 0x75) return this.fail('a valid escape', at + 1, at);
    const unit = this.hex4(at);
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    for (let i = 0; i < 2; i++) if (this.buffer[at + 6 + i] !== '\\u'.charCodeAt(i)) return this.halfCharacter(at + 6 + i, at);
    const second = this.hex4(at + 6);
    return unit < 0xdc00 && second >= 0xdc00 && second <= 0xdfff ? at + 12 : this.halfCharacter(at, at);
  }

  private hex4(at: number): number {
    for (let i = at + 2; i < at + 6; i++) if (!isHex(this.buffer[i] as number)) this.fail('four hexadecimal digits behind \\u', i, at);
    return Number.parseInt(this.buffer.toString('latin1', at + 2, at + 6), 16);
  }

  private halfCharacter(at: number, from: number): never {
    if (at >= this.end) this.fail('the end of the string', at, from);
    throw new JsonError('an escape \\ud800 to \\udfff without its other half is half a character, which no text can hold', from);
  }

  /** @returns behind the sign and the digits before the point */
  protected wholeNumber(at: number): number {
    const { buffer } = this;
    let i = at;
    if (buffer[i] === 0x2d) i++;
    let byte = buffer[i] as number;
    if (byte === 0x30) return i + 1;
    if (byte < 0x31 || byte > 0x39) return this.fail(i === at ? 'a value' : 'a digit behind "-"', i, at);
    do byte = buffer[++i] as number;
    while (byte >= 0x30 && byte <= 0x39);
    return i;
  }

  /** @returns behind the point and the digits that follow it; `at`, if there is no point */
  protected decimals(at: number, from: number): number {
    const { buffer } = this;
    if (buffer[at] !== 0x2e) return at;
    let i = at + 1;
    while (isDigit(buffer[i] as number)) i++;
    return i === at + 1 ? this.fail('a digit behind "."', i, from) : i;
  }

  protected exponent(at: number, from: number): number {
    const { buffer } = this;
    let i = at + 1;
    if (buffer[i] === 0x2b || buffer[i] === 0x2d) i++;
    if (!isDigit(buffer[i] as number)) return this.fail('a digit in the exponent', i, from);
    while (isDigit(buffer[i] as number)) i++;
    return i;
  }

  /** A number ends only where something else begins, or the text. */
  protected endOfNumber(at: number, from: number): void {
    if (at < this.end || this.isLast) {
      const byte = this.buffer[at] as number;
      if (isDigit(byte)) this.fail('no digit behind a leading 0', at, from);
      return;
    }
    throw incomplete;
  }

  protected word(word: string, at: number): number {
    for (let i = 1; i < word.length; i++) if (this.buffer[at + i] !== word.charCodeAt(i)) return this.fail(word, at + i, at);
    return at + word.length;
  }

  /** @param at the byte that is not as it must be @param from where what is shown begins */
  fail(expected: string, at: number, from = at): never {
    if (at >= this.end) {
      if (!this.isLast) throw incomplete;
      throw new JsonError('the text ends within a value', from);
    }
    if (this.isLineBound && this.buffer[at] === 0x0a) {
      throw new JsonError(
        'the line ends within a value; each line must hold one whole object (a document of several lines is format "json")',
        from,
      );
    }
    throw new JsonError(`not valid JSON: expected ${expected}`, from);
  }
}
