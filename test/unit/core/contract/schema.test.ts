import * as z from 'zod';
import { parseWithSchema } from '../../../../lambdas/core/contract/schema.ts';
import { canonicalJson, parseExactJson } from '../../../../lambdas/text/exact-json.ts';

const parse = (schema: z.ZodType, json: string) => parseWithSchema(schema, parseExactJson(json));

it.each([
  '0.10000000000000001',
  '19.989999999999998',
  '3.14159265358979323846',
  '1e-400',
  '1e23',
  '9007199254740993',
  '100000000000000000000000.5',
])('parses %s as the nearest double where a schema expects a number', (text) => {
  expect(parse(z.number(), text).data).toBe(Number(text));
  expect(parse(z.strictObject({ a: z.array(z.number()) }), `{"a":[1,${text}]}`).data).toEqual({ a: [1, Number(text)] });
  expect(parse(z.union([z.strictObject({ a: z.number() }), z.string()]), `{"a":${text}}`).data).toEqual({ a: Number(text) });
});

it('refuses an integer beyond the precision of a double where the schema expects integers', () =>
  expect(parse(z.int(), '9007199254740993').error?.issues[0]?.message).toBe('Too big: expected int to be <=9007199254740991'));

it.each(['1.00000000000000000001', '0.99999999999999999999999', '1e-400', '-1e-999'])(
  'refuses %s as an integer, although its nearest double is one',
  (text) => {
    expect(parse(z.int(), text).error?.issues[0]?.message).toContain('an integer where one is wanted');
    expect(parse(z.strictObject({ n: z.int(), x: z.number() }), `{"n":${text},"x":${text}}`).success).toBe(false);
    expect(parse(z.number(), text).data).toBe(Number(text));
  },
);

it('refuses a number beyond the range of doubles in terms that the caller knows', () =>
  expect(parse(z.number(), '1e400').error?.issues[0]?.message).toBe(
    'must be a number that a double holds (magnitudes up to 1.79e308), and an integer where one is wanted',
  ));

it('accepts 5.000 as an integer', () => expect(parse(z.int(), '5.000').data).toBe(5));

it('keeps all digits where a schema accepts any value', () => {
  const parsed = parse(z.strictObject({ row: z.unknown(), n: z.number() }), '{"row":{"id":12345678901234567890},"n":0.10000000000000001}');
  expect(canonicalJson(parsed.data)).toBe('{"n":0.1,"row":{"id":12345678901234567890}}');
});

it('reports other faults as the schema does', () => {
  expect(parse(z.string(), '0.10000000000000001').error?.issues[0]?.message).toBe('Invalid input: expected string, received number');
  expect(parse(z.number(), '"x"').error?.issues[0]?.message).toContain('expected number');
});

it('does not change the value that it parses', () => {
  const text = '{"ratio":0.10000000000000001,"rows":[{"n":0.10000000000000001},{"n":2}]}';
  const value = parseExactJson(text);
  const parsed = parseWithSchema(z.strictObject({ ratio: z.number(), rows: z.array(z.object({ n: z.number() })) }), value);
  expect(parsed.data).toEqual({ ratio: 0.1, rows: [{ n: 0.1 }, { n: 2 }] });
  expect(JSON.stringify(value)).toBe(text);
});

it.each([
  ['a list', z.array(z.number()), (i: number) => `${i}.10000000000000001`, ['[', ']']],
  ['a record', z.record(z.string(), z.number()), (i: number) => `"k${i}":${i}.10000000000000001`, ['{', '}']],
] as const)('parses a megabyte of numbers in %s in less than quadratic time', (_, schema, member, [open, close]) => {
  const json = `${open}${Array.from({ length: 35_000 }, (__, i) => member(i)).join(',')}${close}`;
  const startedMs = performance.now();
  expect(parse(schema, json).success).toBe(true);
  expect(performance.now() - startedMs).toBeLessThan(20_000); // Quadratic work takes ten minutes.
});

it('parses more numbers than a call may have arguments', () => {
  const json = `[${Array.from({ length: 300_000 }, () => '1e-400').join(',')}]`;
  expect(parse(z.array(z.number()), json).success).toBe(true);
  expect(parse(z.array(z.int()), json).success).toBe(false);
});
