/** What the objects of a CSV source have in common: columns, matched by name, and the local files with their rows. */
import { PermanentError } from '../../../../core/contract/errors.ts';
import { foldCase } from '../../column-names.ts';
import type { CsvOptions } from '../../contract.ts';
import { identifier, literal } from '../../sql-text.ts';
import { parseCsvType } from '../../values/csv-type.ts';
import type { LocalFile, ReadingContext, ReadingEngine, StoredSource } from '../reading.ts';
import { CsvColumn } from './csv-column.ts';

/** Rows with the same columns in the same order, after one another in one file. */
export class CsvPart {
  readonly file: LocalFile;
  readonly delimiter: string;
  /** The table's column of each field, by its index there. */
  columns: readonly number[];
  /** Fields of each row: those of the columns, then empty ones. */
  readonly width: number;
  hasQuotedLineBreaks = false;
  maxRecordBytes = 0;

  constructor(file: LocalFile, { delimiter, columns, width }: Pick<CsvPart, 'delimiter' | 'columns' | 'width'>) {
    this.file = file;
    this.delimiter = delimiter;
    this.columns = columns;
    this.width = width;
  }
}

/** DuckDB's own limits, raised where a record is longer. Its buffers count against the memory that a query has. */
const [duckDbRecordBytes, duckDbBufferBytes] = [2_000_000, 32_000_000];

export class CsvTable {
  readonly columns: CsvColumn[] = [];
  rows = 0;
  private readonly options: CsvOptions;
  private readonly context: ReadingContext;
  private readonly parts: CsvPart[] = [];
  private readonly byName = new Map<string, number>();
  private readonly isNumbered = new Map<string, boolean>();
  private readonly declared: ReadonlyMap<string, string>;
  /** How the objects so far spell each name that differs in case alone from another one of its header, in their order. */
  private readonly spellings = new Map<string, readonly string[]>();

  constructor(options: CsvOptions, context: ReadingContext) {
    this.options = options;
    this.context = context;
    this.declared = new Map(Object.entries(options.columns).map(([name, type]) => [foldCase(name), type]));
  }

  /**
   * Finds a name that is in one object's header and that numbering produced in another, which would unite two columns that have nothing in
   * common.
   * @param numbered those of `names` that numbering produced
   */
  nameInAnotherSense(names: readonly string[], numbered: ReadonlySet<string>): string | undefined {
    return names.find((name) => {
      const key = foldCase(name);
      const known = this.isNumbered.get(key);
      if (known === undefined) this.isNumbered.set(key, numbered.has(name));
      return known !== undefined && known !== numbered.has(name);
    });
  }

  /**
   * Finds a name that the headers of two objects spell in different orders: `a,A` and `A,a` would exchange their values, since SQL does not
   * distinguish the names.
   * @param header the names as the object spells them
   */
  nameSpelledInAnotherOrder(header: readonly string[]): string | undefined {
    for (const [key, spelled] of Map.groupBy(header, foldCase)) {
      const known = this.spellings.get(key) ?? spelled;
      const longer = known.length < spelled.length ? spelled : known;
      if (longer.length > 1 && !spelled.every((name, i) => name === known[i] || known[i] === undefined)) return spelled[0];
      this.spellings.set(key, longer);
    }
    return undefined;
  }

  /** @returns a part for rows with these columns: the last one, if it has them, or has the first of them and room for the others */
  async partFor(names: readonly string[], delimiter: string, width: number): Promise<CsvPart> {
    this.context.signal.throwIfAborted();
    const columns = names.map((name) => this.indexOf(name));
    const last = this.parts.at(-1);
    const isSame = last?.delimiter === delimiter && last.width === width && last.columns.every((column, i) => column === columns[i]);
    if (last !== undefined && isSame) {
      last.columns = columns;
      return last;
    }
    await last?.file.close();
    const part = new CsvPart(await this.context.createFile('csv'), { delimiter, columns, width });
    this.parts.push(part);
    return part;
  }

  async close(): Promise<void> {
    await this.parts.at(-1)?.file.close();
  }

