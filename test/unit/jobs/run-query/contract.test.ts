import { contract } from '../../../../lambdas/jobs/run-query/contract.ts';
import { parseExactJson } from '../../../../lambdas/text/exact-json.ts';
import { everythingAllowed } from '../../../../testing/test-kit.ts';

const accepts = (input: unknown) => contract.input.safeParse(input).success;
const settings = { ...everythingAllowed, sourceBuckets: ['sales', 'sales-archive'] };
const from = (url: string) => contract.input.parse({ sql: 'FROM t', sources: { t: { url, format: 'csv' } } });

it('fills in what a caller leaves out', () =>
  expect(contract.input.parse({ sql: 'SELECT 1' })).toEqual({
    sql: 'SELECT 1',
    sources: {},
    parameters: {},
    output: { format: 'json', maxInlineRows: 1000, csvFormulaEscape: true },
  }));

it.each(['t', 'T_1', 'a'.repeat(63)])('takes %s as the name of a source', (name) =>
  expect(accepts({ sql: 'SELECT 1', sources: { [name]: { rows: [{ a: 1 }] } } })).toBe(true),
);
it.each(['', '1t', '_t', 't-1', 't"', 'a'.repeat(64), 'tä', 'main.t'])('refuses %j as the name of a source', (name) =>
  expect(accepts({ sql: 'SELECT 1', sources: { [name]: { rows: [{ a: 1 }] } } })).toBe(false),
);

it.each([
  [true, [{ é: 1, É: 2 }]],
  [true, [{ a: 1 }, { a: 2, b: 3 }]],
  [false, [{ A: 1 }, { a: 2 }]],
  [false, [{ '': 1 }]],
])('takes columns that DuckDB distinguishes, and no others: %s %j', (isTaken, rows) =>
  expect(contract.input.safeParse({ sql: 'FROM r', sources: { r: { rows } } }).success).toBe(isTaken),
);

it('refuses two sources whose names differ in case alone, since SQL cannot distinguish them', () =>
  expect(accepts({ sql: 'SELECT 1', sources: { Sales: { rows: [{ a: 1 }] }, sales: { rows: [{ a: 1 }] } } })).toBe(false));

it.each([
  [{ sql: 'x'.repeat(100_000) }, { sql: 'x'.repeat(100_001) }],
  [{ sql: 'x' }, { sql: '' }],
  [{ sql: 'x' }, { sql: 'x\0' }],
  [{ sql: '😀' }, { sql: '\ud83d' }],
  [
    { sql: 'x', parameters: { a: '😀' } },
    { sql: 'x', parameters: { a: '\ude00' } },
  ],
  [
    { sql: 'x', sources: { t: { rows: [{ '😀': 1 }] } } },
    { sql: 'x', sources: { t: { rows: [{ a: 1 }, { '\ud83d': 1 }] } } },
  ],
  [
    { sql: 'x', sources: { t: { rows: [{ a: 1 }] } } },
    { sql: 'x', sources: { t: { rows: [{ 'a\0b': 1 }] } } },
  ],
  [
    { sql: 'x', output: { maxInlineRows: 10_000 } },
    { sql: 'x', output: { maxInlineRows: 10_001 } },
  ],
  [
    { sql: 'x', output: { maxInlineRows: 0 } },
    { sql: 'x', output: { maxInlineRows: -1 } },
  ],
  [
    { sql: 'x', parameters: { a: null } },
    { sql: 'x', parameters: { a: [1] } },
  ],
  [
    { sql: 'x', parameters: { a_1: 'x' } },
    { sql: 'x', parameters: { 'a b': 'x' } },
  ],
  [
    { sql: 'x', sources: { t: { rows: [{ a: 1 }] } } },
    { sql: 'x', sources: { t: { rows: [] } } },
  ],
  [
    { sql: 'x', sources: { t: { rows: [{}, { a: 1 }] } } },
    { sql: 'x', sources: { t: { rows: [{}] } } },
  ],
  [manySources(20), manySources(21)],
  [manyRows(10_000), manyRows(10_001)],
  [source({ format: 'csv', csv: { delimiter: ';' } }), source({ format: 'json', csv: { delimiter: ';' } })],
  [source({ format: 'ndjson' }), source({ format: 'xlsx' })],
  [{ sql: 'x' }, { sql: 'x', extra: 1 }],
])('accepts what is just within a limit and refuses what is just beyond (%#)', (within, beyond) => {
  expect(accepts(within)).toBe(true);
  expect(accepts(beyond)).toBe(false);
});

it('lets numbers beyond a double through untouched, in rows and in parameters', () => {
  const text = '{"sql":"FROM t","sources":{"t":{"rows":[{"a":12345678901234567890.5}]}},"parameters":{"p":12345678901234567890}}';
  const parsed = contract.input.parse(parseExactJson(text));
  expect(JSON.stringify({ rows: parsed.sources['t'], p: parsed.parameters['p'] })).toBe(
    '{"rows":{"rows":[{"a":12345678901234567890.5}]},"p":12345678901234567890}',
  );
});

it('allows sources in the listed buckets', () => expect(contract.check?.(from('s3://sales/2026/*'), settings)).toEqual([]));

it.each(['s3://sales-secret/x', 's3://sale/x', 's3://sales.archive/x', 's3://other/sales/x'])(
  'points at %s, whose bucket is on no list',
  (url) =>
    expect(contract.check?.(from(url), settings)).toEqual([
      { pointer: '/sources/t/url', detail: expect.stringContaining('must be in a bucket that the deployer allows') },
    ]),
);

it('lets no source out of its bucket by dots in the path', () =>
  expect(accepts({ sql: 'FROM t', sources: { t: { url: 's3://sales/../secret/x', format: 'csv' } } })).toBe(false));

it('may read exactly the listed buckets, and nothing without a list', () => {
  expect(contract.permissions(settings)).toEqual([
    {
      actions: ['s3:GetObject'],
      resources: ['arn:{partition}:s3:::sales/*', 'arn:{partition}:s3:::sales-archive/*'],
      reason: expect.any(String),
    },
    { actions: ['s3:ListBucket'], resources: ['arn:{partition}:s3:::sales', 'arn:{partition}:s3:::sales-archive'] },
  ]);
  expect(contract.permissions({ ...settings, sourceBuckets: [] })).toEqual([]);
});

it('may decrypt with the keys of sources, through S3 alone, also with one that is only known at deployment', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: so CDK writes what it does not know yet
  const keys = ['arn:aws:kms:us-west-2:111122223333:key/k', '${Token[TOKEN.7]}'];
  const found = contract.permissions({ ...settings, sourceKeys: keys }).filter(({ actions }) => actions.includes('kms:Decrypt'));
  expect(found.map(({ resources, conditions }) => [resources, conditions?.['StringEquals']?.['kms:ViaService']])).toEqual([
    [[keys[0]], ['s3.us-west-2.amazonaws.com', 's3.us-west-2.amazonaws.com.cn']],
    [[keys[1]], ['s3.{region}.amazonaws.com', 's3.{region}.amazonaws.com.cn']],
  ]);
});

function source(options: object): unknown {
  return { sql: 'x', sources: { t: { url: 's3://sales/x', ...options } } };
}
function manySources(count: number): unknown {
  return { sql: 'x', sources: Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, { rows: [{ a: 1 }] }])) };
}
function manyRows(count: number): unknown {
  return { sql: 'x', sources: { t: { rows: Array.from({ length: count }, () => ({ a: 1 })) } } };
}
