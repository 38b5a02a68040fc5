/** Tables: fitted to a terminal, whole elsewhere. */
import type { Output } from './command-io.ts';
import { columnsOf, plain, type Style, styled, truncate } from './text-style.ts';

export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly style?: (row: Row) => Style | undefined;
  readonly isRight?: boolean;
  /** A terminal that is too narrow leaves out the columns with the highest number first, and never those with 0. @default 0 */
  readonly rank?: number;
  /** May be truncated on a terminal. */
  readonly isElastic?: boolean;
}

const gap = '  ';

/** @returns lines: on a terminal aligned, with titles; elsewhere one line a row, its values separated by tabs, nothing left out and nothing truncated */
export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[], out: Output): string {
  if (out.width === undefined) return rows.map((row) => `${columns.map(({ text }) => plain(text(row))).join('\t')}\n`).join('');
  const cells = rows.map((row) => columns.map(({ text }) => plain(text(row))));
  const natural = columns.map(({ title }, i) => Math.max(columnsOf(title), ...cells.map((row) => columnsOf(row[i] ?? ''))));
  const shown = columnsThatFit(columns, natural, out.width);
  const widths = elastic(columns, natural, shown, out.width);
  const line = (texts: readonly string[], style: (i: number, text: string) => string) =>
    shown
      .map((i) => {
        const width = widths[i] ?? 0;
        const text = truncate(texts[i] ?? '', width);
        const padding = ' '.repeat(Math.max(0, width - columnsOf(text)));
        return columns[i]?.isRight === true ? `${padding}${style(i, text)}` : `${style(i, text)}${padding}`;
      })
      .join(gap)
      .trimEnd();
  const titles = line(
    columns.map(({ title }) => title),
    (_i, text) => styled(text, 'dim', out),
  );
  const body = rows.map((row, r) =>
    line(cells[r] ?? [], (i, text) => {
      const style = columns[i]?.style?.(row);
      return style === undefined ? text : styled(text, style, out);
    }),
  );
  return `${[titles, ...body].join('\n')}\n`;
}

/** @returns the places of the columns that a width has room for, elastic ones counted with what they need at least */
function columnsThatFit<Row>(columns: readonly Column<Row>[], natural: readonly number[], width: number): readonly number[] {
  let shown = columns.map((_, i) => i);
  const least = (i: number) => (columns[i]?.isElastic === true ? Math.min(natural[i] ?? 0, minElastic) : (natural[i] ?? 0));
  const needed = () => shown.reduce((sum, i) => sum + least(i) + gap.length, -gap.length);
  while (needed() > width) {
    const [last] = shown.filter((i) => (columns[i]?.rank ?? 0) > 0).sort((a, b) => (columns[b]?.rank ?? 0) - (columns[a]?.rank ?? 0));
    if (last === undefined) return shown;
    shown = shown.filter((i) => i !== last);
  }
  return shown;
}

const minElastic = 12;

function elastic<Row>(
  columns: readonly Column<Row>[],
  natural: readonly number[],
  shown: readonly number[],
  width: number,
): readonly number[] {
  const widths = [...natural];
  const total = () => shown.reduce((sum, i) => sum + (widths[i] ?? 0) + gap.length, -gap.length);
  for (const i of shown.filter((one) => columns[one]?.isElastic === true)) {
    const excess = total() - width;
    if (excess > 0) widths[i] = Math.max(Math.min(minElastic, natural[i] ?? 0), (widths[i] ?? 0) - excess);
  }
  return widths;
}
