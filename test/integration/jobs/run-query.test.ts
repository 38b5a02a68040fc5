import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { DuckDBInstance } from '@duckdb/node-api';
import { s3Client } from '../../../lambdas/adapters/aws-clients.ts';
import { contract } from '../../../lambdas/jobs/run-query/contract.ts';
import { QueryEngine } from '../../../lambdas/jobs/run-query/engine/engine.ts';
import { type FetchOptions, fetchObjects } from '../../../lambdas/jobs/run-query/sources/fetch-objects.ts';
import { definition } from '../../../lambdas/jobs/run-query/worker.ts';
import { Workspace } from '../../../lambdas/jobs/run-query/workspace.ts';
import type { TestJob } from '../../../testing/index.ts';
import { useOwnTempFolder } from '../../support/own-temp-folder.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { type RunOptions, resultOf, runJob, WorkerRun } from '../../support/worker-run.ts';

const endpoints = useEmulators();
const folder = useOwnTempFolder('run-query');
const Bucket = 'delegation-local';
const flights = { flights: { url: `s3://${Bucket}/flights.parquet`, format: 'parquet' } };
const query = (input: unknown, options?: RunOptions) => resultOf(contract, definition, input, options);
const put = (Key: string, Body?: string | Buffer) =>
  s3Client().send(new PutObjectCommand({ Bucket, Key, ...(Body === undefined ? { ContentLength: 0 } : { Body }) }));
const csv = (url: string) => ({ t: { url: `s3://${Bucket}/${url}`, format: 'csv' } });

beforeAll(async () => {
  await s3Client().send(new CreateBucketCommand({ Bucket }));
  const data = join(__dirname, '../../../node_modules/vega-datasets/data/flights-3m.parquet');
  // In parts: the emulator takes no single request so large.
  await new Upload({ client: s3Client(), params: { Bucket, Key: 'flights.parquet', Body: readFileSync(data) } }).done();
  await put('days/2026-01-02.csv', 'day,n\n2026-01-02,9007199254740993\n');
  await put('days/2026-01-01.csv', 'day,n\n2026-01-01,1\n');
  await put('days/2026-01-03.csv.gz', gzipSync('day,n\n2026-01-03,3\n'));
  await put('days/');
  await put('days-other/2026-01-04.csv', 'day,n\n2026-01-04,4\n');
  await put('a.ndjson', '{"a":9007199254740993,"b":{"c":[1,2]}}\n{"a":2,"b":null}\n');
  await put('a.json', '[{"a":1},{"a":2}]');
  await put('semicolons.csv', '1;x\n2;y\n');
  await put('broken.parquet', 'this is not Parquet');
});

/** Reads a file of a job back with a DuckDB that knows nothing of this product. */
async function readBack(job: TestJob, name: string, reader: string): Promise<unknown> {
  const path = join(folder, name);
  writeFileSync(path, job.files.get(name)?.body ?? '');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return (await connection.runAndReadAll(reader.replace('FILE', `'${path}'`))).getRowsJson();
}

describe('over three million flights', () => {
  it('counts by airport, inline, with 64-bit counts as text', async () => {
    const sql = 'SELECT origin, count(*) AS n FROM flights GROUP BY 1 ORDER BY n DESC LIMIT 2';
    const result = await query({ sql, sources: flights });
    expect(result).toEqual({
      columns: [
        { name: 'origin', type: 'VARCHAR' },
        { name: 'n', type: 'BIGINT' },
      ],
      rows: [
        [expect.any(String), expect.stringMatching(/^\d+$/)],
        [expect.any(String), expect.stringMatching(/^\d+$/)],
      ],
      rowCount: 2,
      resultUrl: null,
      sources: {
        flights: {
          objects: 1,
          rows: 3_000_000,
          columns: expect.arrayContaining([
            { name: 'delay', type: 'BIGINT' },
            { name: 'origin', type: 'VARCHAR' },
          ]),
        },
      },
    });
    expect((await query({ sql: 'SELECT count(*) FROM FLIGHTS', sources: flights })).rows).toEqual([['3000000']]);
  });

  it.each([
    ['json', 'result.ndjson', "SELECT count(*), sum(n::HUGEINT) FROM read_json(FILE, columns = {'n': 'VARCHAR'})"],
    ['csv', 'result.csv', 'SELECT count(*), sum(n) FROM read_csv(FILE)'],
    ['parquet', 'result.parquet', 'SELECT count(*), sum(n) FROM FILE'],
  ])('writes a large result as %s, which DuckDB reads back whole', async (format, name, reader) => {
    const sql = 'SELECT *, (row_number() OVER ())::BIGINT AS n FROM flights LIMIT 200000';
    const { job } = await runJob(contract, definition, { sql, sources: flights, output: { format } });
    expect(job.result).toMatchObject({ rows: null, rowCount: 200_000, resultUrl: `/v1/jobs/${job.id}/files/${name}` });
    expect(await readBack(job, name, reader)).toEqual([['200000', '20000100000']]);
  });

  it('keeps sums beyond 64 bits exact in Parquet', async () => {
    const input = { sql: 'SELECT sum(9223372036854775807) AS total FROM range(3)', output: { format: 'parquet' } };
    const { job } = await runJob(contract, definition, input);
    expect(await readBack(job, 'result.parquet', 'SELECT total, typeof(total) FROM FILE')).toEqual([
      ['27670116110564327421', 'DECIMAL(38,0)'],
    ]);
  });
});

