import fc from 'fast-check';
import { busiestMinutes, HeldMinutes, minuteFacts, observedMinutes } from '../../../../report/measure/held-minutes.ts';
import { LogHistogram } from '../../../../report/measure/log-histogram.ts';

const minutes = 30;
const interval = fc.record({ start: fc.integer({ min: 0, max: minutes * 60_000 }), held: fc.integer({ min: 0, max: 400_000 }) });
const all = { isObserved: new Uint8Array(minutes).fill(1), count: minutes };
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, value) => total + value, 0);

function heldOf(requests: readonly { start: number; held: number }[], acceptMs = 30): HeldMinutes {
  const found = new HeldMinutes(0, minutes);
  for (const { start, held } of requests) found.add(start, held, acceptMs, 1);
  return found;
}

it("adds up to the clipped durations: Little's law is an identity", () =>
  fc.assert(
    fc.property(fc.array(interval), (requests) => {
      const end = minutes * 60_000;
      const clipped = requests.reduce((total, { start, held }) => total + Math.max(0, Math.min(end, start + held) - start), 0);
      expect(sum(heldOf(requests).held)).toBe(clipped);
    }),
  ));

it('frees no more than is held, and all but the acceptance', () =>
  fc.assert(
    fc.property(fc.array(interval), (requests) => {
      const { held, freed } = heldOf(requests);
      expect(Array.from(freed).every((value, minute) => value <= (held[minute] ?? 0))).toBe(true);
      expect(sum(heldOf(requests, 0).freed)).toBe(sum(held));
    }),
  ));

it('never ranks an endpoint lower because it takes longer', () =>
  fc.assert(
    fc.property(fc.array(interval, { minLength: 1 }), fc.integer({ min: 0, max: 300_000 }), fc.nat(), (requests, more, which) => {
      const longer = requests.map((request, i) => (i === which % requests.length ? { ...request, held: request.held + more } : request));
      expect(minuteFacts(heldOf(longer).freed, all).peak).toBeGreaterThanOrEqual(minuteFacts(heldOf(requests).freed, all).peak);
    }),
  ));

it('takes the mean of the highest minutes, so that work in few minutes counts', () => {
  const noon = new Float64Array(1_000);
  noon.fill(60_000 * 4, 500, 505);
  const observed = { isObserved: new Uint8Array(1_000).fill(1), count: 1_000 };
  expect(minuteFacts(noon, observed)).toEqual({ mean: 0.02, p99: 0, peak: 2 });
  expect(busiestMinutes(noon, observed).toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 500, 501, 502, 503, 504]);
});

it('takes more than two hours without a request for missing files, and no quiet hour', () => {
  const requests = new Uint32Array(600).fill(1);
  requests.fill(0, 100, 221);
  requests.fill(0, 300, 420);
  const { gaps, count } = observedMinutes(requests);
  expect(gaps).toEqual([[100, 221]]);
  expect(count).toBe(479);
});

describe('a histogram', () => {
  it('has quantiles that are off by at most 1 %, in every order', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5_000_000 }), { minLength: 1 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (values, q) => {
          const [one, other] = [new LogHistogram(), new LogHistogram()];
          for (const value of values) one.add(value);
          for (const value of values.toReversed()) other.add(value);
          const exact = values.toSorted((a, b) => a - b)[Math.ceil(q * values.length) - 1] ?? 0;
          expect(Math.abs((one.quantile(q) ?? 0) / exact - 1)).toBeLessThanOrEqual(0.0101);
          expect(other.quantile(q)).toBe(one.quantile(q));
          expect(one.mean).toBe(other.mean);
        },
      ),
    ));

  it('counts what lies near a value', () => {
    const found = new LogHistogram();
    for (const value of [9_800, 9_950, 10_000, 10_040, 10_300]) found.add(value);
    expect(found.near(10_000, 0.01)).toBe(3);
  });
});
