import { Readable } from 'node:stream';
import { recordedInput } from '../../models/recorded-value.ts';

it('writes what JSON has a form for as it is, and leaves out what the SDK leaves out', () => {
  const input = { Key: { id: { S: 'job_1' } }, Limit: 20, ConsistentRead: true, Items: [null, 'a'], IndexName: undefined };
  const { IndexName: _, ...rest } = input;
  expect(recordedInput(input)).toEqual(rest);
});

it.each([
  ['NaN', Number.NaN, { $other: 'NaN' }],
  ['infinity', Number.POSITIVE_INFINITY, { $other: 'Infinity' }],
  ['a large integer', 9_007_199_254_740_993n, { $bigint: '9007199254740993' }],
  ['a date', new Date('2026-01-02T03:04:05.678Z'), { $date: '2026-01-02T03:04:05.678Z' }],
  ['no date', new Date(Number.NaN), { $other: 'Invalid Date' }],
  ['a buffer', Buffer.from('abc'), { $bytes: 3 }],
  ['bytes', new Uint8Array(5), { $bytes: 5 }],
  ['a stream', Readable.from(['a']), { $stream: true }],
  ['a function', () => undefined, { $other: 'function' }],
  ['a set', new Set(['a']), { $other: 'Set' }],
  ['a hole in a list', [undefined], [{ $other: 'undefined' }]],
])('writes %s so that a check of types still sees it', (_, value, recorded) => {
  expect(recordedInput({ Body: value })).toEqual({ Body: recorded });
});

it('writes a long string as its sizes, and says whether it has whole characters', () => {
  expect(recordedInput({ Body: 'é'.repeat(600) })).toEqual({ Body: { $string: { utf16: 600, bytes: 1200, isWellFormed: true } } });
  expect(recordedInput({ Body: `${'a'.repeat(600)}\ud800` })).toMatchObject({ Body: { $string: { utf16: 601, isWellFormed: false } } });
});

it('writes what rules read in whole: expressions, messages and user data', () => {
  const text = 'a'.repeat(4_000);
  for (const name of ['UpdateExpression', 'KeyConditionExpression', 'MessageBody', 'UserData'])
    expect(recordedInput({ [name]: text })).toEqual({ [name]: text });
});

it('keeps members apart that are written like its marks', () => {
  expect(recordedInput({ Item: { stream: { S: '' }, pipe: { S: '' } } })).toEqual({ Item: { stream: { S: '' }, pipe: { S: '' } } });
  expect(recordedInput({ Item: { $bytes: { N: '3' }, $$: { S: '' } } })).toEqual({ Item: { $$bytes: { N: '3' }, $$$: { S: '' } } });
});
