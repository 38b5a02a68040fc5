import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvLine } from '../../../../../lambdas/jobs/run-query/query/csv-lines.ts';

const line = (values: (string | number | null)[], escapeFormulas = true) =>
  csvLine(
    values,
    values.map(() => true),
    escapeFormulas,
  );

it('keeps every text in its own cell, with any quotes, commas and line breaks', () =>
  fc.assert(
    fc.property(fc.array(fc.string({ unit: fc.constantFrom('"', ',', '\r', '\n', ' ', 'a', ';', "'") }), { minLength: 2 }), (texts) => {
      expect(parse(line(texts, false) + line(texts, false), { record_delimiter: '\r\n' })).toEqual([texts, texts]);
    }),
  ));

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1'])('disarms the text %j, which a spreadsheet would run', (text) =>
  expect(parse(line([text, 'x']), { record_delimiter: '\r\n' })).toEqual([[`'${text}`, 'x']]),
);

it('leaves formulas alone when asked to', () => expect(line(['=1+1'], false)).toBe('=1+1\r\n'));
it('never changes a number', () => expect(csvLine(['-5', -5], [false, false], true)).toBe('-5,-5\r\n'));
it('distinguishes NULL from an empty text', () => expect(line([null, ''])).toBe(',""\r\n'));
