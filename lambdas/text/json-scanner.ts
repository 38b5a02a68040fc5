/**
 * Strict JSON (RFC 8259), read once as bytes: refuses what is not JSON, members that come twice, and what is nested too deeply, and notes
 * in shapes what the values are. It is fast because it creates no JavaScript value.
 */
import { maxJsonDepth } from './exact-json.ts';
import { doubleDigits, int64Digits, noteExponent, noteIntegerBits } from './json-number.ts';
import { JsonShape, jsonArray, jsonBoolean, jsonNull, jsonNumber, jsonObject, jsonString } from './json-shape.ts';
import { JsonError, JsonTokens } from './json-tokens.ts';

export interface JsonLimits {
  /** Distinct members of the documents. */
  readonly maxMembers: number;
  /** Distinct members of an object within them that are kept apart; beyond them its shape is opaque. */
  readonly maxInnerMembers: number;
  /** Places in all that are kept apart. */
  readonly maxPlaces: number;
}

const noKey = new Uint8Array(0);

export class JsonScanner extends JsonTokens {
  readonly root: JsonShape;
  /** The document's member that is being read, for errors. */
  column: string | undefined;
  private readonly limits: JsonLimits;
  private places = 0;
  private objects: number;
  /** Where the document's member that is being read begins. */
  protected columnAt = 0;
  /** Where the name ends that was read last. */
  private nameEnd = 0;

  constructor(limits: JsonLimits, root = new JsonShape('', noKey), objects = 0) {
    super();
    this.limits = limits;
    this.root = root;
    this.objects = objects;
  }

  /** Objects so far. A scanner that goes on with another's shapes counts on from here. */
  get objectCount(): number {
    return this.objects;
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
      const member = expected !== undefined && this.isMember(expected, i) ? expected : this.unexpectedMember(shape, i);
      if (member === undefined) {
        shape.makeOpaque();
        return this.opaqueObject(shape, at, depth);
      }
      if (member !== expected) {
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

  /** @returns whether the member at `at` has this name; it then ends at `nameEnd` */
  private isMember({ key }: JsonShape, at: number): boolean {
    const { buffer } = this;
    const { length } = key;
    let k = 0;
    while (k < length && buffer[at + k] === key[k]) k++;
    if (k < length) return false;
    this.nameEnd = at + k;
    return true;
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

  private number(shape: JsonShape, at: number): number {
    const end = this.wholeNumber(at);
    const byte = this.buffer[end];
    return byte === 0x2e || byte === 0x65 || byte === 0x45 ? this.fraction(shape, at, end) : this.integer(shape, at, end);
  }

  private integer(shape: JsonShape, at: number, end: number): number {
    const { buffer } = this;
    this.endOfNumber(end, at);
    shape.kinds |= jsonNumber;
    const whole = end - (buffer[at] === 0x2d ? at + 1 : at);
    if (whole > shape.wholeDigits) shape.wholeDigits = whole;
    if (whole > int64Digits) noteIntegerBits(shape, buffer.toString('latin1', at, end));
    if (whole > doubleDigits) shape.noteExactness(buffer, at, end);
    return end;
  }

  /** @param point where the digits before the point end */
  private fraction(shape: JsonShape, at: number, point: number): number {
    const { buffer } = this;
    const start = buffer[at] === 0x2d ? at + 1 : at;
    const whole = point - start;
    let i = this.decimals(point, at);
    const scale = i === point ? 0 : i - point - 1;
    const hasExponent = buffer[i] === 0x65 || buffer[i] === 0x45;
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
