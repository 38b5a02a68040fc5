/** From a seed to its history, and from a failing one to a smaller one that fails as well. */
import fc from 'fast-check';
import { History, type Outcome } from './history.ts';
import { type Plan, plans } from './plan.ts';

/** Tries so many smaller plans before it is content. */
const mostShrinks = 400;

function drawFrom(seed: number): fc.Value<Plan> {
  // fast-check hands its generator to arbitraries only; a sample of one with a fixed seed is the way to get at the context for shrinking.
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
  if (value === undefined) throw new Error('fast-check made no plan');
  return value;
}

export function planOf(seed: number): Plan {
  return drawFrom(seed).value;
}

export function runPlan(plan: Plan, options: { readonly isTold?: boolean } = {}): Promise<Outcome> {
  return new History(plan, options).run();
}

/** @returns the smallest failing plan found */
export async function shrink(seed: number): Promise<Plan> {
  let smallest = drawFrom(seed);
  let tries = 0;
  let isSmaller = true;
  while (isSmaller && tries < mostShrinks) {
    isSmaller = false;
    for (const candidate of plans.shrink(smallest.value, smallest.context)) {
      tries += 1;
      const { breaches } = await runPlan(candidate.value);
      if (breaches.length > 0) {
        smallest = candidate;
        isSmaller = true;
        break;
      }
      if (tries >= mostShrinks) break;
    }
  }
  return smallest.value;
}
