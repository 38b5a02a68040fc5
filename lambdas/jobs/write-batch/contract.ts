import * as z from 'zod';
import { defineJobType, type InputFault, type PermissionStatement } from '../../core/contract/contract.ts';
import { isAllowed } from '../../core/contract/runtime-settings.ts';
import { csvDialect } from '../../text/csv-dialect.ts';
import { isExactNumber } from '../../text/exact-json.ts';
import { parseS3Url } from '../../text/s3-url.ts';
import { decryptPermissions } from '../key-permission.ts';
import { sourceUrlError } from './source/source-url.ts';

/** Rows go through untouched, exact numbers in them too. `z.record` would silently leave out a column named `__proto__`. */
const row = z
  .unknown()
  .refine((value) => typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value), 'must be a JSON object')
  .meta({ type: 'object', additionalProperties: true })
  .describe('For `put` the whole item, for `delete` its key attributes and nothing else. Numbers are kept exactly, up to 38 digits.');

const url = z
  .string()
  .max(1_100)
  .superRefine((value, issues) => {
    const fault = sourceUrlError(value);
    if (fault !== undefined) issues.addIssue({ code: 'custom', message: fault });
  })
  .describe(
    '`upload://upl_…` for what POST /v1/uploads took, or `s3://bucket/key` of an object in an allow-listed bucket. A key that ends in .gz or .zst is decompressed; after a crash such an object is read from its start again, though nothing is written twice. It must not change while the job runs.',
  );

const ndjson = z.strictObject({
  url,
  format: z
    .literal('ndjson')
    .describe(
      'One JSON object a line in UTF-8, at most 2 MiB each. Blank lines are skipped. An array, text behind an object, or an object of another format ends the job. DynamoDB JSON is refused: it has a format of its own.',
    ),
});

const dynamoDbJson = z.strictObject({
  url,
  format: z
    .literal('dynamodb-json')
    .describe(
      'One item a line in DynamoDB JSON, `{"id":{"S":"a"},"tags":{"SS":["x"]}}`, sets and binary values included; also in a member `Item`, as DynamoDB exports it.',
    ),
});

const csv = z.strictObject({
  url,
  format: z
    .literal('csv')
    .describe(
      'RFC 4180 with a header as its first line; lines end in LF, CRLF, CR or a mixture; a record is at most 2 MiB. Blank lines are skipped.',
    ),
  ...csvDialect,
  delimiter: csvDialect.delimiter
    .unwrap()
    .default(',')
    .describe(
      'The character between two fields. It is not detected here: with a wrong one the job fails and shows the header that it found.',
    ),
  raggedRows: csvDialect.raggedRows.describe(
    'What becomes of a row whose number of fields differs from the header. `fail` makes it a bad row (see `onInvalidRow`). `pad` fills missing fields as empty ones. `keep` pads, too, and keeps surplus fields as attributes `column3` and so on, by their index from 0.',
  ),
  columns: z
    .record(z.string().min(1).max(255), z.enum(['string', 'number', 'boolean', 'json']))
    .refine((columns) => Object.keys(columns).length <= 1_000, 'must name at most 1000 columns')
    .default({})
    .describe(
      'Types by column. Where none is given, key attributes (of the table and its indexes) get the type that the table wants, all others are strings. ' +
        '`boolean` reads true and false in any case; `json` reads any JSON value.',
    ),
  rename: z
    .record(z.string().min(1).max(255), z.string().min(1).max(255))
    .refine((rename) => Object.keys(rename).length <= 1_000, 'must name at most 1000 columns')
    .default({})
    .describe('Attributes whose name differs from that of their column in the header, by column: `{"zip_code": "id"}`.'),
  emptyFields: z
    .enum(['omit', 'null', 'emptyString'])
    .default('omit')
    .describe(
      'What an empty field becomes, quoted or not: no attribute, a NULL, or an empty string (a bad row where the column is not a string).',
    ),
});

