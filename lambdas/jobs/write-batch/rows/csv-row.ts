import { PermanentError } from '../../../core/contract/errors.ts';
import { duplicateMembers } from '../../../text/duplicate-members.ts';
import { exactNumber, parseExactJson } from '../../../text/exact-json.ts';
import { truncate } from '../../../text/truncate.ts';
import type { CsvSource } from '../contract.ts';
import { quoted } from './attribute-value.ts';
import { dynamoDbNumber } from './dynamodb-number.ts';
import { RowError } from './row-error.ts';
import type { TableSchema } from './table-schema.ts';

type ColumnType = CsvSource['columns'][string];
type CsvOptions = Pick<CsvSource, 'columns' | 'rename' | 'emptyFields' | 'raggedRows'>;

/** Reads the records under one header. */
export class CsvRowReader {
  readonly header: readonly string[];
  /** The names of the attributes, by column. */
  private readonly attributes: readonly string[];
  private readonly types: readonly ColumnType[];
  private readonly options: CsvOptions;

  /** @throws PermanentError `invalid_header` if a column has no name or that of another, or the options name one that is not there */
  constructor(header: readonly string[], options: CsvOptions, schema: TableSchema) {
    this.header = header;
    this.options = options;
    const fault = headerFault(header, options);
    if (fault !== undefined) throw new PermanentError(`The header of the CSV object ${fault}.`, { code: 'invalid_header' });
    this.attributes = attributeNames(header, options);
    this.types = header.map((name, i) => {
      if (Object.hasOwn(options.columns, name)) return options.columns[name] as ColumnType;
      return schema.keys.some((key) => key.name === this.attributes[i] && key.type === 'N') ? 'number' : 'string';
    });
  }

  /** @returns the row as read: all strings, by column, or just the fields where they do not match the header */
  raw(fields: readonly string[]): unknown {
    return fields.length === this.header.length ? Object.fromEntries(this.header.map((name, i) => [name, fields[i]])) : fields;
  }

  /** @throws RowError if a field is missing, is one too many, or is not of its column's type */
  read(fields: readonly string[]): Record<string, unknown> {
    const { raggedRows } = this.options;
    const [found, expected] = [fields.length, this.header.length];
    if ((found < expected && raggedRows === 'fail') || (found > expected && raggedRows !== 'keep'))
      throw new RowError(`the line has ${found} fields, the header ${expected}`);
    const names = [...this.attributes, ...fields.slice(expected).map((_, i) => `column${expected + i}`)];
    if (new Set(names).size < names.length)
      throw new RowError('the line has surplus fields, and the header names a column as they would be');
    const members = names.map((name, i) => [name, this.field(fields[i] ?? '', i)] as const);
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }

  private field(text: string, column: number): unknown {
    if (text === '' && this.options.emptyFields !== 'emptyString') return this.options.emptyFields === 'null' ? null : undefined;
    try {
      return typed(text, this.types[column] ?? 'string');
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      throw new RowError(`the column ${quoted(this.header[column] ?? '')}: ${error.message}`);
    }
  }
}

function typed(text: string, type: ColumnType): unknown {
  switch (type) {
    case 'string':
      return text;
    case 'number':
      return exactNumber(dynamoDbNumber(text.trim()));
    case 'boolean': {
      const lower = text.toLowerCase();
      if (lower !== 'true' && lower !== 'false') throw new RowError(`must be true or false (was ${quoted(text)})`);
      return lower === 'true';
    }
    case 'json':
      return readJson(text);
  }
}

/** @throws RowError if it is not JSON, or a member comes twice: the last one would silently win */
export function readJson(text: string): unknown {
  const value = parsed(text);
  const [twice] = duplicateMembers(text, 1).paths;
  if (twice !== undefined) throw new RowError(`the member ${quoted(String(twice.at(-1)))} comes twice`);
  return value;
}

function parsed(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    // A RangeError where it is nested deeper than the stack.
    throw new RowError(error instanceof RangeError ? 'the JSON is nested too deep' : `not JSON: ${firstSentence(error)}`);
  }
}

function headerFault(header: readonly string[], options: CsvOptions): string | undefined {
  if (header.includes('')) return 'has a column without a name';
  const attributes = attributeNames(header, options);
  const twice = attributes.find((name, i) => attributes.indexOf(name) !== i);
  if (twice !== undefined) return `names the column ${quoted(twice)} twice`;
  const { columns, rename } = options;
  const untyped = Object.keys(columns).find((name) => !header.includes(name));
  if (untyped !== undefined) return `has no column ${quoted(untyped)}, which \`columns\` gives a type`;
  const unnamed = Object.keys(rename).find((name) => !header.includes(name));
  return unnamed === undefined ? undefined : `has no column ${quoted(unnamed)}, which \`rename\` renames`;
}

function attributeNames(header: readonly string[], { rename }: CsvOptions): readonly string[] {
  return header.map((name) => (Object.hasOwn(rename, name) ? (rename[name] ?? name) : name));
}

function firstSentence(error: unknown): string {
  return truncate(error instanceof Error ? error.message : String(error), 200);
}
