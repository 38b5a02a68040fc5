import { readdirSync } from 'node:fs';
import type { JobContext } from '../../../../../lambdas/core/contract/context.ts';
import { JobInterruptedError } from '../../../../../lambdas/core/contract/errors.ts';
import { contract } from '../../../../../lambdas/jobs/run-query/contract.ts';
import { definition } from '../../../../../lambdas/jobs/run-query/worker.ts';
import { parseExactJson } from '../../../../../lambdas/text/exact-json.ts';
import { useOwnTempFolder } from '../../../../support/own-temp-folder.ts';
import { type RunOptions, resultOf, runJob, WorkerRun } from '../../../../support/worker-run.ts';

const query = (input: unknown, options?: RunOptions) => resultOf(contract, definition, input, options);
const folder = useOwnTempFolder('query');
const leftovers = () => readdirSync(folder);

describe('parameters', () => {
  it('are bound with their types and never pasted', async () => {
    const parameters = { text: "'; DROP TABLE x; --", whole: 9_007_199_254_740_991, fraction: 0.5, yes: true, nothing: null };
    const sql = 'SELECT $text AS a, $whole AS b, $fraction AS c, $yes AS d, $nothing AS e, typeof($whole) AS f, $text AS g';
    expect((await query({ sql, parameters })).rows).toEqual([
      ["'; DROP TABLE x; --", '9007199254740991', 0.5, true, null, 'BIGINT', "'; DROP TABLE x; --"],
    ]);
  });
  it('keep every digit of a number', async () => {
    const input = parseExactJson(
      '{"sql":"SELECT $a AS a, $b AS b, $c AS c","parameters":{"a":12345678901234567890,"b":-1.2345678901234567890,"c":9223372036854775807}}',
    );
    expect((await query(input)).rows).toEqual([['12345678901234567890', '-1.2345678901234567890', '9223372036854775807']]);
  });
  it('reach a Parquet file, too', async () =>
    expect(await query({ sql: 'SELECT $a AS a', parameters: { a: 1 }, output: { format: 'parquet' } })).toMatchObject({ rowCount: 1 }));
  it.each([
    [{ sql: 'SELECT $a + $b', parameters: { a: 1 } }, '$b'],
    [{ sql: 'SELECT $a', parameters: { a: 1, b: 2 } }, '$b'],
    [{ sql: 'SELECT 1', parameters: { b: 2 } }, '$b'],
    [parseExactJson(`{"sql":"SELECT $b","parameters":{"b":${'1'.repeat(40)}}}`), '$b'],
  ])('that are missing, unknown or too long are named (%#)', async (input, name) =>
    expect(query(input)).rejects.toMatchObject({ code: 'invalid_parameters', retryable: false, message: expect.stringContaining(name) }),
  );
});

describe('errors of the SQL', () => {
  it.each([
    ['SELECT 1 FRM x', 'Parser Error', 1, 14],
    ["SELECT 'ü',\n  nosuch(1)", 'Catalog Error', 2, 3],
    ['SELECT y FROM range(3) t(x)', 'Binder Error', 1, 8],
    ["SELECT\n CAST('a' AS INTEGER)", 'Conversion Error', 2, 2],
  ])("of %j are a %s with DuckDB's message and the place", async (sql, errorType, line, column) => {
    for (const format of ['json', 'parquet']) {
      await expect(query({ sql, output: { format } })).rejects.toMatchObject({
        code: 'sql_error',
        retryable: false,
        message: expect.stringContaining(`${errorType}: `),
        details: { errorType, line, column, position: expect.any(Number) },
      });
    }
  });
  it.each(['json', 'csv', 'parquet'])('that show in a late row fail the query instead of cutting its result off (%s)', async (format) => {
    const sql = "SELECT CASE WHEN i = 190000 THEN error('broken off') ELSE repeat('x', 100) END AS x FROM range(200000) t(i)";
    const { job } = await runJob(contract, definition, { sql, output: { format } });
    expect(job.error).toMatchObject({ code: 'sql_error', message: expect.stringContaining('broken off') });
    expect([...job.files.keys()]).toEqual([]);
  });
  it('that show while it runs fail at once, too', async () =>
    expect(query({ sql: 'SELECT 9223372036854775807 + range FROM range(3)' })).rejects.toMatchObject({
      code: 'sql_error',
      details: { errorType: 'Out of Range Error' },
    }));
  it('name the source and not its path on this machine', async () => {
    const error = await query({ sql: 'SELECT CAST(a AS INTEGER) FROM t', sources: { t: { rows: [{ a: 'x' }] } } }).catch(
      (thrown: Error) => thrown,
    );
    expect(JSON.stringify([(error as Error).message, (error as { details?: unknown }).details])).not.toContain(folder);
  });
});

const endless = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE (a.range * b.range) % 7 = 3';
const rowsForEver = 'SELECT a.range FROM range(1000000000) a, range(1000000000) b';

describe('an interrupt', () => {
  it.each([
    ['a running query', endless, 'json'],
    ['a query that streams into a file', rowsForEver, 'csv'],
    ['a query that streams into an NDJSON file', rowsForEver, 'json'],
    ['a query that DuckDB writes to Parquet', endless, 'parquet'],
  ])('ends %s, and nothing stays behind', async (_name, sql, format) => {
    const run = await new WorkerRun(contract, definition).submit({ sql, output: { format } });
    expect((await run.cancelAfter(200)).status).toBe('cancelled');
    // It ended on its own: code that does not stop is ended with its process.
    expect(run.kit.deaths).toEqual([]);
    expect(leftovers()).toEqual([]);
  });
  it('that came before the start is obeyed, too', async () => {
    const reason = new JobInterruptedError('deadline_exceeded', 'Too late.');
    const ctx = { signal: AbortSignal.abort(reason) } as JobContext;
    await expect(definition.run(contract.input.parse({ sql: 'SELECT 1' }), ctx)).rejects.toBe(reason);
  });
  it('is heard since the query leaves the event loop free', async () => {
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
    }, 5);
    const run = await new WorkerRun(contract, definition).submit({ sql: endless });
    await run.cancelAfter(200).finally(() => clearInterval(turning));
    expect(run.job.status).toBe('cancelled');
    expect(turns).toBeGreaterThan(20);
  });
});

