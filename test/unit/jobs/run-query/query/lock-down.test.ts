/** The caller's SQL reaches its sources and nothing else: each way out that DuckDB has is tried. */
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contract } from '../../../../../lambdas/jobs/run-query/contract.ts';
import { QueryEngine } from '../../../../../lambdas/jobs/run-query/engine/engine.ts';
import { definition } from '../../../../../lambdas/jobs/run-query/worker.ts';
import { resultOf, runJob } from '../../../../support/worker-run.ts';

const secret = 'environment-secret-5c1f';
const canary = 'canary-file-content-8d20';
const folder = mkdtempSync(join(tmpdir(), 'run-query-canary-'));
const file = join(folder, 'canary.txt');
const otherJob = mkdtempSync(join(tmpdir(), 'delegation-run-query-'));
const otherJobsFile = join(otherJob, 'source-0-0.csv');

beforeAll(() => {
  process.env['RUN_QUERY_TEST_SECRET'] = secret;
  writeFileSync(file, `a\n${canary}\n`);
  writeFileSync(otherJobsFile, `a\n${canary}\n`);
});
afterAll(() => {
  delete process.env['RUN_QUERY_TEST_SECRET'];
  rmSync(folder, { recursive: true });
  rmSync(otherJob, { recursive: true });
});

