import { replay } from '../../../../report/measure/replay-log.ts';
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
  const arrivals = Array.from({ length: 300_000 }, () => {
    now += draw.exponential(meanMs / load);
    return { startMs: now, heldMs: draw.exponential(meanMs) };
  });
  const { busy, waitMs } = replay(arrivals, { capacity: servers, isCounted: () => true, seconds: now / 1_000 });
  const expected = (erlangC(servers, load) * meanMs) / (servers - load);
  expect(waitMs / expected).toBeGreaterThan(0.9);
  expect(waitMs / expected).toBeLessThan(1.1);
  expect(busy).toBeCloseTo(load / servers, 1);
});

it('makes no request wait where there is room', () =>
  expect(
    replay(
      [
        { startMs: 0, heldMs: 9_000 },
        { startMs: 1, heldMs: 9_000 },
      ],
      { capacity: 2, isCounted: () => true, seconds: 60 },
    ),
  ).toEqual({ busy: 0.15, waitMs: 0 }));
