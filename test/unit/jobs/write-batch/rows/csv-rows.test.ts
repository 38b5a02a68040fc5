/** Rows of CSV for a table, from any place where an earlier run stopped. */
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { contract } from '../../../../../lambdas/jobs/write-batch/contract.ts';
import { csvRows } from '../../../../../lambdas/jobs/write-batch/rows/csv-rows.ts';
import { RowError } from '../../../../../lambdas/jobs/write-batch/rows/row-error.ts';
import type { Position, SourceRow } from '../../../../../lambdas/jobs/write-batch/rows/row-source.ts';
import type { SourceChunks } from '../../../../../lambdas/jobs/write-batch/source/source-object.ts';
import { SourceText } from '../../../../../lambdas/jobs/write-batch/source/source-text.ts';
import { compressionOf } from '../../../../../lambdas/text/decompress.ts';

const schema = { tableName: 't', keys: [{ name: 'id', type: 'S' as const, maxBytes: 2048, isRequired: true }] };
const start = { offset: 0, line: 0 };

function objectOf(body: Buffer, name: string, pieceBytes: number): SourceChunks {
  return {
    name: `s3://bucket/${name}`,
    compression: compressionOf(name),
    sizeBytes: body.length,
    async *chunks(offset, chunkBytes) {
      const size = Math.min(chunkBytes, pieceBytes);
      for (let at = offset; at < body.length; at += size) yield body.subarray(at, at + size);
    },
  };
}

async function read(
  body: string | Buffer,
  options: object = {},
  from: Position = start,
  pieceBytes = 100_000,
  name = 'a.csv',
): Promise<SourceRow[]> {
  const input = { table: 'table', operation: 'put', source: { url: `s3://bucket/${name}`, format: 'csv', ...options } };
  const { source } = contract.input.parse(input);
  if (source?.format !== 'csv') throw new Error('is CSV');
  const rows: SourceRow[] = [];
  const text = new SourceText(objectOf(Buffer.from(body as string), name, pieceBytes), source.encoding);
  for await (const row of csvRows(text, source, schema).rows(from)) rows.push(row);
  return rows;
}

const values = (rows: readonly SourceRow[]) => rows.map(({ value }) => (value instanceof RowError ? value.message : value));

describe('rows', () => {
  const field = fc.string({ unit: fc.constantFrom('a', 'ä', '🙂', ',', '"', '\n', '\r\n', '\r', ' ', '7'), maxLength: 8 });
  const spell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const texts = fc
    .record({
      rows: fc.array(fc.tuple(field, field, field), { maxLength: 12 }),
      lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
      ends: fc.boolean(),
      mark: fc.constantFrom('', '\ufeff'),
    })
    .map(({ rows, lineBreak, ends, mark }) => {
      const lines = [['id', 'b', 'c'], ...rows].map((row) => row.map(spell).join(','));
      return { rows, text: `${mark}${lines.join(lineBreak)}${ends ? lineBreak : ''}` };
    });
  const forms = fc.constantFrom(
    { name: 'a.csv', encode: (text: string) => Buffer.from(text) },
    { name: 'a.csv.gz', encode: (text: string) => gzipSync(text) },
    { name: 'a.csv.zst', encode: (text: string) => zstdCompressSync(text) },
    { name: 'a.csv', encode: (text: string) => Buffer.from(`\ufeff${text.replace('\ufeff', '')}`, 'utf16le'), encoding: 'utf-16' },
  );
  const pieces = fc.constantFrom(3, 4, 5, 17, 100_000);

  it('come as they were written, as csv-parse finds them too, in every form and wherever their pieces end', () =>
    fc.assert(
      fc.asyncProperty(texts, forms, pieces, async ({ rows, text }, { name, encode, ...more }, pieceBytes) => {
        const found = await read(encode(text), { ...more, emptyFields: 'emptyString' }, start, pieceBytes, name);
        expect(values(found)).toEqual(rows.map(([id, b, c]) => ({ id, b, c })));
        expect(values(found)).toEqual(parse(text, { bom: true, columns: true, record_delimiter: ['\r\n', '\n', '\r'] }));
      }),
    ));

  it('go on at the end of any row as if all had been read at once', () =>
    fc.assert(
      fc.asyncProperty(texts, forms, pieces, fc.nat(20), async ({ text }, { name, encode, ...more }, pieceBytes, stop) => {
        const whole = await read(encode(text), more, start, 100_000, name);
        const last = whole[stop % Math.max(1, whole.length)];
        if (last === undefined) return;
        const rest = await read(encode(text), more, last.end, pieceBytes, name);
        expect(rest).toEqual(whole.slice(whole.indexOf(last) + 1));
      }),
    ));

  it('have the numbers of their lines', async () => {
    const rows = await read('\ntitle\n\nid,b\n1,"x\n\ny"\n\n2,z\n', { skipLines: 2 });
    expect(rows.map(({ line, end }) => [line, end.line])).toEqual([
      [5, 7],
      [9, 9],
    ]);
  });

  it('are bad where they do not fit the header, unless that was allowed for', async () => {
    const text = 'id,b\n1\n2,x,y,z\n';
    expect(values(await read(text))).toEqual(['the line has 1 fields, the header 2', 'the line has 4 fields, the header 2']);
    expect(values(await read(text, { raggedRows: 'pad' }))).toEqual([{ id: '1' }, 'the line has 4 fields, the header 2']);
    expect(values(await read(text, { raggedRows: 'keep' }))).toEqual([{ id: '1' }, { id: '2', b: 'x', column2: 'y', column3: 'z' }]);
    expect(values(await read('id,column2\n1,x,y\n', { raggedRows: 'keep' }))).toEqual([expect.stringContaining('surplus fields')]);
  });

  it('end the job where a quote that is closed too late takes in other rows, which cannot be counted', async () =>
    expect(read('id,v\nz1,"1\nz2,2\nz3,3\nz4,"4"\nz5,5\n')).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('text follows the quote'),
    }));

  it.each(['1,"b"c', '"1" ,b', '"1""x"y,"b"'])(
    'are bad where text follows a closing quote, as in %s, and the next one is read',
    async (bad) => {
      const rows = await read(`id,b\n${bad}\nx,y\n`);
      expect(values(rows)).toEqual([expect.stringContaining('the line is not CSV: text follows the quote'), { id: 'x', b: 'y' }]);
      expect(rows[0]?.raw).toBe(bad);
    },
  );

  it('may have quotes inside of fields without any around them', async () =>
    expect(values(await read('id,b\n5" disk,x"y"\n'))).toEqual([{ id: '5" disk', b: 'x"y"' }]));
});

