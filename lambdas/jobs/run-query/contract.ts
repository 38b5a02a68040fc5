import * as z from 'zod';
import { defineJobType, type InputFault } from '../../core/contract/contract.ts';
import { isAllowed, type Settings } from '../../core/contract/runtime-settings.ts';
import { isUploadReference } from '../../core/contract/upload-reference.ts';
import { csvDialect } from '../../text/csv-dialect.ts';
import { isExactNumber } from '../../text/exact-json.ts';
import { decryptPermissions } from '../key-permission.ts';
import { foldCase } from './column-names.ts';
import { parseSourceUrl } from './source-urls.ts';
import { csvTypeRule, parseCsvType } from './values/csv-type.ts';
import { wireFormat } from './values/wire-format.ts';

const name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, 'must begin with a letter, then up to 62 letters, digits or underscores')
  .describe('A letter, then up to 62 letters, digits or underscores. Upper and lower case are the same, as in SQL.');

const csvOptions = z
  .strictObject({
    ...csvDialect,
    header: z
      .boolean()
      .default(true)
      .describe(
        'Whether the first line names the columns. When false they are column0, column1 and so on, as is a column whose name is empty; names that differ in case alone get a number: a, a_1.',
      ),
    types: z
      .enum(['infer', 'text'])
      .default('infer')
      .describe(
        '`infer` gives a column a type where all its values have it and none loses anything by it: BIGINT, HUGEINT, DECIMAL, BOOLEAN (true, false), DATE, TIMESTAMP, TIMESTAMP_NS, TIMESTAMP WITH TIME ZONE; else VARCHAR. `text` makes every column VARCHAR.',
      ),
    columns: z
      .record(
        z.string(),
        z.string().refine((type) => parseCsvType(type) !== undefined, csvTypeRule),
      )
      .refine((columns) => Object.keys(columns).length <= 1_000, 'must name at most 1000 columns')
      .default({})
      .describe(
        'Types by column, in place of inferred ones: `{"sku": "VARCHAR"}`. A value that the type cannot hold exactly fails the job with its line.',
      ),
  })
  .describe(
    'RFC 4180: quote and escape are the double quote, lines end in LF, CRLF, CR or a mixture. An empty field is NULL, "" an empty text.',
  );

export const defaultCsvOptions = csvOptions.parse({});

const s3Source = z
  .strictObject({
    url: z
      .string()
      .max(1100)
      .refine(
        (url) => isUploadReference(url) || parseSourceUrl(url) !== undefined,
        'must be s3://bucket/key, or end in / or * for all objects whose keys begin so, or be upload://upl_… as POST /v1/uploads answered',
      )
      .describe(
        'upload://upl_… for what POST /v1/uploads took. s3://bucket/key for one object; with / or * at its end for all objects whose keys begin so, in the order of their keys (at most 1000). Keys ending in .gz or .zst are decompressed (CSV and JSON).',
      ),
    format: z.enum(['parquet', 'csv', 'ndjson', 'json']).describe('How the objects are read. `json` is an array of objects or one object.'),
    csv: csvOptions.optional().describe('Only for format csv.'),
    partitions: z
      .enum(['none', 'hive'])
      .optional()
      .describe('Only for format parquet. `hive` makes a column of each `key=value` folder in the key. Default `none`.'),
  })
  .refine(({ format, csv }) => csv === undefined || format === 'csv', { path: ['csv'], message: 'goes with format csv only' })
  .refine(({ format, partitions }) => partitions === undefined || format === 'parquet', {
    path: ['partitions'],
    message: 'goes with format parquet only',
  })
  .describe('Objects in a bucket that the deployer allows, or an upload.');

const rowsSource = z
  .strictObject({
    rows: z
      .array(z.record(z.string(), z.unknown()))
      .min(1)
      .max(10_000)
      .refine((rows) => rows.some((row) => Object.keys(row).length > 0), 'needs at least one object with a member')
      .refine(
        (rows) => areDistinctNames([...new Set(rows.flatMap((row) => Object.keys(row)))]),
        'must have members whose names are not empty and differ in more than upper and lower case',
      )
      .refine(
        (rows) => rows.every((row) => Object.keys(row).every(isText)),
        'must have members whose names hold no NUL and no half of a character',
      )
      .describe(
        'JSON objects, 1 to 10,000. Columns are typed by their values: BOOLEAN, VARCHAR, BIGINT (HUGEINT beyond 64 bits), DOUBLE, DECIMAL where a number has more digits than a double holds, lists, structs; a column of mixed kinds, or of what none of these holds, is JSON. No digit is lost.',
      ),
  })
  .describe('Rows in the request itself.');

/** SQL ends at a NUL, and half a character (a lone surrogate) is none in the UTF-8 that DuckDB reads. */
const isText = (text: string) => !text.includes('\0') && text.isWellFormed();
const isWhole = (value: unknown) => typeof value !== 'string' || value.isWellFormed();
const isScalar = (value: unknown) =>
  value === null || isExactNumber(value) || typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string';

