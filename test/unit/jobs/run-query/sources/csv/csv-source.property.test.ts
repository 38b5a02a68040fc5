/** Any rows, written in any dialect, come back: compared value by value with what was written. */
import fc from 'fast-check';
import type { CsvOptions } from '../../../../../../lambdas/jobs/run-query/contract.ts';
import type { WireValue } from '../../../../../../lambdas/jobs/run-query/values/wire-value.ts';
import { readCsv } from '../../../../../support/read-csv.ts';

/** Undefined is nothing between two delimiters. */
type Field = string | undefined;

interface Case {
  readonly objects: readonly { readonly header: readonly string[]; readonly rows: readonly (readonly Field[])[] }[];
  readonly delimiter: string;
  readonly breaks: readonly string[];
  readonly encoding: CsvOptions['encoding'];
  readonly quoteAll: boolean;
  readonly endsWithBreak: boolean;
  readonly pieceBytes: number;
  /** Whether fields at a row's end that are NULL are left out. */
  readonly isPadded: boolean;
  readonly titles: readonly string[];
}

const character = fc.constantFrom(...',;|\t"\'#\\ab01-+. \n\rTZéß€', '\u00a0', '\0');
const text = fc.oneof(
  fc.string({ unit: character, maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => value.isWellFormed()),
  fc.constantFrom('NULL', 'null', '007', '+1', '-0', '1e5', 'true', 'TRUE', '2026-02-30', '10.4.21', '21:18', 'infinity', '0x1F', '3.10'),
);
const digits = (n: number) => fc.bigInt({ min: -(10n ** BigInt(n)), max: 10n ** BigInt(n) }).map(String);
const two = (max: number, min = 0) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
const day = fc
  .tuple(fc.integer({ min: 1, max: 9999 }), two(12, 1), two(28, 1))
  .map(([y, m, d]) => `${String(y).padStart(4, '0')}-${m}-${d}`);
const time = fc.tuple(two(23), two(59), two(59)).map((parts) => parts.join(':'));
const fraction = (max: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
/** What most values of a column are; any text may come between them, early or late. */
const columnValues = fc.constantFrom<readonly fc.Arbitrary<string>[]>(
  [text],
  [digits(5)],
  [digits(18), digits(40)],
  [digits(3), fc.tuple(digits(2), fraction(6)).map((parts) => parts.join('.'))],
  [fc.tuple(fc.nat(99), two(99)).map((parts) => parts.join('.'))],
  [fc.constantFrom('true', 'false')],
  [day],
  [fc.tuple(day, fc.constantFrom('T', ' '), time).map((parts) => parts.join(''))],
  [fc.tuple(day, time, fraction(9)).map(([d, t, f]) => `${d} ${t}.${f}`)],
  [fc.tuple(day, time, fc.constantFrom('Z', '+02:00', '-11:30')).map(([d, t, z]) => `${d}T${t}${z}`)],
);

const cases: fc.Arbitrary<Case> = fc
  .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 3 }), fc.boolean())
  .chain(([width, objects, isLong]) => {
    const names = fc.uniqueArray(fc.string({ unit: fc.constantFrom(...'abcdefgh" é'), minLength: 1, maxLength: 4 }), {
      minLength: width,
      maxLength: width,
    });
    return fc.record({
      names,
      columns: fc
        .array(columnValues, { minLength: width, maxLength: width })
        .chain((kinds) =>
          fc.array(
            fc.array(
              fc.tuple(
                ...kinds.map((kind) =>
                  fc.oneof(
                    { weight: 30, arbitrary: fc.oneof(...kind) },
                    { weight: 2, arbitrary: fc.constant(undefined) },
                    { weight: 1, arbitrary: fc.oneof(text, fc.constant('')) },
                  ),
                ),
              ),
              { maxLength: isLong ? 120 : 6 },
            ),
            { minLength: objects, maxLength: objects },
          ),
        ),
      order: fc.array(fc.nat(), { minLength: objects, maxLength: objects }),
      delimiter: fc.constantFrom(',', ';', '\t', '|', ' ', ':', '\u0001', "'"),
      breaks: fc.uniqueArray(fc.constantFrom('\n', '\r\n', '\r'), { minLength: 1, maxLength: 3 }),
      encoding: fc.constantFrom(...(['utf-8', 'utf-8', 'utf-16', 'iso-8859-1', 'windows-1252'] as const)),
      isPadded: fc.boolean(),
      titles: fc.array(fc.constantFrom('', 'A "title', ',;\t|', '"'), { maxLength: 3 }),
      quoteAll: fc.boolean(),
      endsWithBreak: fc.boolean(),
      pieceBytes: fc.constantFrom(1, 2, 3, 5, 17, 1000, 100_000),
    });
  })
  .map(({ names, columns, order, ...dialect }) => ({
    ...dialect,
    objects: columns.map((rows, index) => {
      // Some objects have their columns in another order.
      const turn = (order[index] ?? 0) % names.length;
      const turned = <T>(all: readonly T[]) => [...all.slice(turn), ...all.slice(0, turn)];
      return { header: turned(names), rows: rows.map((row) => turned(row)) };
    }),
  }));

