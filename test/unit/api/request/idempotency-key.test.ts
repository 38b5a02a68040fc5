import { parseIdempotencyKey } from '../../../../lambdas/api/request/idempotency-key.ts';

it.each([
  ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
  ['bare-token:1', 'bare-token:1'],
  ['"with space, comma; and \\"quote\\" \\\\"', 'with space, comma; and "quote" \\'],
  [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
])('takes %s', (header, key) => expect(parseIdempotencyKey(header)).toBe(key));

it.each(['', '""', '"open', 'two words', 'a,b', 'a;b', '"a" "b"', `"${'x'.repeat(256)}"`, '"ü"', '"a\\b"', '"tab\t"'])(
  'refuses %j',
  (header) => expect(() => parseIdempotencyKey(header)).toThrow('Idempotency-Key must be'),
);

it('is optional', () => expect(parseIdempotencyKey(undefined)).toBeUndefined());
