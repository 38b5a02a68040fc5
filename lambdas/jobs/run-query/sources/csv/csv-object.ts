/** One CSV object: its header, then its rows into the part of the table that has its columns. */
import type { Block } from '../../../../text/blocks.ts';
import { type CsvRecords, fieldKind } from '../../../../text/csv-records.ts';
import { CsvStream } from '../../../../text/csv-stream.ts';
import { decoded } from '../../../../text/decode.ts';
import { linesIn } from '../../../../text/lines.ts';
import { invalidSource } from '../../../../text/source-error.ts';
import { distinctNames } from '../../column-names.ts';
import type { CsvOptions } from '../../contract.ts';
import type { CsvColumn } from './csv-column.ts';
import type { CsvPart, CsvTable } from './csv-table.ts';
import { RowsOut } from './rows-out.ts';

const maxRecordBytes = 32 * 2 ** 20;
const maxColumns = 4_000;

interface OpenColumn {
  readonly column: CsvColumn;
  readonly field: number;
}

export class CsvObject {
  private readonly name: string;
  private readonly options: CsvOptions;
  private readonly table: CsvTable;
  private readonly stream: CsvStream;
  /** Undefined until the header is read. */
  private part: CsvPart | undefined;
  /** Names that got a number from us, since the header repeats a name. */
  private numbered: ReadonlySet<string> = new Set();
  /** Columns whose type is not settled, with their fields. */
  private open: OpenColumn[] = [];

  constructor(name: string, options: CsvOptions, table: CsvTable) {
    this.name = name;
    this.options = options;
    this.table = table;
    this.stream = new CsvStream(name, options);
  }

  /** @throws PermanentError `invalid_source` */
  async read(bytes: AsyncIterable<Buffer>): Promise<void> {
    for await (const block of this.stream.blocks(decoded(bytes, this.options.encoding))) {
      if (this.part === undefined) await this.readHeader(block);
      if (this.part !== undefined) await this.readRows(block, this.part);
      if (block.end - block.done > maxRecordBytes) throw this.tooLong(block, block.done);
    }
  }

  private async readHeader(block: Block): Promise<void> {
    const { stream, table } = this;
    const { header } = this.options;
    if (!stream.readFirst(block)) {
      const isBlankRows = block.isLast && !header && stream.blankLines > 0 && table.columns.length <= 1;
      if (isBlankRows) await this.begin(distinctNames(['']), block);
    } else if (header) {
      const { records } = stream;
      if (records.error !== undefined) throw stream.errorFor(records.error, block);
      const fields = Array.from({ length: records.fieldCount }, (_, field) => records.text(block.bytes, field));
      if (fields.some((field) => field.includes('\0')))
        throw stream.errorAt('the header has a NUL character; perhaps the encoding is utf-16', block, block.done);
      const other = table.nameSpelledInAnotherOrder(fields);
      if (other !== undefined) {
        const what = 'objects of the source have names that differ in upper and lower case alone, in different orders';
        throw stream.errorAt(`the column ${JSON.stringify(other)} is ambiguous: ${what}; name each column once`, block, block.done);
      }
      const names = distinctNames(fields);
      this.numbered = new Set(names.filter((name, field) => fields[field] !== '' && fields[field] !== name));
      await this.begin(names, block);
      stream.lines += records.lines;
      block.done = records.next;
    } else {
      // Every object has the columns of the first; a row that has others is a ragged one.
      const width = table.columns.length === 0 ? stream.records.fieldCount : table.columns.length;
      await this.begin(distinctNames(Array.from({ length: width }, () => '')), block);
    }
    if (!header && this.part?.columns.length === 1) await this.writeNulls(stream.blankLines);
  }

  /** @param width fields that each row is stored with, those that no column has yet included */
  private async begin(names: readonly string[], block: Block, width = names.length): Promise<void> {
    const { stream } = this;
    if (names.length > maxColumns)
      throw stream.errorAt(`there are ${names.length} columns, at most ${maxColumns} can be read`, block, block.done);
    const clash = this.table.nameInAnotherSense(names, this.numbered);
    if (clash !== undefined) {
      const what = 'one object has a column of this name, and another repeats a name, so that the repeated column would be called the same';
      throw stream.errorAt(`the column ${JSON.stringify(clash)} is ambiguous: ${what}; name each column once`, block, block.done);
    }
    stream.names = names;
    this.part = await this.table.partFor(names, stream.delimiter ?? ',', width);
    this.open = this.part.columns
      .map((column, field) => ({ column: this.table.columns[column] as CsvColumn, field }))
      .filter(({ column }) => column.isOpen);
  }