function textOf({ header, rows }: Case['objects'][number], testCase: Case): string {
  const { delimiter, breaks, quoteAll, endsWithBreak, isPadded, titles } = testCase;
  const field = (value: Field) => {
    if (value === undefined) return '';
    const mustBeQuoted = value === '' || value.startsWith('"') || value.includes(delimiter) || /[\r\n]/.test(value);
    return quoteAll || mustBeQuoted ? `"${value.replaceAll('"', '""')}"` : value;
  };
  const given = (row: readonly Field[]) => {
    const last = row.findLastIndex((value) => value !== undefined);
    return isPadded && last >= 0 ? row.slice(0, last + 1) : row;
  };
  const lines = [...titles, ...[header, ...rows.map(given)].map((row) => row.map(field).join(delimiter))];
  // A line break that ends nothing would be lost: a blank last line of one column is a row.
  const isBreakNeeded = endsWithBreak || lines.at(-1) === '';
  // LF behind CR would be one break, not a break and a blank line.
  const isMixable = !lines.includes('') || !breaks.includes('\r');
  return lines
    .map((line, i) => `${line}${i < lines.length - 1 || isBreakNeeded ? breaks[isMixable ? i % breaks.length : 0] : ''}`)
    .join('');
}

/** The bytes of 0x80 to 0x9f in windows-1252 that the test writes: the euro sign is one of them. */
const windows1252 = new Map([['€', 0x80]]);

function encode(text: string, encoding: Case['encoding']): Buffer | undefined {
  if (encoding === 'utf-8') return Buffer.from(text);
  if (encoding === 'utf-16') return Buffer.from(`\ufeff${text}`, 'utf16le');
  const bytes = [...text].map((letter) => {
    const code = letter.codePointAt(0) ?? 0;
    if (encoding === 'windows-1252' && windows1252.has(letter)) return windows1252.get(letter);
    return code < 0x80 || (code < 0x100 && (encoding === 'iso-8859-1' || code >= 0xa0)) ? code : undefined;
  });
  return bytes.includes(undefined) ? undefined : Buffer.from(bytes as number[]);
}

/** Whether what came out is what was written, seen as the type that it was given: by rules of its own, without any code of the reader. */
function isSame(written: Field, read: WireValue, type: string): boolean {
  if (written === undefined) return read === null;
  if (type === 'VARCHAR') return read === written;
  if (type === 'BOOLEAN') return read === (written === 'true');
  if (type === 'BIGINT' || type === 'HUGEINT') return read === written && String(BigInt(written)) === written;
  if (type.startsWith('DECIMAL')) return withoutZeros(String(read)) === withoutZeros(written);
  if (type === 'DATE') return read === written;
  if (type === 'TIMESTAMP WITH TIME ZONE') return new Date(written).toISOString() === new Date(String(read)).toISOString();
  const [shown, local] = [String(read), written.replace(' ', 'T')];
  return withoutZeros(shown.includes('.') ? shown : `${shown}.`) === withoutZeros(local.includes('.') ? local : `${local}.`);
}

