/** What a JSON number demands of the type that holds it. Short numbers are dealt with in the scanner's loop; these are the others. */
import { isExactNumber, parseExactJson } from './exact-json.ts';
import type { JsonShape } from './json-shape.ts';

/** Decimal digits that a double holds, whichever they are. @see https://en.wikipedia.org/wiki/Double-precision_floating-point_format */
export const doubleDigits = 15;
/** Decimal digits that 64 bits hold, whichever they are. */
export const int64Digits = 18;
const int64Limit = 2n ** 63n;
const int128Limit = 2n ** 127n;
/** An integer of 128 bits has at most 39 digits and a sign. */
const maxInt128Text = 40;
/** Longer texts are not computed with: no number type of DuckDB's holds them, but for zeros in excess. */
const maxNumberText = 400;

/** @param text an integer of more digits than 64 bits hold in any case */
export function noteIntegerBits(shape: JsonShape, text: string): void {
  if (shape.integerBits < Number.POSITIVE_INFINITY) shape.integerBits = Math.max(shape.integerBits, integerBits(text));
}

/** @param text a number with an exponent; it shifts the digits before and behind the point */
export function noteExponent(shape: JsonShape, text: string): void {
  const [, whole = '', fraction = '', exponent = '0'] = /^-?(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '').length;
  shape.wholeDigits = Math.max(shape.wholeDigits, digits === 0 ? 0 : digits - fraction.length + Number(exponent));
  shape.scale = Math.max(shape.scale, fraction.length - Number(exponent));
}

/**
 * Numbers of one place, gathered until there are some hundreds of them: whether a double writes out as the same decimal is asked of all
 * of them at once, in a third of the time that it takes one by one.
 */
export class Exactness {
  private isBeyond = false;
  private readonly list = Buffer.alloc(4096, '[');
  private end = 1;

  /** @returns whether no double has the value of some number */
  get isBeyondDouble(): boolean {
    if (!this.isBeyond && this.end > 1) this.check();
    return this.isBeyond;
  }

  add(buffer: Buffer, from: number, to: number): void {
    if (this.isBeyond) return;
    if (to - from > maxNumberText) {
      this.isBeyond = true;
      return;
    }
    if (this.end + to - from >= this.list.length) this.check();
    const { list } = this;
    let end = this.end;
    for (let i = from; i < to; i++) list[end++] = buffer[i] as number;
    list[end++] = 0x2c;
    this.end = end;
  }

  private check(): void {
    this.list[this.end - 1] = 0x5d;
    const text = this.list.toString('latin1', 0, this.end);
    this.end = 1;
    if (JSON.stringify(JSON.parse(text)) === text) return;
    this.isBeyond = text
      .slice(1, -1)
      .split(',')
      .some((number) => isExactNumber(parseExactJson(number)));
  }
}

function integerBits(text: string): number {
  if (text.length > maxInt128Text) return Number.POSITIVE_INFINITY;
  const value = BigInt(text);
  if (value >= -int64Limit && value < int64Limit) return 64;
  return value >= -int128Limit && value < int128Limit ? 128 : Number.POSITIVE_INFINITY;
}
