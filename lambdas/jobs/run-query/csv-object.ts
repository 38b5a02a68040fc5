/** One CSV object: its header, then its rows into the part of the table that has its columns. */
import { type Block, readBlocks } from '../../text/blocks.ts';
import { CsvFault, CsvRecords, fieldKind } from '../../text/csv-records.ts';
import { decoded, TextFault } from '../../text/decode.ts';
import { detectDelimiter } from '../../text/detect-delimiter.ts';
import { invalidSource } from '../../text/source-error.ts';
import type { CsvOptions } from './contract.ts';
import type { CsvColumn } from './csv-column.ts';
import { type CsvPart, type CsvTable, distinctNames } from './csv-table.ts';
import { RowsOut } from './rows-out.ts';

const maxRecordBytes = 32 * 2 ** 20;
const maxColumns = 10_000;

export class CsvObject {
  private readonly name: string;
  private readonly options: CsvOptions;
  private readonly table: CsvTable;
  /** Lines before the record that is next. */
  private lines = 0;
  private linesToSkip: number;
  private blankLines = 0;
  private delimiter: string | undefined;
  private records: CsvRecords | undefined;
  /** Undefined until the header is read. */
  private part: CsvPart | undefined;
  private names: readonly string[] = [];
  /** Columns whose type is not settled, with their fields. */
  private open: { readonly column: CsvColumn; readonly field: number }[] = [];

  constructor(name: string, options: CsvOptions, table: CsvTable) {
    this.name = name;
    this.options = options;
    this.table = table;
    this.linesToSkip = options.skipLines;
    this.delimiter = options.delimiter;
  }

  /** @throws PermanentError `invalid_source` */
  async read(bytes: AsyncIterable<Buffer>): Promise<void> {
    try {
      await readBlocks(decoded(bytes, this.options.encoding), (block) => this.readBlock(block));
    } catch (error) {
      if (!(error instanceof TextFault)) throw error;
      throw invalidSource(error.message, { object: this.name, line: this.lines + error.uncountedLines + 1, excerpt: error.excerpt });
    }
  }

  private async readBlock(block: Block): Promise<number> {
    let at = this.skipLines(block);
    if (this.part === undefined) at = await this.readHeader(block, at);
    if (this.part !== undefined && this.records !== undefined) at = await this.readRows(block, at, this.records);
    if (block.end - at > maxRecordBytes) {
      throw this.invalid(`the row is longer than ${maxRecordBytes / 2 ** 20} MiB; perhaps a quote is never closed`, block, at);
    }
    return at;
  }

  private skipLines({ bytes, end, isLast }: Block): number {
    let at = 0;
    while (this.linesToSkip > 0 && at < end) {
      let lineEnd = at;
      while (bytes[lineEnd] !== 10 && bytes[lineEnd] !== 13) lineEnd++;
      if (!isLast && lineEnd + 1 >= end) return at;
      at = bytes[lineEnd] === 13 && bytes[lineEnd + 1] === 10 ? lineEnd + 2 : lineEnd + 1;
      this.linesToSkip -= 1;
      this.lines += 1;
    }
    return Math.min(at, end);
  }

  private async readHeader(block: Block, from: number): Promise<number> {
    const { bytes, end, isLast } = block;
    let at = from;
    while (at < end && this.linesToSkip === 0) {
      const records = this.recordsFor(block, at);
      if (records === undefined || !this.readRecord(records, block, at)) return at;
      if (records.isBlank) {
        this.blankLines += 1;
        this.lines += 1;
        at = records.next;
        continue;
      }
      const fields = Array.from({ length: records.fieldCount }, (_, field) => records.text(bytes, field));
      if (this.options.header) {
        if (fields.some((field) => field.includes('\0')))
          throw this.invalid('the header has a NUL character; perhaps the encoding is utf-16', block, at);
        this.lines += records.lines;
        at = records.next;
        await this.begin(distinctNames(fields), block, at);
      } else {
        // Every object has the columns of the first; a row that does not is a ragged one.
        const width = Math.max(this.table.columns.length, this.table.columns.length === 0 ? fields.length : 0);
        await this.begin(distinctNames(Array.from({ length: width }, () => '')), block, at);
        if (width === 1 && this.blankLines > 0) await this.writeNulls(this.blankLines);
      }
      return at;
    }
    if (isLast && at === end && !this.options.header && this.blankLines > 0) {
      await this.begin(['column0'], block, at);
      await this.writeNulls(this.blankLines);
    }
    return at;
  }

  private async begin(names: readonly string[], block: Block, at: number): Promise<void> {
    if (names.length > maxColumns) throw this.invalid(`there are ${names.length} columns, at most ${maxColumns} can be read`, block, at);
    this.names = names;
    this.part = await this.table.partFor(names, this.delimiter ?? ',');
    this.open = this.part.columns
      .map((column, field) => ({ column: this.table.columns[column] as CsvColumn, field }))
      .filter(({ column }) => column.isOpen);
  }

  private async writeNulls(rows: number): Promise<void> {
    this.table.rows += rows;
    await this.part?.write(Buffer.alloc(rows, '\n'));
  }

