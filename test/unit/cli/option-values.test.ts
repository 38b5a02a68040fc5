/** Values of options that would mean something else than was meant. */
import { bulkFilterOf } from '../../../cli/filter.ts';
import { readTags } from '../../../cli/tag-words.ts';
import { durationMs, instantOf } from '../../../cli/times.ts';
import { wholeNumber } from '../../../cli/whole-number.ts';

const nowMs = Date.parse('2026-12-01T00:00:00Z');

it('selects no more jobs where a value is empty', () => {
  const filter = (options: Readonly<Record<string, readonly string[]>>) => () => bulkFilterOf({ options, arguments: {} }, nowMs);
  expect(filter({ status: ['queued'], type: [''] })).toThrow('--type has an empty value.');
  expect(filter({ status: ['queued,'] })).toThrow('--status has an empty value.');
  expect(filter({ status: ['queued,running'] })()).toEqual({ status: ['queued', 'running'] });
});

it('takes one value for a tag', () => expect(() => readTags(['team=a', 'team=b'])).toThrow('--tag has team twice'));

it.each<readonly [text: string, direction: 'past' | 'future', instant: string]>([
  ['1h', 'past', '2026-11-30T23:00:00.000Z'],
  ['-1h', 'past', '2026-11-30T23:00:00.000Z'],
  ['1h', 'future', '2026-12-01T01:00:00.000Z'],
  ['+1h', 'future', '2026-12-01T01:00:00.000Z'],
])('reads %s in the %s', (text, direction, instant) => expect(instantOf(text, '--x', nowMs, direction)).toBe(instant));

it.each<readonly [text: string, direction: 'past' | 'future']>([
  ['-1h', 'future'],
  ['+1h', 'past'],
  ['2026-02-30T00:00:00Z', 'future'],
  ['99999999w', 'past'],
])('refuses %s in the %s', (text, direction) => expect(() => instantOf(text, '--x', nowMs, direction)).toThrow(/^--x must be/));

it('refuses a duration that no timer holds', () => expect(() => durationMs('9'.repeat(400), '--timeout')).toThrow('at most 100 years'));

it.each(['0', '101', '1.5', '-1', 'ten', ''])('refuses "%s" as a rate', (given) =>
  expect(() => wholeNumber(given, '--per-second', 1, 100)).toThrow('--per-second must be a whole number from 1 to 100'),
);
