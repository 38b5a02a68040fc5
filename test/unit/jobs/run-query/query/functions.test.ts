/** A new release of DuckDB brings functions: none of them may be called before somebody has looked at it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { contract } from '../../../../../lambdas/jobs/run-query/contract.ts';
import {
  allowedFunctions,
  allowedTableFunctions,
  internalFunctions,
  refusedFunctions,
} from '../../../../../lambdas/jobs/run-query/query/functions.ts';
import { definition } from '../../../../../lambdas/jobs/run-query/worker.ts';
import { resultOf } from '../../../../support/worker-run.ts';

const query = (sql: string) => resultOf(contract, definition, { sql });

it('are all reviewed, and none of the reviewed ones is gone', () => {
  const output = execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', 'test/support/review-functions.ts'], {
    cwd: join(__dirname, '../../../../..'),
  });
  expect(output.toString()).toMatch(/^\d{3} functions, 0 of them not reviewed; 0 reviewed ones are gone\.\n$/);
});

it('are either allowed or refused', () => {
  expect([...refusedFunctions.keys()].filter((name) => allowedFunctions.has(name) || allowedTableFunctions.has(name))).toEqual([]);
  expect([...allowedFunctions].filter((name) => internalFunctions.test(name))).toEqual([]);
});

it.each([...refusedFunctions.keys(), 'icu_collate_de', '__internal_compress_string_hugeint', 'duckdb_settings', 'read_csv'])(
  'refuses %s in an expression, however it is written',
  async (name) => {
    for (const sql of [`SELECT ${name}('x')`, `SELECT ${name.toUpperCase()}(1, 2)`, `SELECT list_transform([1], x -> ${name}(x))`])
      await expect(query(sql)).rejects.toMatchObject({ code: 'statement_not_allowed', message: expect.stringContaining(name) });
  },
);

it('leaves it to DuckDB to say what a mistyped name may have meant', async () =>
  expect(query('SELECT\n  lenght(1)')).rejects.toMatchObject({
    code: 'sql_error',
    message: expect.stringContaining('length'),
    details: { errorType: 'Catalog Error', line: 2, column: 3 },
  }));

it.each([
  ["SELECT 'b' COLLATE de < 'c' COLLATE de", true],
  ["SELECT list_aggregate([1, 2], 'sum')::INT", 3],
  ['SELECT EXTRACT(year FROM DATE $$2026-01-01$$)::INT', 2026],
  ["SELECT ('abc').upper()", 'ABC'],
  ['SELECT [x * 2 FOR x IN [1, 2] IF x > 1]::INT[]', [4]],
  ["SELECT 'a' SIMILAR TO '[a-z]'", true],
  ['SELECT count(*)::INT FROM (SELECT unnest([1, 2]))', 2],
  ["SELECT POSITION('b' IN 'abc')::INT", 2],
  ['SELECT {a: 1}.a', 1],
  ['SELECT (SELECT sum(x) FILTER (x > 1) FROM range(3) t(x))::INT', 2],
  ["SELECT (DATE '2026-01-31' + INTERVAL 1 MONTH)::DATE", '2026-02-28'],
  ["SELECT json_extract_string('{\"a\": 1}', '$.a')", '1'],
  ['SELECT lag(x) OVER (ORDER BY x)::INT FROM range(1) t(x)', null],
])('still runs %s', async (sql, value) => expect((await query(sql)).rows).toEqual([[value]]));
