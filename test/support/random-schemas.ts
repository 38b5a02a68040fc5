/** Random schemas of zod, each with values that it accepts. */
import * as fc from 'fast-check';
import * as z from 'zod';

export interface SchemaCase {
  readonly schema: z.ZodType;
  /** Values of the schema. */
  readonly values: fc.Arbitrary<unknown>;
}

const names = fc.oneof(
  fc.constantFrom('a', 'b', 'kind', 'it is', "it's", '*/', '1', '$', '@x', '\u2028', 'ü'),
  fc.string({ minLength: 1, maxLength: 4 }),
);
const names2 = fc.uniqueArray(
  names.filter((name) => name !== '__proto__'),
  { minLength: 1, maxLength: 4 },
);
const depth = fc.createDepthIdentifier();

const plain = (schema: z.ZodType, values: fc.Arbitrary<unknown>): SchemaCase => ({ schema, values });
const safeIntegers = fc.maxSafeInteger();
const integers: SchemaCase = plain(
  z.unknown().meta({ type: 'integer' }),
  fc.oneof(
    safeIntegers,
    fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n }).map((one) => (BigInt(Number(one)) === one ? Number(one) : one)),
  ),
);

const leaves: fc.Arbitrary<SchemaCase> = fc.oneof(
  fc.constantFrom(
    plain(z.string(), fc.string()),
    plain(
      z.string().regex(/\*\//).describe('a */ b\n@deprecated'),
      fc.string().map((one) => `${one}*/`),
    ),
    plain(z.int(), safeIntegers),
    plain(z.number(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    plain(z.boolean(), fc.boolean()),
    plain(z.null(), fc.constant(null)),
    plain(z.unknown(), fc.jsonValue()),
    plain(z.json(), fc.jsonValue()),
    integers,
  ),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.constantFrom(null, true, -1.5)), { minLength: 1, maxLength: 4 })
    .map((all) => plain(z.literal(all), fc.constantFrom(...all))),
  names2.map((all) => plain(z.enum(all), fc.constantFrom(...all))),
);

/** Objects with the named properties; each third one may be left out. */
const objectOf = (all: readonly string[], parts: readonly SchemaCase[]) => {
  const optional = all.filter((_, i) => i % 3 === 2);
  const shape = all.map((name, i) => [name, optional.includes(name) ? part(parts, i).schema.optional() : part(parts, i).schema] as const);
  const values = fc.record(Object.fromEntries(all.map((name, i) => [name, part(parts, i).values])), {
    requiredKeys: all.filter((name) => !optional.includes(name)),
    noNullPrototype: true,
  });
  return { schema: z.strictObject(Object.fromEntries(shape)), values };
};
const part = (parts: readonly SchemaCase[], i: number): SchemaCase => parts[i % parts.length] as SchemaCase;
const others = (own: fc.Arbitrary<unknown>, more: fc.Arbitrary<unknown>) =>
  fc.tuple(own, fc.dictionary(fc.string(), more, { maxKeys: 2, noNullPrototype: true })).map(([a, b]) => ({ ...b, ...(a as object) }));

/** A schema refuses two parts with one id. */
let ids = 0;
/** A list of itself, below a name that makes it a definition. */
function recursive({ schema, values }: SchemaCase, id: string): SchemaCase {
  const list: z.ZodType = z.object({ value: schema, next: z.lazy(() => list).nullable() }).meta({ id: `${id}${ids++}` });
  const listed = fc
    .array(values, { minLength: 1, maxLength: 3 })
    .map((all) => all.reduce<unknown>((next, value) => ({ value, next }), null));
  return plain(z.array(list), fc.array(listed, { maxLength: 2 }));
}

export const { schemas } = fc.letrec<{ schemas: SchemaCase }>((tie) => {
  const parts = fc.array(tie('schemas'), { minLength: 1, maxLength: 3, depthIdentifier: depth });
  return {
    schemas: fc.oneof(
      { depthIdentifier: depth, maxDepth: 3, withCrossShrink: true },
      { weight: 3, arbitrary: leaves },
      { weight: 1, arbitrary: tie('schemas').map(({ schema, values }) => plain(z.array(schema), fc.array(values, { maxLength: 3 }))) },
      { weight: 1, arbitrary: tie('schemas').map(({ schema, values }) => plain(schema.nullable(), fc.option(values))) },
      {
        weight: 1,
        arbitrary: fc.tuple(tie('schemas'), fc.constantFrom('a node', 'Node', '1', 'a/b~%')).map(([of, id]) => recursive(of, id)),
      },
      {
        weight: 1,
        arbitrary: parts.map((of) => plain(z.union(of.map(({ schema }) => schema)), fc.oneof(...of.map(({ values }) => values)))),
      },
      { weight: 1, arbitrary: parts.map(tupleOf) },
      {
        weight: 1,
        arbitrary: tie('schemas').map(({ schema, values }) =>
          plain(z.record(z.string(), schema), fc.dictionary(fc.string(), values, { maxKeys: 3, noNullPrototype: true })),
        ),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(names2, tie('schemas'))
          .map(([all, of]) =>
            plain(
              z.partialRecord(z.enum(all), of.schema),
              fc.record(Object.fromEntries(all.map((name) => [name, of.values])), { requiredKeys: [], noNullPrototype: true }),
            ),
          ),
      },
      { weight: 3, arbitrary: fc.tuple(names2, parts).map(([all, of]) => objectOf(all, of)) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(names2, parts)
          .map(([all, of]) => objectOf(all, of))
          .map(({ schema, values }) => plain(schema.loose(), others(values, fc.jsonValue()))),
      },
      {
        weight: 1,
        arbitrary: fc
          .tuple(names2, parts)
          .map(([all, of]) => objectOf(all, of))
          .map(({ schema, values }) => plain(schema.catchall(z.int()), others(values, safeIntegers))),
      },
      { weight: 1, arbitrary: fc.tuple(parts, parts).map(([a, b]) => both(a, b)) },
    ),
  };
});

/** The last element may be left out, and others of the first kind may follow. */
function tupleOf(of: readonly SchemaCase[]): SchemaCase {
  const [first, ...more] = of.map(({ schema }) => schema) as [z.ZodType, ...z.ZodType[]];
  const values = of.map((one) => one.values);
  const last = more.pop();
  const schema = last === undefined ? z.tuple([first], first) : z.tuple([first, ...more, last.optional()], first);
  const short = fc.tuple(...(last === undefined ? values : values.slice(0, -1)));
  const long = fc.tuple(fc.tuple(...values), fc.array(part(of, 0).values, { maxLength: 2 })).map(([all, rest]) => [...all, ...rest]);
  return plain(schema, fc.oneof(short, long));
}

/** The intersection of a union of objects with another object. */
function both(a: readonly SchemaCase[], b: readonly SchemaCase[]): SchemaCase {
  const ones = a.map((_, i) => objectOf(['x', `y${i}`], a));
  const other = objectOf(['p', 'q', 'r'], b);
  const schema = z.intersection(z.union(ones.map((one) => one.schema.strip())), other.schema.strip());
  const values = fc
    .tuple(fc.oneof(...ones.map((one) => one.values)), other.values)
    .map(([x, y]) => ({ ...(x as object), ...(y as object) }));
  return plain(schema, values);
}