describe('a source', () => {
  it('may be all objects below a folder, in the order of their keys, compressed ones too, and no neighbour', async () =>
    expect((await query({ sql: 'FROM t', sources: csv('days/') })).rows).toEqual([
      ['2026-01-01', '1'],
      ['2026-01-02', '9007199254740993'],
      ['2026-01-03', '3'],
    ]));
  it('may be all objects with a common prefix', async () =>
    expect((await query({ sql: 'FROM t', sources: csv('days/2026-01-0*') })).rowCount).toBe(3));
  it('may be NDJSON', async () =>
    expect((await query({ sql: 'FROM t', sources: { t: { url: `s3://${Bucket}/a.ndjson`, format: 'ndjson' } } })).rows).toEqual([
      ['9007199254740993', { c: ['1', '2'] }],
      ['2', null],
    ]));
  it('may be a JSON array', async () =>
    expect((await query({ sql: 'FROM t', sources: { t: { url: `s3://${Bucket}/a.json`, format: 'json' } } })).rows).toEqual([
      ['1'],
      ['2'],
    ]));
  it('may say how its CSV is written', async () => {
    const sources = { t: { url: `s3://${Bucket}/semicolons.csv`, format: 'csv', csv: { delimiter: ';', header: false } } };
    expect((await query({ sql: 'FROM t', sources })).rows).toEqual([
      ['1', 'x'],
      ['2', 'y'],
    ]);
  });
  it('joins with rows of the request, and says what was read', async () => {
    const sources = { ...csv('days/'), names: { rows: [{ day: '2026-01-02', name: 'Friday' }] } };
    const result = await query({ sql: 'SELECT name, n FROM t JOIN names ON names.day::DATE = t.day', sources });
    expect(result.rows).toEqual([['Friday', '9007199254740993']]);
    expect(result.sources).toEqual({
      t: {
        objects: 3,
        rows: 3,
        columns: [
          { name: 'day', type: 'DATE' },
          { name: 'n', type: 'BIGINT' },
        ],
      },
      names: {
        objects: 0,
        rows: 1,
        columns: [
          { name: 'day', type: 'VARCHAR' },
          { name: 'name', type: 'VARCHAR' },
        ],
      },
    });
  });
  it('skips what other tools write beside the rows', async () => {
    for (const hidden of ['_SUCCESS', '.part-0.csv.crc', '_delta_log/0.json']) await put(`spark/${hidden}`, 'no rows');
    await put('spark/_day=1/part-0.csv', 'a\n1\n');
    expect((await query({ sql: 'FROM t', sources: csv('spark/') })).rows).toEqual([['1']]);
    expect((await query({ sql: 'FROM t', sources: csv('spark/_SUC*') })).sources).toMatchObject({ t: { objects: 1, rows: 0 } });
  });
  it('names the object and the line where one is not what its format says', async () => {
    await put('glob/a.csv', 'a,b\n1,2\n');
    await put('glob/b.csv', 'a,b\n1,2\n3,4,5\n');
    await expect(query({ sql: 'FROM t', sources: csv('glob/') })).rejects.toMatchObject({
      code: 'invalid_source',
      retryable: false,
      details: { object: `s3://${Bucket}/glob/b.csv`, line: 3, excerpt: '3,4,5' },
    });
  });
  it('counts what is decompressed', async () => {
    await put('bomb.csv.gz', gzipSync(`a\n${'0'.repeat(60)}\n`.repeat(2_000_000)));
    const budget = jest.spyOn(Workspace.prototype, 'freeBytes').mockResolvedValue(50_000_000);
    try {
      await expect(query({ sql: 'FROM t', sources: csv('bomb.csv.gz') })).rejects.toMatchObject({
        code: 'sources_too_large',
        retryable: false,
      });
    } finally {
      budget.mockRestore();
    }
  });
});

describe('a source that is not there', () => {
  it.each(['no-such.csv', 'no-such/', 'no-such*'])('is named: %s', async (url) =>
    expect(query({ sql: 'FROM t', sources: csv(url) })).rejects.toMatchObject({
      code: 'source_not_found',
      retryable: false,
      message: expect.stringContaining('The source t was not found'),
    }),
  );
  it.each(['x.csv', 'x/'])('is named when its bucket is missing: %s', async (key) =>
    expect(query({ sql: 'FROM t', sources: { t: { url: `s3://no-such-bucket/${key}`, format: 'csv' } } })).rejects.toMatchObject({
      code: 'source_not_found',
    }),
  );
  it('or is not what it is said to be is named, without a local path', async () => {
    const error = await query({ sql: 'FROM t', sources: { t: { url: `s3://${Bucket}/broken.parquet`, format: 'parquet' } } }).catch(
      (thrown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'invalid_source',
      retryable: false,
      message: expect.stringContaining(`s3://${Bucket}/broken.parquet: expected a Parquet file`),
    });
    expect(error.message).not.toContain(folder);
  });
});

