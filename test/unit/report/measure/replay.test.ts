import { meanWait } from '../../../../report/measure/replay-log.ts';
import { SeededDraw } from '../../../report/world/seeded-draw.ts';

/** Erlang's formula for the share that has to wait, with an offered load of `load` on `servers`. */
function erlangC(servers: number, load: number): number {
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (load * blocked) / (k + load * blocked);
  return (servers * blocked) / (servers - load * (1 - blocked));
}

it.each([
  [1, 0.7],
  [4, 3.2],
  [24, 21],
])('waits as the theory says for %i servers and a load of %f', (servers, load) => {
  const draw = new SeededDraw(servers);
  const meanMs = 1_000;
  let now = 0;
  const size = 300_000;
  const [startMs, heldMs] = [new Float64Array(size), new Float64Array(size)];
  for (let i = 0; i < size; i++) {
    now += draw.exponential(meanMs / load);
    startMs[i] = now;
    heldMs[i] = draw.exponential(meanMs);
  }
  const waitMs = meanWait(startMs.keys(), { startMs, heldOf: (row) => heldMs[row] ?? 0, capacity: servers, isCounted: () => true });
  const expected = (erlangC(servers, load) * meanMs) / (servers - load);
  expect(waitMs / expected).toBeGreaterThan(0.9);
  expect(waitMs / expected).toBeLessThan(1.1);
});

it('makes no request wait where there is room, and a third one where there are two', () => {
  const arrivals = { startMs: [0, 1, 2], heldOf: () => 9_000, isCounted: () => true };
  expect(meanWait([0, 1], { ...arrivals, capacity: 2 })).toBe(0);
  expect(meanWait([0, 1, 2], { ...arrivals, capacity: 2 })).toBeCloseTo(8_998 / 3);
});
