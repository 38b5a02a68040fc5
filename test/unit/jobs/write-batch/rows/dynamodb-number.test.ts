import fc from 'fast-check';
import { dynamoDbNumber } from '../../../../../lambdas/jobs/write-batch/rows/dynamodb-number.ts';

/** A decimal as digits and exponent, and some spelling of it. */
const spelledDecimal = fc
  .record({
    digits: fc.stringMatching(/^[1-9]\d{0,37}$/),
    exponent: fc.integer({ min: -130, max: 88 }),
    negative: fc.boolean(),
    zerosBefore: fc.nat(3),
    zerosAfter: fc.nat(5),
  })
  .map(({ digits, exponent, negative, zerosBefore, zerosAfter }) => ({
    negative,
    digits,
    exponent,
    text: `${negative ? '-' : ''}${'0'.repeat(zerosBefore)}${digits}${'0'.repeat(zerosAfter)}e${exponent - zerosAfter}`,
  }));

/** Reads a decimal back with big integers, another way than the code under test. */
function scaled(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.split(/e/i);
  const [whole = '', fraction = ''] = mantissa.split('.');
  return BigInt(whole + fraction) * 10n ** BigInt(400 + Number(exponent) - fraction.length);
}

describe('a number', () => {
  it('keeps its exact value in any spelling', () =>
    fc.assert(fc.property(spelledDecimal, ({ text }) => expect(scaled(dynamoDbNumber(text))).toBe(scaled(text)))));

  it('has one spelling, so that equal keys are equal texts', () =>
    fc.assert(
      fc.property(spelledDecimal, ({ text, negative, digits, exponent }) => {
        expect(dynamoDbNumber(`${negative ? '-' : ''}${digits}E${exponent}`)).toBe(dynamoDbNumber(text));
        expect(dynamoDbNumber(dynamoDbNumber(text))).toBe(dynamoDbNumber(text));
      }),
    ));

  it.each([
    ['0', '0'],
    ['-0.000', '0'],
    ['0e999999', '0'],
    ['007', '7'],
    ['+1.50', '1.5'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e21', '1000000000000000000000'],
    ['-12.5E-3', '-0.0125'],
    ['9.9999999999999999999999999999999999999E+125', '99999999999999999999999999999999999999E88'],
    ['1E-130', '1E-130'],
  ])('%s is sent as %s', (text, sent) => expect(dynamoDbNumber(text)).toBe(sent));

  it.each([
    ['1234567890123456789012345678901234567.89', 'has 39 significant digits'],
    ['1e126', "outside DynamoDB's range"],
    ['-1e-131', "outside DynamoDB's range"],
    ['1e99999999999999999999999', "outside DynamoDB's range"],
    ['Infinity', 'is not a number'],
    ['', 'is not a number'],
    ['.', 'is not a number'],
    ['1,5', 'is not a number'],
    ['0x10', 'is not a number'],
    ['0'.repeat(1_001), 'longer than 1000 characters'],
  ])('%s is refused: %s', (text, reason) => expect(() => dynamoDbNumber(text)).toThrow(reason));
});
