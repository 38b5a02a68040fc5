import fc from 'fast-check';
import { duplicateMembers } from '../../../lambdas/text/duplicate-members.ts';

it.each([
  ['{"a":1,"a":2}', [['a']]],
  ['{"a":1,"\\u0061":2}', [['a']]],
  ['{"a":{"b":1},"c":[0,{"d":1,"e":[],"d":2}]}', [['c', 1, 'd']]],
  ['{"a":1,"a":2,"a":3}', [['a'], ['a']]],
  ['{"":1,"":2}', [['']]],
  ['{"__proto__":1,"__proto__":2}', [['__proto__']]],
  ['{"a\\"":1,"a\\"":2}', [['a"']]],
  ['{"a\\\\":1,"b":2,"a\\\\":3}', [['a\\']]],
  ['{"\\ud800":1,"\\uD800":2}', [['\ud800']]],
  [
    '[[{"x":{"y":1,"y":{"z":1,"z":2}}}]]',
    [
      [0, 0, 'x', 'y'],
      [0, 0, 'x', 'y', 'z'],
    ],
  ],
] as const)('finds in %s %j', (text, paths) => expect(duplicateMembers(text, 100)).toEqual({ count: paths.length, paths }));

it.each([
  '{"a":"a","b":{"a":1},"c":[{"a":1},{"a":1}]}',
  '{"a":["a","a"],"b":"\\"a\\":1,\\"a\\":1"}',
  '{"constructor":1,"toString":2,"__proto__":3}',
  '{"é":1,"e\\u0301":2}',
  '["a","a"]',
  '"a"',
  '{}',
])('finds none in %s', (text) => expect(duplicateMembers(text, 100)).toEqual({ count: 0, paths: [] }));

/** A JSON text with members where a generator put them, and the paths of those that came before in their object. */
type Node = { readonly text: string; readonly paths: readonly (readonly (string | number)[])[] };
const below = (step: string | number, { paths }: Node) => paths.map((path) => [step, ...path]);
const spelled = fc.tuple(fc.constantFrom('a', 'b', 'é', '"', '\\', '__proto__', ''), fc.boolean()).map(([name, isEscaped]) => ({
  name,
  text: isEscaped ? `"${[...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"` : JSON.stringify(name),
}));
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5 },
    fc.json({ maxDepth: 0 }).map((text): Node => ({ text, paths: [] })),
    fc
      .array(tie('node'), { maxLength: 4 })
      .map(
        (items): Node => ({ text: `[ ${items.map(({ text }) => text).join(' ,')}]`, paths: items.flatMap((item, i) => below(i, item)) }),
      ),
    fc.array(fc.tuple(spelled, tie('node')), { maxLength: 4 }).map(
      (members): Node => ({
        text: `{${members.map(([name, { text }]) => `${name.text}: ${text}`).join(', ')} }`,
        paths: members.flatMap(([{ name }, value], i) => [
          ...(members.slice(0, i).some(([other]) => other.name === name) ? [[name]] : []),
          ...below(name, value),
        ]),
      }),
    ),
  ),
}));

it('finds each one and no other, wherever it is and however it is spelled', () =>
  fc.assert(
    fc.property(node, ({ text, paths }) => {
      JSON.parse(text);
      expect(duplicateMembers(text, 1_000)).toEqual({ count: paths.length, paths });
    }),
    { numRuns: 2_000 },
  ));

it('locates some and counts all', () => {
  const { count, paths } = duplicateMembers(`{${'"a":1,'.repeat(5_000)}"a":1}`, 3);
  expect([count, paths]).toEqual([5_000, [['a'], ['a'], ['a']]]);
});
