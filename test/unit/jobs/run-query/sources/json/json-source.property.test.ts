/** JSON of any kind, arriving in pieces of any size, comes out of DuckDB unchanged: compared with `JSON.parse`, value by value. */
import fc from 'fast-check';
import { readJsonObjects } from '../../../../../../lambdas/jobs/run-query/sources/json/json-source.ts';
import { differenceFrom, parseKeepingNumbers } from '../../../../../support/json-oracle.ts';
import { readSource } from '../../../../../support/read-source.ts';

const digits = (min: number, max: number) =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: min, maxLength: max }).map((list) => list.join('').replace(/^0+(?=\d)/, ''));
const fraction = (max: number) => fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: max }).map((list) => list.join(''));
const sign = fc.constantFrom('', '', '-');
const texts = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((list) => list.join(''));
const dot = fc.constant('.');
/** Each a way in which the numbers of one member are written. */
const numbers: readonly fc.Arbitrary<string>[] = [
  texts(sign, digits(1, 3)),
  texts(sign, digits(14, 20)),
  texts(sign, digits(30, 42)),
  texts(sign, digits(1, 5), dot, fraction(2)),
  texts(sign, digits(1, 3), dot, fraction(20)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
  texts(sign, digits(1, 3), fc.constantFrom('e', 'E', 'e+', 'e-', '.5e', '.0e-'), digits(1, 3)),
  fc.oneof(
    texts(sign, digits(1, 3), dot, fraction(20)),
    texts(sign, digits(1, 4), fc.constantFrom('e-1', 'E-2', 'e-3', 'e0', 'e+2', '.25e1')),
  ),
  fc.constantFrom(
    '0',
    '-0',
    '0.0',
    '-0.0',
    '1.0',
    '1.50',
    '1e400',
    '-1e-400',
    '0e999',
    '9007199254740993',
    '18446744073709551616',
    '0.30000000000000004',
    '1e23',
  ),
];

const plainText = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed());
const escaped = (text: string) =>
  `"${[...text].map((char) => (char.length === 1 ? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}` : char)).join('')}"`;
const string = fc
  .tuple(fc.oneof(plainText, fc.constantFrom('', '1', 'null', 'true', '2026-01-01', '{"a":1}', '\0', '"\\/\b\f\n\r\t', '😀')), fc.boolean())
  .map(([text, isEscaped]) => (isEscaped ? escaped(text) : JSON.stringify(text)));
const oddNames = [
  '',
  'a"b',
  "a'b",
  'A0',
  'a0',
  '__proto__',
  'constructor',
  'toString',
  'x\0y',
  'a b',
  'json',
  'column0',
  'filename',
  'ä',
  'Ä',
  '0',
  '\n',
  'select',
  '😀',
];
const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'd') },
  { weight: 1, arbitrary: fc.constantFrom(...oddNames) },
);

/** One white space of those that a line may have. */
const space = fc.constantFrom('', '', '', '', ' ', '\t', ' \r');
const joined = (open: string, items: readonly string[], close: string, blank: string) =>
  `${open}${blank}${items.join(`${blank},${blank}`)}${blank}${close}`;

/** @returns texts of values that belong to one member: mostly of one kind */
function member(depth: number): fc.Arbitrary<fc.Arbitrary<string>> {
  const scalar = fc.constantFrom(string, fc.constantFrom('true', 'false'), fc.constant('null'), ...numbers);
  if (depth === 0) return scalar;
  const list = member(depth - 1).map((item) =>
    fc.tuple(fc.array(item, { maxLength: 3 }), space).map(([items, blank]) => joined('[', items, ']', blank)),
  );
  const object = members(depth - 1);
  const mixed = fc.tuple(scalar, fc.oneof(scalar, list, object)).map(([one, other]) => fc.oneof(one, other));
  return fc
    .oneof(
      { weight: 6, arbitrary: scalar },
      { weight: 2, arbitrary: list },
      { weight: 2, arbitrary: object },
      { weight: 2, arbitrary: mixed },
    )
    .map((value) => fc.oneof({ weight: 12, arbitrary: value }, { weight: 1, arbitrary: fc.constant('null') }));
}

