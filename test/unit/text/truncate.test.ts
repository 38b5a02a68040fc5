import fc from 'fast-check';
import { truncate, truncationMark } from '../../../lambdas/text/truncate.ts';

it.each([
  ['abcdef', 6, 'abcdef'],
  ['abcdefg', 6, 'abcde…'],
  ['abcd🦁🦁', 6, 'abcd…'],
  ['abc🦁🦁', 6, 'abc🦁…'],
  ['ab\ud83e', 6, 'ab\ufffd'],
  ['\udd81bcdefg', 6, '\ufffdbcde…'],
])('truncates %j to at most %i: %j', (text, max, shortened) => expect(truncate(text, max)).toBe(shortened));

it('never leaves half a character, is never too long, and changes no character that it keeps', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.integer({ min: 2, max: 40 }), (text, max) => {
      const shortened = truncate(text, max);
      expect(shortened.isWellFormed()).toBe(true);
      expect(shortened.length).toBeLessThanOrEqual(max);
      if (text.length <= max) expect(shortened).toBe(text);
      else expect(text.startsWith(shortened.slice(0, -truncationMark.length))).toBe(true);
      // At most the one pair that did not fit is missing.
      if (text.length > max) expect(shortened.length).toBeGreaterThanOrEqual(max - 1);
    }),
  ));
