/**
 * Decimal numbers as DynamoDB keeps them: never through a float.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
 */
import { parseDecimal, withoutTrailingZeros } from '../../../text/decimal.ts';
import { truncate } from '../../../text/truncate.ts';
import { RowError } from './row-error.ts';

const maxDigits = 38;
/** Decimal exponents of the leading digit: 1E-130 to 9.99…E+125, negative the same. */
const minExponent = -130;
const maxExponent = 125;
/** UTF-16 code units of the longest text. Longer ones only have surplus zeros, and cost time. */
const maxTextLength = 1_000;

/**
 * @param text a decimal, as in JSON or a spreadsheet: `7`, `+0.50`, `.5`, `1.5E3`
 * @returns the same number in one spelling, so that equal numbers are equal texts: `7`, `0.5`, `1500`, `1E-100`
 * @throws RowError if it is not a decimal number, or one that DynamoDB cannot hold
 */
export function dynamoDbNumber(text: string): string {
  const shown = truncate(text, 60);
  if (text.length > maxTextLength) throw new RowError(`the number ${shown} is longer than ${maxTextLength} characters`);
  const decimal = parseDecimal(text, 'lenient');
  if (decimal === undefined) throw new RowError(`"${shown}" is not a number`);
  const { isNegative, digits, exponent } = withoutTrailingZeros(decimal);
  if (digits === '') return '0';
  if (digits.length > maxDigits) {
    throw new RowError(`the number ${shown} has ${digits.length} significant digits, DynamoDB keeps ${maxDigits}`);
  }
  const leading = exponent + digits.length - 1;
  if (leading > maxExponent || leading < minExponent) {
    throw new RowError(`the number ${shown} is outside DynamoDB's range of 1E${minExponent} to 9.99E+${maxExponent}`);
  }
  return (isNegative ? '-' : '') + spell(digits, exponent);
}

function spell(digits: string, exponent: number): string {
  if (exponent >= 0 && digits.length + exponent <= maxDigits) return digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  if (exponent < 0 && point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (exponent < 0 && point > -6) return `0.${'0'.repeat(-point)}${digits}`;
  return `${digits}E${exponent}`;
}