function members(depth: number): fc.Arbitrary<fc.Arbitrary<string>> {
  return fc.uniqueArray(fc.tuple(name, member(depth)), { selector: ([key]) => key, minLength: 0, maxLength: 5 }).map((list) =>
    fc.tuple(fc.shuffledSubarray(list), fc.nat(), space).chain(([some, seed, blank]) =>
      fc.tuple(...some.map(([, value]) => value)).map((values) =>
        joined(
          '{',
          values.map(
            (value, i) => `${seed % 3 === 0 ? escaped(String(some[i]?.[0])) : JSON.stringify(some[i]?.[0])}${blank}:${blank}${value}`,
          ),
          '}',
          blank,
        ),
      ),
    ),
  );
}

/** Rows of the same kind, and some of another kind at the end. */
const rows = fc
  .tuple(members(3), members(2), fc.boolean())
  .chain(([same, other, isLate]) =>
    fc
      .tuple(fc.array(same, { minLength: 1, maxLength: 12 }), isLate ? fc.array(other, { maxLength: 2 }) : fc.constant([]))
      .map(([first, late]) => [...first, ...late]),
  );

const reading = fc.record({
  pieceBytes: fc.integer({ min: 1, max: 40 }),
  bufferBytes: fc.integer({ min: 8, max: 200 }),
  cut: fc.nat({ max: 12 }),
});
const runs = Number(process.env['PROPERTY_RUNS'] ?? 60);

async function expectRead(
  objects: Readonly<Record<string, string>>,
  format: 'ndjson' | 'json',
  documents: readonly string[],
  how: { pieceBytes: number; bufferBytes: number },
): Promise<void> {
  const { reading: read, rows: found, types } = await readSource(readJsonObjects, objects, { format, bufferBytes: how.bufferBytes }, how);
  expect(found).toHaveLength(documents.length);
  expect(read.rows).toBe(documents.length);
  const isWhole = documents.every((text) => Object.keys(parseKeepingNumbers(text) as object).length === 0);
  const names = isWhole ? [] : columnNames(documents);
  expect(read.columns).toHaveLength(isWhole ? 1 : names.length);
  for (const [index, text] of documents.entries()) {
    const expected = parseKeepingNumbers(text) as Record<string, unknown>;
    const values = isWhole ? [expected] : names.map((key) => (Object.hasOwn(expected, key) ? expected[key] : undefined));
    for (const [at, value] of values.entries()) expect(differenceFrom(types[at] as never, found[index]?.[at], value)).toBeUndefined();
  }
}

/** Names in the order in which they first occur in the text, which JSON.parse does not keep for names like "0". */
function columnNames(documents: readonly string[]): readonly string[] {
  const names: string[] = [];
  for (const text of documents) {
    const own: [number, string][] = Object.keys(parseKeepingNumbers(text) as object).map((key) => [placeOf(text, key), key]);
    for (const [, key] of own.sort(([a], [b]) => a - b)) if (!names.includes(key)) names.push(key);
  }
  return names;
}

/** Where the member of the outermost object is: the first place at which its name occurs one level deep, before a colon. */
function placeOf(text: string, key: string): number {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]]/gs)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (depth === 1 && JSON.parse(token) === key && /^\s*:/.test(text.slice(index + token.length))) return index;
  }
  throw new Error(`no member ${key}`);
}

it('as NDJSON, in one object or in two', () =>
  fc.assert(
    fc.asyncProperty(rows, reading, fc.constantFrom('\n', '\r\n', '\n \n'), async (documents, how, end) => {
      const lines = documents.map((text) => `${text}${end}`);
      await expectRead(
        { a: `\ufeff${lines.slice(0, how.cut).join('')}`, b: lines.slice(how.cut).join('').trimEnd() },
        'ndjson',
        documents,
        how,
      );
    }),
    { numRuns: runs },
  ));

it('as an array, and as one document an object', () =>
  fc.assert(
    fc.asyncProperty(rows, reading, fc.constantFrom('', '\n', ' \r\n\t'), async (documents, how, blank) => {
      const spread = documents.map((text) => text.replaceAll('\r', '\n'));
      await expectRead({ a: `${blank}[${blank}${spread.join(`${blank},${blank}`)}${blank}]${blank}` }, 'json', spread, how);
      await expectRead(Object.fromEntries(spread.map((text, index) => [`o${index}`, `${blank}${text}${blank}`])), 'json', spread, how);
    }),
    { numRuns: runs },
  ));
