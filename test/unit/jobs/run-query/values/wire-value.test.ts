/** Every type of DuckDB through the worker: what callers get is what the contract's table says. */

import { contract } from '../../../../../lambdas/jobs/run-query/contract.ts';
import { definition } from '../../../../../lambdas/jobs/run-query/worker.ts';
import { parseExactJson } from '../../../../../lambdas/text/exact-json.ts';
import { resultOf, runJob } from '../../../../support/worker-run.ts';

const table: readonly (readonly [string, string, unknown])[] = [
  ['NULL::INTEGER', 'INTEGER', null],
  ['true', 'BOOLEAN', true],
  ['(-128)::TINYINT', 'TINYINT', -128],
  ['32767::SMALLINT', 'SMALLINT', 32_767],
  ['2147483647', 'INTEGER', 2_147_483_647],
  ['255::UTINYINT', 'UTINYINT', 255],
  ['65535::USMALLINT', 'USMALLINT', 65_535],
  ['4294967295::UINTEGER', 'UINTEGER', 4_294_967_295],
  ['9223372036854775807', 'BIGINT', '9223372036854775807'],
  ['1::BIGINT', 'BIGINT', '1'],
  ['18446744073709551615::UBIGINT', 'UBIGINT', '18446744073709551615'],
  ['(-170141183460469231731687303715884105728)::HUGEINT', 'HUGEINT', '-170141183460469231731687303715884105728'],
  ["'340282366920938463463374607431768211455'::UHUGEINT", 'UHUGEINT', '340282366920938463463374607431768211455'],
  ["'123456789012345678901234567890123456789012345'::BIGNUM", 'BIGNUM', '123456789012345678901234567890123456789012345'],
  ['1.50::DECIMAL(4,2)', 'DECIMAL(4,2)', '1.50'],
  ['-0.01::DECIMAL(4,2)', 'DECIMAL(4,2)', '-0.01'],
  ['12345678901234567890.123456789012345678::DECIMAL(38,18)', 'DECIMAL(38,18)', '12345678901234567890.123456789012345678'],
  ['1.5::FLOAT', 'FLOAT', 1.5],
  ['0.1::DOUBLE', 'DOUBLE', 0.1],
  ["'nan'::DOUBLE", 'DOUBLE', 'NaN'],
  ["'inf'::DOUBLE", 'DOUBLE', 'Infinity'],
  ["'-inf'::FLOAT", 'FLOAT', '-Infinity'],
  [`'ü "quoted" 🦆'`, 'VARCHAR', 'ü "quoted" 🦆'],
  ["'a'::ENUM('a', 'b')", "ENUM('a', 'b')", 'a'],
  ["'6b1f0f3e-0b1a-4c8e-9d2f-1f2e3d4c5b6a'::UUID", 'UUID', '6b1f0f3e-0b1a-4c8e-9d2f-1f2e3d4c5b6a'],
  [`'{"n": 1.2345678901234567890}'::JSON`, 'JSON', '{"n": 1.2345678901234567890}'],
  ["'\\x00\\xFFa'::BLOB", 'BLOB', 'AP9h'],
  ["'10101'::BIT", 'BIT', '10101'],
  ["DATE '2026-01-31'", 'DATE', '2026-01-31'],
  ["DATE '44-03-15 (BC)'", 'DATE', '-000043-03-15'],
  ["DATE '12026-01-31'", 'DATE', '+012026-01-31'],
  ["'infinity'::DATE", 'DATE', 'infinity'],
  ["TIME '12:34:56.789'", 'TIME', '12:34:56.789'],
  ["'12:34:56.123456789'::TIME_NS", 'TIME_NS', '12:34:56.123456789'],
  ["'12:34:56+02'::TIMETZ", 'TIME WITH TIME ZONE', '12:34:56+02:00'],
  ["TIMESTAMP '2026-01-31 12:34:56.000001'", 'TIMESTAMP', '2026-01-31T12:34:56.000001'],
  ["TIMESTAMP '1969-12-31 23:59:59.5'", 'TIMESTAMP', '1969-12-31T23:59:59.500'],
  ["'2026-01-31 12:34:56'::TIMESTAMP_S", 'TIMESTAMP_S', '2026-01-31T12:34:56'],
  ["'2026-01-31 12:34:56.789'::TIMESTAMP_MS", 'TIMESTAMP_MS', '2026-01-31T12:34:56.789'],
  ["'2026-01-31 12:34:56.123456789'::TIMESTAMP_NS", 'TIMESTAMP_NS', '2026-01-31T12:34:56.123456789'],
  ["TIMESTAMPTZ '2026-01-31 12:34:56+05:30'", 'TIMESTAMP WITH TIME ZONE', '2026-01-31T07:04:56Z'],
  ["TIMESTAMPTZ '2026-07-01 00:00:00'", 'TIMESTAMP WITH TIME ZONE', '2026-07-01T00:00:00Z'],
  ["'-infinity'::TIMESTAMP", 'TIMESTAMP', '-infinity'],
  ["'infinity'::TIMESTAMPTZ", 'TIMESTAMP WITH TIME ZONE', 'infinity'],
  ["INTERVAL '1 year 3 days 4 seconds'", 'INTERVAL', '1 year 3 days 00:00:04'],
  ['[1::BIGINT, NULL]', 'BIGINT[]', ['1', null]],
  ['[1, 2]::INTEGER[2]', 'INTEGER[2]', [1, 2]],
  ["{'a': 1::BIGINT, 'b': {'c': DATE '2026-01-31'}}", 'STRUCT("a" BIGINT, "b" STRUCT("c" DATE))', { a: '1', b: { c: '2026-01-31' } }],
  [
    "MAP {'x': 1::BIGINT, 'y': NULL}",
    'MAP(VARCHAR, BIGINT)',
    [
      ['x', '1'],
      ['y', null],
    ],
  ],
  ['union_value(number := 1::BIGINT)', 'UNION("number" BIGINT)', { number: '1' }],
  ["{'a': 1::BIGINT}::VARIANT", 'VARIANT', { a: '1' }],
];

