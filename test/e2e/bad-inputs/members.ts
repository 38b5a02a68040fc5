/** Submissions with one member, or one name, that is not valid. */
import { type BadInput, invalid, shown, validInput, validSubmission } from './bad-input.ts';

const notNumbers = ['1', '', null, true, [], {}, [1]];
const wholeNumbers = [-1, -0.5, 0.5, 1.5, 1e300, -1e300, Number.MAX_SAFE_INTEGER + 2];

const notTimes = [
  ...['', 'now', 'tomorrow', '2030-01-01', '2030-01-01T00:00:00', '2030-01-01 00:00:00Z', '2030-01-01T00:00Z', '2030-01-01T24:00:00Z'],
  ...[
    '2030-02-30T00:00:00Z',
    '2030-13-01T00:00:00Z',
    '2030-00-01T00:00:00Z',
    '2030-01-01T00:60:00Z',
    '2030-01-01T00:00:61Z',
    '2029-02-29T00:00:00Z',
  ],
  ...[
    '2030-1-1T00:00:00Z',
    '30-01-01T00:00:00Z',
    '+002030-01-01T00:00:00Z',
    '2030-01-01T00:00:00+25:00',
    '2030-01-01T00:00:00 01:00',
    ' 2030-01-01T00:00:00Z',
  ],
  ...[
    '2030-01-01T00:00:00Z ',
    '2030-01-01T00:00:00Z\u0000',
    '２０３０-01-01T00:00:00Z',
    '2030-W01-1T00:00:00Z',
    '1893456000',
    'x'.repeat(10_000),
  ],
  ...[1_893_456_000, 0, null, true, [], {}],
];

const members: readonly BadInput[] = [
  ...notNumbers.map((value) => invalid(`delaySeconds ${shown(value)}`, { delaySeconds: value }, '#/delaySeconds')),
  ...[...wholeNumbers, 366 * 86_400 + 1].map((value) => invalid(`delaySeconds ${value}`, { delaySeconds: value }, '#/delaySeconds')),
  ...notNumbers.map((value) => invalid(`maxAttempts ${shown(value)}`, { maxAttempts: value }, '#/maxAttempts')),
  ...[...wholeNumbers, 0, 101].map((value) => invalid(`maxAttempts ${value}`, { maxAttempts: value }, '#/maxAttempts')),
  ...notTimes.map((value) => invalid(`startAt ${shown(value)}`, { startAt: value, delaySeconds: undefined }, '#/startAt')),
  ...notTimes.map((value) => invalid(`deadline ${shown(value)}`, { deadline: value }, '#/deadline')),
  invalid('a start in 100 years', { startAt: '2126-01-01T00:00:00Z', delaySeconds: undefined }, '#/startAt'),
  invalid('a start in the year 9999', { startAt: '9999-12-31T23:59:59Z', delaySeconds: undefined }, '#/startAt'),
  invalid('startAt and delaySeconds', { startAt: '2027-01-01T00:00:00Z' }, '#/delaySeconds'),
  invalid('a deadline that is over', { deadline: '2001-01-01T00:00:00Z' }, '#/deadline'),
  invalid('a deadline before the start', { deadline: new Date(Date.now() + 60_000).toISOString() }, '#/deadline'),
  invalid('a deadline in 100 years', { deadline: '2126-01-01T00:00:00Z' }, '#/deadline'),
  ...[null, 'a', 1, true, []].map((tags) => invalid(`tags ${shown(tags)}`, { tags }, '#/tags')),
  ...[null, 1, true, [], {}].map((value) => invalid(`a tag with the value ${shown(value)}`, { tags: { a: value } }, '#/tags/a')),
  invalid('a tag without a name', { tags: { '': 'a' } }, '#/tags/'),
  invalid('a tag with a name of 65 characters', { tags: { ['n'.repeat(65)]: 'a' } }, `#/tags/${'n'.repeat(65)}`),
  invalid('a tag with a value of 257 characters', { tags: { a: 'v'.repeat(257) } }, '#/tags/a'),
  invalid('11 tags', { tags: Object.fromEntries([...'abcdefghijk'].map((name) => [name, name])) }, '#/tags'),
  ...[null, 1, true, [], {}, ['write-batch']].map((type) => invalid(`the type ${shown(type)}`, { type }, '#/type')),
  ...[null, 1, true, [], 'a', [validInput]].map((input) => invalid(`the input ${shown(input)}`, { input }, '#/input')),
  invalid('no type', { type: undefined }, '#/type'),
  invalid('no input', { input: undefined }, '#/input'),
];

const typeNames = [
  ...[
    'none',
    '',
    ' write-batch',
    'write-batch ',
    'WRITE-BATCH',
    'write_batch',
    'write-batch\u0000',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
  ],
  ...['../write-batch', '*', 'x'.repeat(10_000), 'wríte-batch', '<script>alert(1)</script>', "'; DROP TABLE jobs; --"],
];

const ofInput = (what: string, input: unknown, ...pointers: readonly string[]) => invalid(what, { input }, ...pointers);
const row = (value: unknown) => ({ ...validInput, rows: [value] });

