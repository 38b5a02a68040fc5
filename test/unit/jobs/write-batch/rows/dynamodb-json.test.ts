import { marshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { looksTyped, typedItem } from '../../../../../lambdas/jobs/write-batch/rows/dynamodb-json.ts';
import { parseExactJson } from '../../../../../lambdas/text/exact-json.ts';

it.each([
  ['{"id":{"S":"a"}}', true],
  ['{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}', true],
  ['{"id":"dj2","n":{"N":"5"},"tags":{"SS":["a","b"]},"b":{"BOOL":true}}', true],
  ['{"id":"a","m":{"M":{"x":{"L":[{"NULL":true}]}}}}', true],
  ['{"id":"a","size":{"S":"small"}}', false],
  ['{"id":"a","m":{"M":{"x":1}}}', false],
  ['{"id":"a","n":{"N":5}}', false],
  ['{"id":"a","n":{"N":"5","S":"x"}}', false],
  ['{"id":"a","flags":{"L":[1]}}', false],
  ['{"id":"a"}', false],
  ['{}', false],
  ['[]', false],
  ['1', false],
])('%s looks like DynamoDB JSON: %s', (json, expected) => expect(looksTyped(parseExactJson(json))).toBe(expected));

it('reads all types, in an export as well', () => {
  const item = {
    s: { S: '' },
    n: { N: '1.50e1' },
    b: { B: 'AQI=' },
    t: { BOOL: false },
    z: { NULL: true },
    ss: { SS: ['a', 'b'] },
    ns: { NS: ['1', '2.0'] },
    bs: { BS: ['AQ==', 'Ag=='] },
    l: { L: [{ N: '12345678901234567890123456789012345678' }, { M: {} }] },
    m: { M: { S: { S: 'x' }, l: { L: [] } } },
  };
  const expected = {
    ...item,
    n: { N: '15' },
    b: { B: Buffer.from([1, 2]) },
    ns: { NS: ['1', '2'] },
    bs: { BS: [Buffer.from([1]), Buffer.from([2])] },
  };
  expect(typedItem(item).attributes).toEqual(expected);
  expect(typedItem({ Item: item }).attributes).toEqual(expected);
  expect(typedItem({ Item: { S: 'an attribute of this name' } }).attributes).toEqual({ Item: { S: 'an attribute of this name' } });
});

it('reads what the SDK writes', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.string().filter((text) => text.isWellFormed()),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.uniqueArray(fc.string({ unit: 'grapheme-ascii' }), { minLength: 1 }).map((texts) => new Set(texts)),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.string({ minLength: 1, unit: 'grapheme-ascii' }).filter((name) => name !== '__proto__'),
        tie('value'),
        { maxKeys: 3 },
      ),
    ),
  })).value;
  const items = fc.dictionary(
    fc.string({ minLength: 1, unit: 'grapheme-ascii' }).filter((name) => !['__proto__', 'Item'].includes(name)),
    value,
  );
  fc.assert(
    fc.property(items, (item) => {
      // A member `constructor` makes a plain object look like one of a class.
      const written = marshall(item, { convertClassInstanceToMap: true });
      expect(typedItem(JSON.parse(JSON.stringify(written))).attributes).toEqual(JSON.parse(JSON.stringify(written)));
    }),
  );
});

it.each([
  ['{"a":"x"}', 'is not a value with its type'],
  ['{"a":{"N":"x"}}', 'is not a number'],
  ['{"a":{"B":"x"}}', 'is not base64'],
  ['{"a":{"SS":[]}}', 'is an empty set'],
  ['{"a":{"NS":["1","1.0"]}}', 'is a set with an element twice'],
  ['{"":{"S":"x"}}', 'name of an attribute is empty'],
  ['{"a":{"S":"\\ud800"}}', 'surrogate'],
  [`{"a":${'{"L":['.repeat(40)}${']}'.repeat(40)}}`, 'nested deeper than 32 levels'],
  ['[1]', 'not a JSON object'],
])('%s is a bad row: %s', (json, reason) => expect(() => typedItem(parseExactJson(json))).toThrow(reason));
