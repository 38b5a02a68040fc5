/** The invariants hold over thousands of simulations, and each mutant of the engine violates one. */
import { mutants } from './mutants.ts';
import { simulate } from './run-simulate.ts';
import { planOf, runPlan } from './seeds.ts';

const seeds = '2000';
/** The rarest violations need more: jobs of a removed type that end under their workers are found by seed 2,714. */
const seedsForMutants = '4000';

it('violates no invariant in 2,000 simulations', async () => {
  const { code, output } = await simulate('--seeds', seeds);
  expect(output).toContain('2000 simulations run, no violation');
  expect(code).toBe(0);
}, 300_000);

it.each(Object.keys(mutants))(
  'the checker catches the mutant: %s',
  async (name) => {
    const { code, output } = await simulate('--mutant', name, '--seeds', seedsForMutants);
    expect(output).toMatch(/seed \d+ violates an invariant: \w+: /);
    expect(code).toBe(1);
  },
  300_000,
);

it('a seed is replayed exactly', async () => {
  for (const seed of [3, 17, 101, 102, 103]) {
    const [first, second] = [await runPlan(planOf(seed), { isTraced: true }), await runPlan(planOf(seed), { isTraced: true })];
    expect(first.trace.length).toBeGreaterThan(2);
    expect(second.trace).toEqual(first.trace);
  }
});
