import fc from 'fast-check';
import { isoDate, isoOffset, isoTime, isoTimestamp } from '../../../../../lambdas/jobs/run-query/values/iso-time.ts';

it("agrees with JavaScript's Date wherever that reaches", () =>
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(`${isoTimestamp(BigInt(date.getTime()) * 1_000_000n)}`.replace(/(T\d\d:\d\d:\d\d)$/, '$1.000')).toBe(
        date.toISOString().slice(0, -1),
      );
    }),
  ));
it.each([
  [-719_528, '0000-01-01'],
  [-719_529, '-000001-12-31'],
  [2_932_897, '+010000-01-01'],
  [2_147_483_646, '+5881580-07-10'],
])('names the day %d as %s', (days, date) => expect(isoDate(days)).toBe(date));
it.each([
  [0n, '00:00:00'],
  [86_400_000_000_000n, '24:00:00'],
  [1_500_000_000n, '00:00:01.500'],
  [1_000n, '00:00:00.000001'],
  [1n, '00:00:00.000000001'],
])('names %d ns of a day as %s', (nanos, time) => expect(isoTime(nanos)).toBe(time));
it.each([
  [0, '+00:00'],
  [7200, '+02:00'],
  [-57_599, '-15:59:59'],
])('names an offset of %d s as %s', (seconds, offset) => expect(isoOffset(seconds)).toBe(offset));