const inputs: readonly BadInput[] = [
  ...[null, 1, 'a', true, []].map((value) => ofInput(`a row ${shown(value)}`, row(value), '#/input/rows/0')),
  ofInput('no rows', { ...validInput, rows: [] }, '#/input/rows'),
  ofInput('10,001 rows', { ...validInput, rows: Array.from({ length: 10_001 }, (_, i) => ({ id: `${i}` })) }, '#/input/rows'),
  ofInput('rows and a source', { ...validInput, source: { url: 's3://delegation-local/a', format: 'ndjson' } }, '#/input/source'),
  ofInput('neither rows nor a source', { ...validInput, rows: undefined }, '#/input/rows'),
  ofInput('an unknown operation', { ...validInput, operation: 'burn' }, '#/input/operation'),
  ofInput('a table that is not allowed', { ...validInput, table: 'delegation-jobs' }, '#/input/table'),
  ...['', 'a', 'x'.repeat(256), 'a b', '../jobs', 'arn:aws:dynamodb:::table/a', 'tàble'].map((table) =>
    ofInput(`the table ${shown(table)}`, { ...validInput, table }, '#/input/table'),
  ),
  ...[
    'http://169.254.169.254/',
    'file:///etc/passwd',
    's3://',
    's3:///a',
    's3://delegation-local',
    's3://other-bucket/a',
    'S3://delegation-local/a',
    'x'.repeat(2_000),
  ].map((url) =>
    ofInput(`the source ${shown(url)}`, { table: 'scratch', operation: 'put', source: { url, format: 'ndjson' } }, '#/input/source/url'),
  ),
  invalid('SQL with a NUL', { type: 'run-query', input: { sql: 'SELECT 1\u0000' } }, '#/input/sql'),
  invalid('SQL of 100,001 characters', { type: 'run-query', input: { sql: `SELECT 1${' '.repeat(99_993)}` } }, '#/input/sql'),
  invalid('no SQL', { type: 'run-query', input: {} }, '#/input/sql'),
  invalid(
    'a parameter that is an object',
    { type: 'run-query', input: { sql: 'SELECT $a', parameters: { a: {} } } },
    '#/input/parameters/a',
  ),
  invalid(
    'a parameter whose name is not one',
    { type: 'run-query', input: { sql: 'SELECT 1', parameters: { 'a b': 1 } } },
    '#/input/parameters/a%20b',
  ),
];

/** A submission as text, in which one value is replaced by text that `JSON.stringify` would not write. */
const raw = (what: string, from: object, text: string, ...pointers: readonly string[]): BadInput => ({
  what,
  body: JSON.stringify({ ...validSubmission, ...from }).replace('"?"', text),
  status: 422,
  code: 'invalid-submission',
  pointers,
});

const names: readonly BadInput[] = [
  ...[
    'constructor',
    'toString',
    '__defineGetter__',
    'webhookUrl ',
    'Type',
    'TYPE',
    'input\u0000',
    '\u202etxt',
    'a/b',
    '~',
    '%',
    '#',
    '',
    '😀',
  ].map((name) =>
    invalid(`the member ${shown(name)}`, { [name]: 1 }, `#/${encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))}`),
  ),
  {
    what: 'the member __proto__',
    body: JSON.stringify(validSubmission).replace('{', '{"__proto__":{"type":"a"},'),
    status: 422,
    code: 'invalid-submission',
    pointers: ['#/__proto__'],
  },
  {
    what: 'the tag __proto__',
    body: JSON.stringify(validSubmission).replace('{', '{"tags":{"__proto__":"a"},'),
    status: 422,
    code: 'invalid-submission',
    pointers: ['#/tags/__proto__'],
  },
  raw('half of a surrogate pair in a tag', { tags: { a: '?' } }, '"\\ud800"', '#/tags/a'),
  raw('the other half in a tag', { tags: { a: '?' } }, '"\\udc00"', '#/tags/a'),
  raw('a pair in the wrong order', { tags: { a: '?' } }, '"\\udc00\\ud800"', '#/tags/a'),
  raw('half of a pair in a row', { input: row({ id: '?' }) }, '"x\\ud83d"', '#/input/rows/0/id'),
  raw('a number beyond every double', { delaySeconds: '?' }, '1e999', '#/delaySeconds'),
  raw('a number that only looks whole as a double', { maxAttempts: '?' }, '1.00000000000000000001', '#/maxAttempts'),
  raw('a number of 400 digits', { delaySeconds: '?' }, '9'.repeat(400), '#/delaySeconds'),
  raw('minus zero and a half', { delaySeconds: '?' }, '-0.5e0', '#/delaySeconds'),
];

export const badMembers: readonly BadInput[] = [
  ...members,
  ...typeNames.map((type) => ({
    what: `the type ${shown(type)}`,
    body: { ...validSubmission, type },
    status: 422,
    code: 'unknown-job-type',
    pointers: ['#/type'],
  })),
  ...inputs,
  ...names,
];
