import { parseExactJson } from '../../../../lambdas/core/exact-json.ts';
import { rowsTable } from '../../../../lambdas/jobs/run-query/rows-table.ts';

const typeOf = (...values: string[]) =>
  rowsTable(values.map((value) => parseExactJson(`{"a":${value}}`) as Record<string, unknown>)).columns.get('a');

it.each([
  ['BOOLEAN', ['true', 'null', 'false']],
  ['VARCHAR', ['"2026-01-01"', '"1"']],
  ['VARCHAR', ['null']],
  ['BIGINT', ['1', '-9223372036854775808', '9223372036854775807']],
  ['HUGEINT', ['1', '9223372036854775808']],
  ['VARCHAR', ['1'.repeat(40), '1']],
  ['DOUBLE', ['1', '0.5', '1e300']],
  ['DECIMAL(20,19)', ['1.2345678901234567890', '0.5']],
  ['VARCHAR', ['1.2345678901234567890', '1e300']],
  ['BIGINT[]', ['[1,2]', '[]', 'null']],
  ['STRUCT("x" BIGINT, "y" VARCHAR[])', ['{"x":1}', '{"y":["a"]}']],
  ['STRUCT("a""b" BIGINT)', ['{"a\\"b":1}']],
  ['VARCHAR', ['{"x":1,"X":2}']],
  ['VARCHAR', ['{}']],
  ['VARCHAR', ['1', '"a"']],
  ['VARCHAR', ['1', '[1]']],
])('makes a column %s of %j', (type, values) => expect(typeOf(...values)).toBe(type));

it('keeps columns in the order in which they first appear', () =>
  expect([...rowsTable([{ b: 1 }, { a: 1, b: 2 }]).columns.keys()]).toEqual(['b', 'a']));
