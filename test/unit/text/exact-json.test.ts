import fc from 'fast-check';
import { canonicalJson, exactNumber, isExactNumber, parseExactJson } from '../../../lambdas/text/exact-json.ts';

it.each(['12345678901234567890', '0.12345678901234567890123456789012345678', '-98765432109876543210.5', '1e400', '123456789.123456789123'])(
  'keeps every digit of %s',
  (number) => {
    expect(JSON.stringify(parseExactJson(`{"n":[${number}]}`))).toBe(`{"n":[${number}]}`);
  },
);

it.each([
  ['1.10', 1.1],
  ['1e2', 100],
  ['0.1', 0.1],
  ['-0', -0],
  ['0.0', 0],
  ['9007199254740993e-1', undefined],
] as const)('takes %s for a plain number only where a double holds it', (text, value) => {
  const parsed = parseExactJson(text);
  if (value === undefined) expect(isExactNumber(parsed)).toBe(true);
  else expect(parsed).toBe(value);
});

it('says what JSON.parse says of anything that holds no such number', () =>
  fc.assert(fc.property(fc.json(), (text) => expect(canonicalJson(parseExactJson(text))).toBe(canonicalJson(JSON.parse(text))))));

it('has one text for all orders of members', () =>
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse());
      expect(canonicalJson(reversed)).toBe(canonicalJson(value));
    }),
  ));

it('distinguishes values that differ beyond the precision of a double', () => {
  expect(canonicalJson(parseExactJson('12345678901234567890'))).not.toBe(canonicalJson(parseExactJson('12345678901234567891')));
});

it('writes an exact number unchanged', () => expect(JSON.stringify({ n: exactNumber('1.50') })).toBe('{"n":1.50}'));

it('reads a number of a million digits without quadratic work', () => {
  const number = `1${'0'.repeat(1_000_000)}1`;
  expect(JSON.stringify(parseExactJson(number))).toBe(number);
});