describe('memory', () => {
  const original = process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
  beforeEach(() => {
    process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] = '128';
  });
  afterEach(() => {
    if (original === undefined) delete process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'];
    else process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] = original;
  });
  it.each(['json', 'csv', 'parquet'])('that runs out says so and how to get more (%s)', async (format) =>
    expect(query({ sql: 'SELECT list(range) AS all_of_them FROM range(100000000)', output: { format } })).rejects.toMatchObject({
      code: 'out_of_memory',
      retryable: false,
      message: expect.stringContaining('Raise memoryMiB of the job type run-query'),
      details: { memoryMiB: 128, exhausted: 'memory' },
    }),
  );
  it('spills to disk where a query can go on there', async () =>
    expect(
      (await query({ sql: "SELECT count(*) FROM (SELECT range AS k, repeat('x', 50) FROM range(3000000) ORDER BY hash(range))" })).rows,
    ).toEqual([['3000000']]));
  it('is the memory of the function, of which the engine takes a part', async () => {
    process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'] = '4096';
    expect((await query({ sql: 'SELECT len(list(range)) FROM range(20000000)' })).rows).toEqual([['20000000']]);
  });
});

describe('the result', () => {
  it.each([
    [10, 10, 'inline'],
    [11, 10, 'file'],
    [0, 0, 'inline'],
    [1, 0, 'file'],
  ])('of %d rows, when %d may be inline, is %s', async (count, maxInlineRows, where) => {
    const result = await query({ sql: 'SELECT range AS n FROM range($count)', parameters: { count }, output: { maxInlineRows } });
    expect({ rowCount: result.rowCount, where: result.rows === null ? 'file' : 'inline', url: result.resultUrl !== null }).toEqual({
      rowCount: count,
      where,
      url: where === 'file',
    });
  });
  it.each([
    [200_000, 'inline'],
    [210_000, 'file'],
  ])('of %d bytes is %s', async (bytes, where) => {
    const { job } = await runJob(contract, definition, { sql: "SELECT repeat('x', $bytes::BIGINT) AS x", parameters: { bytes } });
    expect(job.result?.rows === null ? 'file' : 'inline').toBe(where);
    expect(job.files.size).toBe(where === 'file' ? 1 : 0);
  });
  it('keeps the order of its rows in a file of many chunks', async () => {
    const { job } = await runJob(contract, definition, { sql: 'SELECT range AS n FROM range(100000) ORDER BY n DESC' });
    const lines = String(job.files.get('result.ndjson')?.text).trimEnd().split('\n');
    expect(lines.map((line) => Number(JSON.parse(line).n))).toEqual(Array.from({ length: 100_000 }, (_, index) => 99_999 - index));
  });
  it('as CSV has a header, disarms formulas and leaves numbers alone', async () => {
    const sql = `SELECT '=1+1' AS f, -5::BIGINT AS n, -0.5::DECIMAL(3,1) AS d, NULL AS nothing, '' AS empty, 'a,"b"' AS quoted, [1, 2] AS list, ['=1'] AS "=name"`;
    const { job } = await runJob(contract, definition, { sql, output: { format: 'csv' } });
    expect(job.result).toMatchObject({
      rows: null,
      rowCount: 1,
      resultUrl: expect.stringContaining('/files/result.csv'),
    });
    expect(job.files.get('result.csv')?.text).toBe(
      `f,n,d,nothing,empty,quoted,list,'=name\r\n'=1+1,-5,-0.5,,"","a,""b""","[1,2]","[""=1""]"\r\n`,
    );
    expect(job.files.get('result.csv')?.contentType).toBe('text/csv; charset=utf-8');
  });
  it('as CSV keeps formulas when asked to', async () => {
    const input = { sql: "SELECT '=1+1' AS f", output: { format: 'csv', csvFormulaEscape: false } };
    expect((await runJob(contract, definition, input)).job.files.get('result.csv')?.text).toBe('f\r\n=1+1\r\n');
  });
  it('fails with the error of the query, not with that of the broken upload', async () => {
    const sql = "SELECT CASE WHEN range < 50000 THEN range ELSE error('row ' || range) END AS n FROM range(60000)";
    for (const format of ['json', 'csv', 'parquet']) {
      await expect(query({ sql, output: { format } })).rejects.toMatchObject({
        code: 'sql_error',
        message: expect.stringContaining('row 5'),
      });
    }
  });
});

it('leaves nothing behind when it ended, well or badly', async () => {
  await query({ sql: 'SELECT 1' });
  await query({ sql: 'SELECT nosuch' }).catch(() => undefined);
  expect(leftovers()).toEqual([]);
});

it('reads no source outside the allowed buckets, even where the submission was not checked', async () => {
  const { check: _, ...unchecked } = contract;
  const input = { sql: 'FROM t', sources: { t: { url: 's3://other/x.csv', format: 'csv' } } };
  const running = resultOf(unchecked, definition, input, { settings: { sourceBuckets: ['sales'] } });
  await expect(running).rejects.toMatchObject({ code: 'source_not_allowed', retryable: false });
});
