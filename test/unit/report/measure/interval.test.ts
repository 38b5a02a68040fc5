import { ClusteredShare, requestsNeeded } from '../../../../report/measure/clustered-share.ts';
import { quantileRanks, t95, wilson } from '../../../../report/measure/interval.ts';
import { SeededDraw } from '../../../report/world/seeded-draw.ts';

// Published tables of Student's t, one-sided 95 %.
it.each([
  [1, 6.314],
  [3, 2.353],
  [4, 2.132],
  [9, 1.833],
  [29, 1.699],
  [120, 1.658],
])('knows t with %i degrees of freedom: %f', (freedom, value) => expect(t95(freedom)).toBeCloseTo(value, 2));

it("computes Wilson's interval", () => {
  // Brown, Cai & DasGupta (2001): 0 of 10 at 95 % two-sided ends at 0.2775.
  expect(wilson(0, 10, 1.96)[2]).toBeCloseTo(0.2775, 3);
  expect(wilson(0.5, 100)).toEqual([expect.closeTo(0.4189, 3), 0.5, expect.closeTo(0.5811, 3)]);
});

it.each([
  [0.5, 5, 6],
  [0.95, 71, 72],
  [0.99, 367, 368],
])('needs enough requests for an interval of the quantile %f: %i are too few, %i are enough', (q, few, enough) => {
  expect(quantileRanks(few, q)).toBeUndefined();
  const [low, high] = quantileRanks(enough, q) ?? [0, 0];
  expect(low).toBeGreaterThanOrEqual(1);
  expect(high).toBeLessThanOrEqual(enough);
});

describe('a share of requests that repeat each other', () => {
  /** Callers with shares of their own around one, and all of their requests in one interval. */
  function draw(seed: number, { callers, requests, share, spread }: { callers: number; requests: number; share: number; spread: number }) {
    const random = new SeededDraw(seed);
    const found = new ClusteredShare();
    for (let caller = 0; caller < callers; caller++) {
      const own = Math.min(1, Math.max(0, share + spread * (random.chance(0.5) ? 1 : -1)));
      const n = 1 + random.whole(0, requests);
      let hits = 0;
      for (let i = 0; i < n; i++) if (random.chance(own)) hits += 1;
      found.add(n, hits);
    }
    return found.interval();
  }

  it.each([
    { callers: 40, requests: 20, share: 0.3, spread: 0.25 },
    { callers: 12, requests: 60, share: 0.5, spread: 0.4 },
    { callers: 200, requests: 3, share: 0.05, spread: 0.04 },
    { callers: 30, requests: 10, share: 0.9, spread: 0 },
  ])('has bounds that hold nineteen times in twenty: %j', (settings) => {
    const rounds = 600;
    let [below, above] = [0, 0];
    for (let seed = 0; seed < rounds; seed++) {
      const [low, , high] = draw(seed, settings);
      if (low > settings.share) below += 1;
      if (high < settings.share) above += 1;
    }
    // 93 % of each, as many rounds as these allow for chance.
    expect([below / rounds, above / rounds].every((missed) => missed <= 0.085)).toBe(true);
  });

  it('is wide for few callers, however many requests they make', () => {
    const [few, many] = [new ClusteredShare(), new ClusteredShare()];
    for (let i = 0; i < 10; i++) few.add(1_000, i < 3 ? 1_000 : 0);
    for (let i = 0; i < 1_000; i++) many.add(10, i < 300 ? 10 : 0);
    expect(few.interval()[0]).toBeLessThan(0.1);
    expect(many.interval()[0]).toBeGreaterThan(0.27);
  });

  it('never claims certainty where nothing was seen', () => {
    const nothing = new ClusteredShare();
    for (let i = 0; i < 20; i++) nothing.add(5, 0);
    const [low, estimate, high] = nothing.interval();
    expect([low, estimate]).toEqual([0, 0]);
    expect(high).toBeGreaterThan(0.05);
    const one = new ClusteredShare();
    one.add(1_000, 0);
    expect(one.interval()).toEqual([0, 0, 1]);
  });

  it('subtracts a control of the same requests', () => {
    const paired = new ClusteredShare();
    for (let i = 0; i < 100; i++) paired.add(10, 3, 2);
    const [low, estimate, high] = paired.interval();
    expect(estimate).toBeCloseTo(0.1);
    expect(low).toBeGreaterThan(0);
    expect(high).toBeLessThan(0.2);
  });

  it('says how many requests would decide, unless no number would', () => {
    expect(requestsNeeded(0.2, 0.3)).toBe(44);
    expect(requestsNeeded(0.29, 0.3)).toBeUndefined();
  });
});