const sources = { t: { rows: [{ a: 1 }, { a: 2 }] } };
const escapes: readonly (readonly [string, string])[] = [
  ['read_text of a file', `SELECT * FROM read_text('${file}')`],
  ['read_text of a file, escaped spelling', `SELECT * FROM "read_text"('${file}')`],
  ['read_text in another case', `SELECT * FROM READ_TEXT('${file}')`],
  ['read_text by its full name', `SELECT * FROM system.main.read_text('${file}')`],
  ['read_text behind a comment', `SELECT * FROM read_text/* x */('${file}')`],
  ['read_text in a subquery', `SELECT (SELECT content FROM read_text('${file}'))`],
  ['read_text in a common table expression', `WITH x AS (FROM read_text('${file}')) FROM x`],
  ['read_text in a limit', `FROM t LIMIT (SELECT count(*) FROM read_text('${file}'))`],
  ['read_text in a join', `SELECT * FROM t, LATERAL (FROM read_text('${file}')) x`],
  ['read_text described', `DESCRIBE FROM read_text('${file}')`],
  ['read_text summarized', `SUMMARIZE FROM read_text('${file}')`],
  ['read_text in a union', `SELECT 'x' AS a UNION ALL BY NAME SELECT content AS a FROM read_text('${file}')`],
  ['read_blob', `FROM read_blob('${file}')`],
  ['read_csv', `FROM read_csv('${file}')`],
  ['read_csv of /etc/passwd', `FROM read_csv('/etc/passwd')`],
  ['read_json', `FROM read_json('${file}')`],
  ['read_ndjson_objects', `FROM read_ndjson_objects('${file}')`],
  ['read_parquet', `FROM read_parquet('${file}')`],
  ['parquet_metadata', `FROM parquet_metadata('${file}')`],
  ['sniff_csv', `FROM sniff_csv('${file}')`],
  ['read_duckdb', `FROM read_duckdb('${file}')`],
  ['glob', `FROM glob('${folder}/*')`],
  ['glob of the temporary files', `FROM glob('${tmpdir()}/**')`],
  ["another job's leftover file", `FROM read_csv('${otherJobsFile}')`],
  ['the environment by its file', `FROM read_blob('/proc/self/environ')`],
  ['the environment by getenv', `SELECT getenv('RUN_QUERY_TEST_SECRET')`],
  ['a file descriptor', `FROM read_text('/dev/fd/0')`],
  ['a file by its name', `FROM '${file}'`],
  ['a CSV file by its name', `FROM '${otherJobsFile}'`],
  ['a file by its name as an identifier', `FROM "${otherJobsFile}"`],
  ['a file described by its name', `DESCRIBE '${otherJobsFile}'`],
  ['a file url', `FROM read_text('file://${file}')`],
  ['the network by http', `FROM read_csv('http://127.0.0.1:9/x.csv')`],
  ['the network by https and its name alone', `FROM 'https://example.com/x.parquet'`],
  ['S3 past the allow-list', `FROM read_parquet('s3://other/x.parquet')`],
  ['SQL in a string', `FROM query('SELECT * FROM read_text(''${file}'')')`],
  ['a table named in a string', `FROM query_table('${otherJobsFile}')`],
  ['serialized SQL', `FROM json_execute_serialized_sql(json_serialize_sql('FROM read_text(''${file}'')'))`],
  ['serialized SQL by pragma', `PRAGMA json_execute_serialized_sql('x')`],
  ['COPY TO', `COPY t TO '${folder}/out.csv'`],
  ['COPY of a query', `COPY (SELECT 1) TO '${folder}/out.csv'`],
  ['COPY to standard output', `COPY (SELECT 1) TO '/dev/stdout'`],
  ['COPY FROM', `COPY t FROM '${file}'`],
  ['COPY explained and run', `EXPLAIN ANALYZE COPY (SELECT 1) TO '${folder}/out.csv'`],
  ['COPY behind a SELECT', `SELECT 1; COPY (SELECT 1) TO '${folder}/out.csv'`],
  ['COPY behind a SELECT and a comment', `SELECT 1 /* ; */; -- ;\nCOPY (SELECT 1) TO '${folder}/out.csv'`],
  ['COPY out of brackets', `SELECT 1) TO '${folder}/out.csv' --`],
  ['EXPORT', `EXPORT DATABASE '${folder}/out'`],
  ['IMPORT', `IMPORT DATABASE '${folder}'`],
  ['ATTACH', `ATTACH '${folder}/out.db'`],
  ['ATTACH of the network', `ATTACH 'https://example.com/x.db'`],
  ['DETACH', 'DETACH memory'],
  ['INSTALL', 'INSTALL httpfs'],
  ['LOAD', 'LOAD httpfs'],
  ['LOAD of a file', `LOAD '${file}'`],
  ['INSTALL from the community', 'INSTALL h3 FROM community'],
  ['SET', 'SET threads = 64'],
  ['SET of the lock', 'SET lock_configuration = false'],
  ['SET of external access', 'SET enable_external_access = true'],
  ['RESET', 'RESET memory_limit'],
  ['SET VARIABLE', 'SET VARIABLE a = 1'],
  ['PRAGMA', "PRAGMA memory_limit = '64GB'"],
  ['PRAGMA that reads', 'PRAGMA database_list'],
  ['CALL', `CALL read_text('${file}')`],
  ['CALL of logging', "CALL enable_logging('QueryLog')"],
  ['reading a setting', "SELECT current_setting('temp_directory')"],
  ['reading all settings', 'FROM duckdb_settings()'],
  ['reading all settings by their view', 'FROM pg_catalog.pg_settings'],
  ['reading all settings by their bare view', 'FROM pg_settings'],
  ['secrets', 'FROM duckdb_secrets()'],
  ['which secret', "FROM which_secret('s3://x', 's3')"],
  ['CREATE SECRET', "CREATE SECRET (TYPE s3, KEY_ID 'x', SECRET 'y')"],
  ['extensions', 'FROM duckdb_extensions()'],
  ["the views' own SQL", 'SELECT sql FROM duckdb_views()'],
  ["the views' own SQL by sqlite's table", 'SELECT sql FROM sqlite_master'],
  ["the views' own SQL by the standard's table", 'FROM information_schema.views'],
  ["the views' own SQL by the system catalog", 'FROM system.main.duckdb_views'],
  ["the views' own SQL by function", 'SELECT pg_get_viewdef(1)'],
  ["the engine's logs", 'FROM duckdb_logs'],
  ["the engine's temporary files", 'FROM duckdb_temporary_files()'],
  ["the engine's cached files", 'FROM duckdb_external_file_cache()'],
  ['logging to a file, which would end the process', `FROM enable_logging('QueryLog', storage = 'file', storage_path = '${folder}/log')`],
  ['logging to our logs', "FROM enable_logging(level = 'info', storage = 'stdout')"],
  ['a line in our logs', "SELECT write_log('forged')"],
  ['profiling to a file', `FROM enable_profiling(format = 'json', save_location = '${folder}/out.json')`],
  ['profiling to our logs', 'FROM enable_profiling()'],
  ['CHECKPOINT', 'FROM checkpoint()'],
  ['memory by address', 'FROM arrow_scan(1, 2, 3)'],
  ['sleeping past its interrupt', 'SELECT sleep_ms(100000)'],
  ['CREATE TABLE', 'CREATE TABLE x AS SELECT 1'],
  ['CREATE MACRO', 'CREATE MACRO f() AS 1'],
  ['CREATE VIEW over a source', 'CREATE OR REPLACE VIEW t AS SELECT 1'],
  ['INSERT', 'INSERT INTO t VALUES (1)'],
  ['UPDATE', 'UPDATE t SET a = 1'],
  ['DELETE', 'DELETE FROM t RETURNING *'],
  ['DROP', 'DROP VIEW t'],
  ['ALTER', 'ALTER VIEW t RENAME TO x'],
  ['BEGIN', 'BEGIN TRANSACTION'],
  ['PREPARE', `PREPARE x AS FROM read_text('${file}')`],
  ['EXECUTE', 'EXECUTE x'],
  ['VACUUM', 'VACUUM'],
  ['USE', 'USE memory'],
  ['UPDATE EXTENSIONS', 'UPDATE EXTENSIONS'],
  ['nothing at all', '-- nothing'],
];

