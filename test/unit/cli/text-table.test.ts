import * as fc from 'fast-check';
import type { Output } from '../../../cli/command-io.ts';
import { columnsOf, plain, truncate } from '../../../cli/text-style.ts';
import { type Column, tableOf } from '../../../cli/text-table.ts';

const output = (width: number | undefined): Output => ({
  isTerminal: width !== undefined,
  isColoured: false,
  canRedraw: width !== undefined,
  width,
  write: async () => undefined,
});
interface Row {
  readonly id: string;
  readonly what: string;
}
const columns: readonly Column<Row>[] = [
  { title: 'ID', text: ({ id }) => id },
  { title: 'WHAT', text: ({ what }) => what, rank: 1, isElastic: true },
];

it('aligns columns in a terminal', () =>
  expect(
    tableOf(
      [
        { id: 'a', what: 'short' },
        { id: 'bcd', what: 'longer' },
      ],
      columns,
      output(40),
    ),
  ).toBe('ID   WHAT\na    short\nbcd  longer\n'));

it('truncates what is elastic, and leaves out a column where there is no room', () => {
  const rows = [{ id: 'job_1234567890', what: 'a very long explanation of what happened' }];
  expect(tableOf(rows, columns, output(34))).toBe('ID              WHAT\njob_1234567890  a very long expla…\n');
  expect(tableOf(rows, columns, output(20))).toBe('ID\njob_1234567890\n');
});

it('prints a row a line in a pipe, whole, with tabs', () =>
  expect(tableOf([{ id: 'a', what: `x\t\ny${'z'.repeat(300)}` }], columns, output(undefined))).toBe(`a\tx y${'z'.repeat(300)}\n`));

it('counts two columns for wide characters, and one for what is written with several', () => {
  expect([columnsOf('abc'), columnsOf('日本'), columnsOf('e\u0301'), columnsOf('👩‍💻')]).toEqual([3, 4, 1, 2]);
  expect(truncate('日本語', 5)).toBe('日本…');
});

it('never writes more columns than the terminal has, with any texts', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ id: fc.string({ maxLength: 8 }), what: fc.string({ unit: 'grapheme' }) })),
      fc.integer({ min: 24, max: 200 }),
      (rows, width) => {
        for (const line of tableOf(rows, columns, output(width)).split('\n')) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      },
    ),
  ));

it('lets no text of others command the terminal', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(`\u001b[2J\u001b]0;title\u0007${text}\r\n`)).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    }),
  ));
