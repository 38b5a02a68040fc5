import { readJsonObjects } from '../../../../../../lambdas/jobs/run-query/sources/json/json-source.ts';
import type { JsonFormat } from '../../../../../../lambdas/text/json-rows.ts';
import { readSource } from '../../../../../support/read-source.ts';

const read = (format: JsonFormat, objects: string | Buffer | Readonly<Record<string, string | Buffer>>, sql = 'FROM t') =>
  readSource(readJsonObjects, typeof objects === 'string' || Buffer.isBuffer(objects) ? { a: objects } : objects, { format }, { sql });
const lines = (...values: string[]) => values.map((value) => `{"a":${value}}\n`).join('');

describe('the type of a column comes from all its values', () => {
  it.each([
    ['BOOLEAN', ['true', 'null', 'false']],
    ['VARCHAR', ['"2026-01-01"', '"1"', '"true"']],
    ['VARCHAR', ['null']],
    ['BIGINT', ['1', '-9223372036854775808', '9223372036854775807', '-0']],
    ['HUGEINT', ['1', '9223372036854775808']],
    ['HUGEINT', ['-170141183460469231731687303715884105728', '170141183460469231731687303715884105727']],
    ['JSON', ['170141183460469231731687303715884105728', '1']],
    ['JSON', ['1'.repeat(400), '1']],
    ['DOUBLE', ['1', '0.5', '1e300']],
    ['DOUBLE', ['1.0', '1e5', '0.1', '0.30000000000000004', '5e-324']],
    ['DECIMAL(20,19)', ['1.2345678901234567890', '0.5']],
    ['DECIMAL(17,1)', ['9007199254740993', '0.5']],
    ['DECIMAL(36,20)', ['9007199254740993', '1e-20']],
    ['DECIMAL(19,19)', ['0.1234567890123456789']],
    ['DECIMAL(20,19)', ['1.2345678901234567890', '100e-2', '-0.5E+0', '0e3', '10e-1']],
    ['JSON', ['1.2345678901234567890', '1e300']],
    ['JSON', ['1e400']],
    ['BIGINT[]', ['[1,2]', '[]', 'null']],
    ['VARCHAR[]', ['[]']],
    ['DECIMAL(20,19)[]', ['[1]', '[1.2345678901234567890]']],
    ['JSON[]', ['[1,"a"]', '[1.2345678901234567890]']],
    ['STRUCT("x" BIGINT, "y" VARCHAR[])', ['{"x":1}', '{"y":["a"]}']],
    ['STRUCT("a""b" BIGINT)', ['{"a\\"b":1}']],
    ['STRUCT("ä" BIGINT, "Ä" BIGINT)', ['{"ä":1,"Ä":2}']],
    ['JSON', ['{"x":1,"X":2}']],
    ['JSON', ['{"":2}']],
    ['JSON', ['{"__proto__":2}']],
    ['JSON', ['{"a\\u0000":2}']],
    ['JSON', ['{}']],
    ['JSON', ['1', '"a"']],
    ['JSON', ['1', 'true']],
    ['JSON', ['1', '[1]']],
    ['JSON', ['{"x":1}', '"x"']],
  ])('%s of %j', async (type, values) => {
    const { reading, types } = await read('ndjson', lines(...values));
    expect(reading.columns).toEqual([{ name: 'a', type }]);
    expect(types).toHaveLength(1);
  });
  it('keeps every digit at any depth, in any row', async () => {
    const text = lines('{"x":[[1]],"y":1}', '{"x":[[9007199254740993]],"y":{"z":0.1234567890123456789}}', '{"x":[[12345678901234567890]]}');
    expect((await read('ndjson', text)).rows).toEqual([
      [{ x: [['1']], y: '1' }],
      [{ x: [['9007199254740993']], y: '{"z":0.1234567890123456789}' }],
      [{ x: [['12345678901234567890']], y: null }],
    ]);
  });
  it('takes exponents in a column of decimals', async () =>
    expect((await read('ndjson', lines('1.2345678901234567890', '100e-2', '-5E-1', '0.02e+2', '-0e5'))).rows).toEqual(
      ['1.2345678901234567890', '1.0000000000000000000', '-0.5000000000000000000', '2.0000000000000000000', '0.0000000000000000000'].map(
        (value) => [value],
      ),
    ));
  it('keeps the text of what no number type holds', async () => {
    const values = ['1e400', '-1e-400', '1.2345678901234567890', '"x\\u0000\\n\\"y"', '{"b" : [1.10, null]}', 'null'];
    expect((await read('ndjson', lines(...values))).rows).toEqual([...values.slice(0, 5), null].map((value) => [value]));
  });
  it('distinguishes a string from a number, a flag and nothing in a column of mixed kinds', async () =>
    expect((await read('ndjson', lines('"1"', '1', '"true"', 'true', '"null"', 'null'))).rows).toEqual(
      ['"1"', '1', '"true"', 'true', '"null"', null].map((value) => [value]),
    ));
  it('holds for members that come late and for those that never come again', async () => {
    const text = `${'{"id":1}\n'.repeat(30_000)}{"id":2,"late":{"x":[1.5]}}\n`;
    const { reading, rows } = await read('ndjson', text, 'SELECT late, count(*) FROM t GROUP BY late ORDER BY late');
    expect(reading.columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'late', type: 'STRUCT("x" DOUBLE[])' },
    ]);
    expect(rows).toEqual([
      [{ x: [1.5] }, '1'],
      [null, '30000'],
    ]);
  });
});

