import fc from 'fast-check';
import { backoffMs } from '../../../../lambdas/core/job/backoff.ts';

const random = fc.double({ min: 0, max: 0.999_999, noNaN: true });

it('a backoff is at most the cap, and never negative', () =>
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2_000 }), random, (attempt, chance) => {
      const waitMs = backoffMs(attempt, { baseMs: 1_000, capMs: 900_000 }, chance);
      expect(waitMs >= 0 && waitMs <= 900_000 && Number.isInteger(waitMs)).toBe(true);
    }),
  ));

it('a backoff doubles its ceiling with each attempt', () => {
  const almostOne = 1 - Number.EPSILON;
  expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, { baseMs: 1_000, capMs: 5_000 }, almostOne))).toEqual([999, 1_999, 3_999, 4_999]);
});
