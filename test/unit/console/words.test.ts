import { parseExact, stringifyExact } from '../../../client/unrounded-json.ts';
import { bytesText, counted, usdText } from '../../../console/words/amounts.ts';
import { durationText, relativeText } from '../../../console/words/durations.ts';

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_950, '1.9 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [7_505_000, '2 h 5 min'],
  [90_061_000, '1 d 1 h'],
])('says a duration of %d ms as %s', (ms, text) => expect(durationText(ms)).toBe(text));

it.each([
  [-1_000, 'now'],
  [-240_000, '4 min ago'],
  [40_000, 'in 40 s'],
  [86_400_000 * 29.5, 'in 29 d'],
])('says a time %d ms from now as %s', (ms, text) => expect(relativeText(1_000_000 + ms, 1_000_000)).toBe(text));

it.each([
  [0, '0 USD'],
  [0.0000015, '0.0000015 USD'],
  [0.012, '0.012 USD'],
  [12.3, '12.30 USD'],
])('never rounds %d USD to nothing', (usd, text) => expect(usdText(usd)).toBe(text));

it('says counts and sizes', () => {
  expect([counted(1, 'job'), counted(12_450, 'job'), counted(2, 'entry', 'entries')]).toEqual(['1 job', '12,450 jobs', '2 entries']);
  expect([bytesText(999), bytesText(200_000), bytesText(1_048_576), bytesText(5e9)]).toEqual(['999 B', '200 kB', '1.05 MB', '5 GB']);
});

it('indents JSON without rounding its numbers', () => {
  const text = '{\n  "a": 12345678901234567890,\n  "b": [\n    0.1000000000000000055\n  ]\n}';
  expect(stringifyExact(parseExact(text), 2)).toBe(text);
});