describe('cases of other readers', () => {
  it('a late row of other kinds: duckdb #25786', async () => {
    const early = Array.from({ length: 30_000 }, (_, id) => JSON.stringify({ id, n: id % 7, b: id % 2 === 0, f: id + 0.5 }));
    const late = ['{"id":30000,"n":1.5,"b":7,"f":true}', '{"id":30001,"n":true,"b":0.5,"f":12345678901234567890}'];
    const { rows } = await read('ndjson', [...early, ...late].join('\n'), 'FROM t WHERE id >= 30000');
    expect(rows).toEqual([
      ['30000', '1.5', '7', 'true'],
      ['30001', 'true', '0.5', '12345678901234567890'],
    ]);
  });
  it.each(['ndjson', 'json'] as const)('a byte order mark before %s: csv-to-dynamodb #9', async (format) =>
    expect((await read(format, format === 'json' ? '\ufeff[{"a":1},{"a":2}]' : '\ufeff{"a":1}\n{"a":2}\n')).rows).toEqual([['1'], ['2']]),
  );
  it('few of many members in each row are columns: duckdb #10823', async () => {
    const sparse = Array.from({ length: 300 }, (_, id) => JSON.stringify({ id, [`k${id % 30}`]: `v${id}` })).join('\n');
    expect((await read('ndjson', sparse, 'SELECT count(id), count(k7) FROM t')).rows).toEqual([['300', '10']]);
    const numbers = Array.from({ length: 300 }, (_, id) => `{"id":${id},"m":{"k${id % 100}":${id % 2 ? '9007199254740993' : '0.5'}}}`).join(
      '\n',
    );
    expect((await read('ndjson', numbers, 'SELECT m.k1, m.k2, m.k3 FROM t WHERE id BETWEEN 1 AND 2')).rows).toEqual([
      ['9007199254740993', null, null],
      [null, 0.5, null],
    ]);
  });
  it('names that look like options or functions of the reader', async () =>
    expect((await read('ndjson', '{"filename":1,"file_row_number":2,"rowid":3,"columns":4,"json":5}')).rows).toEqual([
      ['1', '2', '3', '4', '5'],
    ]));
  it('members that differ only in case are columns of their own: duckdb #3774', async () => {
    const { reading, rows } = await read('ndjson', '{"a":1,"A":"x","b":{"c":1,"C":2}}\n{"A":"y"}\n');
    expect(reading.columns.map(({ name }) => name)).toEqual(['a', 'A_1', 'b']);
    expect(rows).toEqual([
      ['1', 'x', '{"c":1,"C":2}'],
      [null, 'y', null],
    ]);
  });
  it('names that SQL does not have', async () => {
    const { reading, rows } = await read('json', '{"":0,"a":1,"A":2,"x\\u0000y":3,"A_1":4}');
    expect(reading.columns.map(({ name }) => name)).toEqual(['column0', 'a', 'A_2', 'x\\u0000y', 'A_1']);
    expect(rows).toEqual([['0', '1', '2', '3', '4']]);
  });
  it('a row of 20 MB', async () => {
    const { rows } = await read('ndjson', `{"a":"${'x'.repeat(20e6)}"}\n{"a":"y"}\n`, 'SELECT length(a) FROM t');
    expect(rows).toEqual([['20000000'], ['1']]);
  });
  it('100 levels', async () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = `${open.repeat(99)}1.5${close.repeat(99)}`;
      expect((await read('ndjson', `{"a":${deep}}`)).rows).toHaveLength(1);
      await expect(read('ndjson', `{"a":1}\n{"a":[${deep}]}`)).rejects.toMatchObject({
        code: 'invalid_source',
        message: expect.stringContaining('nested more than 100 deep'),
        details: { object: 's3://bucket/a', line: 2, column: 'a' },
      });
    }
  });
});

