/** Files that run-query writes, read by run-query: the same rows. */
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { s3Client } from '../../../lambdas/adapters/aws-clients.ts';
import { contract } from '../../../lambdas/jobs/run-query/contract.ts';
import { definition } from '../../../lambdas/jobs/run-query/worker.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { resultOf, runJob } from '../../support/worker-run.ts';

useEmulators();
const Bucket = 'delegation-local';
type Rows = readonly (readonly unknown[])[];

beforeAll(async () => {
  await s3Client().send(new CreateBucketCommand({ Bucket }));
});

const formats = { csv: 'result.csv', ndjson: 'result.ndjson', parquet: 'result.parquet' } as const;
type Format = keyof typeof formats;

async function thereAndBack(sql: string, parameters: object, format: Format): Promise<{ readonly written: Rows; readonly read: Rows }> {
  const query = { sql, parameters };
  const inline = await resultOf(contract, definition, { ...query, output: { maxInlineRows: 10_000 } });
  const output =
    format === 'ndjson' ? { format: 'json', maxInlineRows: 0 } : { format, ...(format === 'csv' ? { csvFormulaEscape: false } : {}) };
  const { job } = await runJob(contract, definition, { ...query, output });
  const Key = `round-trip/${formats[format]}`;
  await s3Client().send(new PutObjectCommand({ Bucket, Key, Body: job.files.get(formats[format])?.body ?? '' }));
  const sources = { t: { url: `s3://${Bucket}/${Key}`, format } };
  const back = await resultOf(contract, definition, { sql: 'FROM t', sources, output: { maxInlineRows: 10_000 } });
  expect(back.columns.map(({ name }) => name)).toEqual(inline.columns.map(({ name }) => name));
  expect(back.sources).toMatchObject({ t: { objects: 1, rows: inline.rowCount } });
  return { written: inline.rows ?? [], read: back.rows ?? [] };
}

/** Numbers as texts: one may come back as a number of a wider type, which JSON has as a text, in CSV also with zeros at its end or without. */
function comparable(value: unknown, format: Format): unknown {
  if (format === 'csv') {
    if (value === null) return null;
    const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
    return /^-?\d+\.\d*$/.test(text) ? text.replace(/\.?0*$/, '') : text;
  }
  if (format === 'parquet' || typeof value !== 'object' || value === null)
    return typeof value === 'number' && format === 'ndjson' ? String(value) : value;
  if (Array.isArray(value)) return value.map((element) => comparable(element, format));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member, format)]));
}

const comparableRows = (rows: Rows, format: Format) => rows.map((row) => row.map((value) => comparable(value, format)));

const values: Readonly<Record<string, readonly string[]>> = {
  boolean: ['true', 'false', 'NULL'],
  tinyint: ['(-128)::TINYINT', '127', 'NULL'],
  bigint: ['(-9223372036854775807)', '9223372036854775807', '0', 'NULL'],
  hugeint: ["'-99999999999999999999999999999999999999'::HUGEINT", '1::HUGEINT', 'NULL'],
  ubigint: ["'18446744073709551615'::UBIGINT", '0::UBIGINT'],
  small: ["'99999999999999999999999999999999999999'::DECIMAL(38,0)", '0::DECIMAL(38,0)'],
  decimal: ['1.50::DECIMAL(10,2)', '(-0.05)::DECIMAL(10,2)', 'NULL'],
  double: ['0.1::DOUBLE', '1e300::DOUBLE', '5e-324::DOUBLE', '(-1.5)::DOUBLE', 'NULL'],
  date: ["DATE '2024-02-29'", "DATE '0001-01-01'", 'NULL'],
  time: ["TIME '23:59:59.123456'", "TIME '00:00:00'"],
  timestamp: ["TIMESTAMP '2026-01-31 12:34:56.123456'", "TIMESTAMP '0001-01-01 00:00:00'", 'NULL'],
  nanos: ["'2026-01-31 12:34:56.123456789'::TIMESTAMP_NS", "'1969-12-31 23:59:59'::TIMESTAMP_NS"],
  zoned: ["TIMESTAMPTZ '2026-01-31 12:34:56.5+02:00'", "TIMESTAMPTZ '1900-01-01 00:00:00Z'", 'NULL'],
  uuid: ["'6f9619ff-8b86-d011-b42d-00c04fc964ff'::UUID"],
  list: ['[1, NULL, 3]', '[]', 'NULL'],
  struct: ["{'a': 1, 'b': 'x,\"y\"'}", 'NULL'],
};
const longest = Math.max(...Object.values(values).map((all) => all.length));
const table = `SELECT * FROM (VALUES ${Array.from(
  { length: longest },
  (_, row) =>
    `(${Object.values(values)
      .map((all) => all[row % all.length])
      .join(', ')})`,
).join(', ')}) t(${Object.keys(values).join(', ')})`;

it.each(Object.keys(formats) as Format[])('values of all types come back from %s', async (format) => {
  const { written, read } = await thereAndBack(table, {}, format);
  expect(comparableRows(read, format)).toEqual(comparableRows(written, format));
});

it.each(Object.keys(formats) as Format[])('any texts come back from %s', async (format) => {
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(...',;"\'\r\n\t =+-@#\\0aé🦁') }),
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '',
      'NULL',
      'null',
      '007',
      '1.50',
      '1.5',
      'true',
      'TRUE',
      '2026-01-31',
      '10.4.21',
      '2026-01-31T12:34:56Z',
      '{}',
      '[]',
      '1e5',
    ),
  );
  const texts = fc.array(fc.tuple(fc.option(text), fc.option(text)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(texts, fc.boolean(), async (rows, hasOneColumn) => {
      const parameters: Record<string, unknown> = {};
      const list = rows.map((row, i) => {
        for (const [j, value] of row.entries()) if (!hasOneColumn || j === 0) parameters[`p${i}_${j}`] = value;
        return hasOneColumn ? `($p${i}_0::VARCHAR)` : `($p${i}_0::VARCHAR, $p${i}_1::VARCHAR)`;
      });
      const sql = `SELECT * FROM (VALUES ${list.join(', ')}) t(${hasOneColumn ? 'a' : 'a, b'})`;
      const { written, read } = await thereAndBack(sql, parameters, format);
      expect(comparableRows(read, format)).toEqual(comparableRows(written, format));
    }),
    { numRuns: 25 },
  );
});