describe('what cannot be read further fails with its line', () => {
  it.each([
    ['a quote that is never closed', 'id,b\n1,x\n2,"y\n3,z\n4,w\n', 3, 'never closed: it takes in all that follows, 3 lines'],
    ['bytes that are not UTF-8', Buffer.from('id,b\n1,x\n2,\xe9\n', 'latin1'), 3, 'not UTF-8'],
    ['a row longer than 2 MiB', `id,b\n1,x\n2,${'y'.repeat(2_100_000)}\n3,z\n`, 3, 'longer than 2097152 bytes'],
    ['an endless row', `id,b\n1,x\n2,"${'y\n'.repeat(2_100_000)}`, 3, 'longer than 2097152 bytes'],
  ])('%s', async (_name, body, line, message) => {
    for (const pieceBytes of [4_099, 100_000_000]) {
      const rows: SourceRow[] = [];
      const reading = async () => {
        const { source } = contract.input.parse({ table: 'table', operation: 'put', source: { url: 's3://bucket/a.csv', format: 'csv' } });
        if (source?.format !== 'csv') return;
        const text = new SourceText(objectOf(Buffer.from(body as string), 'a.csv', pieceBytes), source.encoding);
        for await (const row of csvRows(text, source, schema).rows(start)) rows.push(row);
      };
      await expect(reading()).rejects.toMatchObject({
        code: 'invalid_source',
        details: { object: 's3://bucket/a.csv', line },
        message: expect.stringContaining(message),
      });
      expect(rows).toHaveLength(1); // what is above it was read
    }
  });
});

describe('a header without the key', () => {
  it.each([
    ['id;v\ns1;1\n', {}, 'no column for the key `id`. It has: "id;v". Is the delimiter `;`?'],
    ['"id"\t"v"\n', {}, 'Is the delimiter a tab?'],
    ['id,v\n', { delimiter: ';' }, 'Is the delimiter `,`?'],
    ['key|v\n', { rename: { key: 'id' } }, 'Is the delimiter `|`?'],
    ['ID,v\n', {}, 'It has: "ID", "v".'],
    ['1,2\n', {}, 'It has: "1", "2".'],
  ])('%j fails at once, and says what it has', async (body, options, message) => {
    await expect(read(body, options)).rejects.toMatchObject({ code: 'invalid_header', message: expect.stringContaining(message) });
  });
});

describe('an object without a header', () => {
  it.each([
    ['id,v\n1,x\n', { skipLines: 2 }, 'all 2 lines of the object are skipped (`skipLines` is 2) or blank'],
    ['id,v\n1,x', { skipLines: 9 }, 'all 2 lines of the object are skipped (`skipLines` is 9) or blank'],
    ['title', { skipLines: 1 }, 'the only line of the object is skipped (`skipLines` is 1) or blank'],
    ['\n\r\n\r', {}, 'all 3 lines of the object are blank'],
    ['\ufeff\n', {}, 'the only line of the object is blank'],
  ])('fails where there is a line, as in %j', async (body, options, message) => {
    for (const pieceBytes of [1, 100_000]) {
      await expect(read(body, options, start, pieceBytes)).rejects.toMatchObject({
        code: 'invalid_source',
        message: expect.stringContaining(message),
        details: { object: 's3://bucket/a.csv' },
      });
    }
  });

  it.each(['', '\ufeff'])('has no rows where it is empty, as in %j', async (body) => {
    expect(await read(body)).toEqual([]);
    expect(await read(body, { skipLines: 3 })).toEqual([]);
  });
});