describe('several objects', () => {
  it('are united by names and by what all values are', async () => {
    const { reading, rows } = await read('json', { a: '[{"a":1},\n{"a":2}]', b: '{"b":"x","a":0.5}', c: '[]', d: '[{"a":3}]' });
    expect(reading).toMatchObject({
      objects: 4,
      rows: 4,
      columns: [
        { name: 'a', type: 'DOUBLE' },
        { name: 'b', type: 'VARCHAR' },
      ],
    });
    expect(rows).toEqual([
      [1, null],
      [2, null],
      [0.5, 'x'],
      [3, null],
    ]);
  });
  it('need no line break at their end, and each may have a byte order mark', async () =>
    expect((await read('ndjson', { a: '\ufeff{"a":1}', b: '\ufeff{"a":2}\r\n\r\n  \n{"a":3}\r\n', c: '', d: '{"a":4}' })).rows).toEqual([
      ['1'],
      ['2'],
      ['3'],
      ['4'],
    ]));
  it('count their lines each from 1', async () =>
    expect(read('ndjson', { a: '{"a":1}\n{"a":2}\n', b: '\n{"a":1}\n{"a":01}' })).rejects.toMatchObject({
      details: { object: 's3://bucket/b', line: 3, column: 'a' },
    }));
});

describe('documents that are not objects', () => {
  it.each([
    ['[1,2,"x"]', 'JSON', ['1', '2', '"x"']],
    ['[[1],[]]', 'BIGINT[]', [['1'], []]],
    ['"x"', 'VARCHAR', ['x']],
    ['null', 'VARCHAR', [null]],
    ['{}', 'JSON', ['{}']],
    ['[{},{"a":1},5]', 'JSON', ['{}', '{"a":1}', '5']],
    ['[]', 'VARCHAR', []],
  ])('%s is one column, json', async (text, type, values) => {
    const { reading, rows } = await read('json', text);
    expect(reading.columns).toEqual([{ name: 'json', type }]);
    expect(rows).toEqual(values.map((value) => [value]));
  });
});

