/** What each construct of JSON Schema becomes. That values of a schema fit its type is in test/integration/typegen. */
import * as z from 'zod';
import { SchemaReferences } from '../../../../cli/typegen/schema-references.ts';
import { typeOfSchema } from '../../../../cli/typegen/schema-types.ts';
import { textOf } from '../../../../cli/typegen/type-text.ts';
import { ExactNumber } from '../../../../client/unrounded-json.ts';

/** On one line, to be read. */
function typeOf(schema: unknown, isSent = false): string {
  const references = new SchemaReferences(schema, 'Root', new Set());
  const type = (of: unknown, alias: string) =>
    textOf(typeOfSchema(of, { references, isSent, alias, depth: 0 }))
      .replaceAll(/\s*\n\s*/g, ' ')
      .replaceAll('; }', ' }');
  const root = type(schema, '#');
  const aliases = [...references.aliases].map(([pointer, name]) => `${name} = ${type(references.resolve(pointer), pointer)}`);
  return [root, ...aliases].join('; ');
}
const written = (schema: z.ZodType, io: 'input' | 'output' = 'output') =>
  typeOf(z.toJSONSchema(schema, { io, unrepresentable: 'any' }), io === 'input');

describe('of zod', () => {
  const tree = z.object({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  const node = z.object({ value: z.int() }).meta({ id: 'a node' });
  it.each([
    [z.string(), 'string'],
    [z.boolean(), 'boolean'],
    [z.null(), 'null'],
    [z.number(), 'number'],
    [z.int(), 'number'],
    [z.uint32(), 'number'],
    [z.bigint(), 'unknown'],
    [z.unknown(), 'unknown'],
    [z.never(), 'never'],
    [z.nullable(z.string()), 'string | null'],
    [z.literal('a'), "'a'"],
    [z.literal([1, -2.5, 'a', null, true]), "1 | -2.5 | 'a' | null | true"],
    [z.enum(['a', "b's", 'c"d', 'e\\f', 'g\nh']), String.raw`'a' | 'b\'s' | 'c"d' | 'e\\f' | 'g\nh'`],
    [z.array(z.string()), 'readonly string[]'],
    [z.array(z.array(z.string())), 'readonly (readonly string[])[]'],
    [z.array(z.union([z.string(), z.int()])), 'readonly (string | number)[]'],
    [z.tuple([z.string(), z.int()]), 'readonly [string, number]'],
    [z.tuple([]), 'readonly []'],
    [z.tuple([z.string(), z.int().nullable().optional()], z.boolean()), 'readonly [string, (number | null)?, ...boolean[]]'],
    [z.record(z.string(), z.int()), '{ readonly [name: string]: number }'],
    [z.record(z.enum(['a', 'b-c']), z.int()), "{ readonly a: number; readonly 'b-c': number }"],
    [z.partialRecord(z.enum(['a']), z.int()), '{ readonly a?: number }'],
    [z.looseRecord(z.string().regex(/^x/), z.int()), '{ readonly [name: string]: unknown }'],
    [z.object({}), '{ readonly [name: string]: never }'],
    [z.object({ a: z.string(), b: z.int().optional() }), '{ readonly a: string; readonly b?: number }'],
    [
      z.object({ a: z.string(), b: z.int().optional() }).catchall(z.boolean()),
      '{ readonly a: string; readonly b?: number; readonly [name: string]: boolean | string | number | undefined }',
    ],
    [z.looseObject({ a: z.string() }), '{ readonly a: string; readonly [name: string]: unknown }'],
    [
      z.object({ 'a b': z.string(), "it's": z.string(), '': z.string(), $a_1: z.string(), '1': z.string() }),
      "{ readonly '1': string; readonly 'a b': string; readonly 'it\\'s': string; readonly '': string; readonly $a_1: string }",
    ],
    [
      z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal('b') })]),
      "{ readonly k: 'a' } | { readonly k: 'b' }",
    ],
    [
      z.intersection(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), z.object({ c: z.string() })),
      '{ readonly c: string; readonly a: string } | { readonly c: string; readonly b: string }',
    ],
    [
      tree,
      '{ readonly name: string; readonly children: readonly Root[] }; Root = { readonly name: string; readonly children: readonly Root[] }',
    ],
    [
      z.object({ first: node, second: node }),
      '{ readonly first: RootANode; readonly second: RootANode }; RootANode = { readonly value: number }',
    ],
  ] as const)('%#: a schema is its type', (schema, expected) => expect(written(schema)).toBe(expected));

  it('lets callers leave out by undefined what has a default, and names what results always have', () => {
    const schema = z.object({ size: z.int().default(1) });
    expect(written(schema, 'input')).toBe('{ /** @default 1 */ readonly size?: number | undefined }');
    expect(written(schema)).toBe('{ /** @default 1 */ readonly size: number }');
  });

  it('writes any JSON', () => {
    const any = 'string | number | boolean | null | readonly Root[] | { readonly [name: string]: Root }';
    expect(written(z.json())).toBe(`${any}; Root = ${any}`);
  });
});