  stored(objects: number): StoredSource {
    const missing = Object.keys(this.options.columns).find((name) => !this.byName.has(foldCase(name)));
    if (missing !== undefined) {
      const names = this.columns.map(({ name }) => JSON.stringify(name)).join(', ');
      throw new PermanentError(
        `The source ${this.context.source} has no column ${JSON.stringify(missing)}, to which \`columns\` gives a type. It has ${names}.`,
        {
          code: 'invalid_source',
          details: { source: this.context.source, column: missing },
        },
      );
    }
    return {
      paths: this.parts.map(({ file }) => file.path),
      complete: async (engine) => ({
        select: await this.checkedSelect(engine),
        objects,
        rows: this.rows,
        columns: this.columns.map(({ name, type }) => ({ name, type })),
      }),
    };
  }

  private indexOf(name: string): number {
    const key = foldCase(name);
    const known = this.byName.get(key);
    if (known !== undefined) return known;
    const type = this.declared.get(key) ?? (this.options.types === 'text' ? 'VARCHAR' : undefined);
    this.byName.set(key, this.columns.length);
    this.columns.push(new CsvColumn(name, type === undefined ? undefined : parseCsvType(type)));
    return this.columns.length - 1;
  }

  /**
   * Uses several threads only where DuckDB then reads the same rows: each thread begins somewhere in the file and looks for the start of a
   * row, which some releases have missed (duckdb/duckdb#7578, #13047, #13787).
   */
  private async checkedSelect(engine: ReadingEngine): Promise<string> {
    const parallel = this.select(true);
    if ((await this.difference(parallel, engine).catch(() => 'an error')) === undefined) return parallel;
    const sequential = this.select(false);
    const difference = await this.difference(sequential, engine);
    if (difference === undefined) return sequential;
    throw new PermanentError(`DuckDB read ${difference} of the source ${this.context.source}.`, { code: 'source_unreadable' });
  }

  private select(isParallel: boolean): string {
    return this.parts.map((part) => this.selectFrom(part, isParallel && !part.hasQuotedLineBreaks)).join(' UNION ALL ');
  }

  /** Selects from a file in which nothing is left to detect. Quoted line breaks must be read in order: a thread may take one for the end of a row. */
  private selectFrom({ file, delimiter, columns, width, maxRecordBytes: partRecordBytes }: CsvPart, isParallel: boolean): string {
    const fields = new Map(columns.map((column, field) => [column, field]));
    const types = Array.from(
      { length: width },
      (_, field) => `${literal(`c${field}`)}: ${literal(this.columns[columns[field] ?? -1]?.type ?? 'VARCHAR')}`,
    );
    const selected = this.columns.map(({ name, type }, column) => {
      const field = fields.get(column);
      return `${field === undefined ? `NULL::${type}` : `c${field}`} AS ${identifier(name)}`;
    });
    const maxRecordBytes = Math.max(duckDbRecordBytes, partRecordBytes + 1_000);
    const options = [
      'auto_detect = false, header = false',
      `delim = ${literal(delimiter)}, quote = '"', escape = '"', comment = '', new_line = '\\n'`,
      "nullstr = '', allow_quoted_nulls = false, null_padding = false, strict_mode = true, ignore_errors = false",
      `parallel = ${isParallel}, max_line_size = ${maxRecordBytes}, buffer_size = ${Math.max(duckDbBufferBytes, 2 * maxRecordBytes)}`,
      `columns = {${types.join(', ')}}`,
    ];
    return `SELECT ${selected.join(', ')} FROM read_csv(${literal(file.path)}, ${options.join(', ')})`;
  }

  /** Compares DuckDB's counts with those taken while reading: rows, and the values of each column that is not text. @returns the difference, for people */
  private async difference(select: string, engine: ReadingEngine): Promise<string | undefined> {
    const typed = this.columns.filter(({ type }) => type !== 'VARCHAR');
    const counts = ['count(*)', ...typed.map(({ name }) => `count(${identifier(name)})`)];
    const [found = []] = await engine.query(`SELECT ${counts.join(', ')} FROM (${select})`);
    const expected = [this.rows, ...typed.map(({ values }) => values)];
    const index = expected.findIndex((count, i) => Number(found[i]) !== count);
    if (index === -1) return undefined;
    const what = index === 0 ? 'rows' : `values of the column ${typed[index - 1]?.name}`;
    return `${found[index]} instead of ${expected[index]} ${what}`;
  }
}
