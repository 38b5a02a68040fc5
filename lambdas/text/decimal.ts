/** Decimal numbers taken apart as text, never through a double. Each user decides which of them it accepts. */
export interface Decimal {
  readonly isNegative: boolean;
  /** The digits as written, without the point and without zeros in front; empty for zero. */
  readonly digits: string;
  /** The power of ten of the last digit: `-12.50e3` is −1250 × 10¹. */
  readonly exponent: number;
}

const forms = {
  /** A number of JSON (RFC 8259). */
  json: /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/,
  /** What spreadsheets and people write, too: `+0.50`, `.5`, `5.` */
  lenient: /^([+-]?)(?=\.?\d)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/,
} as const;

/** @returns undefined when the text is not a number of this form */
export function parseDecimal(text: string, form: keyof typeof forms = 'json'): Decimal | undefined {
  const match = forms[form].exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  return { isNegative: sign === '-', digits: (whole + fraction).replace(/^0+/, ''), exponent: Number(exponent) - fraction.length };
}

/** @returns the same value without zeros at the end of its digits, so that equal values have equal digits */
export function withoutTrailingZeros({ isNegative, digits, exponent }: Decimal): Decimal {
  // Without a regular expression: `/0+$/` takes quadratic time on a long number full of zeros.
  let end = digits.length;
  while (digits[end - 1] === '0') end -= 1;
  return { isNegative, digits: digits.slice(0, end), exponent: exponent + digits.length - end };
}
