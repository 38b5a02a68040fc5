/** The judge of the differential test, which must notice what it is there for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Case, Outcome } from '../../differential/case.ts';
import { canonicalNumber, isSameNumber } from '../../differential/numbers.ts';
import { instantNs } from '../../differential/times.ts';
import { parseTypeName } from '../../differential/type-name.ts';
import { isSameTagged, isSameText } from '../../differential/values.ts';
import { judge } from '../../differential/verdict.ts';

describe('a value', () => {
  it.each([
    ['007', 'BIGINT', '7', false],
    ['7', 'BIGINT', '7', true],
    ['9007199254740993', 'DOUBLE', 9007199254740992, false],
    ['1.50', 'DECIMAL(3,2)', '1.50', true],
    ['1.5', 'DECIMAL(3,2)', '1.50', true],
    ['1e5', 'DOUBLE', 100000, false],
    ['-0', 'BIGINT', '0', false],
    ['01/02/2026', 'DATE', '2026-02-01', false],
    ['2026-02-01', 'DATE', '2026-02-01', true],
    ['2026-02-01', 'TIMESTAMP', '2026-02-01T00:00:00', false],
    ['2026-02-01 12:00:00.123456789', 'TIMESTAMP', '2026-02-01T12:00:00.123456', false],
    ['2026-02-01T12:00:00+02:00', 'TIMESTAMP WITH TIME ZONE', '2026-02-01T10:00:00Z', true],
    ['2026-02-01T12:00:00+02:00', 'TIMESTAMP', '2026-02-01T10:00:00', false],
    ['yes', 'BOOLEAN', true, false],
    [' x', 'VARCHAR', 'x', false],
    ['', 'VARCHAR', null, false],
    [null, 'VARCHAR', '', false],
  ] as const)('%j as %s %j in a CSV file is the same: %s', (text, type, value, isSame) =>
    expect(isSameText(text, value, parseTypeName(type))).toBe(isSame),
  );

  it.each([
    [{ n: '0.1' }, 'DOUBLE', 0.1, true],
    [{ n: '0.10000000000000001' }, 'DOUBLE', 0.1, false],
    [{ n: '1e400' }, 'JSON', '1E+400', true],
    [{ n: '1' }, 'VARCHAR', '1', false],
    ['2026-01-01', 'DATE', '2026-01-01', false],
    [['a'], 'VARCHAR[]', ['a'], true],
    [['a'], 'VARCHAR[]', ['a', 'a'], false],
    [{ o: [['a', { n: '1' }]] }, 'STRUCT(a BIGINT, b BIGINT)', { a: '1', b: null }, true],
    [{ o: [['a', { n: '1' }]] }, 'STRUCT(a BIGINT, b BIGINT)', { a: '1', b: '2' }, false],
    [{ o: [] }, 'STRUCT(a BIGINT)', null, false],
    [{ ts: '1000000001', zone: false }, 'TIMESTAMP_NS', '1970-01-01T00:00:01.000000001', true],
    [{ ts: '1000000001', zone: false }, 'TIMESTAMP', '1970-01-01T00:00:01', false],
  ] as const)('%j as %s %j in a JSON or Parquet file is the same: %s', (tagged, type, value, isSame) =>
    expect(isSameTagged(tagged, value, parseTypeName(type))).toBe(isSame),
  );

  it('is a number of any length and spelling', () => {
    expect(isSameNumber('100e-2', '1.0')).toBe(true);
    expect(isSameNumber('12345678901234567890.5', '12345678901234567890.4')).toBe(false);
    expect(canonicalNumber('0x10')).toBeUndefined();
  });

  it('is a time of any year', () => expect(instantNs('0001-01-01T00:00:00Z')?.ns).toBe(-62_135_596_800_000_000_000n));
});

describe('a reading', () => {
  const folder = mkdtempSync(join(tmpdir(), 'verdict-test-'));
  const expected = join(folder, 'expected.ndjson');
  writeFileSync(expected, '["1","x"]\n["2","y"]\n');
  afterAll(() => rmSync(folder, { recursive: true }));
  const good: Case = {
    name: 'case-0',
    kind: 'csv',
    folder,
    source: { format: 'csv' },
    key: 'case-0/t.csv',
    objects: [{ key: 'case-0/t.csv', path: '', size: 1 }],
    outcome: 'rows',
    columns: [
      { name: 'n', class: 'integer' },
      { name: 's', class: 'text' },
    ],
    rowCount: 2,
    expected,
    faulty: [],
    lines: null,
    notes: {},
  };
  const read = (rows: readonly (readonly unknown[])[], type = 'BIGINT'): Outcome => ({
    kind: 'rows',
    columns: [
      { name: 'n', type },
      { name: 's', type: 'VARCHAR' },
    ],
    rows,
  });
  const error = (details: Readonly<Record<string, unknown>>): Outcome => ({ kind: 'error', code: 'invalid_source', message: '', details });
  const rows = [
    ['1', 'x'],
    ['2', 'y'],
  ];

  it.each([
    ['the same rows', rows, 'BIGINT', 'right'],
    ['a row less', rows.slice(1), 'BIGINT', 'silent'],
    ['rows in another order', rows.toReversed(), 'BIGINT', 'silent'],
    [
      'another value',
      [
        ['1', 'x'],
        ['2', 'Y'],
      ],
      'BIGINT',
      'silent',
    ],
    ['text where there are numbers', rows, 'VARCHAR', 'type'],
  ] as const)('with %s', (_, those, type, kind) => expect(judge(good, read(those, type)).kind).toBe(kind));

  it('that refuses a good file is wrong', () => expect(judge(good, error({})).kind).toBe('wrongly refused'));

  it('of a bad file names its object and its line', () => {
    const bad: Case = { ...good, outcome: 'refused', faulty: ['case-0/t.csv'], lines: [3, 4] };
    expect(judge(bad, read(rows)).kind).toBe('silent');
    expect(judge(bad, error({ object: 's3://b/case-0/t.csv', line: 3 })).kind).toBe('right');
    expect(judge(bad, error({ object: 's3://b/case-0/t.csv', line: 2 })).kind).toBe('unclear');
    expect(judge(bad, error({ object: 's3://b/other.csv', line: 3 })).kind).toBe('unclear');
  });
});
