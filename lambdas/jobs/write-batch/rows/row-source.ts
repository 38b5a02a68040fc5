/** Where rows come from: one stream that can be resumed at the end of any row. */

import type { SourceText } from '../source/source-text.ts';
import type { RowError } from './row-error.ts';

/** The end of a row. */
export interface Position {
  /** Bytes of the source's text, or rows of the request. */
  readonly offset: number;
  /** Lines, or rows of the request. */
  readonly line: number;
}

export interface SourceRow {
  readonly line: number;
  readonly end: Position;
  /** A JSON value, a `TypedItem`, or why there is none. */
  readonly value: unknown | RowError;
  /** The row as read, for the report of rejected rows. */
  readonly raw: unknown;
}

export interface RowSource {
  /** @throws PermanentError `invalid_source` where the source cannot be read further */
  rows(from: Position): AsyncIterable<SourceRow>;
  /** The whole amount, in units of `Position.offset`; undefined while it is not known. */
  total(): number | undefined;
  /** For people, e.g. "1,200 of 3,000 rows". */
  describe(rows: number, at: Position): string;
}

export const chunkBytes = 4 * 1024 * 1024;
const thousands = new Intl.NumberFormat('en-US');
const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

export function rowsOfRequest(rows: readonly unknown[]): RowSource {
  return {
    total: () => rows.length,
    describe: (done) => `${thousands.format(done)} of ${thousands.format(rows.length)} rows`,
    async *rows({ offset }) {
      for (const [i, row] of rows.entries()) {
        if (i >= offset) yield { line: i + 1, end: { offset: i + 1, line: i + 1 }, value: row, raw: row };
      }
    },
  };
}

/** Describes progress in a text. The length of the text of a compressed object is not known. */
export function textProgress({ object, isPlain }: SourceText): Pick<RowSource, 'total' | 'describe'> {
  return {
    total: () => (isPlain ? object.sizeBytes : undefined),
    describe: (rows, { offset }) => {
      const of = isPlain ? ` of ${megabytes(object.sizeBytes ?? offset)}` : '';
      return `${thousands.format(rows)} rows, ${megabytes(offset)}${of} MB`;
    },
  };
}
