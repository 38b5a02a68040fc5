/**
 * Sizes of items by DynamoDB's rules, which are approximate for numbers: an odd digit counts as a pair here, and a minus sign as a byte.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { parseDecimal, withoutTrailingZeros } from '../text/decimal.ts';

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html#limits-items */
export const maxItemBytes = 400 * 1024;

/** @returns bytes of all attributes with their names */
export function itemSizeBytes(item: Readonly<Record<string, AttributeValue>>): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueSizeBytes(value), 0);
}

/** @returns units that one write of this size costs, without those of indexes */
export function writeUnits(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / 1024));
}

/** @returns bytes of a value without its name */
export function valueSizeBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return numberSizeBytes(value.N);
  if (value.B !== undefined) return value.B.byteLength;
  if (value.SS !== undefined) return value.SS.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (value.NS !== undefined) return value.NS.reduce((sum, text) => sum + numberSizeBytes(text), 0);
  if (value.BS !== undefined) return value.BS.reduce((sum, bytes) => sum + bytes.byteLength, 0);
  // 3 bytes for the list or map, 1 for each element.
  if (value.L !== undefined) return value.L.reduce((sum, element) => sum + 1 + valueSizeBytes(element), 3);
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  return 1; // NULL and BOOL
}

function numberSizeBytes(text: string): number {
  const { isNegative, digits } = withoutTrailingZeros(parseDecimal(text) ?? { isNegative: false, digits: text, exponent: 0 });
  return Math.ceil(digits.length / 2) + 1 + (isNegative ? 1 : 0);
}