describe('of any JSON Schema', () => {
  it.each([
    ['an integer without bounds may be beyond 2^53', { type: 'integer' }, 'number | bigint'],
    ['a bound of one side is not enough', { type: 'integer', maximum: 10 }, 'number | bigint'],
    ['bounds beyond 2^53 do not help', { type: 'integer', minimum: 0, maximum: 2n ** 64n }, 'number | bigint'],
    [
      'a bound that a double cannot hold is compared',
      { type: 'integer', minimum: 0, maximum: new ExactNumber('12.50000000000000001') },
      'number',
    ],
    ['a bound that is not a number is none', { type: 'integer', minimum: 0, exclusiveMaximum: true }, 'number | bigint'],
    ['a large constant is a bigint', { const: 2n ** 60n + 1n }, '1152921504606846977n'],
    ['a constant without a literal is unknown', { enum: ['a', new ExactNumber('0.1000000000000000055')] }, 'unknown'],
    ['a constant may be an object', { const: { a: [1, {}] } }, '{ readonly a: readonly [1, {}] }'],
    ['several types', { type: ['string', 'array', 'null'], items: { type: 'boolean' } }, 'string | readonly boolean[] | null'],
    ['nullable, as OpenAPI 3.0 writes it', { type: 'string', nullable: true }, 'string | null'],
    ['keywords without a type restrict no other type', { properties: { a: { type: 'string' } }, required: ['a'] }, 'unknown'],
    ['unknown keywords', { anything: true }, 'unknown'],
    ['an unknown type', { type: 'decimal' }, 'unknown'],
    ['true', true, 'unknown'],
    ['false', false, 'never'],
    ['no values', { enum: [] }, 'never'],
    ['not anything', { not: true }, 'never'],
    ['not something is not understood', { type: 'string', not: { const: 'a' } }, 'string'],
    [
      'all of, with a union',
      { allOf: [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, { $ref: '#/$defs/a' }], $defs: { a: { type: 'boolean' } } },
      '(string | null) & RootA; RootA = boolean',
    ],
    ['one of, beside a type', { type: 'string', oneOf: [{ const: 'a' }, { const: 'b' }] }, "string & ('a' | 'b')"],
    ['a union with what is not understood', { anyOf: [{ type: 'string' }, { if: {} }] }, 'unknown'],
    ['an intersection with what is not understood', { allOf: [{ type: 'string' }, { if: {} }] }, 'string'],
    ['a required property without a schema', { type: 'object', required: ['a', 3] }, '{ readonly a: unknown }'],
    [
      'patterns of names',
      { type: 'object', patternProperties: { '^x': { type: 'string' } }, additionalProperties: false },
      '{ readonly [name: string]: string }',
    ],
    ['a tuple that may be short and go on', { type: 'array', prefixItems: [{ type: 'string' }] }, 'readonly [string?, ...unknown[]]'],
    ['a tuple that ends by its size', { type: 'array', prefixItems: [{ type: 'string' }], minItems: 1, maxItems: 1 }, 'readonly [string]'],
    ['a size that is not a number', { type: 'array', prefixItems: [{}], items: false, minItems: 'one' }, 'readonly [unknown?]'],
    ['items of a draft before 2020', { type: 'array', items: [{ type: 'string' }] }, 'readonly unknown[]'],
    ['a reference to another document', { $ref: 'https://example.com/schema' }, 'unknown'],
    ['a reference to nothing', { $ref: '#/$defs/none' }, 'unknown'],
    ['a reference that cannot be decoded', { $ref: '#/$defs/%' }, 'unknown'],
    [
      'a reference by a pointer with escapes',
      { $ref: '#/$defs/a~1b%20c', $defs: { 'a/b c': { type: 'string' } } },
      'RootABC; RootABC = string',
    ],
    ['a schema with an address of its own', { anyOf: [{ $id: 'https://example.com/a', type: 'string' }] }, 'unknown'],
    ['a schema that is only itself', { $ref: '#' }, 'unknown'],
    [
      'schemas that are only each other',
      { $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/b' }] }, b: { $ref: '#/$defs/a' } } },
      'RootA; RootA = unknown',
    ],
    ['a union with itself', { anyOf: [{ type: 'string' }, { $ref: '#' }] }, 'unknown'],
    ['no schema at all', 'string', 'unknown'],
  ])('%s', (_, schema, expected) => expect(typeOf(schema)).toBe(expected));

  it('gives up on what is deeper than values may be', () => {
    let schema: unknown = { type: 'string' };
    for (let depth = 0; depth < 5_000; depth++) schema = { type: 'array', items: schema };
    expect(typeOf(schema)).toMatch(/^(readonly \(){100}readonly unknown\[\](\)\[\]){100}$/);
  });
});

it('gives two targets of one name two aliases', () => {
  const one = (type: string) => ({ $defs: { Node: { type } } });
  const schema = { anyOf: [{ $ref: '#/a/$defs/Node' }, { $ref: '#/b/$defs/Node' }], a: one('string'), b: one('null') };
  expect(typeOf(schema)).toBe('RootNode | RootNode2; RootNode = string; RootNode2 = null');
});
