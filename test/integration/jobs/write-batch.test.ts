import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import {
  type AttributeDefinition,
  type AttributeValue,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  paginateScan,
  ResourceInUseException,
  type ScalarAttributeType,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { parse } from 'csv-parse/sync';
import { contract } from '../../../lambdas/jobs/write-batch/contract.ts';
import { definition, type WriteBatchOptions, writeBatch } from '../../../lambdas/jobs/write-batch/worker.ts';
import { parseExactJson } from '../../../lambdas/text/exact-json.ts';
import type { TestJob } from '../../../testing/index.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { type RunOptions, type Spies, spied, WorkerRun } from '../../support/worker-run.ts';
import { startProxy, startS3Proxy, type WriteProxy } from './write-batch-proxy.ts';

const endpoints = useEmulators();
const bucket = 'delegation-local';
const credentials = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
let dynamoDb: DynamoDBClient;
let s3: S3Client;
let tables = 0;

beforeAll(async () => {
  dynamoDb = new DynamoDBClient({ ...credentials, endpoint: endpoints.dynamodb });
  s3 = new S3Client({ ...credentials, endpoint: endpoints.s3, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

/** @param keys attributes by type: partition key, then sort key @param indexKey an index has it as its key */
async function newTable(
  keys: Record<string, ScalarAttributeType> = { id: 'S' },
  indexKey?: Record<string, ScalarAttributeType>,
): Promise<string> {
  const name = tables++ === 0 ? 'scratch' : `scratch-${tables}`;
  const types = { ...keys, ...indexKey };
  const schema = (names: string[]) =>
    names.map((attribute, i) => ({ AttributeName: attribute, KeyType: i === 0 ? ('HASH' as const) : ('RANGE' as const) }));
  const table = new CreateTableCommand({
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: schema(Object.keys(keys)),
    AttributeDefinitions: Object.entries(types).map(
      ([attribute, type]): AttributeDefinition => ({ AttributeName: attribute, AttributeType: type }),
    ),
    ...(indexKey && {
      GlobalSecondaryIndexes: [
        { IndexName: 'other', KeySchema: schema(Object.keys(indexKey)), Projection: { ProjectionType: 'KEYS_ONLY' } },
      ],
    }),
  });
  await dynamoDb.send(table).catch((error: unknown) => {
    // No other test takes this name: the SDK tried again after an answer that was lost.
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  for (;;) {
    const { Table: table } = await dynamoDb.send(new DescribeTableCommand({ TableName: name }));
    if (table?.TableStatus === 'ACTIVE') return name;
  }
}

async function itemsOf(table: string): Promise<Record<string, AttributeValue>[]> {
  const items: Record<string, AttributeValue>[] = [];
  for await (const page of paginateScan({ client: dynamoDb }, { TableName: table })) items.push(...(page.Items ?? []));
  return items.sort((a, b) => (JSON.stringify(a['id']) < JSON.stringify(b['id']) ? -1 : 1));
}

async function putObject(key: string, body: string | Buffer): Promise<string> {
  await new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body: Buffer.from(body) } }).done(); // in parts: the emulator takes no large ones
  return `s3://${bucket}/${key}`;
}

const workerOf = (options?: WriteBatchOptions) => (options === undefined ? definition : writeBatch(options));
const submit = (input: object, options?: WriteBatchOptions, spies: Spies = {}, more?: RunOptions) =>
  new WorkerRun(contract, spied(workerOf(options), spies), more).submit(input);
const jobOf = async (input: object, options?: WriteBatchOptions, spies?: Spies) => (await submit(input, options, spies)).drive();
const run = async (input: object, options?: WriteBatchOptions, spies?: Spies) => (await submit(input, options, spies)).result();
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => 'succeeded',
    (error) => error,
  );
const reportOf = ({ files }: TestJob) =>
  (files.get('rejected.ndjson')?.text ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parseExactJson(line) as { line: number; reason: string; row: unknown });
const none = { written: 0, deleted: 0, rejected: 0, rejectedRowsUrl: null };

describe('rows in the request', () => {
  it('are written, and counted', async () => {
    const table = await newTable();
    const input = { type: 'write-batch', table, operation: 'put', rows: [{ id: 'a', n: 1 }], onInvalidRow: 'reject' };
    const { type: _type, ...rest } = input;
    expect(await run(rest)).toEqual({ ...none, written: 1 });
    expect(await itemsOf(table)).toEqual([{ id: { S: 'a' }, n: { N: '1' } }]);
  });

  it('keep numbers of 38 digits exactly, and lose those with more to the report', async () => {
    const table = await newTable();
    const digits = '12345678901234567890123456789012345678';
    const rows = parseExactJson(`[{"id":"a","n":${digits}},{"id":"b","n":0.${digits}},{"id":"c","n":${digits}9}]`);
    const job = await jobOf({ table, operation: 'put', rows });
    expect(job.result).toEqual({
      ...none,
      written: 2,
      rejected: 1,
      rejectedRowsUrl: `/v1/jobs/${job.id}/files/rejected.ndjson`,
    });
    expect((await itemsOf(table)).map(({ n }) => n)).toEqual([{ N: digits }, { N: `0.${digits}` }]);
    expect(job.files.get('rejected.ndjson')?.text).toBe(
      `{"line":3,"reason":"the attribute \\"n\\": the number ${digits}9 has 39 significant digits, DynamoDB keeps 38","row":{"id":"c","n":${digits}9}}\n`,
    );
  });

  it('with one key leave the last in the table, in one batch and over batches, and all count', async () => {
    const table = await newTable();
    const rows = Array.from({ length: 300 }, (_, i) => ({ id: `k${i % 30}`, version: i }));
    expect(await run({ table, operation: 'put', rows: [...rows, { id: 'k0', version: 1e3 }, { id: 'k0', version: 1e4 }] })).toEqual({
      ...none,
      written: 302,
    });
    const versions = Object.fromEntries((await itemsOf(table)).map(({ id, version }) => [id?.S, Number(version?.N)]));
    expect(versions).toEqual({ ...Object.fromEntries(rows.slice(270).map(({ id, version }) => [id, version])), k0: 10_000 });
  });

  it('are deleted by number keys in any spelling', async () => {
    const table = await newTable({ year: 'N', title: 'S' });
    await run({
      table,
      operation: 'put',
      rows: [
        { year: 1999, title: 'a', x: 1 },
        { year: 1999, title: 'b' },
      ],
    });
    const rows = parseExactJson('[{"year":1999.0,"title":"a"},{"year":1.999e3,"title":"b","x":1},{"year":"1999","title":"b"}]');
    const job = await jobOf({ table, operation: 'delete', rows });
    expect(job.result).toMatchObject({ deleted: 1, written: 0, rejected: 2 });
    expect((await itemsOf(table)).map(({ title }) => title?.S)).toEqual(['b']);
    expect(reportOf(job).map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'a row to delete holds the key alone, and "x" is not part of it'],
      [3, 'the key attribute "year" must be a number'],
    ]);
  });

  it('that an index would refuse are rejected alone', async () => {
    const table = await newTable({ id: 'S' }, { owner: 'S' });
    const job = await jobOf({ table, operation: 'put', rows: [{ id: 'a', owner: 'me' }, { id: 'b', owner: 7 }, { id: 'c' }] });
    expect(job.result).toMatchObject({ written: 2, rejected: 1 });
    expect(reportOf(job)).toEqual([{ line: 2, reason: 'the index key attribute "owner" must be a string', row: { id: 'b', owner: 7 } }]);
  });

  it('are all checked before anything is written, where a bad one is to fail the job', async () => {
    const table = await newTable();
    const rows = [...Array.from({ length: 60 }, (_, i) => ({ id: `k${i}` })), { id: '' }];
    expect(await failure(run({ table, operation: 'put', rows, onInvalidRow: 'fail' }))).toMatchObject({
      code: 'invalid_row',
      retryable: false,
      message: 'Line 61 is bad: the key attribute "id" is empty. Before that, 0 rows were written.',
      details: { line: 61, reason: 'the key attribute "id" is empty', written: 0, deleted: 0 },
    });
    expect(await itemsOf(table)).toEqual([]);
  });

  it('go on after a crash with the row behind the checkpoint', async () => {
    const table = await newTable();
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      id: `k${String(i).padStart(4, '0')}`,
      ...(i % 50 === 7 ? { bad: parseExactJson('1'.repeat(39)) } : {}),
    }));
    const job = await killedOften({ table, operation: 'put', rows }, { checkpointEveryRows: 20 });
    expect(job.result).toMatchObject({ written: 1_960, rejected: 40 });
    expect(await itemsOf(table)).toHaveLength(1_960);
    expect(reportOf(job).map(({ line }) => line)).toEqual(rows.flatMap(({ bad }, i) => (bad === undefined ? [] : [i + 1])));
  });

  it('show how many are done', async () => {
    const table = await newTable();
    let reports = 0;
    const rows = Array.from({ length: 1_200 }, (_, i) => ({ id: `k${i}` }));
    const job = await jobOf({ table, operation: 'put', rows }, undefined, { onProgress: () => reports++ });
    expect(job.progress).toEqual({ fraction: 1, message: '1,200 of 1,200 rows' });
    expect(reports).toBeGreaterThan(10);
  });

  it('need no checkpoint when they are few', async () => {
    const { kit } = await submit({ table: await newTable(), operation: 'put', rows: [{ id: 'a' }, {}] });
    await kit.run();
    expect(kit.killPoints.map(({ operation }) => operation)).not.toContain('checkpoint');
    expect(kit.killPoints.map(({ operation }) => operation)).toContain('end');
  });
});