const input = z
  .strictObject({
    table: z
      .string()
      .regex(/^[a-zA-Z0-9_.-]{3,255}$/, 'must be a table name: 3 to 255 letters, digits, dots, dashes or underscores')
      .describe('Name of an allow-listed DynamoDB table in the same account and region.'),
    operation: z
      .enum(['put', 'delete'])
      .describe('`put` replaces whole items, `delete` removes them by key. The last row of a key wins, in the order of the source.'),
    rows: z.array(row).min(1).max(10_000).optional().describe('Rows in the request itself. Either these or `source`.'),
    source: z
      .discriminatedUnion('format', [ndjson, dynamoDbJson, csv])
      .optional()
      .describe('An object in S3 or an upload, streamed: its size does not matter. Either this or `rows`.'),
    onInvalidRow: z
      .enum(['reject', 'fail'])
      .default('reject')
      .describe(
        '`reject` leaves bad rows out and reports each with its line and reason. `fail` ends the job with `invalid_row` at the first: with `rows` ' +
          'they are all checked before anything is written; from a source, what was written before stays, and `error.details` counts it.',
      ),
    maxWriteUnitsPerSecond: z
      .int()
      .min(1)
      .max(1_000_000)
      .optional()
      .describe(
        'Spend at most this many write units a second, estimated as one for each started KB of an item. Indexes, and the size of what is replaced or deleted, are not known beforehand and not counted.',
      ),
  })
  .superRefine(({ rows, source }, issues) => {
    if (rows === undefined && source === undefined) {
      issues.addIssue({ code: 'custom', path: ['rows'], message: 'must be given, unless `source` is' });
    }
    if (rows !== undefined && source !== undefined) {
      issues.addIssue({ code: 'custom', path: ['source'], message: 'must not be given together with `rows`' });
    }
  });

const count = z.int().min(0);
const output = z.strictObject({
  written: count.describe(
    'Rows put. A row that a later row of the same key replaced is counted too, so that written + deleted + rejected is the number of rows in the source.',
  ),
  deleted: count.describe('Rows deleted, counted likewise, whether or not the item existed.'),
  rejected: count.describe('Bad rows that were left out.'),
  rejectedRowsUrl: z
    .string()
    .nullable()
    .describe(
      'NDJSON with a line `{"line","reason","row"}` for each rejected row, or null where there is none. Lines are counted from 1, rows in the request too. `row` is the original text where it could not be read.',
    ),
});

export type WriteBatchInput = z.output<typeof input>;
export type CsvSource = z.output<typeof csv>;

export const contract = defineJobType({
  name: 'write-batch',
  description:
    'Writes rows from the request, or from an NDJSON, DynamoDB JSON or CSV object in S3 or an upload, into a DynamoDB table, or deletes them. Goes on where it was after a crash.',
  version: 1,
  input,
  output,
  example: { table: 'scratch', operation: 'put', rows: [{ id: 'order-17', total: 42 }] },
  timeoutSeconds: 900,
  deadline: { hours: 24 },
  maxAttempts: 5,
  backoff: { baseMs: 5_000, capMs: 300_000 },
  typicalSeconds: 2,
  concurrency: 10,
  batchSize: 10,
  memoryMiB: 512,
  files: 'write-and-read',
  uploads: 'read',
  permissions: ({ writableTables, sourceBuckets, sourceKeys, tableKeys }): readonly PermissionStatement[] =>
    [
      {
        actions: ['dynamodb:BatchWriteItem', 'dynamodb:DescribeTable'],
        resources: writableTables.map((name) => `arn:{partition}:dynamodb:{region}:{account}:table/${name}`),
      },
      {
        actions: ['s3:GetObject'],
        resources: sourceBuckets.map((name) => `arn:{partition}:s3:::${name}/*`),
        reason: 'The deployer lists buckets; their objects are named by jobs.',
      },
      ...decryptPermissions('s3', sourceKeys),
      ...decryptPermissions('dynamodb', tableKeys),
    ].filter(({ resources }) => resources.length > 0),
  check: ({ table, source }, { writableTables, sourceBuckets }) => {
    const faults: InputFault[] = [];
    if (!isAllowed(writableTables, table))
      faults.push({ pointer: '/table', detail: `The table "${table}" is not on the deployer's list.` });
    const bucket = source && parseS3Url(source.url)?.bucket;
    if (bucket !== undefined && !isAllowed(sourceBuckets, bucket)) {
      faults.push({ pointer: '/source/url', detail: `The bucket "${bucket}" is not on the deployer's list.` });
    }
    return faults;
  },
});
