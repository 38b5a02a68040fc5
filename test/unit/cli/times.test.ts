import { durationMs, instantOf } from '../../../cli/times.ts';
import { showDuration, showRelative } from '../../../client/shown-time.ts';

const nowMs = Date.parse('2026-11-26T12:00:00Z');

it.each([
  ['90', 90_000],
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['2d', 172_800_000],
  ['1.5s', 1_500],
])('reads %s as %d ms', (text, ms) => expect(durationMs(text, '--wait')).toBe(ms));

it.each(['', 'soon', '1x', '1h 30m', '-5s', '5 s'])('refuses the duration "%s"', (text) =>
  expect(() => durationMs(text, '--wait')).toThrow('--wait must be a duration such as 30s'),
);

it.each([
  ['1h', 'past', '2026-11-26T11:00:00.000Z'],
  ['-1h', 'past', '2026-11-26T11:00:00.000Z'],
  ['30m', 'future', '2026-11-26T12:30:00.000Z'],
  ['2026-12-01T06:00:00+01:00', 'future', '2026-12-01T05:00:00.000Z'],
] as const)('reads %s in the %s as %s', (text, direction, instant) => expect(instantOf(text, '--since', nowMs, direction)).toBe(instant));

it.each(['2026-12-01', '2026-12-01T06:00:00', 'yesterday', '2026-13-01T06:00:00Z'])(
  'refuses the time "%s", which names no moment',
  (text) => expect(() => instantOf(text, '--since', nowMs, 'past')).toThrow('--since must be a time with its offset'),
);

it.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [59_600, '1 min'],
  [61_000, '1 min 1 s'],
  [3_599_600, '1 h'],
  [90_000_000, '1 d 1 h'],
])('shows %d ms as %s', (ms, text) => expect(showDuration(ms)).toBe(text));

it('shows how far an instant is', () => {
  expect(showRelative('2026-11-26T11:58:00Z', nowMs)).toBe('2 min ago');
  expect(showRelative('2026-11-26T14:00:00Z', nowMs)).toBe('in 2 h');
  expect(showRelative('2026-11-26T12:00:00Z', nowMs)).toBe('now');
});
