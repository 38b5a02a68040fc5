import fc from 'fast-check';
import { parsePrefer } from '../../../../lambdas/api/request/prefer.ts';

const nothing = { waitSeconds: undefined, respondAsync: false };

it.each([
  [undefined, nothing],
  ['', nothing],
  ['wait=10', { waitSeconds: 10, respondAsync: false }],
  ['Wait=10', { waitSeconds: 10, respondAsync: false }],
  ['wait = 10', { waitSeconds: 10, respondAsync: false }],
  ['wait="10"', { waitSeconds: 10, respondAsync: false }],
  ['wait=10; anything', { waitSeconds: 10, respondAsync: false }],
  ['wait=0', { waitSeconds: 0, respondAsync: false }],
  ['wait=21', { waitSeconds: 20, respondAsync: false }],
  ['wait=999999999', { waitSeconds: 20, respondAsync: false }],
  ['wait=99999999999', { waitSeconds: 20, respondAsync: false }],
  [`wait=${'9'.repeat(400)}`, { waitSeconds: 20, respondAsync: false }],
  ['wait=0000000000000005', { waitSeconds: 5, respondAsync: false }],
  ['respond-async, wait=10', { waitSeconds: 10, respondAsync: true }],
  ['respond-async', { waitSeconds: undefined, respondAsync: true }],
])('of %j reads %j', (header, preferences) => expect(parsePrefer(header)).toEqual(preferences));

it.each([['wait=5, wait=9'], ['wait=5, Wait="9"'], ['handling=lenient, wait=5, wait=1']])('the first of duplicates counts: %j', (header) =>
  expect(parsePrefer(header).waitSeconds).toBe(5),
);

it.each([['wait'], ['wait='], ['wait=-1'], ['wait=1.5'], ['wait=ten'], ['wait=1e3'], ['x="wait=5"'], ['waiting=5'], [',,,;=']])(
  'finds nothing in %j',
  (header) => expect(parsePrefer(header)).toEqual(nothing),
);

/** Texts that a pattern with two ways to match the same characters would try in many ways. */
const long = (count: number) => [
  `${'"'.repeat(count)}${'wait=,'.repeat(count)}`,
  `wait${' '.repeat(count)}x`,
  `wait=${' '.repeat(count)}"`,
  `wait=5${' '.repeat(count)}x`,
  `"${'\\"'.repeat(count)}`,
  `${'a="'.repeat(count)}`,
  `${'a=";'.repeat(count)}`,
  `wait="${'\\'.repeat(count)}`,
  `${' '.repeat(count)}=5`,
  `${'='.repeat(count)}`,
  `a=${'"x" '.repeat(count)}`,
];

it('takes time that grows with the length of a header, not with its square', () => {
  // A hundred times what a signed request may have. Ten seconds of the processor are far from what a square would take, minutes for each.
  for (const header of long(1_000_000)) {
    const startedAt = process.cpuUsage();
    expect(parsePrefer(header)).toEqual(nothing);
    expect([header.slice(0, 10), process.cpuUsage(startedAt).user < 10_000_000]).toEqual([header.slice(0, 10), true]);
  }
});

/** The grammar as one pattern, for texts that are too short to matter: https://www.rfc-editor.org/rfc/rfc7240#section-2 */
const grammar = /^[ \t]*([!#$%&'*+.^_`|~\w-]+)[ \t]*(?:=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([!#$%&'*+.^_`|~\w-]*)))?[ \t]*(?:;.*)?$/;

it('reads of one preference what its grammar says', () =>
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('wait', '=', '"', ' ', ';', '5', 'a', '\t', '-'), maxLength: 12 }), (header) => {
      const [, name = '', quoted, token = ''] = grammar.exec(header) ?? [];
      const value = quoted ?? token;
      expect([header, parsePrefer(header).waitSeconds]).toEqual([
        header,
        name === 'wait' && /^\d+$/.test(value) ? Math.min(20, Number(value)) : undefined,
      ]);
    }),
    { numRuns: 20_000 },
  ));

it('reads a list of preferences as each alone, the first of each name', () =>
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('wait=3', 'wait="7"', 'Wait=9;x', 'respond-async', 'x="a, wait=4"', 'y', ''), { maxLength: 5 }),
      (parts) => {
        const waits = parts.map((part) => parsePrefer(part).waitSeconds).filter((seconds) => seconds !== undefined);
        expect(parsePrefer(parts.join(','))).toEqual({ waitSeconds: waits[0], respondAsync: parts.includes('respond-async') });
      },
    ),
  ));
