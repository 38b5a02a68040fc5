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

it('asks for an offset if a time lacks only that', () =>
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true }), (date) =>
      expect(instantProblem(date.toISOString().slice(0, -1))).toContain('must have an offset, such as Z or +01:00'),
    ),
  ));
