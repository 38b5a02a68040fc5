/**
 * The type of a CSV column, from all of its values: a type only where every value can be written back as it was.
 * See docs/decisions/0022-types-of-csv-columns.md.
 */

import type { CsvType } from '../../values/csv-type.ts';
import { integerType } from '../../values/query-decimal.ts';
import { kindOf, valueKind } from './csv-value-kinds.ts';

/** DuckDB's widest DECIMAL, and the widest that is no wider than 64 bits in memory. */
const [maxDigits, maxDigits64] = [38, 18];
/** Every integer with at most this many digits is within 64 bits. */
const maxSafeDigits = 18;
const [minNanoYear, maxNanoYear] = [1678, 2261];
const timestamps = valueKind.timestamp | valueKind.timestampNs;
const numbers = valueKind.integer | valueKind.decimal;
const isWhole = (kinds: number, within: number) => kinds !== 0 && (kinds & ~within) === 0;

export class CsvColumn {
  readonly name: string;
  /** The type that the caller gave. */
  readonly declared: CsvType | undefined;
  /** Values that are not NULL, while `isOpen`. */
  values = 0;
  /** Whether further values can change or refute the type. */
  isOpen: boolean;
  private kinds = 0;
  private integerDigits = 0;
  private isHuge = false;
  private minScale = Number.POSITIVE_INFINITY;
  private maxScale = 0;
  private hasTrailingZero = false;
  private minYear = 9999;
  private maxYear = 0;

  constructor(name: string, declared: CsvType | undefined) {
    this.name = name;
    this.declared = declared;
    this.isOpen = declared === undefined || declared.holds !== undefined;
  }

  /** Takes an inferred column's value, which is not NULL. */
  add(bytes: Uint8Array, start: number, end: number): void {
    this.values += 1;
    const kind = kindOf(bytes, start, end);
    this.kinds |= kind;
    if (kind === valueKind.integer) this.addInteger(bytes, start, end);
    else if (kind === valueKind.decimal) this.addDecimal(bytes, start, end);
    else if (kind >= valueKind.date) this.addDay(bytes, start);
    if (kind === valueKind.text || (this.kinds !== kind && !this.isMixable)) this.isOpen = false;
  }

  /** Takes a value that only text can be, such as "". */
  addText(): void {
    this.isOpen = false;
  }

  private get isMixable(): boolean {
    return isWhole(this.kinds, numbers) || isWhole(this.kinds, timestamps);
  }

  private addInteger(bytes: Uint8Array, start: number, end: number): void {
    const digits = end - start - (bytes[start] === 45 ? 1 : 0);
    if (digits > this.integerDigits) this.integerDigits = digits;
    this.minScale = 0;
    if (digits <= maxSafeDigits) return;
    const type = digits > maxDigits + 1 ? undefined : integerType(BigInt(Buffer.from(bytes.subarray(start, end)).toString()));
    if (type === undefined) this.isOpen = false;
    else if (type === 'HUGEINT') this.isHuge = true;
  }

  private addDecimal(bytes: Uint8Array, start: number, end: number): void {
    let point = end - 2;
    while (bytes[point] !== 46) point -= 1;
    const scale = end - point - 1;
    const digits = point - start - (bytes[start] === 45 ? 1 : 0);
    if (digits > this.integerDigits) this.integerDigits = digits;
    if (scale > this.maxScale) this.maxScale = scale;
    if (scale < this.minScale) this.minScale = scale;
    if (bytes[end - 1] === 48) this.hasTrailingZero = true;
    if (this.integerDigits + this.maxScale > maxDigits) this.isOpen = false;
  }

  private addDay(bytes: Uint8Array, start: number): void {
    const digit = (at: number) => (bytes[start + at] as number) - 48;
    const year = digit(0) * 1000 + digit(1) * 100 + digit(2) * 10 + digit(3);
    const day = digit(8) * 10 + digit(9);
    if (year < this.minYear) this.minYear = year;
    if (year > this.maxYear) this.maxYear = year;
    if (year === 0 || (day > 28 && day > daysIn(year, digit(5) * 10 + digit(6)))) this.isOpen = false;
  }

  /** DuckDB's name of the type, final after the last value. */
  get type(): string {
    if (this.declared !== undefined) return this.declared.name;
    if (!this.isOpen || this.kinds === 0) return 'VARCHAR';
    if (this.kinds === valueKind.integer) return this.isHuge ? 'HUGEINT' : 'BIGINT';
    if (isWhole(this.kinds, numbers)) return this.decimalType;
    if (this.kinds === valueKind.boolean) return 'BOOLEAN';
    if (this.kinds === valueKind.date) return 'DATE';
    if (this.kinds === valueKind.timestamp) return 'TIMESTAMP';
    if (this.kinds === valueKind.timestampTz) return 'TIMESTAMP WITH TIME ZONE';
    return this.minYear >= minNanoYear && this.maxYear <= maxNanoYear ? 'TIMESTAMP_NS' : 'VARCHAR';
  }

  private get decimalType(): string {
    const digits = this.integerDigits + this.maxScale;
    // Once stored, `3.9` and `3.10` would no longer show which of them had the zero.
    const canBeWrittenBack = this.minScale === this.maxScale || !this.hasTrailingZero;
    if (!canBeWrittenBack || digits > maxDigits) return 'VARCHAR';
    return `DECIMAL(${digits <= maxDigits64 ? maxDigits64 : maxDigits},${this.maxScale})`;
  }
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
