/** Rows of NDJSON and DynamoDB JSON: which lines are bad rows, and which end the job. */
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { jsonRows } from '../../../../../lambdas/jobs/write-batch/rows/ndjson-rows.ts';
import { RowError } from '../../../../../lambdas/jobs/write-batch/rows/row-error.ts';
import type { Position, SourceRow } from '../../../../../lambdas/jobs/write-batch/rows/row-source.ts';
import { SourceText } from '../../../../../lambdas/jobs/write-batch/source/source-text.ts';
import { compressionOf } from '../../../../../lambdas/text/decompress.ts';

const start = { offset: 0, line: 0 };

async function read(text: string | Buffer, { isTyped = false, from = start as Position, pieceBytes = 100_000, name = 'a.ndjson' } = {}) {
  const body = Buffer.from(text as string);
  const object = {
    name: `s3://bucket/${name}`,
    compression: compressionOf(name),
    sizeBytes: body.length,
    async *chunks(offset: number) {
      for (let at = offset; at < body.length; at += pieceBytes) yield body.subarray(at, at + pieceBytes);
    },
  };
  const rows: SourceRow[] = [];
  for await (const row of jsonRows(new SourceText(object), isTyped).rows(from)) rows.push(row);
  return rows;
}

const kinds = (rows: readonly SourceRow[]) => rows.map(({ value }) => (value instanceof RowError ? value.message : 'good'));
const good = '{"id":"a"}\n';
const table = 'id,n\na,1\nb,2\n';

it.each([
  ['an array on one line', '[{"id":"a"},{"id":"b"}]', 1, 'found an array'],
  ['an array on many lines', '\n[\n  {\n    "id": "a"\n  }\n]\n', 2, 'expected a JSON object a line'],
  ['an array with an item a line', '[\n{"id":"a"}\n]\n', 1, 'expected a JSON object a line'],
  ['an array longer than a row may be', `[${'{"id":"a"},'.repeat(300_000)}{"id":"b"}]`, 1, 'longer than 2097152 bytes'],
  ['an object on many lines', '{\n  "id": "a"\n}\n', 1, 'expected a JSON object a line'],
  ['CSV', table, 1, 'expected a JSON object a line'],
  ['long CSV', table.repeat(1_000), 1, 'expected a JSON object a line'],
  ['HTML', '<!DOCTYPE html>\n<html></html>\n', 1, 'looks like XML or HTML'],
  ['PDF', '%PDF-1.7\n1 0 obj\n', 1, 'looks like a PDF document'],
  ['UTF-16 without a byte order mark', Buffer.from(good, 'utf16le'), 1, 'looks like text in UTF-16'],
  ['lines that end in CR', '{"id":"a"}\r{"id":"b"}\r', 1, 'not in CR alone'],
  ['a member twice in each row', '{"id":"a","id":"b"}\n{"id":"a","id":"b"}\n', 1, 'the member "id" comes twice'],
  ['two rows on a line, far below', `${good.repeat(500)}{"id":"a"}{"id":"b"}\n`, 501, 'a line break behind the object'],
  ['a comma behind a row', `${good}{"id":"a"},\n`, 2, 'a line break behind the object'],
  ['text behind a row', `${good}{"id":"a"} y\n`, 2, 'a line break behind the object'],
  ['an array among rows', `${good}[1]\n`, 2, 'found an array'],
  ['an array and text among rows', `${good}[1] x\n`, 2, 'found an array'],
])('%s ends the job, with its line', async (_, text, line, message) => {
  for (const pieceBytes of [100_000, 7_777_777]) {
    await expect(read(text, { pieceBytes })).rejects.toMatchObject({
      code: 'invalid_source',
      retryable: false,
      message: expect.stringContaining(message),
      details: { object: 's3://bucket/a.ndjson', line, excerpt: expect.stringMatching(/./) },
    });
  }
});

it('ends the job where the wrong format is compressed', () =>
  expect(read(gzipSync(table), { name: 'a.ndjson.gz' })).rejects.toMatchObject({ code: 'invalid_source', details: { line: 1 } }));

it('ends the job where plain JSON is said to be DynamoDB JSON, but not for typed values that are bad', async () => {
  await expect(read('{"id":"a"}\n{"id":"b"}\n', { isTyped: true })).rejects.toMatchObject({
    code: 'invalid_source',
    message: expect.stringContaining('DynamoDB JSON a line'),
    details: { line: 1 },
  });
  expect(kinds(await read('{"id":{"N":"x"}}\n', { isTyped: true }))).toEqual([expect.stringContaining('not a number')]);
});

it.each([
  ['cut off', '{"id":', 'not JSON'],
  ['no JSON', 'a line of a log', 'not JSON'],
  ['no JSON that begins with some', '2026-01-01 a line of a log', 'not JSON'],
  ['a bare value', '5', 'not a JSON object'],
  ['null', 'null', 'not a JSON object'],
  ['a number of many digits', '12345678901234567890', 'not a JSON object'],
  ['a member twice', '{"id":"a","m":{"n":1,"n":2}}', 'the member "n" comes twice'],
  ['too long', `{"id":"${'x'.repeat(3_000_000)}"}`, 'longer than'],
])('a row that is %s is a bad row among good ones, before and behind them', async (_, bad, message) => {
  expect(kinds(await read(`${bad}\n${good}`))).toEqual([expect.stringContaining(message), 'good']);
  expect(kinds(await read(`${good}${bad}\n`))).toEqual(['good', expect.stringContaining(message)]);
});

it('reads up to 99 bad rows above the first good one', async () => {
  expect(await read(`${'x\n'.repeat(99)}${good}`)).toHaveLength(100);
  await expect(read(`${'x\n'.repeat(100)}${good}`)).rejects.toMatchObject({ code: 'invalid_source', details: { line: 1 } });
});

it('goes on at the end of any row as if all had been read at once', () => {
  const lines = fc.array(fc.constantFrom('{"id":"a"}', '{"id":"ä","id":1}', 'x', '', '{"n":1.50}'), { maxLength: 20 });
  return fc.assert(
    fc.asyncProperty(lines, fc.nat(20), fc.integer({ min: 1, max: 30 }), async (some, stop, pieceBytes) => {
      const text = [...some, '{"id":"z"}'].join('\n');
      const whole = await read(text);
      const { end } = whole[stop % whole.length] as SourceRow;
      expect(await read(text, { from: end, pieceBytes })).toEqual(whole.filter(({ line }) => line > end.line));
    }),
  );
});