describe('what is refused', () => {
  it.each([
    ['ndjson', '[{"a":1}]', 1, 'found an array'],
    ['ndjson', '{"a":1}\n5\n', 2, 'expected a JSON object a line'],
    ['ndjson', '{"a":1}\n{"a":{"b":1,"b":1}}', 2, 'the member "b" comes twice'],
    ['ndjson', '{"a":1,"\\u0061":2}', 1, 'the member "a" comes twice'],
    ['ndjson', '{"a":[1,{"b":{},"b":1}]}', 1, 'the member "b" comes twice'],
    ['ndjson', '{"a":1}\n{"a":1,}\n', 2, 'not valid JSON'],
    ['ndjson', '{"a":1} {"a":2}\n', 1, 'a line break behind the object'],
    ['ndjson', '{"a":1}\r{"a":2}\r', 1, 'a line break behind the object'],
    ['ndjson', '{"a":1}\n{\n"a":2}\n', 2, 'the line ends within a value'],
    ['ndjson', '{"a":1}\n{"a":2', 2, 'the text ends within a value'],
    ['ndjson', '{"a":"x\ty"}', 1, 'control characters'],
    ['ndjson', '{"a":"\\ud800"}', 1, 'half a character'],
    ['ndjson', '{"a":"\\ud800\\u0041"}', 1, 'half a character'],
    ['ndjson', '{"a":NaN}', 1, 'expected a value'],
    ['ndjson', 'id,name\n1,x\n', 1, 'expected a JSON object a line'],
    ['json', '[{"a":1},\n{"a":2},\n]', 3, 'expected a value'],
    ['json', '[{"a":1},\n{"a":2}', 2, 'the text ends before its array does'],
    ['json', '{"a":1}\n{"a":2}\n', 2, 'format "ndjson"'],
    ['json', ' \n ', 2, 'white space alone'],
    ['json', '<html><body>', 1, 'XML or HTML'],
  ] as const)('%s %j', async (format, text, line, message) =>
    expect(read(format, text)).rejects.toMatchObject({
      code: 'invalid_source',
      retryable: false,
      message: expect.stringContaining(message),
      details: { object: 's3://bucket/a', line },
    }),
  );
  it.each([
    ['json', Buffer.from([0x1f, 0x8b, 8, 0]), 'gzip data'],
    ['ndjson', Buffer.from('PAR1\x15\x04\x15\x80'), 'Parquet'],
    ['ndjson', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'UTF-16'],
    ['json', Buffer.from('{"a":1}', 'utf16le'), 'UTF-16'],
    ['json', Buffer.alloc(0), 'empty'],
  ] as const)('%s that is something else (%#)', async (format, bytes, message) =>
    expect(read(format, bytes)).rejects.toMatchObject({ code: 'invalid_source', message: expect.stringContaining(message) }),
  );
  it.each([
    ['a character that is cut', [0x22, 0xc3, 0x22]],
    ['a byte that begins no character', [0x22, 0xff, 0x22]],
    ['a spelling that is too long', [0x22, 0xc0, 0xaf, 0x22]],
    ['half a character', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['the last byte', [0x22, 0xe2, 0x82]],
  ])('%s, with its line', async (_name, bytes) => {
    const text = Buffer.concat([Buffer.from('{"a":1}\n'.repeat(5000)), Buffer.from('{"a":'), Buffer.from(bytes), Buffer.from('}\n')]);
    for (const pieceBytes of [1000, 65_536]) {
      await expect(readSource(readJsonObjects, { a: text }, { format: 'ndjson' }, { pieceBytes })).rejects.toMatchObject({
        message: expect.stringContaining('is not UTF-8'),
        details: { line: 5001 },
      });
    }
  });
  it.each(['', 'a', 'ab', 'abc'])('with an excerpt that ends between two characters: %s', async (before) => {
    for (const character of ['é', '€', '😀']) {
      for (const text of [`{"a":1}\n${before}${character.repeat(100)}\n`, `{"a":1}\n{"${before}":x ${character.repeat(100)}`]) {
        const error = await readSource(readJsonObjects, { a: text }, { format: 'ndjson' }).catch((thrown) => thrown);
        expect(error).toMatchObject({ code: 'invalid_source', details: { line: 2, excerpt: expect.stringContaining(character) } });
        expect(error.message).not.toContain('\ufffd');
      }
    }
  });
  it('a row that is longer than can be held', async () =>
    expect(
      readSource(readJsonObjects, { a: `{"a":1}\n{"a":"${'x'.repeat(5000)}"}` }, { format: 'ndjson', bufferBytes: 64, maxRowBytes: 4096 }),
    ).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('4096 bytes'),
      details: { line: 2 },
    }));
  it('the ten first levels of a hundred thousand, at once', async () =>
    expect(read('json', '['.repeat(100_000))).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('100 deep'),
    }));
});

describe('objects with very many different members', () => {
  const keys = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i)).join('');
  it('are refused where each would be a column', async () =>
    expect(
      read(
        'ndjson',
        keys(200_000, (i) => `{"k${i}":1}\n`),
      ),
    ).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('different members'),
      details: { line: 4001 },
    }));
  it('are JSON within a row, and still refused where one comes twice', async () => {
    const text = `${keys(20_000, (i) => `{"id":${i},"m":{"k${i}":{"x":1.${i}}}}\n`)}{"id":1,"m":{"k5":1.2345678901234567890}}\n`;
    const { reading, rows } = await read('ndjson', text, 'SELECT m FROM t WHERE id IN (1, 19999)');
    expect(reading.columns).toEqual([
      { name: 'id', type: 'BIGINT' },
      { name: 'm', type: 'JSON' },
    ]);
    expect(rows).toEqual([['{"k1":{"x":1.1}}'], ['{"k19999":{"x":1.19999}}'], ['{"k5":1.2345678901234567890}']]);
    await expect(read('ndjson', `${text}{"m":{"x":{"y":1,"y":2}}}\n`)).rejects.toMatchObject({
      message: expect.stringContaining('the member "y" comes twice'),
    });
  });
  it('are JSON where sparse objects within sparse objects have more than 1,000 scalars together', async () => {
    const text = Array.from({ length: 40 * 40 }, (_, i) => `{"m":[{"k${i % 40}":{"v${Math.floor(i / 40)}":${i}}}]}\n`).join('');
    const { reading, rows } = await read('ndjson', text, 'SELECT m FROM t LIMIT 1');
    expect(reading.columns).toEqual([{ name: 'm', type: 'JSON[]' }]);
    expect(rows).toEqual([[['{"k0":{"v0":0}}']]]);
  });
  it('may have 4,000 columns', async () =>
    expect(
      (await read('ndjson', `{${keys(4000, (i) => `${i === 0 ? '' : ','}"k${i}":${i}`)}}\n{"k7":1}`, 'SELECT k7, k3999 FROM t')).rows,
    ).toEqual([
      ['7', '3999'],
      ['1', null],
    ]));
});