const withoutZeros = (text: string) => (text.includes('.') ? text.replace(/\.?0*$/, '') : text);

/** @returns the first difference in words, or undefined */
function difference(testCase: Case, { columns, rows }: Awaited<ReturnType<typeof readCsv>>): string | undefined {
  const written = testCase.objects.flatMap(({ header, rows: all }) => all.map((row) => ({ header, row })));
  if (written.length !== rows.length) return `${written.length} rows were written, ${rows.length} read`;
  for (const [index, { header, row }] of written.entries()) {
    for (const [column, { name, type }] of columns.entries()) {
      const [value, read] = [row[header.indexOf(name)], rows[index]?.[column] ?? null];
      if (!isSame(value, read, type)) return `row ${index}, ${name} ${type}: ${JSON.stringify(value)} came back as ${JSON.stringify(read)}`;
    }
  }
  return undefined;
}

it('comes back as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (testCase) => {
      const texts = testCase.objects.map((object) => textOf(object, testCase));
      const isEncodable = texts.every((written) => encode(written, testCase.encoding) !== undefined);
      const encoding = isEncodable ? testCase.encoding : 'utf-8';
      const objects = texts.map((written, i) => ({ name: `s3://bucket/${i}.csv`, body: encode(written, encoding) ?? '' }));
      const options = {
        delimiter: testCase.delimiter,
        encoding,
        skipLines: testCase.titles.length,
        raggedRows: testCase.isPadded ? 'pad' : 'fail',
      } as const;
      expect(difference(testCase, await readCsv(objects, options, testCase.pieceBytes))).toBeUndefined();
    }),
    { numRuns: Number(process.env['CSV_RUNS'] ?? 150) },
  );
});

/** A reader by regular expression: slow, without types, and nothing like the one that is tested. */
function reference(text: string): readonly (readonly Field[])[] | undefined {
  const rows: Field[][] = [];
  let row: Field[] = [];
  const field = /(?:"((?:[^"]|"")*)"|((?!")[^,\r\n]*))(,|\r\n|\n|\r|$)/y;
  while (field.lastIndex < text.length || row.length > 0) {
    const [, quoted, plain, end] = field.exec(text) ?? [];
    if (end === undefined) return undefined;
    row.push(quoted === undefined ? plain || undefined : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

it('reads any text as a reader by regular expression does, or fails as that one does', async () => {
  const texts = fc.string({ unit: fc.constantFrom(...',,"""\n\rab '), maxLength: 24 });
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 9 }), async (text, pieceBytes) => {
      const expected = reference(text);
      const found = await readCsv(text, { header: false, delimiter: ',', types: 'text', raggedRows: 'keep' }, pieceBytes).catch(
        (error) => error,
      );
      if (expected === undefined || text === '') {
        expect(found).toMatchObject({ code: 'invalid_source' });
        return;
      }
      const width = Math.max(...expected.map((row) => row.length));
      const isBlank = (row: readonly Field[]) => row.length === 1 && row[0] === undefined;
      const first = expected.findIndex((row) => !isBlank(row));
      // While the object had one column only, a blank line was a row.
      const widens = expected.findIndex((row) => row.length > 1);
      const rows = expected.filter(
        (row, i) => !isBlank(row) || (width === 1 ? true : first >= 0 && i >= 0 && i < widens && widens > first),
      );
      expect(found.rows).toEqual(rows.map((row) => Array.from({ length: width }, (_, column) => row[column] ?? null)));
    }),
    { numRuns: Number(process.env['CSV_RUNS'] ?? 150) },
  );
});
