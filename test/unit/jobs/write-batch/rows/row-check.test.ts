import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { itemSizeBytes } from '../../../../../lambdas/adapters/item-size.ts';
import { checkRow } from '../../../../../lambdas/jobs/write-batch/rows/row-check.ts';
import type { TableSchema } from '../../../../../lambdas/jobs/write-batch/rows/table-schema.ts';
import { tableSchema } from '../../../../../lambdas/jobs/write-batch/rows/table-schema.ts';
import { parseExactJson } from '../../../../../lambdas/text/exact-json.ts';

const byId: TableSchema = { tableName: 't', keys: [{ name: 'id', type: 'S', isRequired: true, maxBytes: 2048 }] };
const schema = tableSchema({
  TableName: 't',
  KeySchema: [
    { AttributeName: 'owner', KeyType: 'HASH' },
    { AttributeName: 'number', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [{ KeySchema: [{ AttributeName: 'hash', KeyType: 'HASH' }] }],
  AttributeDefinitions: [
    { AttributeName: 'owner', AttributeType: 'S' },
    { AttributeName: 'number', AttributeType: 'N' },
    { AttributeName: 'hash', AttributeType: 'B' },
  ],
});

const item = (json: string): Record<string, AttributeValue> => checkRow(parseExactJson(json), 'put', byId).request.PutRequest?.Item ?? {};
const nested = (lists: number) => `{"id":"a","v":${'['.repeat(lists)}1${']'.repeat(lists)}}`;

describe('a row', () => {
  it('becomes an item with each JSON value in its own DynamoDB type', () =>
    expect(item('{"id":"a","n":1.50,"t":true,"x":null,"l":[1,"b"],"m":{"deep":{}},"s":""}')).toEqual({
      id: { S: 'a' },
      n: { N: '1.5' },
      t: { BOOL: true },
      x: { NULL: true },
      l: { L: [{ N: '1' }, { S: 'b' }] },
      m: { M: { deep: { M: {} } } },
      s: { S: '' },
    }));

  it('keeps all 38 digits of a number', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^-?[1-9]\d{0,36}[1-9]$/), (digits) =>
        expect(item(`{"id":"a","n":${digits}}`)['n']).toEqual({ N: digits }),
      ),
    ));

  it('may hold a column that is named like an exact number', () => expect(item('{"id":"a","rawJSON":"1"}')['rawJSON']).toEqual({ S: '1' }));

  it('may be nested as deep as DynamoDB allows', () => expect(() => item(nested(31))).not.toThrow());

  it.each(
    [
      ['{"n":1}', 'key attribute "id" is missing'],
      ['{"id":""}', 'key attribute "id" is empty'],
      ['{"id":7}', 'key attribute "id" must be a string'],
      ['{"id":null}', 'key attribute "id" must be a string'],
      [`{"id":"${'é'.repeat(1025)}"}`, 'has 2050 bytes, DynamoDB takes 2048'],
      [
        '{"id":"a","n":123456789012345678901234567890123456789}',
        'the attribute "n": the number 123456789012345678901234567890123456789 has 39',
      ],
      ['{"id":"a","m":{"n":[1e400]}}', 'the attribute "m": the number 1e400 is outside'],
      ['{"id":"a","":1}', 'name of an attribute is empty'],
      ['{"id":"a","m":{"__proto__":1}}', 'cannot be named "__proto__"'],
      ['{"id":"a","s":"\\ud800"}', 'half of a surrogate pair'],
      [nested(32), 'nested deeper than 32 levels'],
      [nested(500), 'nested deeper than 32 levels'],
      [`{"id":"a","s":"${'x'.repeat(409_600)}"}`, 'the item has 409604 bytes, DynamoDB takes 409600'],
      ['[1]', 'not a JSON object'],
      ['null', 'not a JSON object'],
      ['12345678901234567890123', 'not a JSON object'],
    ].map(([json = '', reason = '']) => [json.slice(0, 60), reason, json] as const),
  )('like %s is bad: %s', (_, reason, json) => expect(() => item(json)).toThrow(reason));

  it('may be just as large as DynamoDB allows', () => expect(() => item(`{"id":"a","s":"${'x'.repeat(409_600 - 4)}"}`)).not.toThrow());
});

describe('a table with two keys and an index', () => {
  const check = (row: object, operation: 'put' | 'delete' = 'put') => checkRow(row, operation, schema);

  it('recognises two rows about one item by their keys, in any spelling', () => {
    const exact = parseExactJson('{"owner":"a","number":100000000000000000000000.0}') as object;
    expect(check(exact).key).toBe(check({ number: 1e23, owner: 'a', other: 1 }).key);
    expect(check({ owner: 'a"', number: 1 }).key).not.toBe(check({ owner: 'a', number: 1 }).key);
  });

  it('refuses a row whose index key is of another type, and takes one without it', () => {
    expect(() => check({ owner: 'a', number: 1, hash: 7 })).toThrow('index key attribute "hash" must be a base64 string');
    expect(() => check({ owner: 'a', number: 1, hash: 'no base64!' })).toThrow('must be a base64 string');
    expect(check({ owner: 'a', number: 1 }).request.PutRequest?.Item).not.toHaveProperty('hash');
  });

  it('takes binary keys as base64', () =>
    expect(check({ owner: 'a', number: 1, hash: 'AAEC' }).request.PutRequest?.Item?.['hash']).toEqual({ B: Buffer.from([0, 1, 2]) }));

  it('deletes by the key alone', () => {
    expect(check({ owner: 'a', number: 1 }, 'delete').request).toEqual({
      DeleteRequest: { Key: { owner: { S: 'a' }, number: { N: '1' } } },
    });
    expect(() => check({ owner: 'a', number: 1, note: '' }, 'delete')).toThrow('"note" is not part of it');
  });
});

describe('the size of an item', () => {
  it.each([
    [{ id: { S: 'é' } }, 2 + 2],
    [{ n: { N: '0' } }, 1 + 1],
    [{ n: { N: '123' } }, 1 + 3],
    [{ n: { N: '-1200' } }, 1 + 2 + 1],
    [{ n: { N: '0.00012' } }, 1 + 2],
    [{ n: { N: '12345678901234567890123456789012345678E-100' } }, 1 + 20],
    [{ x: { NULL: true } }, 1 + 1],
    [{ x: { BOOL: false } }, 1 + 1],
    [{ b: { B: new Uint8Array(5) } }, 1 + 5],
    [{ l: { L: [] } }, 1 + 3],
    [{ l: { L: [{ S: 'ab' }, { NULL: true }] } }, 1 + 3 + (1 + 2) + (1 + 1)],
    [{ m: { M: { key: { S: 'ab' } } } }, 1 + 3 + (1 + 3 + 2)],
  ] as [Record<string, AttributeValue>, number][])('of %j is %d bytes', (value, bytes) => expect(itemSizeBytes(value)).toBe(bytes));
});
