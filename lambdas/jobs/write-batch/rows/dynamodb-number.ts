/**
 * Decimal numbers as DynamoDB keeps them: never through a float.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number
 */
import { truncate } from '../../../text/truncate.ts';
import { RowError } from './row-error.ts';

const maxDigits = 38;
/** Decimal exponents of the leading digit: 1E-130 to 9.99…E+125, negative the same. */
const minExponent = -130;
const maxExponent = 125;
/** Longer texts hold nothing but zeros in excess, and cost time. */
const maxTextLength = 1_000;

/**
 * @param text a decimal, as in JSON or a spreadsheet: `7`, `+0.50`, `.5`, `1.5E3`
 * @returns the same number in one spelling, so that equal numbers are equal texts: `7`, `0.5`, `1500`, `1E-100`
 * @throws RowError if it is not a decimal number, or one that DynamoDB cannot hold
 */
export function dynamoDbNumber(text: string): string {
  const shown = truncate(text, 60);
  if (text.length > maxTextLength) throw new RowError(`the number ${shown} is longer than ${maxTextLength} characters`);
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text);
  const [, sign = '', whole = '', fraction = '', exponentText = '0'] = match ?? [];
  if (whole + fraction === '') throw new RowError(`"${shown}" is not a number`);
  const digits = trimZeros(whole + fraction);
  if (digits.significant === '') return '0';
  if (digits.significant.length > maxDigits) {
    throw new RowError(`the number ${shown} has ${digits.significant.length} significant digits, DynamoDB keeps ${maxDigits}`);
  }
  const exponent = Number(exponentText) - fraction.length + digits.trailing;
  const leading = exponent + digits.significant.length - 1;
  if (leading > maxExponent || leading < minExponent) {
    throw new RowError(`the number ${shown} is outside DynamoDB's range of 1E${minExponent} to 9.99E+${maxExponent}`);
  }
  return (sign === '-' ? '-' : '') + spell(digits.significant, exponent);
}

function trimZeros(digits: string): { significant: string; trailing: number } {
  let start = 0;
  let end = digits.length;
  while (digits[start] === '0') start += 1;
  while (end > start && digits[end - 1] === '0') end -= 1;
  return { significant: digits.slice(start, end), trailing: digits.length - end };
}

function spell(digits: string, exponent: number): string {
  if (exponent >= 0 && digits.length + exponent <= maxDigits) return digits + '0'.repeat(exponent);
  const point = digits.length + exponent;
  if (exponent < 0 && point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  if (exponent < 0 && point > -6) return `0.${'0'.repeat(-point)}${digits}`;
  return `${digits}E${exponent}`;
}
