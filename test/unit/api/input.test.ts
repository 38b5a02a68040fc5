import { redactedText } from '../../../lambdas/api/input.ts';

it('is the very text where nothing is secret', () => {
  const json = '{"a":1.0,"a b":12345678901234567890}';
  expect(redactedText(json, [])).toBe(json);
});

it('hides secrets at any depth, and where they are repeated', () =>
  expect(redactedText('{"rows":[{"token":"s3cret-1","n":1},{"TOKEN":{"a":"s3cret-2"}}],"url":"/?t=s3cret-2"}', ['token'])).toBe(
    '{"rows":[{"token":"[redacted]","n":1},{"TOKEN":"[redacted]"}],"url":"/?t=[redacted]"}',
  ));

it('takes a megabyte with one secret, and refuses in no time one with thousands', () => {
  const rows = (name: string) =>
    JSON.stringify({ password: 'hunter22', rows: Array.from({ length: 20_000 }, (_, i) => ({ [name]: `value ${i} ${'x'.repeat(20)}` })) });
  expect(redactedText(rows('text'), ['password'])).toBe(rows('text').replace('hunter22', '[redacted]'));
  const startedMs = performance.now();
  expect(redactedText(rows('password'), ['password'])).toBeUndefined();
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
