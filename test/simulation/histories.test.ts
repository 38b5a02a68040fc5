/** The machine that proves the engine, and the proof that it can fail. */
import { mutants } from './mutants.ts';
import { simulate } from './run-simulate.ts';
import { planOf, runPlan } from './seeds.ts';

const seedsOfCi = '2000';

it('keeps every promise in 2,000 histories', async () => {
  const { code, output } = await simulate('--seeds', seedsOfCi);
  expect(output).toContain('2000 histories run, none broke a promise');
  expect(code).toBe(0);
}, 300_000);

it.each(Object.keys(mutants))(
  'catches an engine that is broken: %s',
  async (name) => {
    const { code, output } = await simulate('--mutant', name, '--seeds', seedsOfCi);
    expect(output).toMatch(/seed \d+ breaks a promise: \w+: /);
    expect(code).toBe(1);
  },
  300_000,
);

it('replays a seed exactly', async () => {
  for (const seed of [3, 17, 101, 102, 103]) {
    const [once, again] = [await runPlan(planOf(seed), { isTold: true }), await runPlan(planOf(seed), { isTold: true })];
    expect(once.lines.length).toBeGreaterThan(2);
    expect(again.lines).toEqual(once.lines);
  }
});
