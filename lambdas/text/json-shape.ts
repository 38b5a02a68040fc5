/** What all the values at one place of JSON documents were. A column's type follows from it, so the type holds for every value, not for a sample. */
import { Exactness } from './json-number.ts';

/** Kinds of JSON values, as bits of `JsonShape.kinds`. */
export const jsonNull = 1;
export const jsonBoolean = 2;
export const jsonString = 4;
export const jsonNumber = 8;
export const jsonArray = 16;
export const jsonObject = 32;

/**
 * The values at one place: the documents themselves, the items of an array, or a member of an object. One class for all of them, since
 * the scanner's inner loops are fast only while they meet one.
 */
export class JsonShape {
  /** The member's name; empty for documents and items. */
  readonly name: string;
  /** The member's name with its quotes, as bytes. */
  readonly key: Uint8Array;
  kinds = 0;

  /** Whether a number was written with a point or an exponent. */
  hasFraction = false;
  /** Collects the numbers that a double may not hold. */
  private exactness: Exactness | undefined = undefined;
  /** Bits that the largest integer needs: 64, 128, or Infinity. */
  integerBits = 64;
  /** Most digits before the point, and behind it. */
  wholeDigits = 0;
  scale = 0;

  /** Items of the arrays. */
  item: JsonShape | undefined = undefined;
  /** Members of the objects, in the order in which they first came. */
  members: Map<string, JsonShape> | undefined = undefined;
  /** The objects have more distinct members than are kept apart: what is within them is described here, without places. */
  isOpaque = false;

  /** The scanner's guess of the member that comes first in an object, and of the one that follows this one. */
  first: JsonShape | undefined = undefined;
  next: JsonShape | undefined = undefined;
  /** The object in which this member was last seen; finds members that come twice. */
  lastObject = 0;

  constructor(name: string, key: Uint8Array) {
    this.name = name;
    this.key = key;
  }

  /** @param from where in the buffer a number begins that has more digits than any double holds, or an exponent */
  noteExactness(buffer: Buffer, from: number, to: number): void {
    this.exactness ??= new Exactness();
    this.exactness.add(buffer, from, to);
  }

  /** Whether no double has the value of some number. */
  get isBeyondDouble(): boolean {
    return this.exactness?.isBeyondDouble === true;
  }

  /** Whether no double has the value of some number at this place or within it. */
  get holdsBeyondDouble(): boolean {
    return this.inexactNumbers() !== undefined;
  }

  /** Forgets what is within the objects and arrays, but for the exactness of their numbers. */
  makeOpaque(): void {
    this.exactness = this.inexactNumbers();
    this.isOpaque = true;
    this.item = undefined;
    this.members = undefined;
    this.first = undefined;
  }

  private inexactNumbers(): Exactness | undefined {
    if (this.isBeyondDouble) return this.exactness;
    for (const inner of [this.item, ...(this.members?.values() ?? [])]) {
      const found = inner?.inexactNumbers();
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
