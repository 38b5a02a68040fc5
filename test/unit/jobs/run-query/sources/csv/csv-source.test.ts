/** What is in a CSV object is what comes out of it, or the job fails with its object and line. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readCsv } from '../../../../../support/read-csv.ts';

const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');
const typesOf = async (text: string) => (await readCsv(text)).columns.map(({ type }) => type);
const columnOf = async (values: readonly string[]) => {
  const { columns, rows } = await readCsv(lines('a,b', ...values.map((value, i) => `${i},${value}`)));
  return [columns[1]?.type, ...rows.map(([, value]) => value)];
};

describe('rows', () => {
  it('are as many as the lines below the header, which is the first line in any case', async () => {
    expect(await readCsv(lines('note', 'x', 'y'))).toMatchObject({ columns: [{ name: 'note', type: 'VARCHAR' }], rows: [['x'], ['y']] });
    expect((await readCsv(lines('1,2', '3,4'))).columns.map(({ name }) => name)).toEqual(['1', '2']);
  });
  it.each([
    ['LF', 'a,b\n1,x\n2,y\n'],
    ['CRLF', 'a,b\r\n1,x\r\n2,y\r\n'],
    ['CR', 'a,b\r1,x\r2,y\r'],
    ['a mixture', 'a,b\r1,x\r\n2,y\n'],
    ['no break at the end', 'a,b\n1,x\n2,y'],
    ['a byte order mark', '\ufeffa,b\n1,x\n2,y\n'],
    ['blank lines', '\r\na,b\n\n1,x\n\r\n\n2,y\n\n'],
    ['semicolons', 'a;b\n1;x\n2;y\n'],
    ['tabs', 'a\tb\n1\tx\n2\ty\n'],
    ['pipes', 'a|b\n1|x\n2|y\n'],
    ['LF below the header and CRLF after it', 'a,b\n1,x\r\n2,y\r\n'],
    ['quotes around all', '"a","b"\n"1","x"\n"2","y"\n'],
  ])('are the same with %s, whichever way the bytes arrive', async (_name, text) => {
    for (const pieceBytes of [1, 2, 3, 7, 1000]) {
      expect(await readCsv(text, {}, pieceBytes)).toEqual({
        columns: [
          { name: 'a', type: 'BIGINT' },
          { name: 'b', type: 'VARCHAR' },
        ],
        rows: [
          ['1', 'x'],
          ['2', 'y'],
        ],
      });
    }
  });
  it.each([
    [
      'hash signs',
      'a,b\n#1,x\n# 2,y\n',
      [
        ['#1', 'x'],
        ['# 2', 'y'],
      ],
    ],
    [
      'apostrophes',
      "a,b\n'x,y\n'x','y'\n",
      [
        ["'x", 'y'],
        ["'x'", "'y'"],
      ],
    ],
    [
      'backslashes',
      'a,b\n"x\\",y\\\n\\N,\\"\n',
      [
        ['x\\', 'y\\'],
        ['\\N', '\\"'],
      ],
    ],
    [
      'line breaks and doubled quotes',
      'a,b\n"x\ny","p ""q"""\n"\r\n","\r"\n',
      [
        ['x\ny', 'p "q"'],
        ['\r\n', '\r'],
      ],
    ],
    [
      'quotes inside of unquoted fields',
      'a,b\n5" disk,x"y"\n x, "y\n',
      [
        ['5" disk', 'x"y"'],
        [' x', ' "y'],
      ],
    ],
    [
      'blanks around',
      'a,b\n x , y \n\u00a0,\t\n',
      [
        [' x ', ' y '],
        ['\u00a0', '\t'],
      ],
    ],
    ['NUL', 'a,b\nx\0y,\0\n', [['x\0y', '\0']]],
    [
      'nothing and empty texts',
      'a,b\n,""\n"",\n',
      [
        [null, ''],
        ['', null],
      ],
    ],
    [
      'NULL, NA and -',
      'a,b\nNULL,NA\nnull,-\n',
      [
        ['NULL', 'NA'],
        ['null', '-'],
      ],
    ],
  ])('keep %s', async (_name, text, rows) => {
    expect((await readCsv(text)).rows).toEqual(rows);
  });
  it('of one column are NULL where a line is blank, as in a result of our own', async () => {
    expect((await readCsv('a\r\n\r\n""\r\nx\r\n\r\n')).rows).toEqual([[null], [''], ['x'], [null]]);
    expect((await readCsv('\n\nx\n', { header: false })).rows).toEqual([[null], [null], ['x']]);
    expect((await readCsv('\n\n', { header: false })).rows).toEqual([[null], [null]]);
  });
  it('may be none', async () => {
    expect(await readCsv('a,b')).toEqual({
      columns: [
        { name: 'a', type: 'VARCHAR' },
        { name: 'b', type: 'VARCHAR' },
      ],
      rows: [],
    });
  });
  it('may be longer than the blocks that are read, and than DuckDB takes as a rule', async () => {
    const value = 'é,"\n'.repeat(1_000_000);
    const { rows } = await readCsv(`a,b\n1,x\n2,"${value.replaceAll('"', '""')}"\n3,z\n`);
    expect(rows.map(([a, b]) => [a, String(b).length])).toEqual([
      ['1', 1],
      ['2', value.length],
      ['3', 1],
    ]);
    expect(rows[1]?.[1] === value).toBe(true);
  });
  it('with a byte order mark before a quote are read as without', async () => {
    expect(await readCsv('\ufeff"a,\nb",c\n1,2\n', {}, 1)).toMatchObject({
      columns: [{ name: 'a,\nb' }, { name: 'c' }],
      rows: [['1', '2']],
    });
  });
  it('are all there across the buffers and threads of DuckDB', async () => {
    const text = `a,b,c\n${Array.from({ length: 900_000 }, (_, i) => `${i},${'x'.repeat(i % 71)},"y, ${i % 13}"\n`).join('')}`;
    expect(text.length).toBeGreaterThan(40_000_000);
    const { rows } = await readCsv(text);
    expect(rows).toHaveLength(900_000);
    expect(rows.every(([a, b, c], i) => a === String(i) && String(b ?? '').length === i % 71 && c === `y, ${i % 13}`)).toBe(true);
  });
  it('have their quotes undone, however late the first one is', async () => {
    const { rows } = await readCsv(`a,b\n${'x,0\n'.repeat(21_000)}"p",1\n"p ""q""",2\n`);
    expect(rows.slice(21_000)).toEqual([
      ['p', '1'],
      ['p "q"', '2'],
    ]);
  });
  it('with line breaks in quotes are read in order however many there are', async () => {
    const text = `a,b\n${Array.from({ length: 300_000 }, (_, i) => `${i},"one\n5,6\n${'x'.repeat(i % 97)}"\n`).join('')}`;
    const { rows } = await readCsv(text);
    expect(rows.every(([a, b], i) => a === String(i) && b === `one\n5,6\n${'x'.repeat(i % 97)}`)).toBe(true);
  });
});

describe('a row with another number of fields', () => {
  const late = lines('a,b', ...Array.from({ length: 300 }, (_, i) => `${i},x`), '300,x,y', '301,x');
  it('fails with its line', async () => {
    await expect(readCsv(late)).rejects.toMatchObject({
      code: 'invalid_source',
      retryable: false,
      details: { object: 's3://bucket/a.csv', line: 302, excerpt: '300,x,y' },
      message: expect.stringContaining('the row has 3 fields, and the header has 2'),
    });
    await expect(readCsv('a,b\n"x\n\ny",1\n2\n')).rejects.toMatchObject({ details: { line: 5, excerpt: '2' } });
    await expect(readCsv('1,2\n3\n', { header: false })).rejects.toMatchObject({ details: { line: 2 } });
  });
  it('is padded where that was asked for, but loses nothing', async () => {
    expect((await readCsv('a,b,c\n1\n2,"x"\n3,,z\n', { raggedRows: 'pad' })).rows).toEqual([
      ['1', null, null],
      ['2', 'x', null],
      ['3', null, 'z'],
    ]);
    await expect(readCsv(late, { raggedRows: 'pad' })).rejects.toMatchObject({
      details: { line: 302 },
      message: expect.stringContaining('"keep"'),
    });
  });
  it('keeps its surplus fields where that was asked for', async () => {
    const text = 'a,column3\n1,x\n2,y,z,7\n3\n4,"p\nq",r\n';
    expect(await readCsv(text, { raggedRows: 'keep' })).toEqual({
      columns: [
        { name: 'a', type: 'BIGINT' },
        { name: 'column3', type: 'VARCHAR' },
        { name: 'column2', type: 'VARCHAR' },
        { name: 'column3_1', type: 'BIGINT' },
      ],
      rows: [
        ['1', 'x', null, null],
        ['2', 'y', 'z', '7'],
        ['3', null, null, null],
        ['4', 'p\nq', 'r', null],
      ],
    });
  });
});

describe('many of a kind do not take long', () => {
  const timeLimitMs = 20_000; // of seconds: what grew with the square took minutes
  it.each([
    ['columns of one name', `${Array.from({ length: 4_000 }, () => 'c').join()}\n`, 4_000, 0],
    ['rows that are ever wider', `a\n${Array.from({ length: 400 }, (_, i) => `x${',x'.repeat(i)}\n`).join('')}`, 400, 400],
  ])('%s', async (_name, text, columns, rows) => {
    const began = performance.now();
    const result = await readCsv(text, { raggedRows: 'keep', delimiter: ',' });
    expect([result.columns.length, result.rows.length]).toEqual([columns, rows]);
    if (rows > 0)
      expect(result.rows.map((row) => row.filter((value) => value !== null).length)).toEqual(Array.from({ length: rows }, (_, i) => i + 1));
    expect(performance.now() - began).toBeLessThan(timeLimitMs);
  });
  it('objects with their columns in turns', async () => {
    const objects = Array.from({ length: 300 }, (_, i) => ({ name: `s3://bucket/${i}`, body: i % 2 === 0 ? 'a,b\n1,2\n' : 'b,a\n2,1\n' }));
    expect((await readCsv(objects)).rows.every(([a, b]) => a === '1' && b === '2')).toBe(true);
  });
});

it.each(['windows-1252', 'iso-8859-1'] as const)('fails where %s is stated and a byte order mark says UTF-8', async (encoding) =>
  expect(readCsv(Buffer.from('\ufeffa,b\né,2\n'), { encoding })).rejects.toMatchObject({
    code: 'invalid_source',
    message: expect.stringContaining('byte order mark of UTF-8'),
  }),
);

describe('what is not CSV fails with its line', () => {
  it.each([
    ['a quote that is never closed', 'a,b\n1,x\n2,"y\n3,z\n', 3, 'never closed'],
    ['text behind a closing quote', 'a,b\n1,x\n"x" ,2\n', 3, 'text follows the quote'],
    ['a quote that is not doubled', 'a,b\n\n"x\n"y",2\n', 4, 'must be doubled'],
    ['bytes that are not UTF-8', Buffer.from('a,b\r\n1,x\r\n2,\xe9t\xe9\r\n', 'latin1'), 3, 'not UTF-8'],
    ['bytes that are not UTF-8 at the start of a line that CR begins', Buffer.from('a,b\r1,x\r\xe9,2\r', 'latin1'), 3, 'not UTF-8'],
    ['a character that the end cuts', Buffer.from('a,b\n1,é').subarray(0, -1), 2, 'within a character'],
    ['a header with as many of two delimiters', 'a;b,c\n1;2,3\n', 1, '"," as ";"'],
    ['UTF-16', Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'), 1, 'encoding: \\"utf-16\\"'.replaceAll('\\', '')],
    ['UTF-16 without a mark', Buffer.from('a,b\n1,2\n', 'utf16le'), 1, 'utf-16'],
    ['an empty object', '', undefined, 'no line'],
  ])('%s', async (_name, body, line, message) => {
    for (const pieceBytes of [1, 5, 1000]) {
      await expect(readCsv(body, {}, pieceBytes)).rejects.toMatchObject({
        code: 'invalid_source',
        message: expect.stringContaining(message),
        details: { object: 's3://bucket/a.csv', ...(line === undefined ? {} : { line }) },
      });
    }
  });
});

describe('encodings', () => {
  it.each([
    ['utf-16', Buffer.from('\ufeffa,b\né,🦁\n', 'utf16le')],
    ['utf-16', Buffer.from('a,b\né,🦁\n', 'utf16le')],
    ['utf-16', Buffer.from('\ufeffa,b\né,🦁\n', 'utf16le').swap16()],
  ] as const)('%s', async (encoding, body) => {
    for (const pieceBytes of [1, 2, 3, 1000]) expect((await readCsv(body, { encoding }, pieceBytes)).rows).toEqual([['é', '🦁']]);
  });
  it('of one byte a character', async () => {
    const body = Buffer.from('a,b\n\xe9,\x80\n', 'latin1');
    expect((await readCsv(body, { encoding: 'windows-1252' }, 1)).rows).toEqual([['é', '€']]);
    expect((await readCsv(body, { encoding: 'iso-8859-1' }, 1)).rows).toEqual([['é', '\x80']]);
  });
  it.each([
    ['windows-1252', Buffer.from('a\nx\ny\x81\n', 'latin1'), 3],
    ['utf-16', Buffer.concat([Buffer.from('a\nx\n', 'utf16le'), Buffer.from([0, 0xd8, 65, 0])]), 3],
    ['utf-16', Buffer.from('a\nx', 'utf16le').subarray(0, -1), 2],
  ] as const)('%s with bytes that do not fit fails with their line', async (encoding, body, line) => {
    for (const pieceBytes of [1, 1000])
      await expect(readCsv(body, { encoding }, pieceBytes)).rejects.toMatchObject({ code: 'invalid_source', details: { line } });
  });
});

describe('compressed objects', () => {
  const text = `id,amount\n${Array.from({ length: 60_000 }, (_, i) => `${i},${(i * 7919) % 100_000}\n`).join('')}`;
  const gzip = gzipSync(text);
  const zstd = zstdCompressSync(text);
  const read = (name: string, body: Buffer, pieceBytes = 10_000) => readCsv([{ name, body }], {}, pieceBytes);
  it.each([
    ['gzip', 'a.csv.gz', [gzip, gzipSync('60000,1\n')]],
    ['gzip filled up with zeros', 'a.csv.gz', [gzip, gzipSync('60000,1\n'), Buffer.alloc(600)]],
    ['zstd', 'a.csv.zst', [zstd, zstdCompressSync('60000,1\n')]],
  ])('of %s are read with all their members', async (_name, name, members) => {
    for (const pieceBytes of [999, 10_000_000]) expect((await read(name, Buffer.concat(members), pieceBytes)).rows).toHaveLength(60_001);
  });
  const damaged = (bytes: Buffer, at: number) => {
    const copy = Buffer.from(bytes);
    copy[copy.length + at] = (copy[copy.length + at] ?? 0) ^ 0xff;
    return copy;
  };
  it.each([
    ['a gzip stream that broke off', 'a.csv.gz', gzip.subarray(0, gzip.length / 2), 'ends before it is complete'],
    ['a gzip stream without its end', 'a.csv.gz', gzip.subarray(0, -1), 'ends before it is complete'],
    ['a second gzip member that broke off', 'a.csv.gz', Buffer.concat([gzip, gzip.subarray(0, 30)]), 'ends before it is complete'],
    ['a wrong checksum', 'a.csv.gz', damaged(gzip, -6), 'incorrect data check'],
    ['a wrong length', 'a.csv.gz', damaged(gzip, -1), 'incorrect length check'],
    ['garbage behind gzip', 'a.csv.gz', Buffer.concat([gzip, Buffer.from('id,amount')]), 'damaged'],
    ['garbage behind zeros', 'a.csv.gz', Buffer.concat([gzip, Buffer.alloc(9), Buffer.from('x')]), 'follows the end'],
    ['a zstd stream that broke off', 'a.csv.zst', zstd.subarray(0, zstd.length / 2), 'ends before it is complete'],
    ['a second zstd frame that broke off', 'a.csv.zst', Buffer.concat([zstd, zstd.subarray(0, 30)]), 'ends before it is complete'],
    ['garbage behind zstd', 'a.csv.zst', Buffer.concat([zstd, Buffer.from('garbage')]), 'damaged'],
    ['plain text named gzip', 'a.csv.gz', Buffer.from(text), 'not compressed with gzip'],
    ['zstd named gzip', 'a.csv.gz', zstd, 'is compressed with zstd'],
    ['gzip without the name', 'a.csv', gzip, 'end its key in .gz'],
    ['a zip archive', 'a.csv', Buffer.from('PK\x03\x04xxxx'), 'zip archive'],
    ['bzip2', 'a.csv', Buffer.from('BZh91AY&SY\xca\x7c', 'latin1'), 'compressed with bzip2'],
    ['bzip2 of nothing', 'a.csv', Buffer.from('BZh9\x17rE8P\x90\0\0', 'latin1'), 'compressed with bzip2'],
    ['Parquet', 'a.csv', readFileSync(join(__dirname, '../../../../../support/parquet/nanos.parquet')), 'a Parquet file'],
    ['an encrypted column of Parquet', 'a.csv', Buffer.from('PAR1 \0\0\0abcd'), 'a Parquet file'],
  ])('fail: %s', async (_name, name, body, message) => {
    await expect(read(name, body)).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining(message),
      details: { object: name },
    });
  });
});

it.each(['PAR1', 'PAR1,PAR2', 'PAR1\tx', 'PAR1;é', 'PARE,x', 'BZh', 'BZh,x', 'BZh9,1AY', 'ORC,x', 'Obj,x', 'ARROW1,x', '%PDF,x', 'PK,x'])(
  'a header that begins like another format is one: %s',
  async (header) => {
    const delimiter = /[\t;]/.exec(header)?.[0] ?? ',';
    const names = header.split(delimiter);
    const { columns, rows } = await readCsv(`${header}\n${names.map((_, i) => i).join(delimiter)}\n`);
    expect([columns.map(({ name }) => name), rows]).toEqual([names, [names.map((_, i) => String(i))]]);
  },
);

describe('several objects', () => {
  const object = (name: string, body: string) => ({ name: `s3://bucket/${name}`, body });
  it('are matched by names, and one that lacks a column has NULL there', async () => {
    const objects = [
      object('a', 'id,x\n1,p\n'),
      object('b', 'X;ID\r\nq;2\r\n'),
      object('c', ''),
      object('d', 'id\n3\n'),
      object('e', 'id,y\n4,0.5\n'),
    ];
    expect(await readCsv(objects)).toEqual({
      columns: [
        { name: 'id', type: 'BIGINT' },
        { name: 'x', type: 'VARCHAR' },
        { name: 'y', type: 'DECIMAL(18,1)' },
      ],
      rows: [
        ['1', 'p', null],
        ['2', 'q', null],
        ['3', null, null],
        ['4', null, '0.5'],
      ],
    });
  });
  it('have types from the values of all', async () => {
    expect(await readCsv([object('a', 'id\n1\n'), object('b', 'id\n02\n')])).toMatchObject({
      columns: [{ type: 'VARCHAR' }],
      rows: [['1'], ['02']],
    });
  });
  it('are named where one is wrong, with the line in it', async () => {
    await expect(readCsv([object('a', 'id,x\n1,p\n'), object('b', 'id,x\n2,q,r\n3,s\n')])).rejects.toMatchObject({
      details: { object: 's3://bucket/b', line: 2 },
    });
  });
});

describe('the header', () => {
  it('gives distinct names', async () => {
    expect((await readCsv('a,,A,"a",\n1,2,3,4,5\n')).columns.map(({ name }) => name)).toEqual(['a', 'column1', 'A_1', 'a_2', 'column4']);
  });
  it.each([
    ['a,A,a_1', ['a', 'A_2', 'a_1']],
    ['a_1,a,a', ['a_1', 'a', 'a_2']],
    ['a,a,a_1,a_1', ['a', 'a_2', 'a_1', 'a_1_1']],
    [',column0', ['column0_1', 'column0']],
    [',,COLUMN1', ['column0', 'column1_1', 'COLUMN1']],
  ])('keeps each name that it gives, and makes others for repeated ones: %s', async (header, names) => {
    expect((await readCsv(`${header}\n${',x'.repeat(names.length - 1)}\n`)).columns.map(({ name }) => name)).toEqual(names);
  });
  it.each([
    ['a,A\n1,2\n', 'a_1\n3\n'],
    ['a_1\n3\n', 'a,A\n1,2\n'],
    ['b,B_1,B\n1,2,3\n', 'b_2\n3\n'],
  ])('unites no column of a name with a repeated column of another object: %j, %j', async (first, second) => {
    await expect(
      readCsv([
        { name: 's3://bucket/1', body: first },
        { name: 's3://bucket/2', body: second },
      ]),
    ).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('ambiguous'),
      details: { object: 's3://bucket/2', line: 1 },
    });
  });
  it.each(['A,a\n3,4\n', 'A\n9\n'])(
    'refuses names that differ in case alone where another object spells them in another order: %j',
    async (body) => {
      await expect(
        readCsv([
          { name: 's3://bucket/1', body: 'a,A\n1,2\n' },
          { name: 's3://bucket/2', body },
        ]),
      ).rejects.toMatchObject({ code: 'invalid_source', details: { object: 's3://bucket/2', line: 1 } });
    },
  );
  it('unites a column that one object spells in upper and another in lower case', async () =>
    expect(
      await readCsv([
        { name: 's3://bucket/1', body: 'a\n1\n' },
        { name: 's3://bucket/2', body: 'A\n2\n' },
      ]),
    ).toMatchObject({ columns: [{ name: 'a' }], rows: [['1'], ['2']] }));
  it('unites repeated columns with those of other objects', async () => {
    const body = 'a,A\n1,2\n';
    expect(
      await readCsv([
        { name: 's3://bucket/1', body },
        { name: 's3://bucket/2', body },
      ]),
    ).toMatchObject({
      columns: [{ name: 'a' }, { name: 'A_1' }],
      rows: [
        ['1', '2'],
        ['1', '2'],
      ],
    });
  });
  it('may be absent', async () => {
    expect(await readCsv('1;x\n2;y\n', { header: false })).toEqual({
      columns: [
        { name: 'column0', type: 'BIGINT' },
        { name: 'column1', type: 'VARCHAR' },
      ],
      rows: [
        ['1', 'x'],
        ['2', 'y'],
      ],
    });
  });
  it('may be below titles', async () => {
    expect((await readCsv('Report; 2026\r\n\r\n"for, us\r\na,b\r\n1,x\r\n', { skipLines: 3 }, 1)).rows).toEqual([['1', 'x']]);
  });
});

describe('types come from all values', () => {
  it.each([
    ['integers', ['0', '-5', '9223372036854775807'], 'BIGINT'],
    ['integers of 128 bits', ['1', '9223372036854775808', '-170141183460469231731687303715884105728'], 'HUGEINT'],
    ['decimals of one scale', ['1.50', '-0.05', '12.00'], 'DECIMAL(18,2)'],
    ['dates', ['2024-02-29', '0001-01-01', '9999-12-31'], 'DATE'],
    ['texts', ['x', '1', '2024-02-29'], 'VARCHAR'],
  ])('%s stay as they are', async (_name, values, type) => {
    expect(await columnOf(values)).toEqual([type, ...values]);
  });
  it('of numbers with and without a fraction, each in its shortest form, a DECIMAL', async () => {
    expect(await columnOf(['5', '-2.5', '0.125'])).toEqual(['DECIMAL(18,3)', '5.000', '-2.500', '0.125']);
    expect(await columnOf(['12345678901234567890123456789', '0.5'])).toEqual(['DECIMAL(38,1)', '12345678901234567890123456789.0', '0.5']);
  });
  it('of true and false a BOOLEAN', async () => {
    expect(await columnOf(['true', 'false'])).toEqual(['BOOLEAN', true, false]);
  });
  it('of timestamps what keeps all their digits', async () => {
    expect(await columnOf(['2026-02-01 23:59', '2026-02-01T00:00:00.5'])).toEqual([
      'TIMESTAMP',
      '2026-02-01T23:59:00',
      '2026-02-01T00:00:00.500',
    ]);
    expect(await columnOf(['2026-02-01 23:59:59.123456789', '2026-02-01T00:00:00'])).toEqual([
      'TIMESTAMP_NS',
      '2026-02-01T23:59:59.123456789',
      '2026-02-01T00:00:00',
    ]);
    expect(await columnOf(['2026-02-01T23:59:59Z', '2026-02-01 23:59:59.5+02:00', '2026-02-01 23:59:59-03'])).toEqual([
      'TIMESTAMP WITH TIME ZONE',
      '2026-02-01T23:59:59Z',
      '2026-02-01T21:59:59.500Z',
      '2026-02-02T02:59:59Z',
    ]);
  });
  it.each(['Z', '+01', '+0100', '+01:00', '-0130', '-13:59', '+14', '-14', '+1400', '+14:00', '-00:00'])(
    'of instants with the offset %s what they are, inferred or declared',
    async (offset) => {
      const text = `2026-02-01T12:34:56${offset}`;
      const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
      const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
      const instant = new Date(Date.UTC(2026, 1, 1, 12, 34, 56) - offsetMs).toISOString().replace('.000Z', 'Z');
      expect(await columnOf([text])).toEqual(['TIMESTAMP WITH TIME ZONE', instant]);
      expect((await readCsv(`v\n${text}\n`, { columns: { v: 'TIMESTAMPTZ' } })).rows).toEqual([[instant]]);
    },
  );
  it.each(['+14:59', '+1401', '+14:0', '+15', '+24:00', '+1', '+010', '+01:0', '+01:60', '+0160', '+01:00:00', ' +01', '+', 'z', ' UTC'])(
    'of instants with the offset %s text, and that is not a declared instant',
    async (offset) => {
      const text = `2026-02-01T12:34:56${offset}`;
      expect(await columnOf([text])).toEqual(['VARCHAR', text]);
      await expect(readCsv(`v\n${text}\n`, { columns: { v: 'TIMESTAMPTZ' } })).rejects.toMatchObject({ code: 'invalid_source' });
    },
  );
  it.each([
    ['leading zeros', ['7', '007']],
    ['a plus', ['1', '+1']],
    ['minus zero', ['1', '-0']],
    ['minus zero with a fraction', ['1.0', '-0.0']],
    ['hexadecimal', ['0x10']],
    ['exponents', ['12e45', '1E5']],
    ['no digit before or behind the point', ['.5']],
    ['a point at the end', ['5.']],
    ['thousands', ['1_000']],
    ['versions', ['3.9', '3.10']],
    ['more digits than any number type has', ['1', '170141183460469231731687303715884105728']],
    ['more decimals than DECIMAL has', ['12345678901234567890.1', '0.1234567890123456789']],
    ['t and f', ['t', 'f']],
    ['yes and no', ['yes', 'no']],
    ['TRUE', ['TRUE', 'FALSE']],
    ['infinity', ['infinity']],
    ['NaN', ['nan', '1']],
    ['dates in other orders', ['06/01/02', '2026/01/02']],
    ['dates without all digits', ['1-2-3', '2026-1-2']],
    ['days that do not exist', ['2026-02-29']],
    ['days of no month', ['2026-13-01', '2026-00-10', '2026-01-00', '2026-04-31']],
    ['the year 0', ['0000-01-01']],
    ['codes', ['10.4.21', '10.4']],
    ['times', ['21:18', '21:18:00']],
    ['dates and times of them', ['2026-02-01', '2026-02-01 23:59:59']],
    ['timestamps with and without a zone', ['2026-02-01T23:59:59Z', '2026-02-01T23:59:59']],
    ['a zone without seconds', ['2026-02-01T23:59Z']],
    ['a zone and nanoseconds', ['2026-02-01T23:59:59.1234567Z']],
    ['nanoseconds out of their range', ['2026-02-01T23:59:59.123456789', '1600-01-01T00:00:00']],
    ['hours beyond 23', ['2026-02-01T24:00:00']],
    ['leap seconds', ['2026-06-30T23:59:60']],
    ['blanks', [' 1', '1 ']],
    ['integers and booleans', ['1', 'true']],
    ['other digits', ['١']],
  ])('%s stay text', async (_name, values) => {
    expect(await columnOf(values)).toEqual(['VARCHAR', ...values]);
    expect(await columnOf([...values].reverse())).toEqual(['VARCHAR', ...[...values].reverse()]);
  });
  it('also from the last of many', async () => {
    const rows = Array.from(
      { length: 30_000 },
      (_, i) => `${i},${i % 90},${100 + (i % 800)},2026-01-${String(1 + (i % 28)).padStart(2, '0')}`,
    );
    const { columns, rows: found } = await readCsv(lines('id,amount,code,day', ...rows, '30000,12.75,007,2026-02-01 23:59:59'));
    expect(columns.map(({ type }) => type)).toEqual(['BIGINT', 'DECIMAL(18,2)', 'VARCHAR', 'VARCHAR']);
    expect(found.at(-1)).toEqual(['30000', '12.75', '007', '2026-02-01 23:59:59']);
  });
  it('with an empty text among them text, with NULLs as without, and without any value text', async () => {
    expect(await typesOf('a,b,c\n1,1,\n,"",\n"2",3,\n')).toEqual(['BIGINT', 'VARCHAR', 'VARCHAR']);
  });
});

describe('types that the caller gives', () => {
  it('are taken in place of inferred ones', async () => {
    const text = 'sku,n,x\n1,007,0.5\n2,+8,1e3\n';
    expect(await readCsv(text, { columns: { SKU: 'varchar', n: 'int', x: 'double' } })).toEqual({
      columns: [
        { name: 'sku', type: 'VARCHAR' },
        { name: 'n', type: 'INTEGER' },
        { name: 'x', type: 'DOUBLE' },
      ],
      rows: [
        ['1', 7, 0.5],
        ['2', 8, 1000],
      ],
    });
    expect((await readCsv(text, { types: 'text', columns: { n: 'BIGINT' } })).columns.map(({ type }) => type)).toEqual([
      'VARCHAR',
      'BIGINT',
      'VARCHAR',
    ]);
  });
  it.each([
    ['TINYINT', ['-128', '127', '0012'], ['128', '1.0', '']],
    ['UTINYINT', ['0', '255'], ['-1', '256']],
    ['UBIGINT', ['18446744073709551615'], ['18446744073709551616']],
    ['UHUGEINT', ['340282366920938463463374607431768211455'], ['340282366920938463463374607431768211456']],
    ['HUGEINT', ['-170141183460469231731687303715884105728'], ['170141183460469231731687303715884105728']],
    ['DECIMAL(4,2)', ['12.34', '-0.50', '.5', '5.', '+1', '0012.3400'], ['123', '1.234', '1e1', '.', '']],
    ['DOUBLE', ['1e300', '-.5', '0.1'], ['1e400', '0x1', '1_0']],
    ['BOOLEAN', ['true', 'FALSE', 'True'], ['t', '1', 'yes']],
    ['DATE', ['2024-02-29'], ['2026-02-29', '01/02/2026', '2026-2-1', '2026-01-01 00:00:00']],
    ['TIME', ['21:18', '21:18:59.123456'], ['24:00', '21:18:60', '21:18:59.1234567']],
    [
      'TIMESTAMP',
      ['2026-01-31T12:34', '2026-01-31 12:34:56.123456'],
      ['2026-01-31 12:34:56.1234567', '2026-01-31 12:34:56Z', '2026-02-30 12:34'],
    ],
    ['TIMESTAMP_NS', ['2026-01-31 12:34:56.123456789'], ['1600-01-31 12:34:56', '2262-04-12 00:00:00']],
    ['TIMESTAMPTZ', ['2026-01-31 12:34:56Z', '2026-01-31T12:34:56.123456+0200'], ['2026-01-31 12:34Z', '2026-01-31 12:34:56']],
    [
      'UUID',
      ['6f9619ff-8b86-d011-b42d-00c04fc964ff', '6F9619FF-8B86-D011-B42D-00C04FC964FF'],
      ['6f9619ff8b86d011b42d00c04fc964ff', '{6f9619ff-8b86-d011-b42d-00c04fc964ff}'],
    ],
  ])('%s holds a value exactly, or fails with its line', async (type, good, bad) => {
    expect((await readCsv(lines('a,b', ...good.map((value) => `1,"${value}"`)), { columns: { b: type } })).rows).toHaveLength(good.length);
    for (const value of bad) {
      await expect(readCsv(`a,b\n,\n"\n","${value}"\n`, { columns: { b: type } })).rejects.toMatchObject({
        code: 'invalid_source',
        details: { line: 4, column: 'b', excerpt: value },
      });
    }
  });
  it('must be of columns that are there', async () => {
    await expect(readCsv('a,b\n1,2\n', { columns: { c: 'DATE' } })).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('has no column "c"'),
    });
  });
});