  private async writeNulls(rows: number): Promise<void> {
    this.table.rows += rows;
    await this.part?.file.write(Buffer.alloc(rows, '\n'));
  }

  private async readRows(block: Block, first: CsvPart): Promise<void> {
    const { stream } = this;
    const { bytes, end } = block;
    let part = first;
    const out = new RowsOut(bytes, block.done, first.delimiter);
    let at = block.done;
    while (at < end && stream.read(block, at)) {
      const { records } = stream;
      const { next } = records;
      if (records.error !== undefined) throw stream.errorFor(records.error, block);
      if (records.fieldCount !== part.width && records.isBlank) {
        out.drop(at, next);
      } else {
        if (records.fieldCount > part.columns.length && this.options.raggedRows === 'keep') {
          block.done = at;
          await part.file.write(out.take(at));
          part = await this.widen(part, records.fieldCount, block);
        }
        if (records.fieldCount !== part.width) out.rewrite(records, at, this.missingFields(block, at, part.width));
        else if (!records.isPlain) out.rewrite(records, at, 0);
        if (this.open.length > 0) this.addValues(records, block, at);
        if (records.lines > 1) part.hasQuotedLineBreaks = true;
        if (next - at > maxRecordBytes) throw this.tooLong(block, at);
        // A rewritten record has at most each of its quotes twice, and all the fields that it lacked.
        const storedBytes = (next - at) * (records.isPlain ? 1 : 2) + part.width;
        if (storedBytes > part.maxRecordBytes) part.maxRecordBytes = storedBytes;
        this.table.rows += 1;
      }
      stream.lines += records.lines;
      at = next;
    }
    await part.file.write(out.take(at));
    block.done = at;
  }

  /** Stores rows with twice the fields from here on, so that rows of ever more fields need few parts. */
  private async widen(part: CsvPart, fieldCount: number, block: Block): Promise<CsvPart> {
    const { names } = this.stream;
    const wider = distinctNames([...names, ...Array.from({ length: fieldCount - names.length }, () => '')]);
    await this.begin(wider, block, fieldCount <= part.width ? part.width : 2 * fieldCount);
    return this.part as CsvPart;
  }

  /** @returns how many fields the row at `at` lacks @throws PermanentError `invalid_source` where the job does not allow for that */
  private missingFields(block: Block, at: number, width: number): number {
    const { fieldCount } = this.stream.records;
    if (this.options.raggedRows === 'fail' || fieldCount > width) {
      const remedy =
        this.options.raggedRows === 'pad' ? '`raggedRows: "keep"` keeps surplus fields' : '`raggedRows: "pad"` or `"keep"` allows for that';
      const expected = this.options.header ? `the header has ${width}` : `the first row has ${width}`;
      throw this.stream.errorAt(`the row has ${count(fieldCount, 'field')}, and ${expected}; ${remedy}`, block, at);
    }
    return width - fieldCount;
  }

  private addValues(records: CsvRecords, block: Block, at: number): void {
    const { starts, ends, kinds, fieldCount } = records;
    let isSettled = false;
    for (const open of this.open) {
      const { column, field } = open;
      if (field >= fieldCount) continue;
      const [start, end, kind] = [starts[field] as number, ends[field] as number, kinds[field] as number];
      if (start === end && kind === fieldKind.plain) continue;
      if (column.declared !== undefined) this.checkValue(open, block, at);
      else if (kind > fieldKind.quoted || start === end) column.addText();
      else column.add(block.bytes, start, end);
      if (!column.isOpen) isSettled = true;
    }
    if (isSettled) this.open = this.open.filter(({ column }) => column.isOpen);
  }

  private checkValue({ column, field }: OpenColumn, block: Block, at: number): void {
    const { records } = this.stream;
    const text = records.text(block.bytes, field);
    column.values += 1;
    if (column.declared?.holds?.(text) !== false) return;
    throw invalidSource(`the value is not exactly a ${column.declared.name}, the type which \`columns\` gives to the column`, {
      object: this.name,
      line: this.stream.lines + 1 + linesIn(block.bytes, at, records.starts[field] ?? at),
      column: column.name,
      excerpt: text,
    });
  }

  private tooLong(block: Block, at: number): Error {
    return this.stream.errorAt(`the row is longer than ${maxRecordBytes / 2 ** 20} MiB; perhaps a quote is never closed`, block, at);
  }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
