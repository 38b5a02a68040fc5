import fc from 'fast-check';
import { type Decimal, parseDecimal, withoutTrailingZeros } from '../../../lambdas/text/decimal.ts';

interface Written {
  readonly sign: '' | '-';
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
}

const written: fc.Arbitrary<Written> = fc.record({
  sign: fc.constantFrom('' as const, '-' as const),
  whole: fc.stringMatching(/^\d{1,30}$/),
  fraction: fc.stringMatching(/^\d{0,30}$/),
  exponent: fc.integer({ min: -60, max: 60 }),
});
const textOf = ({ sign, whole, fraction, exponent }: Written) => `${sign}${whole}${fraction === '' ? '' : `.${fraction}`}e${exponent}`;

/** The value times 10^100, which is an integer for every number that is generated. */
const scaled = ({ isNegative, digits, exponent }: Decimal) => BigInt(digits) * 10n ** BigInt(exponent + 100) * (isNegative ? -1n : 1n);
const expected = ({ sign, whole, fraction, exponent }: Written) =>
  (BigInt(whole) * 10n ** BigInt(exponent + 100) + BigInt(fraction || '0') * 10n ** BigInt(exponent + 100 - fraction.length)) *
  (sign === '-' ? -1n : 1n);

it('a decimal taken apart has the value of its text, with and without trailing zeros', () =>
  fc.assert(
    fc.property(written, (number) => {
      const decimal = parseDecimal(textOf(number));
      if (decimal === undefined) throw new Error('not parsed');
      const shortened = withoutTrailingZeros(decimal);
      expect([scaled(decimal), scaled(shortened)]).toEqual([expected(number), expected(number)]);
      expect(shortened.digits).toMatch(/^$|^[1-9](?:\d*[1-9])?$/);
    }),
  ));

it('a decimal of JSON is the same in the lenient form', () =>
  fc.assert(fc.property(written, (number) => expect(parseDecimal(textOf(number), 'lenient')).toEqual(parseDecimal(textOf(number))))));

it.each([
  ['-12.50e3', { isNegative: true, digits: '1250', exponent: 1 }],
  ['0', { isNegative: false, digits: '', exponent: 0 }],
  ['0.050', { isNegative: false, digits: '50', exponent: -3 }],
  ['1E+2', { isNegative: false, digits: '1', exponent: 2 }],
])('the decimal %s keeps the digits that are written', (text, decimal) => expect(parseDecimal(text)).toEqual(decimal));

it.each(['', '.', '-', '+', 'e5', '1e', '1.2.3', ' 1', '1 ', 'Infinity', 'NaN', '0x1', '1_000', '١'])(
  '%j is not a decimal in any form',
  (text) => expect([parseDecimal(text), parseDecimal(text, 'lenient')]).toEqual([undefined, undefined]),
);

it.each(['+1', '.5', '5.', '-.5e1', '+0.50'])('%s is a decimal in the lenient form alone', (text) =>
  expect([parseDecimal(text) === undefined, parseDecimal(text, 'lenient') === undefined]).toEqual([true, false]),
);

it('a long number full of zeros takes no more than linear time', () => {
  const startedMs = performance.now();
  const decimal = parseDecimal(`1${'0'.repeat(1_000_000)}1`);
  expect(decimal && withoutTrailingZeros(decimal).digits.length).toBe(1_000_002);
  expect(performance.now() - startedMs).toBeLessThan(20_000);
});
