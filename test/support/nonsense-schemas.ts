/** JSON that looks like a schema and need not be one: what a generator of types must survive. */
import * as fc from 'fast-check';

const wrong = fc.createDepthIdentifier();
/** Mostly of the right kind. */
const or = <Value>(right: fc.Arbitrary<Value>, wrong: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 1 })) =>
  fc.oneof({ weight: 9, arbitrary: right }, { weight: 1, arbitrary: wrong });
const types = fc.constantFrom('string', 'object', 'array', 'integer', 'number', 'null', 'boolean');
const pointers = fc.constantFrom(
  '#',
  '#/$defs/a',
  '#/$defs/b',
  '#/anyOf/0',
  '#/properties/a',
  '#/$defs/none',
  'https://example.com/a',
  '#/%',
);
const texts = fc.oneof(fc.constantFrom('*/', '@ts-expect-error', 'a\n@b'), fc.string());
const propertyNames = fc.oneof(fc.constantFrom('a', 'b', '*/'), fc.string());
const own = { noNullPrototype: true, requiredKeys: [] as never[] };

/** JSON that looks like a schema, with keywords that contradict each other, references to anything, and values of the wrong kind. */
export const { nonsense } = fc.letrec<{ nonsense: unknown; schema: unknown }>((tie) => {
  const list = or(fc.array(tie('schema'), { minLength: 1, maxLength: 3, depthIdentifier: wrong }));
  const byName = or(fc.dictionary(propertyNames, tie('schema'), { maxKeys: 3, noNullPrototype: true, depthIdentifier: wrong }));
  const size = or(fc.nat(4));
  const shapes = fc.oneof(
    fc.record({ $ref: or(pointers), description: or(texts) }, own),
    fc.record(
      { type: fc.constant('object'), properties: byName, required: or(fc.array(propertyNames)), additionalProperties: tie('schema') },
      own,
    ),
    fc.record({ type: fc.constant('object'), patternProperties: byName, propertyNames: or(fc.record({ enum: fc.array(texts) })) }, own),
    fc.record({ type: fc.constant('array'), prefixItems: list, items: tie('schema'), minItems: size, maxItems: size }, own),
    fc.record({ type: or(fc.array(types)), minimum: size, exclusiveMaximum: size, title: or(texts), default: fc.jsonValue() }, own),
    fc.record({ enum: or(fc.array(fc.jsonValue({ maxDepth: 2 }))), nullable: or(fc.boolean()), deprecated: or(fc.boolean()) }, own),
    fc.record({ const: fc.jsonValue(), type: or(types), not: tie('schema') }, own),
    fc.record({ allOf: list, anyOf: list, oneOf: list, $id: or(texts) }, own),
  );
  return {
    schema: fc.oneof({ depthIdentifier: wrong, maxDepth: 4 }, fc.boolean(), { weight: 9, arbitrary: shapes }),
    nonsense: fc.tuple(shapes, tie('schema'), tie('schema')).map(([schema, a, b]) => ({ ...(schema as object), $defs: { a, b } })),
  };
});
