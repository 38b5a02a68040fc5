import { join } from 'node:path';
import { clockMutants } from '../../simulation/clock-mutants.ts';
import { editedText, patternOf, placeOf } from '../../simulation/mutant-places.ts';
import { mutants } from '../../simulation/mutants.ts';

const root = join(__dirname, '..', '..', '..');
const finds = (code: string, text: string) => [...text.matchAll(patternOf(code))].length;

it.each(Object.entries({ ...mutants, ...clockMutants }))('the code of the mutant occurs once: %s', (_, mutant) => {
  for (const edit of [mutant].flat()) {
    const place = placeOf(edit, root);
    expect(editedText(place.file, [{ ...place, replace: edit.replace }], root)).not.toBe(editedText(place.file, [], root));
  }
});

it.each([
  ['the same line', 'if (a && f(b, c)) return;', 1],
  ['line breaks and trailing commas', 'if (\n  a &&\n  f(\n    b,\n    c,\n  )\n)\n  return;', 1],
  ['comments', 'if (a /* so * it is */ && f(b, c)) // why\n  return;', 1],
  ['two places', 'if (a && f(b, c)) return;\nif (a && f(b, c)) return;', 2],
  ['another operator', 'if (a || f(b, c)) return;', 0],
  ['another name', 'if (a && f(b, cc)) return;', 0],
  ['a further condition', 'if (a && f(b, c) && d) return;', 0],
])('finds code by its tokens: %s', (_, text, count) => expect(finds('if (a && f(b, c)) return;', text)).toBe(count));

it('finds whole words alone', () => {
  expect(finds('return a', 'return ab')).toBe(0);
  expect(finds('return a', 'xreturn a')).toBe(0);
  expect(finds('return a', 'returna')).toBe(0);
  expect(finds('return a', 'return a')).toBe(1);
});

it('refuses code that occurs never, or more than once', () => {
  expect(() => placeOf({ find: 'thisIsNowhere()', replace: '' }, root)).toThrow('occurs 0 times');
  expect(() => placeOf({ find: 'return undefined;', replace: '' }, root)).toThrow(/occurs \d+ times \(lambdas\//);
});
