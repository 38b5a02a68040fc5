/** One CSV object from its first byte to its last: the lines above its header, its delimiter, its header, its records. Every job type reads it with this. */
import type { PermanentError } from '../core/contract/errors.ts';
import { type Block, blocks } from './blocks.ts';
import type { CsvDialect } from './csv-dialect.ts';
import { CsvError, CsvRecords } from './csv-records.ts';
import { TextError } from './decode.ts';
import { detectDelimiter } from './detect-delimiter.ts';
import { endOfLine } from './lines.ts';
import { invalidSource } from './source-error.ts';

export type CsvStreamOptions = Pick<CsvDialect, 'delimiter' | 'skipLines'>;

export class CsvStream {
  /** Lines before the next record, of this object. */
  lines: number;
  /** Blank ones of them, above the first record. */
  blankLines = 0;
  /** Undefined until the first record, as `records` is. */
  delimiter: string | undefined;
  /** The last record that was read. */
  records!: CsvRecords;
  /** Names of the columns, for errors. */
  names: readonly string[] = [];
  private readonly object: string;
  private linesToSkip: number;

  /** @param linesBefore where reading goes on within the object */
  constructor(object: string, { delimiter, skipLines }: CsvStreamOptions, linesBefore = 0) {
    this.object = object;
    this.lines = linesBefore;
    this.linesToSkip = linesBefore === 0 ? skipLines : 0;
    this.useDelimiter(delimiter);
  }

  /**
   * @param pieces of the object's text, as `decoded` yields them
   * @throws PermanentError `invalid_source` for a `TextError`
   */
  async *blocks(pieces: AsyncIterable<Buffer>): AsyncGenerator<Block> {
    try {
      yield* blocks(pieces);
    } catch (error) {
      if (!(error instanceof TextError)) throw error;
      throw invalidSource(error.message, { object: this.object, line: this.lines + error.uncountedLines + 1, excerpt: error.excerpt });
    }
  }

  /**
   * Reads the first record that is not blank: it then begins at `block.done`, and the lines before it are counted.
   * @returns whether there is one
   */
  readFirst(block: Block): boolean {
    for (;;) {
      const isSkipped = this.linesToSkip > 0;
      if (block.done >= block.end) return false;
      const isBlank = block.bytes[block.done] === 10 || block.bytes[block.done] === 13;
      if (!isSkipped && !isBlank) return this.findDelimiter(block) && this.read(block, block.done);
      const next = endOfLine(block, block.done);
      if (next === undefined) return false;
      block.done = next;
      this.lines += 1;
      if (isSkipped) this.linesToSkip -= 1;
      else this.blankLines += 1;
    }
  }

  /** @returns whether `records` is the record at `at` now; false where its end is not in the block */
  read(block: Block, at: number): boolean {
    try {
      return this.records.read(block, at);
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      throw this.errorFor(error, block);
    }
  }

  /** @returns the error for a fault in the record that was read */
  errorFor({ message, lines, field, at }: CsvError, block: Block): PermanentError {
    const place = { object: this.object, line: this.lines + lines + 1, column: this.names[field] ?? field + 1 };
    return invalidSource(message, { ...place, excerpt: lineAt(block, at) });
  }

  /** @returns the error for what is wrong with the record at `at` */
  errorAt(what: string, block: Block, at: number): PermanentError {
    return invalidSource(what, { object: this.object, line: this.lines + 1, excerpt: lineAt(block, at) });
  }

  private findDelimiter(block: Block): boolean {
    if (this.delimiter !== undefined) return true;
    const found = detectDelimiter(block);
    if (found === undefined) return false;
    if (found.length > 1) {
      const several = found.map((delimiter) => JSON.stringify(delimiter)).join(' as ');
      throw this.errorAt(`the first line has as many ${several}; name the right one as \`delimiter\``, block, block.done);
    }
    this.useDelimiter(found[0]);
    return true;
  }

  private useDelimiter(delimiter: string | undefined): void {
    this.delimiter = delimiter;
    if (delimiter !== undefined) this.records = new CsvRecords(delimiter);
  }
}

/** @returns the line at an offset, up to a length that is truncated anyway */
export function lineAt({ bytes, end }: Block, at: number): string {
  const text = bytes.subarray(at, Math.min(end, at + 1_000)).toString();
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}