it.each(table)('sends %s, a %s, as %j', async (sql, type, value) => {
  const result = await resultOf(contract, definition, { sql: `SELECT ${sql} AS value` });
  expect(result).toEqual({ columns: [{ name: 'value', type }], rows: [[value]], rowCount: 1, resultUrl: null, sources: {} });
});

it('sends the same in a file as inline', async () => {
  const sql = `SELECT ${table.map(([expression], index) => `${expression} AS c${index}`).join(', ')}`;
  const { job } = await runJob(contract, definition, { sql, output: { maxInlineRows: 0 } });
  expect(job.result).toMatchObject({ rows: null, rowCount: 1, resultUrl: `/v1/jobs/${job.id}/files/result.ndjson` });
  const lines = String(job.files.get('result.ndjson')?.text).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([Object.fromEntries(table.map(([, , value], index) => [`c${index}`, value]))]);
});

it('names columns of one name apart', async () =>
  expect(
    (await resultOf(contract, definition, { sql: 'SELECT 1 AS a, 2 AS a, 3 AS a_1, 4 AS A' })).columns.map(({ name }) => name),
  ).toEqual(['a', 'a_1', 'a_1_1', 'A_2']));

it('refuses a struct without names, whose members an object cannot hold', async () =>
  expect(resultOf(contract, definition, { sql: 'SELECT [row(1, 2)]' })).rejects.toMatchObject({
    code: 'sql_error',
    message: expect.stringContaining('struct_pack'),
  }));

it('loses no digit of rows that came in the request', async () => {
  const row =
    '{"whole":9007199254740993,"wide":123456789012345678901234567890,"fraction":1.2345678901234567890,"text":"2026-01-01","nested":{"n":[0.12345678901234567891]},"mixed":1.2345678901234567890,"flag":true,"double":0.1}';
  const input = parseExactJson(`{"sql":"FROM t","sources":{"t":{"rows":[${row},{"mixed":"text"}]}}}`);
  const result = await resultOf(contract, definition, input);
  expect(result.rows).toEqual([
    [
      '9007199254740993',
      '123456789012345678901234567890',
      '1.2345678901234567890',
      '2026-01-01',
      { n: ['0.12345678901234567891'] },
      '1.2345678901234567890',
      true,
      0.1,
    ],
    [null, null, null, null, null, '"text"', null, null],
  ]);
});

it('keeps a byte order mark that is the first character of a value', async () => {
  const sql = "SELECT chr(65279) || 'a' AS a, [chr(65279) || repeat('b', 20)] AS b";
  expect((await resultOf(contract, definition, { sql })).rows).toEqual([['\ufeffa', [`\ufeff${'b'.repeat(20)}`]]]);
});

it('names JSON also within other types', async () => {
  const sql = "SELECT [{'x': '1'::JSON, 'y': MAP {'k': [1.5::DECIMAL(3, 1)]}}] AS a";
  expect((await resultOf(contract, definition, { sql })).columns[0]?.type).toBe('STRUCT("x" JSON, "y" MAP(VARCHAR, DECIMAL(3,1)[]))[]');
});
