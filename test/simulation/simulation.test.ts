/** The invariants hold over thousands of simulations, and each mutant of the engine violates one. */
import { firstOfEach, sizeOf } from '../support/size.ts';
import { mutants } from './mutants.ts';
import { simulate, simulateMutants } from './run-simulate.ts';
import { planOf, runPlan } from './seeds.ts';

/** Three mutants need a rare meeting of keys or followers, which no plan of the first two thousand has. */
const seedsForMutants = 10_000;
/** Each of them takes the time of loading the whole engine. */
const every = sizeOf({ full: 1, quick: 4 });
const verdictOn = simulateMutants('--seeds', String(seedsForMutants), '--every', String(every));
const triedMutants = firstOfEach(every, Object.keys(mutants));
/** CI runs 4,700 more after the tests. */
const seeds = 300;

it(`violates no invariant in ${seeds} simulations`, async () => {
  const { code, output } = await simulate('--seeds', String(seeds));
  expect(output).toContain(`${seeds} simulations run, no violation`);
  expect(code).toBe(0);
});

it.each(triedMutants)('the checker catches the mutant: %s', async (name) => {
  const { witness, violation, unbroken } = await verdictOn(name);
  expect(unbroken).toBeUndefined();
  expect(witness).toBeGreaterThan(0);
  expect(witness).toBeLessThanOrEqual(seedsForMutants);
  expect(violation).toMatch(/^\w+: /);
});

it('a seed is replayed exactly', async () => {
  for (const seed of [3, 17, 101, 102, 103]) {
    const [first, second] = [await runPlan(planOf(seed), { isTraced: true }), await runPlan(planOf(seed), { isTraced: true })];
    expect(first.trace.length).toBeGreaterThan(2);
    expect(second.trace).toEqual(first.trace);
  }
});