describe.each(['json', 'parquet'] as const)('for a result as %s', (format) => {
  it.each(escapes)('refuses %s', async (_name, sql) => {
    const { kit, job } = await runJob(contract, definition, { sql, sources, output: { format } });
    const outcome = { result: job.result, error: job.error };
    expect(outcome).toEqual({ result: undefined, error: expect.anything() });
    // Refused by us, or unknown to DuckDB's parser and catalog: never something that ran and then failed.
    expect(outcome.error?.code === 'sql_error' ? outcome.error.details : outcome.error?.code).toEqual(
      outcome.error?.code === 'sql_error'
        ? expect.objectContaining({ errorType: expect.stringMatching(/^(Parser|Catalog|Binder|IO|Permission) Error$/) })
        : 'statement_not_allowed',
    );
    const { input: _, ...shown } = job.resource;
    const written = JSON.stringify([shown, kit.logs]);
    expect(written).not.toContain(canary);
    expect(written).not.toContain(secret);
    expect(job.files.size).toBe(0);
    expect(readdirSync(folder)).toEqual(['canary.txt']);
  });
});

it('still reads its sources afterwards, so the refusals above are about what was refused', async () =>
  expect(await resultOf(contract, definition, { sql: 'SELECT sum(a) AS n FROM t', sources })).toMatchObject({
    rows: [['3']],
  }));

it.each([
  'SELECT a FROM t ORDER BY a',
  'FROM t ORDER BY a',
  'FROM main.t ORDER BY a;',
  'VALUES (1), (2)',
  'WITH columns AS (FROM t) SELECT a FROM columns ORDER BY a',
  'WITH x AS (FROM t) SELECT * FROM x ORDER BY a -- done;',
  "SELECT a FROM t WHERE ';' <> '--' ORDER BY a; /* ; */ ;",
  'SELECT unnest([1, 2])',
  'SELECT range + 1 FROM range(2)',
])('runs the reading statement %j, inline and to Parquet', async (sql) => {
  const inline = await resultOf(contract, definition, { sql, sources });
  expect(inline.rows?.map(([value]) => Number(value))).toEqual([1, 2]);
  expect(await resultOf(contract, definition, { sql, sources, output: { format: 'parquet' } })).toMatchObject({
    rows: null,
    rowCount: 2,
  });
});

it.each(['DESCRIBE t', 'SUMMARIZE t', 'SHOW TABLES', 'PIVOT t ON a IN (1, 2)', 'PIVOT t ON a IN (1) USING count(*)'])(
  'runs the reading statement %j',
  async (sql) => expect((await resultOf(contract, definition, { sql, sources })).rowCount).toBeGreaterThan(0),
);

it('keeps the engine locked even for SQL that no check of ours has seen', async () => {
  const allowed = join(folder, 'canary.txt');
  const spillFolder = mkdtempSync(join(tmpdir(), 'run-query-spill-'));
  const sibling = `${otherJobsFile}`;
  await using engine = await QueryEngine.open({
    memoryMiB: 512,
    spillMiB: 10,
    spillFolder,
    signal: new AbortController().signal,
    sourceOfPath: new Map(),
  });
  await engine.lockDown([allowed]);
  expect(await engine.query(`SELECT content FROM read_text('${allowed}')`)).toEqual([[`a\n${canary}\n`]]);
  for (const sql of [
    `FROM read_text('${sibling}')`,
    `FROM read_text('${spillFolder}/../${sibling.split('/').slice(-2).join('/')}')`,
    `FROM read_text('${allowed}/../../${sibling.split('/').slice(-2).join('/')}')`,
    `FROM '${sibling}'`,
    "FROM read_blob('/proc/self/environ')",
    `COPY (SELECT 1) TO '${folder}/out.csv'`,
    `COPY (SELECT 1) TO '${allowed}'`,
    `ATTACH '${folder}/out.db'`,
    `EXPORT DATABASE '${folder}/out'`,
    'INSTALL httpfs',
    'LOAD httpfs',
    'SET threads = 64',
    "SET allowed_paths = ['/etc/passwd']",
    "SET allowed_directories = ['/']",
    "SET memory_limit = '64GB'",
    'SET enable_external_access = true',
    'SET lock_configuration = false',
    'RESET lock_configuration',
    "SELECT getenv('RUN_QUERY_TEST_SECRET')",
  ]) {
    await expect(engine.query(sql)).rejects.toMatchObject({ code: expect.stringMatching(/^(sql_error|source_unreadable)$/) });
  }
  expect(readdirSync(folder)).toEqual(['canary.txt']);
  rmSync(spillFolder, { recursive: true });
  expect(existsSync(spillFolder)).toBe(false);
});

it.each([
  ['unions', 'SELECT 1 '.concat('UNION ALL SELECT 1 '.repeat(5_000))],
  ['brackets', `SELECT ${'('.repeat(40_000)}1${')'.repeat(40_000)}`],
  ['sums', `SELECT ${'1+'.repeat(40_000)}1`],
  ['subqueries', `FROM ${'(FROM '.repeat(10_000)}t${')'.repeat(10_000)}`],
])('survives thousands of nested %s', async (_name, sql) => {
  const outcome = await resultOf(contract, definition, { sql, sources }).then(
    ({ rowCount }) => rowCount,
    ({ code }: { code: string }) => code,
  );
  // Its process survives, or ends alone: how much memory the parser takes depends on what runs beside it.
  expect([5001, 'sql_error', 'out_of_memory']).toContain(outcome);
});