  private recordsFor({ bytes, end, isLast }: Block, at: number): CsvRecords | undefined {
    if (this.delimiter === undefined) {
      const first = detectDelimiter(bytes, at, end, isLast);
      if (first === undefined) return undefined;
      if (bytes[at] === 10 || bytes[at] === 13) return new CsvRecords(','); // a blank line tells nothing
      if (first.delimiters.length > 1) {
        const found = first.delimiters.map((delimiter) => JSON.stringify(delimiter)).join(' as ');
        throw this.invalid(`the first line has as many ${found}; name the right one as \`delimiter\``, { bytes, end, isLast }, at);
      }
      this.delimiter = first.delimiters[0] ?? ',';
    }
    this.records ??= new CsvRecords(this.delimiter);
    return this.records;
  }

  private readRecord(records: CsvRecords, block: Block, at: number): boolean {
    try {
      return records.read(block.bytes, at, block.end, block.isLast);
    } catch (error) {
      if (!(error instanceof CsvFault)) throw error;
      throw invalidSource(error.message, {
        object: this.name,
        line: this.lines + error.lines + 1,
        column: this.names[error.field] ?? error.field + 1,
        excerpt: lineAt(block, error.at),
      });
    }
  }

  private async readRows(block: Block, from: number, records: CsvRecords): Promise<number> {
    const { bytes, end } = block;
    let part = this.part as CsvPart;
    let width = part.columns.length;
    const out = new RowsOut(bytes, from);
    let at = from;
    while (at < end && this.readRecord(records, block, at)) {
      const { next } = records;
      if (records.fieldCount !== width && records.isBlank) {
        out.drop(at, next);
      } else {
        if (records.fieldCount > width && this.options.raggedRows === 'keep') {
          await part.write(out.take(at));
          const names = [...this.names, ...Array.from({ length: records.fieldCount - width }, () => '')];
          await this.begin(distinctNames(names), block, at);
          part = this.part as CsvPart;
          width = part.columns.length;
        }
        if (records.fieldCount !== width) this.pad(records, block, at, width, out);
        else if (!records.isPlain) out.rewrite(records, at, 0, part.delimiter);
        if (this.open.length > 0) this.addValues(records, block, at);
        if (records.lines > 1) part.hasQuotedLineBreaks = true;
        if (next - at > part.longestRecordBytes) part.longestRecordBytes = this.recordBytes(records, block, at);
        this.table.rows += 1;
      }
      this.lines += records.lines;
      at = next;
    }
    await part.write(out.take(at));
    return at;
  }

  private recordBytes(records: CsvRecords, block: Block, at: number): number {
    const size = records.next - at;
    if (size > maxRecordBytes) throw this.invalid(`the row is longer than ${maxRecordBytes / 2 ** 20} MiB`, block, at);
    return size;
  }

  private pad(records: CsvRecords, block: Block, at: number, width: number, out: RowsOut): void {
    const { fieldCount } = records;
    if (this.options.raggedRows === 'fail' || fieldCount > width) {
      const remedy = this.options.raggedRows === 'pad' ? '`raggedRows: "keep"` keeps surplus fields' : '`raggedRows` can allow for that';
      const expected = this.options.header ? `the header has ${width}` : `the first row has ${width}`;
      throw this.invalid(`the row has ${count(fieldCount, 'field')}, and ${expected}; ${remedy}`, block, at);
    }
    out.rewrite(records, at, width - fieldCount, this.delimiter ?? ',');
  }

  private addValues(records: CsvRecords, block: Block, at: number): void {
    const { starts, ends, kinds, fieldCount } = records;
    let isSettled = false;
    for (const { column, field } of this.open) {
      if (field >= fieldCount) continue;
      const [start, end, kind] = [starts[field] as number, ends[field] as number, kinds[field] as number];
      if (start === end && kind === fieldKind.plain) continue;
      if (column.declared !== undefined) this.checkValue(column, records, field, block, at);
      else if (kind > fieldKind.quoted || start === end) column.addText();
      else column.add(block.bytes, start, end);
      if (!column.isOpen) isSettled = true;
    }
    if (isSettled) this.open = this.open.filter(({ column }) => column.isOpen);
  }

  private checkValue(column: CsvColumn, records: CsvRecords, field: number, block: Block, at: number): void {
    const text = records.text(block.bytes, field);
    column.values += 1;
    if (column.declared?.holds?.(text) !== false) return;
    throw invalidSource(
      `the value is no ${column.declared.name} that would hold it exactly, the type which \`columns\` gives to the column`,
      {
        object: this.name,
        line: this.lines + 1 + linesBefore(records, block, at, field),
        column: column.name,
        excerpt: text,
      },
    );
  }

  private invalid(what: string, block: Block, at: number): Error {
    return invalidSource(what, { object: this.name, line: this.lines + 1, excerpt: lineAt(block, at) });
  }
}

function linesBefore(records: CsvRecords, { bytes }: Block, at: number, field: number): number {
  return (
    bytes
      .subarray(at, records.starts[field])
      .toString('latin1')
      .split(/\r\n|\n|\r/).length - 1
  );
}

/** @returns the line at an offset, up to a length that is cut anyway */
function lineAt({ bytes, end }: Block, at: number): string {
  const text = bytes.subarray(at, Math.min(end, at + 1_000)).toString();
  return /^[^\r\n]*/.exec(text)?.[0] ?? '';
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
