import { allKinds, designKinds } from '../../report/world/all-kinds.ts';
import { allNoise, drawWorld, quiet, requestsOf, usualNoise, type World } from '../../report/world/world.ts';

const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

describe('a simulated service', () => {
  it.each([
    ['quiet', quiet],
    ['usual', usualNoise],
    ['all', allNoise],
  ] as const)('is the same for the same seed, with %s noise', (_, settings) => {
    expect(requestsOf(drawWorld(11, { ...settings, rate: 0.3 }))).toEqual(requestsOf(drawWorld(11, { ...settings, rate: 0.3 })));
    expect(requestsOf(drawWorld(12, { ...settings, rate: 0.3 }))).not.toEqual(requestsOf(drawWorld(11, { ...settings, rate: 0.3 })));
  });

  it('keeps its endpoints and first calls when noise is switched on', () => {
    const [still, noisy] = [drawWorld(5, quiet), drawWorld(5, { ...usualNoise, lostLines: true, clock: 'second-of-end' })];
    expect(noisy.endpoints.map(({ kind, volume, truth }) => [kind.name, volume, truth])).toEqual(
      still.endpoints.map(({ kind, volume, truth }) => [kind.name, volume, truth]),
    );
    const visits = ({ events }: World): number[] =>
      events.filter(({ why, endpoint }) => why === 'call' && endpoint?.shape.arrival.pattern === 'visits').map(({ startMs }) => startMs);
    const noisyVisits = new Set(visits(noisy));
    // A hang-up can end before the world does where the answer would not have.
    expect(visits(still).filter((startMs) => !noisyVisits.has(startMs))).toEqual([]);
  });

  it('has eight endpoints of different kinds, each with 90 to 2,500 requests in two days', () => {
    for (const seed of seeds(30)) {
      const { endpoints, events } = drawWorld(seed, { hangUps: true });
      expect(new Set(endpoints.map(({ kind }) => kind.name)).size).toBe(8);
      for (const endpoint of endpoints) {
        const calls = events.filter(({ route }) => route === endpoint.own).length;
        expect([endpoint.kind.name, calls, calls >= 90 && calls <= 2_500]).toEqual([endpoint.kind.name, calls, true]);
      }
    }
  });

  it('grows with its days and its rate', () => {
    const size = (settings: object): number => drawWorld(9, { ...quiet, ...settings }).events.length;
    expect(size({ days: 8 }) / size({})).toBeCloseTo(4, 0);
    expect(size({ rate: 0.5 }) / size({})).toBeCloseTo(0.5, 1);
  });

  it('refuses kinds that it does not know, and fewer kinds than endpoints', () => {
    expect(() => drawWorld(1, { kinds: ['report', 'repport'] })).toThrow('No kind of endpoint is called repport.');
    expect(() => drawWorld(1, { kinds: ['report'] })).toThrow('A world of 8 endpoints needs as many kinds (were 1).');
  });
});

describe('the kinds of endpoint', () => {
  it('have names and places of their own, and a reason for their truth', () => {
    expect(new Set(allKinds.map(({ name }) => name)).size).toBe(allKinds.length);
    expect(new Set(allKinds.map(({ method, template }) => `${method} ${template}`)).size).toBe(allKinds.length);
    expect(allKinds.filter(({ reason }) => !/^[A-Z].{30,}\.$/.test(reason))).toEqual([]);
    for (const { twin, truth } of allKinds.filter((kind) => kind.twin !== undefined)) {
      expect(allKinds.find(({ name }) => name === twin)?.truth).not.toBe(truth);
    }
  });

  it('are those of the design, many that mislead, and more that can be delegated', () => {
    const own = allKinds.filter(({ origin }) => origin === 'own');
    expect(designKinds).toHaveLength(18);
    expect(own.filter(({ truth }) => truth === 'keep').length).toBeGreaterThanOrEqual(8);
    expect(own.filter(({ truth }) => truth === 'delegate').length).toBeGreaterThanOrEqual(3);
  });

  it('are drawn equally often', () => {
    const counts = new Map<string, number>();
    const worlds = 300;
    for (const seed of seeds(worlds)) {
      for (const { kind } of drawWorld(seed, { ...quiet, rate: 0.01 }).endpoints) counts.set(kind.name, (counts.get(kind.name) ?? 0) + 1);
    }
    const expected = (worlds * 8) / allKinds.length;
    for (const { name } of allKinds) expect(Math.abs((counts.get(name) ?? 0) - expected)).toBeLessThan(4.5 * Math.sqrt(expected));
  });

  it('are hybrid where people wait more than 8 s for an answer that they need', () => {
    const endpoints = seeds(60).flatMap(
      (seed) => drawWorld(seed, { kinds: ['quote', 'slow-payment'], endpoints: 2, rate: 0.01 }).endpoints,
    );
    for (const { truth, shape } of endpoints) expect(truth).toBe(shape.heldMedianMs > 8_000 ? 'hybrid' : 'keep');
    expect(new Set(endpoints.filter(({ kind }) => kind.name === 'quote').map(({ truth }) => truth)).size).toBe(2);
  });
});
