/**
 * Strict JSON (RFC 8259), read once as bytes: refuses what is not JSON, members that come twice, and what is nested too deeply, and notes
 * in shapes what the values are. It is fast because it creates no JavaScript value.
 */
import { maxJsonDepth } from './exact-json.ts';
import { doubleDigits, int64Digits, noteExponent, noteIntegerBits } from './json-number.ts';
import { JsonShape, jsonArray, jsonBoolean, jsonNull, jsonNumber, jsonObject, jsonString } from './json-shape.ts';

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

export interface JsonLimits {
  /** Distinct members of the documents. */
  readonly maxMembers: number;
  /** Distinct members of an object within them that are kept apart; beyond them its shape is opaque. */
  readonly maxInnerMembers: number;
  /** Places in all that are kept apart. */
  readonly maxPlaces: number;
}

/** Bytes that mean themselves in a string, or begin or continue a character of several bytes. */
const isPlain = new Uint8Array(256).fill(1, 0x20);
isPlain[0x22] = 0;
isPlain[0x5c] = 0;
/** Bytes that may follow a backslash, but for the `u`. */
const isEscape = new Uint8Array(256);
for (const byte of Buffer.from('"\\/bfnrt')) isEscape[byte] = 1;
const isHex = (byte: number) => (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;
const noKey = new Uint8Array(0);

export class JsonScanner {
  readonly root: JsonShape;
  /** The document's member that is being read, for errors. */
  column: string | undefined;
  /** Line breaks in white space so far. */
  lineBreaks = 0;
  protected buffer: Buffer = Buffer.alloc(1);
  private end = 0;
  private isLast = false;
  private isLineBound = false;
  private readonly limits: JsonLimits;
  private places = 0;
  private objects: number;
  /** Where the document's member that is being read begins. */
  protected columnAt = 0;
  /** Where the name ends that was read last. */
  private nameEnd = 0;

  constructor(limits: JsonLimits, root = new JsonShape('', noKey), objects = 0) {
    this.limits = limits;
    this.root = root;
    this.objects = objects;
  }

  /** Objects so far. A scanner that goes on with another's shapes counts on from here. */
  get objectCount(): number {
    return this.objects;
  }

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

  /** @returns the byte behind the document that begins at `at` @throws JsonError @throws `incomplete` */
  document(at: number): number {
    const end = this.value(this.root, at, 0);
    this.column = undefined;
    return end;
  }

  /** The last document is whole, and what follows it is right: it does not come again with more bytes behind it. */
  accept(): void {}

  /** @returns what is passed on of the buffer's whole documents, which end at `end` */
  passOn(end: number): Buffer {
    return this.buffer.subarray(0, end);
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

  protected value(shape: JsonShape, at: number, depth: number): number {
    const { buffer } = this;
    switch (buffer[at]) {
      case 0x22: {
        shape.kinds |= jsonString;
        return this.string(at + 1);
      }
      case 0x7b:
        shape.kinds |= jsonObject;
        return shape.isOpaque ? this.opaqueObject(shape, at, depth + 1) : this.object(shape, at, depth + 1);
      case 0x5b:
        shape.kinds |= jsonArray;
        return this.array(shape, at, depth + 1);
      case 0x74:
        shape.kinds |= jsonBoolean;
        return this.word('true', at);
      case 0x66:
        shape.kinds |= jsonBoolean;
        return this.word('false', at);
      case 0x6e:
        shape.kinds |= jsonNull;
        return this.word('null', at);
      default:
        return this.number(shape, at);
    }
  }

  private object(shape: JsonShape, at: number, depth: number): number {
    const { buffer } = this;
    if (depth > maxJsonDepth) this.tooDeep(at);
    const id = ++this.objects;
    let i = this.token(at + 1);
    if (buffer[i] === 0x7d) return i + 1;
    let last: JsonShape | undefined;
    let expected = shape.first;
    for (;;) {
      let member: JsonShape | undefined;
      if (expected !== undefined) {
        const { key } = expected;
        const { length } = key;
        let k = 0;
        while (k < length && buffer[i + k] === key[k]) k++;
        if (k === length) {
          member = expected;
          this.nameEnd = i + k;
        }
      }
      if (member === undefined) {
        member = this.unexpectedMember(shape, i);
        if (member === undefined) {
          shape.makeOpaque();
          return this.opaqueObject(shape, at, depth);
        }
        if (last === undefined) shape.first = member;
        else last.next = member;
      }
      if (member.lastObject === id) this.comesTwice(member.name, i);
      member.lastObject = id;
      if (depth === 1) {
        this.column = member.name;
        this.columnAt = i;
      }
      i = this.value(member, this.colon(this.nameEnd), depth);
      if (buffer[i] !== 0x2c) i = this.token(i);
      if (buffer[i] === 0x7d) return i + 1;
      if (buffer[i] !== 0x2c) return this.fail('"," or "}"', i);
      i = this.token(i + 1);
      last = member;
      expected = member.next;
    }
  }

  /** @returns undefined where the object's shape has no room for another member */
  private unexpectedMember(shape: JsonShape, at: number): JsonShape | undefined {
    const name = this.name(at);
    shape.members ??= new Map();
    const known = shape.members.get(name);
    if (known !== undefined) return known;
    if (shape === this.root) {
      if (shape.members.size >= this.limits.maxMembers) this.tooManyMembers(at);
    } else if (shape.members.size >= this.limits.maxInnerMembers || this.places >= this.limits.maxPlaces) return undefined;
    this.places++;
    const member = new JsonShape(name, Uint8Array.prototype.slice.call(this.buffer, at, this.nameEnd));
    shape.members.set(name, member);
    return member;
  }

  /** An object whose members have no shapes of their own. */
  private opaqueObject(shape: JsonShape, at: number, depth: number): number {
    const { buffer } = this;
    if (depth > maxJsonDepth) this.tooDeep(at);
    let i = this.token(at + 1);
    if (buffer[i] === 0x7d) return i + 1;
    const names = new Set<string>();
    for (;;) {
      const name = this.name(i);
      if (names.has(name)) this.comesTwice(name, i);
      names.add(name);
      i = this.token(this.value(shape, this.colon(this.nameEnd), depth));
      if (buffer[i] === 0x7d) return i + 1;
      if (buffer[i] !== 0x2c) return this.fail('"," or "}"', i);
      i = this.token(i + 1);
    }
  }

  private array(shape: JsonShape, at: number, depth: number): number {
    const { buffer } = this;
    if (depth > maxJsonDepth) this.tooDeep(at);
    let i = this.token(at + 1);
    if (buffer[i] === 0x5d) return i + 1;
    if (!shape.isOpaque) shape.item ??= new JsonShape('', noKey);
    const item = shape.item ?? shape;
    for (;;) {
      i = this.value(item, i, depth);
      if (buffer[i] !== 0x2c) i = this.token(i);
      if (buffer[i] === 0x5d) return i + 1;
      if (buffer[i] !== 0x2c) return this.fail('"," or "]"', i);
      i = this.token(i + 1);
    }
  }

  /** @returns the member's name; it ends at `nameEnd` */
  private name(at: number): string {
    const { buffer } = this;
    if (buffer[at] !== 0x22) this.fail("a member's name in double quotes", at);
    const end = this.string(at + 1);
    this.nameEnd = end;
    const text = buffer.toString('utf8', at + 1, end - 1);
    return text.includes('\\') ? JSON.parse(`"${text}"`) : text;
  }

  private colon(at: number): number {
    const { buffer } = this;
    let i = at;
    if (buffer[i] !== 0x3a) i = this.token(i);
    if (buffer[i] !== 0x3a) return this.fail('":" behind the name', i);
    return this.token(i + 1);
  }

  private token(at: number): number {
    return (this.buffer[at] as number) > 0x20 ? at : this.space(at);
  }

  /** @param at behind the opening quote @returns behind the closing one */
  private string(at: number): number {
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

  private number(shape: JsonShape, at: number): number {
    const { buffer } = this;
    let i = at;
    if (buffer[i] === 0x2d) i++;
    const start = i;
    let byte = buffer[i] as number;
    if (byte === 0x30) byte = buffer[++i] as number;
    else {
      if (byte < 0x31 || byte > 0x39) return this.fail(i === at ? 'a value' : 'a digit behind "-"', i, at);
      do byte = buffer[++i] as number;
      while (byte >= 0x30 && byte <= 0x39);
    }
    const whole = i - start;
    if (byte !== 0x2e && byte !== 0x65 && byte !== 0x45) {
      this.endOfNumber(i, at);
      shape.kinds |= jsonNumber;
      if (whole > shape.wholeDigits) shape.wholeDigits = whole;
      if (whole > int64Digits) noteIntegerBits(shape, buffer.toString('latin1', at, i));
      if (whole > doubleDigits) shape.noteExactness(buffer, at, i);
      return i;
    }
    let scale = 0;
    if (byte === 0x2e) {
      const point = i;
      do byte = buffer[++i] as number;
      while (byte >= 0x30 && byte <= 0x39);
      scale = i - point - 1;
      if (scale === 0) return this.fail('a digit behind "."', i, at);
    }
    const hasExponent = byte === 0x65 || byte === 0x45;
    if (hasExponent) i = this.exponent(i, at);
    this.endOfNumber(i, at);
    shape.kinds |= jsonNumber;
    shape.hasFraction = true;
    if (hasExponent) noteExponent(shape, buffer.toString('latin1', at, i));
    else {
      if (scale > shape.scale) shape.scale = scale;
      if (whole > shape.wholeDigits && buffer[start] !== 0x30) shape.wholeDigits = whole;
    }
    if (hasExponent || whole + scale > doubleDigits) shape.noteExactness(buffer, at, i);
    return i;
  }

  private exponent(at: number, from: number): number {
    const { buffer } = this;
    let i = at + 1;
    if (buffer[i] === 0x2b || buffer[i] === 0x2d) i++;
    if (!isDigit(buffer[i] as number)) return this.fail('a digit in the exponent', i, from);
    while (isDigit(buffer[i] as number)) i++;
    return i;
  }

  /** A number ends only where something else begins, or the text. */
  private endOfNumber(at: number, from: number): void {
    if (at < this.end || this.isLast) {
      const byte = this.buffer[at] as number;
      if (isDigit(byte)) this.fail('no digit behind a leading 0', at, from);
      return;
    }
    throw incomplete;
  }

  private word(word: string, at: number): number {
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

  private comesTwice(name: string, at: number): never {
    throw new JsonError(`the member ${JSON.stringify(name)} comes twice in one object`, at);
  }

  private tooManyMembers(at: number): never {
    throw new JsonError(
      `the objects have more than ${this.limits.maxMembers} different members, and each would be a column; put keys that vary into an object of their own, or write them as values`,
      at,
    );
  }

  private tooDeep(at: number): never {
    throw new JsonError(`objects and arrays are nested more than ${maxJsonDepth} deep`, at);
  }
}
