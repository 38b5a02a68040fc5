/** Numbers compared by their digits: no double in between. */

/** @returns one spelling for each value, or undefined for what is not a number: `1.50`, `15e-1` and `1.5` are one */
export function canonicalNumber(text: string): string | undefined {
  const [, sign, whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (sign === undefined) return undefined;
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - significant.length)}`;
}

export function isSameNumber(a: string, b: string): boolean {
  const canonical = canonicalNumber(a);
  return canonical !== undefined && canonical === canonicalNumber(b);
}
