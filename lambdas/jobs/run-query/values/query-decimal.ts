import { parseDecimal } from '../../../text/decimal.ts';

/** A JSON number as a DECIMAL: its value is `unscaled` × 10^-`scale`. */
export interface QueryDecimal {
  readonly unscaled: bigint;
  /** Digits behind the point, from 0. */
  readonly scale: number;
  /** Digits that a DECIMAL needs to hold it. */
  readonly width: number;
}

/** DuckDB's widest DECIMAL. @see https://duckdb.org/docs/stable/sql/data_types/numeric#fixed-point-decimals */
export const maxDecimalWidth = 38;

/** @returns undefined for what no DECIMAL can hold: powers of ten beyond its width */
export function queryDecimal(text: string): QueryDecimal | undefined {
  const decimal = parseDecimal(text);
  if (decimal === undefined || Math.abs(decimal.exponent) > 2 * maxDecimalWidth) return undefined;
  const { isNegative, digits, exponent } = decimal;
  const magnitude = BigInt(digits) * 10n ** BigInt(Math.max(0, exponent));
  const scale = Math.max(0, -exponent);
  return { unscaled: isNegative ? -magnitude : magnitude, scale, width: Math.max(String(magnitude).length, scale) };
}

const int64Limit = 2n ** 63n;
const int128Limit = 2n ** 127n;

/** @returns the narrowest of DuckDB's wide integer types that holds `value`, or undefined when none does */
export function integerType(value: bigint): 'BIGINT' | 'HUGEINT' | undefined {
  if (value >= -int64Limit && value < int64Limit) return 'BIGINT';
  return value >= -int128Limit && value < int128Limit ? 'HUGEINT' : undefined;
}
