/** The file that typegen writes: its first line, its order, its comments. */
import * as z from 'zod';
import { hashIn, typesOf } from '../../../../cli/typegen/types-file.ts';

const jobType = (name: string, changes: object = {}) => ({
  ...{ name, description: `Does ${name}.`, schemaHash: '0123456789abcdef' },
  ...{ inputSchema: { type: 'string' }, resultSchema: { type: 'null' }, signalSchemas: {}, ...changes },
});
const deployment = (...jobTypes: readonly ReturnType<typeof jobType>[]) => ({ deployment: 'prod', version: '1.2.3', jobTypes });

it('names the deployment, its version and a hash, then exports the types by name', () =>
  expect(
    typesOf(deployment(jobType('b'), jobType('a', { signalSchemas: { stop: { type: 'null' }, 'go-on': { type: 'string' } } }))),
  ).toBe(`// Written by "delegation typegen" from the deployment "prod", Delegation 1.2.3. Do not edit it: write it again. Hash of the types: 8c299b492bfd3d80.

/** Job types by name: \`createClient<JobTypes>({ url })\`. */
export type JobTypes = {
  /**
   * Does a.
   * Hash of its schemas: 0123456789abcdef
   */
  readonly a: {
    readonly input: string;
    readonly output: null;
    readonly signals: {
      readonly 'go-on': string;
      readonly stop: null;
    };
  };
  /**
   * Does b.
   * Hash of its schemas: 0123456789abcdef
   */
  readonly b: {
    readonly input: string;
    readonly output: null;
    readonly signals: {};
  };
};
`));

it('writes the same bytes for any order of the types', () =>
  expect(typesOf(deployment(jobType('a'), jobType('b'), jobType('c')))).toBe(
    typesOf(deployment(jobType('c'), jobType('a'), jobType('b'))),
  ));

describe('the hash', () => {
  const hash = (one: Parameters<typeof typesOf>[0]) => hashIn(typesOf(one));
  const before = hash(deployment(jobType('a')));
  it('is that of the types, wherever they are deployed', () => {
    expect(before).toMatch(/^[0-9a-f]{16}$/);
    expect(hash({ ...deployment(jobType('a')), deployment: null, version: '2.0.0' })).toBe(before);
  });
  it.each([
    ['a type is added', deployment(jobType('a'), jobType('b'))],
    ['a schema differs', deployment(jobType('a', { inputSchema: { type: 'null' } }))],
    ['a limit that the types cannot show differs', deployment(jobType('a', { schemaHash: 'fedcba9876543210' }))],
    ['a description differs', deployment(jobType('a', { description: 'Does it otherwise.' }))],
  ])('is another where %s', (_, changed) => expect(hash(changed)).not.toBe(before));
  it('is found after a formatter and an editor', () => {
    const text = typesOf(deployment(jobType('a')));
    expect(hashIn(`\uFEFF${text.replaceAll('\n', '\r\n').replaceAll("'", '"')}`)).toBe(before);
  });
  it('is not found in a file of somebody else', () => expect(hashIn(`// Mine.\n${typesOf(deployment(jobType('a')))}`)).toBeUndefined());
});

describe('a comment', () => {
  const commentOf = (schema: z.ZodType) => {
    const inputSchema = z.toJSONSchema(z.object({ a: schema }), { io: 'input' });
    return /input: \{\n([\s\S]*?) *readonly a/.exec(typesOf(deployment(jobType('a', { inputSchema }))))?.[1]?.replaceAll(/^ {6}/gm, '');
  };
  it.each([
    ['is not there where there is nothing to say', z.string(), ''],
    ['has the description', z.string().describe('A name.'), '/** A name. */\n'],
    [
      'has title, description, limits and default',
      z.string().min(1).max(9).default('x').meta({ title: 'Name', description: 'Of it.', deprecated: true }),
      '/**\n * Name\n * Of it.\n * minLength: 1, maxLength: 9\n * @default x\n * @deprecated\n */\n',
    ],
    ['has bounds, though not those of every integer', z.int().min(1), '/** minimum: 1 */\n'],
    ['cannot be ended by a description', z.string().describe('a */ b **/ c'), '/** a *\\/ b **\\/ c */\n'],
    ['cannot be ended by a pattern or a default', z.string().regex(/a*/).default('*/'), '/**\n * pattern: a*\n * @default *\\/\n */\n'],
    ['does not direct the compiler', z.string().describe('@ts-expect-error'), '/** \\@ts-expect-error */\n'],
    ['has the lines of a text', z.string().describe('a\r\n\n  @b\u2028c\n'), '/**\n * a\n *\n * \\@b\n * c\n */\n'],
  ])('%s', (_, schema, expected) => expect(commentOf(schema)).toBe(expected));
});

it('passes over limits that are none', () => {
  const inputSchema = { type: 'object', properties: { a: { minLength: { toString: null }, maxLength: null, pattern: 'a' } } };
  expect(typesOf(deployment(jobType('a', { inputSchema })))).toContain('      /** pattern: a */\n      readonly a?: unknown;');
});

it('keeps names of deployments within the first line', () => {
  const text = typesOf({ ...deployment(jobType('a')), deployment: 'a\n\u2028"b' });
  expect(text.split('\n')[0]).toContain(String.raw`"a\n?\"b"`);
  expect(hashIn(text)).toBeDefined();
});

it('keeps aliases of different job types apart', () => {
  const self = { type: 'array', items: { $ref: '#' } };
  const text = typesOf(
    deployment(jobType('a-b', { inputSchema: self }), jobType('a--b', { inputSchema: self }), jobType('0', { resultSchema: self })),
  );
  expect([...text.matchAll(/^type (\w+) =/gm)].map(([, name]) => name)).toEqual(['JobType0Output', 'ABInput', 'ABInput2']);
});