describe('fetching', () => {
  const options = (more: Partial<FetchOptions> = {}): FetchOptions => ({
    source: 't',
    signal: new AbortController().signal,
    budgetBytes: 1e9,
    maxObjects: 1000,
    ...more,
  });
  const fetchAll = async (...args: Parameters<typeof fetchObjects>) => {
    const objects: (readonly [string, string])[] = [];
    for await (const { name, bytes } of fetchObjects(...args)) {
      let body = '';
      for await (const piece of bytes) body += piece;
      objects.push([name, body]);
    }
    return objects;
  };

  it('takes a bounded number of objects, and says how to go on', async () => {
    const all = { bucket: Bucket, key: 'days/', isPrefix: true };
    expect(await fetchAll(s3Client(), all, options({ maxObjects: 3 }))).toHaveLength(3);
    await expect(fetchAll(s3Client(), all, options({ maxObjects: 2 }))).rejects.toMatchObject({
      code: 'sources_too_large',
      message: expect.stringContaining('more than 2 objects'),
    });
  });
  it.each([
    ['an object', { bucket: Bucket, key: 'a.json', isPrefix: false }, 17],
    ['a prefix', { bucket: Bucket, key: 'days/2026-01-01', isPrefix: true }, 19],
  ])('of %s takes what fits into the worker, to the byte, and says how to get more', async (_name, location, sizeBytes) => {
    const [[, body] = []] = await fetchAll(s3Client(), location, options({ budgetBytes: sizeBytes }));
    expect(body).toHaveLength(sizeBytes);
    await expect(fetchAll(s3Client(), location, options({ budgetBytes: sizeBytes - 1 }))).rejects.toMatchObject({
      code: 'sources_too_large',
      retryable: false,
      message: expect.stringContaining('raise ephemeralStorageMiB of the job type run-query'),
    });
  });
  it.each(['deleted', 'changed'])('tries again later when an object was %s between listing and reading', async (how) => {
    await put('moving/a.csv', 'a\n1\n');
    const s3 = s3Client();
    s3.middlewareStack.add(
      (next, context) => async (args) => {
        if (context.commandName === 'GetObjectCommand') {
          if (how === 'deleted') await s3Client().send(new DeleteObjectCommand({ Bucket, Key: 'moving/a.csv' }));
          else await put('moving/a.csv', 'a\n2\n');
        }
        return next(args);
      },
      { step: 'initialize' },
    );
    await expect(fetchAll(s3, { bucket: Bucket, key: 'moving/', isPrefix: true }, options())).rejects.toMatchObject({
      code: 'source_changed',
      retryable: true,
    });
  });
  it('tries again later when the transfer breaks in the middle', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x'.repeat(10), () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await expect(fetchAll(s3Client(), { bucket: Bucket, key: 'x', isPrefix: false }, options())).rejects.toMatchObject({
        code: 'source_interrupted',
        retryable: true,
      });
    } finally {
      process.env['AWS_ENDPOINT_URL_S3'] = endpoints.s3;
      server.close();
      server.closeAllConnections();
    }
  });
  it('ends when its job is cancelled, and leaves nothing behind', async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    process.env['AWS_ENDPOINT_URL_S3'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const run = await new WorkerRun(contract, definition).submit({ sql: 'FROM t', sources: csv('x.csv') });
      expect((await run.cancelAfter(500)).status).toBe('cancelled');
      expect(run.kit.deaths).toEqual([]);
      expect(readdirSync(folder).filter((name) => name.startsWith('delegation-run-query-'))).toEqual([]);
    } finally {
      process.env['AWS_ENDPOINT_URL_S3'] = endpoints.s3;
      server.close();
      server.closeAllConnections();
    }
  });
});

it('tries again later when the local copy of a source vanishes under the query', async () => {
  const path = join(folder, 'vanishing.csv');
  writeFileSync(path, 'a\n1\n');
  await using engine = await QueryEngine.open({
    memoryMiB: 1024,
    spillMiB: 10,
    spillFolder: mkdtempSync(join(folder, 'spill-')),
    signal: new AbortController().signal,
    sourceOfPath: new Map([[path, 't']]),
  });
  await engine.execute(`CREATE VIEW t AS FROM read_csv('${path}')`);
  await engine.lockDown([path]);
  expect(await engine.query('SELECT count(*)::INTEGER FROM t')).toEqual([[1]]);
  rmSync(path);
  await expect(engine.query('FROM t')).rejects.toMatchObject({
    code: 'source_unreadable',
    retryable: true,
    message: expect.not.stringContaining(folder),
  });
});
