import { boundsOf, innerOf, kindOf, propertiesOf } from '../../../console/job-types/json-schema.ts';
import { jsonSchemasOf } from '../../../lambdas/api/resources/json-schemas.ts';
import { catalogue } from '../../../lambdas/jobs/catalogue.ts';

it.each([
  [{ type: 'string' }, 'text'],
  [{ type: ['string', 'null'] }, 'text or null'],
  [{ type: 'integer' }, 'whole number'],
  [{ enum: ['put', 'delete'] }, 'one of put, delete'],
  [{ type: 'array', items: { type: 'string' } }, 'list of: text'],
  [{ anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'string' }] }, 'text or number'],
  [{ const: 'csv' }, 'always "csv"'],
  [{}, 'anything'],
])('says the kind of %j', (schema, kind) => expect(kindOf(schema)).toBe(kind));

it.each([
  [{ minimum: 1, maximum: 50 }, ['1 to 50']],
  [{ minimum: 0, maximum: 9007199254740991 }, ['at least 0']],
  [{ maxLength: 100_000 }, ['at most 100,000 characters']],
  [{ minItems: 1, maxItems: 10, pattern: '^a' }, ['1 to 10 items', 'matches ^a']],
  [{}, []],
])('says the bounds of %j', (schema, bounds) => expect(boundsOf(schema)).toEqual(bounds));

it('knows which members are required, and what is in a list or a map', () => {
  const schema = { type: 'object', properties: { a: { type: 'string' }, b: {} }, required: ['b'] };
  expect(propertiesOf(schema).map(({ name, isRequired }) => [name, isRequired])).toEqual([
    ['a', false],
    ['b', true],
  ]);
  expect(innerOf({ type: 'array', items: { type: 'number' } })).toEqual({ type: 'number' });
  expect(innerOf({ type: 'object', additionalProperties: false })).toBeUndefined();
});

it.each(catalogue.map((contract) => [contract.name, contract] as const))('has words for every member of the input of %s', (_, contract) => {
  const members = propertiesOf(jsonSchemasOf(contract).inputSchema);
  expect(members.length).toBeGreaterThan(0);
  for (const { schema } of members) expect(kindOf(schema)).not.toMatch(/anything|undefined/);
});
