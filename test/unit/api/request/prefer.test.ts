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
  ['respond-async, wait=10', { waitSeconds: 10, respondAsync: true }],
  ['respond-async', { waitSeconds: undefined, respondAsync: true }],
])('of %j reads %j', (header, preferences) => expect(parsePrefer(header)).toEqual(preferences));

it.each([['wait=5, wait=9'], ['wait=5, Wait="9"'], ['handling=lenient, wait=5, wait=1']])('the first of duplicates counts: %j', (header) =>
  expect(parsePrefer(header).waitSeconds).toBe(5),
);

it.each([
  ['wait'],
  ['wait='],
  ['wait=-1'],
  ['wait=1.5'],
  ['wait=ten'],
  ['wait=1e3'],
  ['x="wait=5"'],
  ['waiting=5'],
  ['wait=10000000000'],
  [',,,;='],
])('finds nothing in %j', (header) => expect(parsePrefer(header)).toEqual(nothing));

it('takes no time that grows with the square of a long header', () => {
  const header = `${'"'.repeat(5_000)}${'wait=,'.repeat(5_000)}`;
  expect(parsePrefer(header)).toEqual(nothing);
});