const input = z.strictObject({
  sql: z
    .string()
    .min(1)
    .max(100_000)
    .refine((sql) => isText(sql), 'must not contain NUL or half of a character')
    .describe(
      'One reading statement in the SQL of DuckDB: SELECT, FROM, WITH, VALUES, PIVOT … IN, DESCRIBE, SUMMARIZE. It sees its sources and nothing else.',
    ),
  sources: z
    .record(name, z.union([s3Source, rowsSource]))
    .refine((sources) => Object.keys(sources).length <= 20, 'must be at most 20')
    .refine((sources) => areDistinctNames(Object.keys(sources)), 'must have names that differ in more than upper and lower case')
    .default({})
    .describe('Each becomes a view of its name. At most 20.'),
  parameters: z
    .record(
      z.string().regex(/^[A-Za-z0-9_]{1,63}$/),
      z.unknown().refine(isScalar, 'must be a string, number, boolean or null').refine(isWhole, 'must not contain half of a character'),
    )
    .refine((parameters) => Object.keys(parameters).length <= 100, 'must be at most 100')
    .default({})
    .describe('Values for $name in the SQL, bound and never pasted. Strings, numbers (exact to 38 digits), booleans, null. At most 100.'),
  output: z
    .strictObject({
      format: z
        .enum(['json', 'csv', 'parquet'])
        .default('json')
        .describe('json: rows in the result while they are few, else an NDJSON file. csv, parquet: always a file.'),
      maxInlineRows: z
        .int()
        .min(0)
        .max(10_000)
        .default(1000)
        .describe('json only: more rows than this, or more than 200 KB of JSON, go to a file.'),
      csvFormulaEscape: z
        .boolean()
        .default(true)
        .describe(
          "csv only: texts that begin with = + - @, tab or line break get a ' in front, so that a spreadsheet does not run them. Numbers are never changed.",
        ),
    })
    .prefault({})
    .describe('Where the result goes.'),
});

const columns = z.array(z.strictObject({ name: z.string(), type: z.string().describe("DuckDB's name of the type.") }));

const output = z.strictObject({
  columns: columns.describe('In order. A name that comes twice gets a number: a, a_1.'),
  rows: z
    .array(z.array(z.unknown()))
    .nullable()
    .describe(
      `Each row an array in the order of the columns; null when the result is a file. Values, also those in an NDJSON file:\n${wireFormat}`,
    ),
  rowCount: z.int().nonnegative().describe('Rows of the whole result, wherever it is.'),
  resultUrl: z
    .string()
    .nullable()
    .describe(
      'Where the file is: result.ndjson (an object a line), result.csv (RFC 4180; nothing for NULL, "" for an empty text) or result.parquet (HUGEINT as DECIMAL(38,0), TIME_NS as text).',
    ),
  sources: z
    .record(
      z.string(),
      z.strictObject({ objects: z.int().nonnegative().describe('0 for rows in the request.'), rows: z.int().nonnegative(), columns }),
    )
    .describe('What was read, by the name of the source: how many objects and rows, and the type that each column was given.'),
});

export const contract = defineJobType({
  name: 'run-query',
  description:
    'Runs one reading SQL statement in DuckDB over Parquet, CSV and JSON in S3, or over rows in the request. Small results come back inline, larger ones as a file.',
  version: 1,
  input,
  output,
  example: { sql: 'SELECT 6 * 7 AS answer' },
  timeoutSeconds: 900,
  deadline: { hours: 1 },
  maxAttempts: 2,
  backoff: { baseMs: 2_000, capMs: 60_000 },
  typicalSeconds: 5,
  concurrency: 5,
  batchSize: 1,
  cancelCheckSeconds: 1,
  memoryMiB: 2048,
  ephemeralStorageMiB: 4096,
  files: 'write',
  uploads: 'read',
  nativeModules: ['@duckdb/node-bindings'],
  permissions: ({ sourceBuckets, sourceKeys }) =>
    sourceBuckets.length === 0
      ? []
      : [
          {
            actions: ['s3:GetObject'],
            resources: sourceBuckets.map((bucket) => `arn:{partition}:s3:::${bucket}/*`),
            reason: 'The deployer lists buckets; their objects are named by jobs.',
          },
          { actions: ['s3:ListBucket'], resources: sourceBuckets.map((bucket) => `arn:{partition}:s3:::${bucket}`) },
          ...decryptPermissions('s3', sourceKeys),
        ],
  check: ({ sources }, settings) => Object.entries(sources).flatMap(([source, value]) => checkSource(source, value, settings)),
});

export type QueryInput = z.output<typeof input>;
export type JobResult = z.output<typeof output>;
/** What the statement yields; the worker adds what was read. */
export type QueryResult = Omit<JobResult, 'sources'>;
export type CsvOptions = z.output<typeof csvOptions>;
export type S3Source = z.output<typeof s3Source>;
export type Source = QueryInput['sources'][string];

function checkSource(source: string, value: Source, settings: Settings): readonly InputFault[] {
  if (!('url' in value) || isUploadReference(value.url)) return [];
  const bucket = parseSourceUrl(value.url)?.bucket;
  if (bucket !== undefined && isAllowed(settings.sourceBuckets, bucket)) return [];
  return [
    {
      pointer: `/sources/${source}/url`,
      detail: `must be in a bucket that the deployer allows for sources (was ${bucket ?? 'no s3:// url'})`,
    },
  ];
}

function areDistinctNames(names: readonly string[]): boolean {
  return !names.includes('') && new Set(names.map(foldCase)).size === names.length;
}
