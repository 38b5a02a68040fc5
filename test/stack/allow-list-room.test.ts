/** How many tables the allow-lists have room for: the numbers that the settings reference gives. */
import { DelegationStack } from '../../lib/index.ts';
import { settingsReference } from '../../lib/settings-reference.ts';
import { appOf } from './templates.ts';

const [, ...numbers] = /about (\d+) tables with names of (\d+) letters, or (\d+) with names of (\d+)\./.exec(settingsReference()) ?? [];
const [count = 0, length = 0, longCount = 0, longLength = 0] = numbers.map(Number);

const deployWith = (tables: number, nameLength: number) => {
  const writableTables = Array.from({ length: tables }, (_, i) => String(i).padStart(nameLength, 'x'));
  return new DelegationStack(appOf(), 'Delegation-production', { writableTables }, { env: { region: 'eu-central-1' } });
};

it('both take the same room, give or take a tenth', () => {
  // A name within a JSON text within JSON: two escaped quotes and a comma.
  const bytes = count * (length + 5);
  const longBytes = longCount * (longLength + 5);
  expect(longBytes).toBeLessThanOrEqual(bytes);
  expect(longBytes).toBeGreaterThan(bytes * 0.9);
});

// The longer names take less, and every bundle that a deployment makes costs seconds.
it('there is room for the number that is given', () => expect(() => deployWith(count, length)).not.toThrow());

it.each([
  [count, length],
  [longCount, longLength],
])('there is room for a tenth more than %d with names of %d letters at most', (tables, nameLength) =>
  expect(() => deployWith(Math.ceil(tables * 1.1), nameLength)).toThrow('shorten the allow-lists'),
);
