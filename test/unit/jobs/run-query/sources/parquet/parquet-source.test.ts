import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { contract } from '../../../../../../lambdas/jobs/run-query/contract.ts';
import { type ParquetOptions, readParquetObjects } from '../../../../../../lambdas/jobs/run-query/sources/parquet/parquet-source.ts';
import { definition } from '../../../../../../lambdas/jobs/run-query/worker.ts';
import { type ReadRows, readSource } from '../../../../../support/read-source.ts';
import { runJob } from '../../../../../support/worker-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'parquet-source-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

/** @returns the Parquet file that DuckDB writes of a SELECT */
async function parquet(sql: string): Promise<Buffer> {
  const path = join(folder, `${files++}.parquet`);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet)`);
  connection.closeSync();
  return readFileSync(path);
}
/** Files that `recipe.py` beside them creates. */
const fixture = (name: string) => readFileSync(join(__dirname, '..', '..', '..', '..', '..', 'support', 'parquet', `${name}.parquet`));

const read = (
  objects: Buffer | Readonly<Record<string, Buffer | string>>,
  options: ParquetOptions = {},
  sql = 'FROM t',
): Promise<ReadRows> => readSource(readParquetObjects, Buffer.isBuffer(objects) ? { 'a.parquet': objects } : objects, options, { sql });
async function united(...selects: string[]): Promise<ReadRows> {
  const objects: Record<string, Buffer> = {};
  for (const [index, sql] of selects.entries()) objects[`${index}.parquet`] = await parquet(sql);
  return read(objects);
}
const typesOf = ({ reading }: ReadRows) => reading.columns.map(({ type }) => type);

describe('what DuckDB would cut to microseconds', () => {
  const nanos = ['2023-11-14T22:13:20.123456789', null, '1969-12-31T23:59:59.999999999'];
  const micros = ['2023-11-14T22:13:20.123456', null, '1969-12-31T23:59:59.999999'];
  it.each([
    ['nanos', 'TIMESTAMP_NS', nanos],
    ['int96-nanos', 'TIMESTAMP_NS', nanos],
    ['int96-plain', 'TIMESTAMP_NS', nanos],
    ['int96-micros', 'TIMESTAMP', micros],
    ['int96-far', 'TIMESTAMP', ['9999-12-31T23:59:59', '0001-01-01T00:00:00']],
    ['instant-micros', 'TIMESTAMP WITH TIME ZONE', micros.map((time) => time && `${time}Z`)],
    ['time-nanos', 'TIME_NS', ['03:25:45.678901234', null]],
    [
      'nested',
      'STRUCT("t" TIME_NS, "l" TIMESTAMP WITH TIME ZONE[], "n" TIMESTAMP_NS, "m" MAP(VARCHAR, TIME_NS))',
      [
        {
          t: '03:25:45.678901234',
          l: ['2023-11-14T22:13:20.123456Z'],
          n: '2023-11-14T22:13:20.123456789',
          m: [['k', '00:00:00.000000001']],
        },
      ],
    ],
  ])('%s is %s', async (name, type, values) => {
    const { rows, reading } = await read(fixture(name), {}, 'SELECT a FROM t');
    expect(reading.columns.find((column) => column.name === 'a')?.type).toBe(type);
    expect(rows.map(([value]) => value)).toEqual(values);
  });
  it('leaves the columns beside it alone', async () =>
    expect((await read(fixture('int96-nanos'), {}, 'SELECT n FROM t')).rows).toEqual([['1'], ['2'], ['3']]));
  it('filters by what is computed', async () =>
    expect((await read(fixture('int96-nanos'), {}, "SELECT n FROM t WHERE a < '1970-01-01'")).rows).toEqual([['3']]));
});

it('reads unsigned integers as they are', async () => {
  const result = await read(fixture('unsigned'));
  expect(typesOf(result)).toEqual(['UBIGINT', 'UINTEGER']);
  expect(result.rows).toEqual([
    ['18446744073709551615', 4294967295],
    ['0', 0],
  ]);
});

it('reads wide integers within lists and structs back from our own result', async () => {
  const sql = "SELECT [{'x': 12345678901234567890123::HUGEINT, 'j': '1'::JSON}] AS a, MAP {'k': 9007199254740993::HUGEINT} AS b";
  const { job } = await runJob(contract, definition, { sql, output: { format: 'parquet' } });
  const { rows } = await read(job.files.get('result.parquet')?.body as Buffer);
  expect(rows).toEqual([[[{ x: '12345678901234567890123', j: '1' }], [['k', '9007199254740993']]]]);
});

describe('columns of several objects are united where no value changes', () => {
  it.each([
    ['BIGINT', ['1::INTEGER', '9007199254740993::BIGINT'], ['1', '9007199254740993']],
    ['HUGEINT', ['18446744073709551615::UBIGINT', '-1::BIGINT'], ['18446744073709551615', '-1']],
    ['INTEGER', ['200::UTINYINT', '-1::INTEGER'], [200, -1]],
    ['DECIMAL(21,2)', ['9223372036854775807::BIGINT', '0.25::DECIMAL(4,2)'], ['9223372036854775807.00', '0.25']],
    ['DECIMAL(13,3)', ['1.5::DECIMAL(11,1)', '0.125::DECIMAL(4,3)'], ['1.500', '0.125']],
    ['DOUBLE', ['16777217::INTEGER', '0.5::FLOAT'], [16777217, 0.5]],
    ['DOUBLE', ['0.1::FLOAT', '0.1::DOUBLE'], [0.10000000149011612, 0.1]],
    ['DOUBLE', ['9007199254740992::BIGINT', '0.5::DOUBLE'], [9007199254740992, 0.5]],
    ['DOUBLE', ['0.5::DOUBLE', '1::BIGINT', '2::INTEGER'], [0.5, 1, 2]],
    [
      'TIMESTAMP_NS',
      ["'2024-01-01 00:00:00.000001'::TIMESTAMP", "'2024-01-01 00:00:00.000000001'::TIMESTAMP_NS"],
      ['2024-01-01T00:00:00.000001', '2024-01-01T00:00:00.000000001'],
    ],
    ['BIGINT[]', ['[1::INTEGER]', '[9007199254740993]::BIGINT[]'], [[1], ['9007199254740993']].map((list) => list.map(String))],
    [
      'STRUCT("x" BIGINT, "y" VARCHAR)',
      ['{x: 1::INTEGER}', "{x: 9007199254740993::BIGINT, y: 'q'}"],
      [
        { x: '1', y: null },
        { x: '9007199254740993', y: 'q' },
      ],
    ],
    ['MAP(VARCHAR, BIGINT)', ["MAP {'k': 1::INTEGER}", "MAP {'k': 2::BIGINT}"], [[['k', '1']], [['k', '2']]]],
  ])('%s of %j', async (type, values, expected) => {
    const result = await united(...values.map((value) => `SELECT ${value} AS a`));
    expect(typesOf(result)).toEqual([type]);
    expect(result.rows.map(([value]) => value)).toEqual(expected);
  });
  it.each([
    ['0.5::DOUBLE', '9007199254740993::BIGINT'],
    ['1::INTEGER', '9007199254740993::BIGINT', '0.5::DOUBLE'],
    ['10000000000000000000000000000000000000::DECIMAL(38,0)', '0.50::DECIMAL(4,2)'],
    ['0.1::DOUBLE', '0.10::DECIMAL(4,2)'],
    ["'x'::VARCHAR", '1::BIGINT'],
    ["'x'::VARCHAR", "'x'::BLOB"],
    ['true', '1::INTEGER'],
    ["DATE '2024-01-01'", "TIMESTAMP '2024-01-01 00:00:00'"],
    ["TIMESTAMP '2024-01-01 00:00:00'", "TIMESTAMPTZ '2024-01-01 00:00:00Z'"],
    ["TIMESTAMP '9999-12-31 00:00:00'", "'2024-01-01 00:00:00.000000001'::TIMESTAMP_NS"],
    ['[9007199254740993]', '[0.5::DOUBLE]'],
    ['{x: 1}', '[1]'],
  ])('else both objects are named: %s, %s', async (...values) =>
    expect(united(...values.map((value) => `SELECT ${value} AS a`))).rejects.toMatchObject({
      code: 'invalid_source',
      retryable: false,
      message: expect.stringMatching(/s3:\/\/bucket\/\d\.parquet.*"a".* here and .* in s3:\/\/bucket\/\d\.parquet/),
    }),
  );
  it('of other names in each, in any order, with the rows in the order of the objects', async () => {
    const result = await united('SELECT 1 AS a, 2 AS b', "SELECT 'x' AS c, 3 AS a", 'SELECT 4 AS B, 5 AS a', 'SELECT 6 AS a, 7 AS b');
    expect(result.reading).toMatchObject({ objects: 4, rows: 4 });
    expect(result.reading.columns.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(result.rows).toEqual([
      [1, 2, null],
      [3, null, 'x'],
      [5, 4, null],
      [6, 7, null],
    ]);
  });
  it('with a column that is nothing but NULL', async () => {
    const text = await parquet("SELECT 'x' AS a");
    for (const objects of [
      { a: fixture('nulls'), b: text },
      { a: text, b: fixture('nulls') },
    ]) {
      const result = await read(objects);
      expect(typesOf(result)).toEqual(['VARCHAR']);
      expect(result.rows.map(([value]) => value).sort()).toEqual(['x', null, null].sort());
    }
    expect((await read({ a: fixture('nulls'), b: fixture('nulls') })).rows).toHaveLength(4);
  });
  it('of a thousand objects whose columns differ in turn', async () => {
    const [a, b] = [await parquet('SELECT 1::INTEGER AS a'), await parquet("SELECT 2::BIGINT AS a, 'x' AS b")];
    const objects = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`${i}`, i % 2 === 0 ? a : b]));
    expect((await read(objects, {}, 'SELECT sum(a), count(b) FROM t')).rows).toEqual([['1500', '500']]);
  });
  it('but not where names differ in case alone', async () => {
    expect((await read(fixture('case'))).reading.columns.map(({ name }) => name)).toEqual(['a', 'A_1']);
    const objects = { a: await parquet('SELECT 1::BIGINT AS A'), b: fixture('case') };
    await expect(read(objects)).rejects.toMatchObject({ code: 'invalid_source', details: { object: 's3://bucket/b', column: 'a' } });
  });
});

describe('folders key=value', () => {
  const objects = async () => ({
    'sales/year=2024/city=M%C3%BCnchen/a.parquet': await parquet('SELECT 1 AS n'),
    'sales/year=2024/city=__HIVE_DEFAULT_PARTITION__/b.parquet': await parquet('SELECT 2 AS n'),
    'sales/year=2025/city=a=b/c.parquet': await parquet('SELECT 3 AS n UNION ALL SELECT 4'),
  });
  it('are columns where that is asked for, typed like those of CSV', async () => {
    const result = await read(await objects(), { partitions: 'hive' });
    expect(result.reading.columns.slice(1)).toEqual([
      { name: 'year', type: 'BIGINT' },
      { name: 'city', type: 'VARCHAR' },
    ]);
    expect(result.rows).toEqual([
      [1, '2024', 'München'],
      [2, '2024', null],
      [3, '2025', 'a=b'],
      [4, '2025', 'a=b'],
    ]);
    expect((await read(await objects(), { partitions: 'hive' }, 'SELECT n FROM t WHERE year > 2024 ORDER BY n')).rows).toEqual([[3], [4]]);
  });
  it('keep their zeros', async () => {
    const months = { 'month=01/a': await parquet('SELECT 1 AS n'), 'month=11/b': await parquet('SELECT 2 AS n') };
    expect((await read(months, { partitions: 'hive' })).rows).toEqual([
      [1, '01'],
      [2, '11'],
    ]);
  });
  it('are none where it is not', async () => expect((await read(await objects())).reading.columns.map(({ name }) => name)).toEqual(['n']));
  it.each([
    [{ 'year=2024/a': 'SELECT 1 AS n', b: 'SELECT 1 AS n' }, 'other partitions'],
    [{ 'n=2024/a': 'SELECT 1 AS N' }, 'both in the file and in the name of a folder'],
  ])('are refused where they are ambiguous: %j', async (selects, message) => {
    const made = await Promise.all(Object.entries(selects).map(async ([key, sql]) => [key, await parquet(String(sql))] as const));
    await expect(read(Object.fromEntries(made), { partitions: 'hive' })).rejects.toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining(message),
    });
  });
});

describe('what is refused, by the name of the object', () => {
  const whole = () => parquet('SELECT i AS a FROM range(1000) t(i)');
  it.each<[string, (bytes: Buffer) => Buffer | string, string]>([
    ['text', () => 'a,b\n1,2\n', 'expected a Parquet file'],
    ['JSON', () => '{"a":1}', 'is JSON'],
    ['XML', () => '<?xml version="1.0"?><Error/>', 'is XML or HTML'],
    ['gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 0]), 'is gzip data'],
    ['nothing', () => Buffer.alloc(0), 'is empty'],
    ['a first half', (bytes) => bytes.subarray(0, bytes.length / 2), 'no end'],
    ['all but the last byte', (bytes) => bytes.subarray(0, -1), 'no end'],
    ['a line break behind it', (bytes) => Buffer.concat([bytes, Buffer.from('\n')]), 'no end'],
    ['nothing but the magic', () => 'PAR1', 'no end'],
    ['twice the magic', () => 'PAR1PAR1', 'no end'],
    ['a footer that is too long', (bytes) => changed(bytes, -8, 0xff, 0xff, 0xff, 0x7f), 'footer'],
    ['a footer of no length', (bytes) => changed(bytes, -8, 0, 0, 0, 0), 'footer'],
    ['an encrypted footer', (bytes) => changed(bytes, -4, ...Buffer.from('PARE')), 'encrypted'],
    ['an encrypted file', (bytes) => changed(bytes, 0, ...Buffer.from('PARE')), 'encrypted'],
    ['a decimal of 60 digits', () => fixture('decimal-60'), 'a decimal of 60 digits'],
    ['INT96 in a list', () => fixture('int96-nested'), 'INT96'],
    ['instants with nanoseconds', () => fixture('instant-nanos'), '"a": instants with nanoseconds'],
    ['such instants in a list', () => fixture('instant-nested'), '"a": instants with nanoseconds'],
  ])('%s', async (_name, make, message) => {
    const bytes = make(await whole());
    await expect(read({ 'a.parquet': await whole(), 'b.parquet': bytes })).rejects.toMatchObject({
      code: 'invalid_source',
      retryable: false,
      message: expect.stringMatching(new RegExp(`^s3://bucket/b.parquet.*${message}`)),
    });
  });
  it('a footer with any byte changed: an error or the same rows, and never a crash', async () => {
    const bytes = await parquet("SELECT i AS a, {'x': [i]} AS b FROM range(10) t(i)");
    const length = bytes.readUInt32LE(bytes.length - 8);
    for (let at = 0; at < length; at += 3) {
      const broken = Buffer.from(bytes);
      broken[bytes.length - 8 - length + at] = (broken[bytes.length - 8 - length + at] as number) ^ 0x55;
      const result = await read(broken, {}, 'SELECT count(a) FROM t').catch(() => undefined);
      expect(result?.rows.length ?? 1).toBe(1);
    }
  });
});

function changed(bytes: Buffer, at: number, ...values: number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at < 0 ? copy.length + at : at);
  return copy;
}
