/** Runs the simulation of a seed, and shrinks the plan of a failing one to a smaller plan that fails too. */
import fc from 'fast-check';
import { plans } from './generate-plan.ts';
import type { Plan } from './plan.ts';
import { Simulation, type SimulationResult } from './simulation.ts';

/** Smaller plans that are tried. */
const maxShrinks = 400;

function drawFrom(seed: number): fc.Value<Plan> {
  // fast-check passes its generator to arbitraries only; a sample of one with a fixed seed gives access to the context for shrinking.
  let value: fc.Value<Plan> | undefined;
  const spy = new (class extends fc.Arbitrary<Plan> {
    override generate(random: fc.Random, biasFactor: number | undefined): fc.Value<Plan> {
      value = plans.generate(random, biasFactor);
      return value;
    }
    override canShrinkWithoutContext(candidate: unknown): candidate is Plan {
      return plans.canShrinkWithoutContext(candidate);
    }
    override shrink(plan: Plan, context: unknown): fc.Stream<fc.Value<Plan>> {
      return plans.shrink(plan, context);
    }
  })();
  fc.sample(spy, { seed, numRuns: 1 });
  if (value === undefined) throw new Error('fast-check generated no plan');
  return value;
}

export function planOf(seed: number): Plan {
  return drawFrom(seed).value;
}

export function runPlan(plan: Plan, options: { readonly isTraced?: boolean } = {}): Promise<SimulationResult> {
  return new Simulation(plan, options).run();
}

/** @returns the smallest failing plan found */
export async function shrink(seed: number): Promise<Plan> {
  let smallest = drawFrom(seed);
  let tries = 0;
  let isSmaller = true;
  while (isSmaller && tries < maxShrinks) {
    isSmaller = false;
    for (const candidate of plans.shrink(smallest.value, smallest.context)) {
      tries += 1;
      const { violations } = await runPlan(candidate.value);
      if (violations.length > 0) {
        smallest = candidate;
        isSmaller = true;
        break;
      }
      if (tries >= maxShrinks) break;
    }
  }
  return smallest.value;
}
