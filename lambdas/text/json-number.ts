/** What a JSON number demands of the type that holds it. The scanner's loop handles short numbers; this handles the others. */
import { parseDecimal } from './decimal.ts';
import { isExactNumber, parseExactJson } from './exact-json.ts';

/** Number of decimal digits that a double always holds. @see https://en.wikipedia.org/wiki/Double-precision_floating-point_format */
export const doubleDigits = 15;
/** Number of decimal digits that 64 bits always hold. */
export const int64Digits = 18;
const int64Limit = 2n ** 63n;
const int128Limit = 2n ** 127n;
/** An integer of 128 bits has at most 39 digits and a sign. */
const maxInt128Text = 40;
/** Longer texts are not evaluated: apart from surplus zeros, no number type of DuckDB holds them. */
const maxNumberText = 400;

/** The parts of a shape that its numbers widen. */
export interface NumberBounds {
  integerBits: number;
  wholeDigits: number;
  scale: number;
}

/** @param text an integer of more digits than 64 bits hold in any case */
export function noteIntegerBits(shape: NumberBounds, text: string): void {
  if (shape.integerBits < Number.POSITIVE_INFINITY) shape.integerBits = Math.max(shape.integerBits, integerBits(text));
}

/** @param text a number with an exponent; it shifts the digits before and behind the point */
export function noteExponent(shape: NumberBounds, text: string): void {
  const { digits, exponent } = parseDecimal(text) ?? { digits: '', exponent: 0 };
  shape.wholeDigits = Math.max(shape.wholeDigits, digits === '' ? 0 : digits.length + exponent);
  shape.scale = Math.max(shape.scale, -exponent);
}

/**
 * Collects some hundred numbers of one place and checks at once whether a double writes out as the same decimal, in a third of the time
 * that single checks take.
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
