import fc from 'fast-check';
import { instantProblem, instantText } from '../../../../lambdas/core/contract/instant.ts';

it.each(['2026-12-01T06:00:00Z', '2026-12-01T06:00:00.123Z', '2026-12-01T06:00:00.123456789+01:00', '2028-02-29T23:59:59-11:30'])(
  'accepts %s as an instant',
  (text) => expect(instantProblem(text)).toBeUndefined(),
);

it.each([
  ['2026-12-01T06:00:00', 'must have an offset, such as Z or +01:00'],
  ['2026-12-01T06:00:00.5', 'must have an offset, such as Z or +01:00'],
  ['2026-12-01T06:00', 'must have an offset, such as Z or +01:00'],
  ['2026-12-01 06:00:00', 'must have an offset, such as Z or +01:00'],
  ['2026-12-01', 'write 2026-12-01T00:00:00Z'],
  ['2026-12-01T06:00:00 01:00', 'write + as %2B'],
  ['2026-12-01T06:00Z', 'with seconds'],
  ['2026-02-30T06:00:00Z', 'time that exists'],
  ['2026-02-30', 'time that exists'],
  ['2026-12-01T24:00:00Z', 'must be an ISO-8601 time'],
  ['2026-12-01T06:00:00+24:00', 'must be an ISO-8601 time'],
  ['2026-12-01T06:00:00+0100', 'must be an ISO-8601 time'],
  ['2026-12-31T23:59:60Z', 'must be an ISO-8601 time'],
  ['1796104800', 'must be an ISO-8601 time'],
  ['tomorrow', 'must be an ISO-8601 time'],
  ['', 'must be an ISO-8601 time'],
  ['01/12/2026 06:00:00Z', 'must be an ISO-8601 time'],
  ['0000-01-01T00:59:59+01:00', 'must be in the years 0000 to 9999 of UTC'],
  ['9999-12-31T23:59:59.999-00:01', 'must be in the years 0000 to 9999 of UTC'],
])('refuses %j as an instant and says why: %s', (text, why) => expect(instantProblem(text)).toContain(why));

it.each([1_796_104_800, null, {}, true])('refuses %j as an instant, since it is not a text', (value) =>
  expect(instantText.safeParse(value).error?.issues[0]?.message).toContain('must be an ISO-8601 time as text'),
);

it('accepts every time that toISOString writes', () =>
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }), (date) =>
      expect(instantProblem(date.toISOString())).toBeUndefined(),
    ),
  ));

const twoDigits = (max: number) => fc.integer({ min: 0, max }).map((number) => String(number).padStart(2, '0'));
const offset = fc.oneof(
  fc.constant('Z'),
  fc.tuple(fc.constantFrom('+', '-'), twoDigits(24), twoDigits(60)).map(([sign, h, m]) => `${sign}${h}:${m}`),
);
const year = fc.oneof(
  fc.constantFrom('0000', '0001', '9998', '9999'),
  fc.integer({ min: 0, max: 9_999 }).map((n) => String(n).padStart(4, '0')),
);
const text = fc
  .tuple(year, twoDigits(13), twoDigits(32), twoDigits(25), twoDigits(61), twoDigits(61), offset)
  .map(([y, mo, d, h, mi, s, zone]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${zone}`);

it('accepts no time that it would not accept again as it is stored', () =>
  fc.assert(
    fc.property(text, (given) => {
      if (instantProblem(given) === undefined) expect(instantProblem(new Date(Date.parse(given)).toISOString())).toBeUndefined();
    }),
    { numRuns: 5_000 },
  ));

it('asks for an offset if a time lacks only that', () =>
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }), (date) =>
      expect(instantProblem(date.toISOString().slice(0, -1))).toContain('must have an offset, such as Z or +01:00'),
    ),
  ));