/** Each of its workers dies at its second checkpoint, now before it is saved and now after. */
async function killedOften(input: object, options: WriteBatchOptions): Promise<TestJob> {
  const run = await submit(input, options);
  expect(await run.dieOften('checkpoint', 2)).toBeGreaterThan(2);
  return run.job;
}

describe('an object in S3', () => {
  it('of CSV is written whole: the ZIP codes of the United States', async () => {
    const table = await newTable({ zip_code: 'S' });
    const csv = readFileSync(join(__dirname, '../../../node_modules/vega-datasets/data/zipcodes.csv'));
    const url = await putObject('zipcodes.csv', csv);
    const columns = { latitude: 'number', longitude: 'number' };
    const rows = parse(csv, { columns: true }) as Record<string, string>[];
    const job = await jobOf({ table, operation: 'put', source: { url, format: 'csv', columns } });
    expect(job.result).toEqual({ ...none, written: rows.length });
    const items = new Map((await itemsOf(table)).map((item) => [item['zip_code']?.S, item]));
    expect(items.size).toBe(new Set(rows.map(({ zip_code }) => zip_code)).size);
    for (const row of rows) {
      const item = items.get(row['zip_code']);
      expect([item?.['city']?.S, Number(item?.['latitude']?.N)]).toEqual([row['city'], Number(row['latitude'])]);
    }
    expect(job.progress).toEqual({ fraction: 1, message: `${rows.length.toLocaleString('en-US')} rows, 2.0 of 2.0 MB` });
  });

  it('of CSV may have typed columns, other delimiters, quoted line breaks, a byte order mark and empty fields', async () => {
    const table = await newTable({ id: 'N' });
    const text = '\ufeffid;name;ok;data;note\r\n007;"a;\r\n""b""";TRUE;"[1,12345678901234567890]";\r\n\r\n1e1;é🙂;false;null;x';
    const columns = { ok: 'boolean', data: 'json' };
    const source = { url: await putObject('typed.csv', text), format: 'csv', delimiter: ';', columns };
    expect(await run({ table, operation: 'put', source })).toEqual({ ...none, written: 2 });
    const items = [
      { id: { N: '10' }, name: { S: 'é🙂' }, ok: { BOOL: false }, data: { NULL: true }, note: { S: 'x' } },
      { id: { N: '7' }, name: { S: 'a;\r\n"b"' }, ok: { BOOL: true }, data: { L: [{ N: '1' }, { N: '12345678901234567890' }] } },
    ];
    expect(await itemsOf(table)).toEqual(items);
    await run({ table, operation: 'put', source: { ...source, emptyFields: 'null' } });
    expect((await itemsOf(table))[1]?.['note']).toEqual({ NULL: true });
    await run({ table, operation: 'put', source: { ...source, emptyFields: 'emptyString' } });
    expect((await itemsOf(table))[1]?.['note']).toEqual({ S: '' });
  });

  it('of CSV may get other names than its columns have', async () => {
    const table = await newTable({ id: 'N' });
    const source = { url: await putObject('renamed.csv', 'zip,city\n00501,Holtsville\n'), format: 'csv' };
    expect(await run({ table, operation: 'put', source: { ...source, rename: { zip: 'id' } } })).toEqual({ ...none, written: 1 });
    expect(await itemsOf(table)).toEqual([{ id: { N: '501' }, city: { S: 'Holtsville' } }]);
    for (const rename of [{ none: 'id' }, { zip: 'city' }]) {
      await expect(run({ table, operation: 'put', source: { ...source, rename } })).rejects.toMatchObject({ code: 'invalid_header' });
    }
  });

  it('has its bad lines reported with number, reason and content, and its good ones written', async () => {
    const table = await newTable();
    const csv = 'id,n\nok,1\nshort\nbad,x\n"q"uote,1\nmulti,"1\n"\nlast,2\n';
    const source = { url: await putObject('bad.csv', csv), format: 'csv', columns: { n: 'number' } };
    const job = await jobOf({ table, operation: 'put', source });
    expect(job.result).toMatchObject({ written: 3, rejected: 3 });
    expect((await itemsOf(table)).map(({ id }) => id?.S)).toEqual(['last', 'multi', 'ok']);
    expect(reportOf(job)).toEqual([
      { line: 3, reason: 'the line has 1 fields, the header 2', row: ['short'] },
      { line: 4, reason: 'the column "n": "x" is not a number', row: { id: 'bad', n: 'x' } },
      { line: 5, reason: expect.stringContaining('the line is not CSV'), row: '"q"uote,1' },
    ]);
  });

  it.each([
    ['a quote that is never closed', 'csv', Buffer.from('id,n\na,1\nb,"2\nc,3\n'), 'it takes in all that follows, 2 lines'],
    ['bytes that are not UTF-8', 'csv', Buffer.from('id,n\na,1\n\xe9,2\nc,3\n', 'latin1'), 'the bytes are not UTF-8'],
    ['bytes that are not UTF-8', 'ndjson', Buffer.from('{"id":"a"}\n\n{"id":"\xe9"}\n', 'latin1'), 'the bytes are not UTF-8'],
  ])('with %s in %s fails there, and says what was written before', async (_, format, body, message) => {
    const table = await newTable();
    const source = { url: await putObject(`cannot.${format}`, body), format };
    expect(await failure(run({ table, operation: 'put', source }))).toMatchObject({
      code: 'invalid_source',
      retryable: false,
      message: expect.stringContaining(message),
      details: { object: `s3://${bucket}/cannot.${format}`, line: 3, written: 1, deleted: 0, rejected: 0 },
    });
    expect((await itemsOf(table)).map(({ id }) => id?.S)).toEqual(['a']);
  });

  it('of another format than its own fails, and writes nothing', async () => {
    const table = await newTable();
    for (const body of ['[{"id":"a"},{"id":"b"}]', 'id,n\na,1\nb,2\n', '<html>\n</html>\n', '{"id":"a"}\r{"id":"b"}']) {
      const source = { url: await putObject('other', body), format: 'ndjson' };
      expect(await failure(run({ table, operation: 'put', source }))).toMatchObject({
        code: 'invalid_source',
        retryable: false,
        details: { object: `s3://${bucket}/other`, line: 1, excerpt: expect.any(String), written: 0, rejected: 0 },
      });
    }
    expect(await itemsOf(table)).toEqual([]);
  });

  it('of NDJSON fails at a line that holds more than a row, behind all that is before it', async () => {
    const table = await newTable();
    const source = { url: await putObject('two.ndjson', '{"id":"a"}\nx\n{"id":"b"}{"id":"c"}\n'), format: 'ndjson' };
    expect(await failure(run({ table, operation: 'put', source }))).toMatchObject({
      code: 'invalid_source',
      details: { line: 3, excerpt: '{"id":"b"}{"id":"c"}', written: 1, rejected: 1 },
    });
    expect(await itemsOf(table)).toEqual([{ id: { S: 'a' } }]);
  });

  it('of CSV may end its lines with CR alone', async () => {
    const table = await newTable();
    const source = { url: await putObject('cr.csv', 'id,v\rc1,1\rc2,2\r'), format: 'csv' };
    expect(await run({ table, operation: 'put', source })).toEqual({ ...none, written: 2 });
    expect(await itemsOf(table)).toEqual([
      { id: { S: 'c1' }, v: { S: '1' } },
      { id: { S: 'c2' }, v: { S: '2' } },
    ]);
  });

  it('of CSV without a column for the key fails before anything is written, and asks about the delimiter', async () => {
    const source = { url: await putObject('semicolons.csv', 'id;v\ns1;1\ns2;2\n'), format: 'csv' };
    expect(await failure(run({ table: await newTable(), operation: 'put', source }))).toMatchObject({
      code: 'invalid_header',
      retryable: false,
      message: 'The header of the CSV object has no column for the key `id`. It has: "id;v". Is the delimiter `;`?',
    });
  });

  it('of DynamoDB JSON is recognised, and written as it is where that was said', async () => {
    const typed = '{"id":{"S":"a"},"n":{"N":"5.0"},"tags":{"SS":["x","y"]},"bytes":{"B":"AQI="},"m":{"M":{"l":{"L":[{"BOOL":true}]}}}}\n';
    const exported = '{"Item":{"id":{"S":"b"}}}\n{"id":"c"}\n';
    const url = await putObject('typed.json.gz', gzipSync(typed + exported));
    const table = await newTable();
    expect(await failure(run({ table, operation: 'put', source: { url, format: 'ndjson' } }))).toMatchObject({
      code: 'invalid_source',
      message: expect.stringContaining('`format: "dynamodb-json"`'),
      details: { line: 1, written: 0 },
    });
    const job = await jobOf({ table, operation: 'put', source: { url, format: 'dynamodb-json' } });
    expect(job.result).toMatchObject({
      written: 2,
      rejected: 1,
    });
    expect(await itemsOf(table)).toEqual([
      {
        id: { S: 'a' },
        n: { N: '5' },
        tags: { SS: ['x', 'y'] },
        bytes: { B: new Uint8Array([1, 2]) },
        m: { M: { l: { L: [{ BOOL: true }] } } },
      },
      { id: { S: 'b' } },
    ]);
    expect(reportOf(job)).toEqual([{ line: 3, reason: expect.stringContaining('is not a value with its type'), row: { id: 'c' } }]);
  });

  it('of NDJSON has its bad lines reported too, the endless ones among them', async () => {
    const table = await newTable();
    const long = `{"id":"${'x'.repeat(3_000_000)}"}`;
    const lines = ['{"id":"a"}', '', '{"id":', '5', long, '  ', '{"id":"b","n":1e400}', '{"id":"c"}', '{"id":"d","m":{"n":1,"n":2}}'];
    const source = { url: await putObject('bad.ndjson', lines.join('\r\n')), format: 'ndjson' };
    const job = await jobOf({ table, operation: 'put', source });
    expect(job.result).toMatchObject({ written: 2, rejected: 5 });
    expect((await itemsOf(table)).map(({ id }) => id?.S)).toEqual(['a', 'c']);
    expect(reportOf(job)).toEqual([
      { line: 3, reason: expect.stringContaining('not JSON'), row: '{"id":' },
      { line: 4, reason: 'the row is not a JSON object', row: 5 },
      { line: 5, reason: 'the row is longer than 2097152 bytes', row: long.slice(0, 1_000) },
      { line: 7, reason: expect.stringContaining("outside DynamoDB's range"), row: parseExactJson('{"id":"b","n":1e400}') },
      { line: 9, reason: 'the member "n" comes twice', row: expect.stringContaining('"n":1') },
    ]);
  });

  it('is written up to the first bad row, where that is to fail the job, and no further', async () => {
    const table = await newTable();
    const rows = Array.from({ length: 100 }, (_, i) => JSON.stringify({ id: `k${String(i).padStart(3, '0')}` }));
    const url = await putObject('fails.ndjson', [...rows.slice(0, 60), '{"id":""}', ...rows.slice(60)].join('\n'));
    expect(await failure(run({ table, operation: 'put', source: { url, format: 'ndjson' }, onInvalidRow: 'fail' }))).toMatchObject({
      code: 'invalid_row',
      details: { line: 61, written: 60, deleted: 0 },
    });
    expect((await itemsOf(table)).map(({ id }) => id?.S)).toEqual(rows.slice(0, 60).map((row) => JSON.parse(row).id));
  });

  it.each(['ndjson', 'csv', 'csv.gz', 'ndjson.zst', 'utf-16.csv'])(
    'of %s goes on behind its checkpoint after each of many crashes: table, counts and report as without one',
    async (form) => {
      const format = form.includes('csv') ? 'csv' : 'ndjson';
      const encoding = form.startsWith('utf-16') ? ({ encoding: 'utf-16' } as const) : {};
      const encode = (text: string) => {
        if (form.startsWith('utf-16')) return Buffer.from(text, 'utf16le');
        return form.endsWith('.gz') ? gzipSync(text) : form.endsWith('.zst') ? zstdCompressSync(text) : text;
      };
      const table = await newTable();
      const rows = Array.from({ length: 2_000 }, (_, i) => ({
        id: i % 90 === 5 ? '' : `k${i % 700}`,
        text: i % 3 === 0 ? 'é🙂' : 'a\n"b",',
        i,
      }));
      const text =
        format === 'ndjson'
          ? rows.map((row) => JSON.stringify(row)).join('\n')
          : ['id,text,i', ...rows.map(({ id, text, i }) => `${id},"${text.replaceAll('"', '""')}",${i}`)].join('\r\n');
      const options = format === 'csv' ? { columns: { i: 'number' }, ...encoding } : {};
      const source = { url: await putObject(`resumed.${form}`, encode(text)), format, ...options };
      const plain = await jobOf({ table, operation: 'put', source });
      const otherTable = await newTable();
      const job = await killedOften({ table: otherTable, operation: 'put', source }, { checkpointEveryRows: 100 });
      const bad = rows.filter(({ id }) => id === '').length;
      expect(plain.result).toMatchObject({ written: 2_000 - bad, rejected: bad });
      expect(job.result).toMatchObject({ written: 2_000 - bad, rejected: bad });
      expect(reportOf(job)).toEqual(reportOf(plain));
      expect(reportOf(job)).toHaveLength(bad);
      expect(await itemsOf(otherTable)).toEqual(await itemsOf(table));
      expect([...job.files.keys()]).toEqual(['rejected.ndjson']);
    },
  );

  it('that changed between two attempts fails the second rather than mix two versions, and the job goes on once it is what it was', async () => {
    const table = await newTable();
    const text = (word: string) => Array.from({ length: 2_000 }, (_, i) => `{"id":"${word}${i}"}`).join('\n');
    const source = { url: await putObject('changes.ndjson', text('old')), format: 'ndjson' };
    const job = await submit({ table, operation: 'put', source }, { checkpointEveryRows: 100 }, {}, { maxAttempts: 2 });
    job.kit.kill({ after: 'checkpoint' });
    await job.drive(() => job.kit.deaths.length > 0);
    await putObject('changes.ndjson', text('new'));
    await job.drive(() => job.job.reason?.code === 'backing_off');
    expect(job.job.timeline.at(-1)).toMatchObject({ event: 'attempt_failed', detail: expect.stringMatching(/^source_changed: /) });
    expect((await itemsOf(table)).every(({ id }) => id?.S?.startsWith('old'))).toBe(true);
    await putObject('changes.ndjson', text('old'));
    expect(await job.result()).toMatchObject({ written: 2_000 });
    expect(await itemsOf(table)).toHaveLength(2_000);
  });

  it('may be empty, or hold a header alone', async () => {
    const table = await newTable();
    for (const [text, format] of [
      ['', 'ndjson'],
      ['\n\n', 'ndjson'],
      ['', 'csv'],
      ['id,n\n', 'csv'],
    ] as const) {
      expect(await run({ table, operation: 'put', source: { url: await putObject('empty', text), format } })).toEqual(none);
    }
  });

  it('is not written a second time as something else: the same put again leaves the same table', async () => {
    const table = await newTable();
    const source = { url: await putObject('again.csv', 'id,n\na,1\nb,2\n'), format: 'csv' };
    await run({ table, operation: 'put', source });
    const once = await itemsOf(table);
    await run({ table, operation: 'put', source });
    expect(await itemsOf(table)).toEqual(once);
  });

  it.each([
    ['a gzip under another name', Buffer.from([0x1f, 0x8b, 8, 0]), 'invalid_source', {}],
    ['UTF-16', Buffer.from('\ufeffid\n', 'utf16le'), 'invalid_source', {}],
    ['a column twice', Buffer.from('id,id\n1,2\n'), 'invalid_header', {}],
    ['a column without a name', Buffer.from('id,\n1,2\n'), 'invalid_header', {}],
    ['a type for a column that is not there', Buffer.from('id\n1\n'), 'invalid_header', { columns: { n: 'number' } }],
  ])('with %s is refused', async (_, body, code, options) => {
    const source = { url: await putObject('refused.csv', body), format: 'csv', ...options };
    expect(await failure(run({ table: await newTable(), operation: 'put', source }))).toMatchObject({ code, retryable: false });
  });

  it('that is not there, in a bucket that is not there, says so', async () => {
    const table = await newTable();
    for (const url of [`s3://${bucket}/missing`, 's3://no-such-bucket/missing']) {
      expect(await failure(run({ table, operation: 'put', source: { url, format: 'ndjson' } }))).toMatchObject({
        code: 'source_not_found',
        retryable: false,
      });
    }
  });

  it('is asked for again where the connection breaks in the middle of it', async () => {
    const table = await newTable();
    const rows = Array.from({ length: 200 }, (_, i) => `{"id":"k${i}"}`);
    const url = await putObject('broken.ndjson', rows.join('\n'));
    const proxy = await startS3Proxy(endpoints.s3, (number) => (number === 1 ? 'break' : 'pass'));
    const client = new S3Client({ ...credentials, endpoint: proxy.url, forcePathStyle: true });
    try {
      expect(await run({ table, operation: 'put', source: { url, format: 'ndjson' } }, { s3: client })).toEqual({
        ...none,
        written: 200,
      });
      expect(proxy.requests()).toBeGreaterThan(1);
    } finally {
      await proxy.stop();
    }
  });

  it('that may not be read fails the job with a code of its own', async () => {
    const proxy = await startS3Proxy(endpoints.s3, () => 'deny');
    const client = new S3Client({ ...credentials, endpoint: proxy.url, forcePathStyle: true });
    const source = { url: `s3://${bucket}/secret.ndjson`, format: 'ndjson' };
    try {
      const error = await failure(run({ table: await newTable(), operation: 'put', source }, { s3: client }));
      expect(error).toMatchObject({ code: 'source_access_denied', retryable: false, details: { awsCode: 'AccessDenied' } });
    } finally {
      await proxy.stop();
    }
  });

  it('of 100 MB is never held whole: what the job holds at its checkpoints does not grow with it', async () => {
    const table = await newTable();
    // All of one key, so that few are sent and the emulator's speed does not matter.
    const url = await putObject('large.ndjson', `{"id":"a","text":"${'x'.repeat(1_000)}"}\n`.repeat(100_000));
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const heldBytes = () => {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const held: number[] = [];
    const onSaved = () => held.push(heldBytes());
    const before = heldBytes();
    const source = { url, format: 'ndjson' };
    expect(await run({ table, operation: 'put', source }, { checkpointEveryRows: 4_000 }, { onSaved })).toEqual({
      ...none,
      written: 100_000,
    });
    expect(held.length).toBeGreaterThan(10);
    // The least that is held in the second half: buffers that happen to live come and go, half of the object would stay.
    expect(Math.min(...held.slice(held.length / 2)) - before).toBeLessThan(40_000_000);
  });

  it('of nothing but bad rows leaves a small checkpoint, few files on the way, and a whole report', async () => {
    const table = await newTable();
    const url = await putObject('all-bad.ndjson', `{"id":"","text":"${'x'.repeat(1_000)}"}\n`.repeat(60_000));
    let [saves, mostFiles, largestCheckpoint] = [0, 0, 0];
    const onSave: Spies['onSave'] = (state, { files }) => {
      saves += 1;
      mostFiles = Math.max(mostFiles, files.list().length);
      largestCheckpoint = Math.max(largestCheckpoint, JSON.stringify(state).length);
    };
    const job = await jobOf({ table, operation: 'put', source: { url, format: 'ndjson' } }, undefined, { onSave });
    expect(job.result).toMatchObject({ written: 0, rejected: 60_000 });
    expect(saves).toBeGreaterThan(10);
    expect(mostFiles).toBeLessThan(20);
    expect(largestCheckpoint).toBeLessThan(1_000);
    expect(job.files.get('rejected.ndjson')?.text.match(/\n/g)).toHaveLength(60_000);
  });
});

describe('a table', () => {
  let proxy: WriteProxy;
  let throttled: DynamoDBClient;

  beforeEach(async () => {
    proxy = await startProxy(endpoints.dynamodb);
    throttled = new DynamoDBClient({ ...credentials, endpoint: proxy.url, maxAttempts: 1 });
  });
  afterEach(async () => {
    throttled.destroy();
    await proxy.stop();
  });

  it('that takes only a part of each batch gets the rest again, and the last row of a key still wins', async () => {
    const table = await newTable();
    proxy.decide = (_, number) => (number % 3 === 0 ? undefined : { passOn: number % 7 });
    const rows = Array.from({ length: 400 }, (_, i) => ({ id: `k${i % 40}`, version: i }));
    expect(await run({ table, operation: 'put', rows }, { dynamoDb: throttled })).toEqual({ ...none, written: 400 });
    const items = await itemsOf(table);
    expect(items.map(({ version }) => Number(version?.N)).sort((a, b) => a - b)).toEqual(rows.slice(360).map(({ version }) => version));
    expect(proxy.writes.length).toBeGreaterThan(20);
  });

  it('gets batches of at most 25 rows, and never one key twice in a batch', async () => {
    const table = await newTable();
    proxy.decide = () => undefined;
    await run(
      { table, operation: 'put', rows: Array.from({ length: 300 }, (_, i) => ({ id: `k${i % 7 === 0 ? 0 : i}` })) },
      {
        dynamoDb: throttled,
      },
    );
    for (const { RequestItems } of proxy.writes) {
      const ids = RequestItems[table]?.map(({ PutRequest }) => PutRequest?.Item['id']?.['S']) ?? [];
      expect(ids.length).toBeLessThanOrEqual(25);
      expect(new Set(ids).size).toBe(ids.length);
    }
    expect(proxy.writes.length).toBeLessThanOrEqual(12);
  });

  it.each(['ProvisionedThroughputExceededException', 'ThrottlingException', 'RequestLimitExceeded'])(
    'that answers %s is asked again',
    async (error) => {
      const table = await newTable();
      proxy.decide = (_, number) => (number <= 4 ? { error } : undefined);
      const rows = Array.from({ length: 30 }, (_, i) => ({ id: `k${i}` }));
      expect(await run({ table, operation: 'put', rows }, { dynamoDb: throttled })).toEqual({ ...none, written: 30 });
      expect(await itemsOf(table)).toHaveLength(30);
    },
  );

  it('that takes nothing for long makes the job back off with what is written remembered, and go on there', async () => {
    const table = await newTable();
    const rows = Array.from({ length: 250 }, (_, i) => ({ id: `k${String(i).padStart(3, '0')}` }));
    const options = { dynamoDb: throttled, giveUpAfterMs: 300 };
    // The first four batches are taken, whichever order the requests come in.
    proxy.decide = ({ RequestItems }) => {
      const first = RequestItems[table]?.[0]?.PutRequest?.Item['id']?.['S'] ?? '';
      return first < 'k100' ? undefined : { error: 'ProvisionedThroughputExceededException' };
    };
    const job = await submit({ table, operation: 'put', rows }, options, {}, { maxAttempts: 2 });
    await job.kit.settle();
    expect(job.job).toMatchObject({ reason: { code: 'backing_off' }, checkpoint: { offset: 100, written: 100 } });
    expect(job.job.timeline.at(-1)?.detail).toMatch(/^throttled: /);
    proxy.decide = () => undefined;
    proxy.writes.length = 0;
    expect(await job.result()).toEqual({ ...none, written: 250 });
    expect(proxy.writes).toHaveLength(6);
    expect(await itemsOf(table)).toHaveLength(250);
  });

  it('gets nothing while a checkpoint is saved, since the job may go on elsewhere from there', async () => {
    const table = await newTable();
    const underWay: number[] = [];
    const look = () => underWay.push(proxy.underWay());
    proxy.decide = (_, number) => (number % 5 === 0 ? { passOn: 10 } : undefined);
    const rows = Array.from({ length: 3_000 }, (_, i) => ({ id: `k${i}` }));
    await run({ table, operation: 'put', rows }, { dynamoDb: throttled, checkpointEveryRows: 100 }, { onSave: look, onSaved: look });
    expect(underWay.length).toBeGreaterThan(6);
    expect(Math.max(...underWay)).toBe(0);
    expect(proxy.mostUnderWay()).toBeGreaterThan(1);
  });

  it('that refuses a row for a reason of its own costs that row alone, and an earlier one of its key stays', async () => {
    const table = await newTable();
    proxy.decide = ({ RequestItems }) => {
      const isRefused = RequestItems[table]?.some(({ PutRequest }) => PutRequest?.Item['secret'] !== undefined);
      return isRefused ? { error: 'ValidationException' } : undefined;
    };
    const rows = [{ id: 'a', n: 1 }, { id: 'b' }, { id: 'a', secret: true }, { id: 'c' }];
    const job = await jobOf({ table, operation: 'put', rows }, { dynamoDb: throttled });
    expect(job.result).toMatchObject({ written: 3, rejected: 1 });
    expect(reportOf(job)).toEqual([{ line: 3, reason: 'DynamoDB says: ValidationException by the test', row: { id: 'a', secret: true } }]);
    expect(await itemsOf(table)).toEqual([{ id: { S: 'a' }, n: { N: '1' } }, { id: { S: 'b' } }, { id: { S: 'c' } }]);
    expect(await failure(run({ table, operation: 'put', rows, onInvalidRow: 'fail' }, { dynamoDb: throttled }))).toMatchObject({
      code: 'invalid_row',
      details: { line: 3, written: 3 },
    });
  });

  it('that does not exist, or may not be written, fails the job with the words of AWS', async () => {
    const table = await newTable();
    expect(await failure(run({ table: 'missing', operation: 'put', rows: [{ id: 'a' }] }))).toMatchObject({
      code: 'ResourceNotFoundException',
      retryable: false,
    });
    proxy.decide = () => ({ error: 'AccessDeniedException' });
    expect(await failure(run({ table, operation: 'put', rows: [{ id: 'a' }] }, { dynamoDb: throttled }))).toMatchObject({
      code: 'AccessDeniedException',
      message: 'AccessDeniedException by the test',
      retryable: false,
    });
    // AWS's messages also contain the names of tables and jobs.
    proxy.decide = () => ({ error: 'AccessDeniedException', message: 'not authorized: dynamodb:BatchWriteItem on table/orders-KMS' });
    expect(await failure(run({ table, operation: 'put', rows: [{ id: 'a' }] }, { dynamoDb: throttled }))).toMatchObject({
      code: 'AccessDeniedException',
    });
  });

  it.each([
    'KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    'User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/k',
  ])('whose key may not be used fails the job with what to do: %s', async (message) => {
    const table = await newTable();
    proxy.decide = () => ({ error: 'AccessDeniedException', message });
    expect(await failure(run({ table, operation: 'put', rows: [{ id: 'a' }] }, { dynamoDb: throttled }))).toMatchObject({
      code: 'table_key_denied',
      message: expect.stringMatching(/(customer master key|kms:Decrypt) .*tableKeys/),
      retryable: false,
    });
  });

  it('is spared by a limit of write units: no request spends more than a second holds, unless one row does', async () => {
    const table = await newTable();
    const rows = [{ id: 'large', text: 'x'.repeat(5_000) }, ...Array.from({ length: 9 }, (_, i) => ({ id: `k${i}` }))];
    proxy.decide = () => undefined;
    await run({ table, operation: 'put', rows, maxWriteUnitsPerSecond: 4 }, { dynamoDb: throttled });
    expect(proxy.writes.map(({ RequestItems }) => RequestItems[table]?.length)).toEqual([1, 4, 4, 1]);
    expect(await itemsOf(table)).toHaveLength(10);
  });

  it('is left alone at once when the job is cancelled, though it is throttled', async () => {
    const table = await newTable();
    proxy.decide = () => ({ passOn: 0 });
    const job = await submit({ table, operation: 'put', rows: [{ id: 'a' }] }, { dynamoDb: throttled });
    expect((await job.cancelAfter(500)).status).toBe('cancelled');
    // It ended on its own: code that does not stop is ended with its process.
    expect(job.kit.deaths).toEqual([]);
    expect(proxy.writes.length).toBeGreaterThan(1);
    expect(await itemsOf(table)).toEqual([]);
  });
});
