/** Jobs that start after others, under faults at their points, in virtual time and under all invariants. docs/faults.md links here. */
import type { JobPlan } from './plan.ts';
import { effect, faultAt, jobsOf, runScenario, work } from './scenario.ts';
import type { Simulation } from './simulation.ts';

const after = { jobs: [0], onFailure: 'fail' } as const;
const twoJobs: readonly Partial<JobPlan>[] = [{ operations: [work(5), effect] }, { operations: [effect], after }];
function statuses(simulation: Simulation): readonly string[] {
  return jobsOf(simulation).map(({ status }) => status);
}
/** @returns the time from the end of the first job to the end of the second */
function secondsBetweenEnds(simulation: Simulation): number {
  const [first, second] = jobsOf(simulation).map(({ finishedAtMs = Number.NaN }) => finishedAtMs / 1000);
  return (second ?? Number.NaN) - (first ?? Number.NaN);
}

it('B1: a job that ends while the one after it looks at it lets that one start at once, whichever write is slow', async () => {
  let held = 0;
  for (let nth = 1; nth <= 6; nth++) {
    const simulation = await runScenario({ jobs: twoJobs, inject: faultAt('worker', 'write', { delayMs: 5_500 }, nth) });
    expect(statuses(simulation)).toEqual(['succeeded', 'succeeded']);
    expect(secondsBetweenEnds(simulation)).toBeLessThan(20);
    held += jobsOf(simulation)[1]?.timeline.some(({ event }) => event === 'waiting') === true ? 1 : 0;
  }
  expect(held).toBeGreaterThan(3);
});

it.each(['die before', 'die after', 'refuse', 'lose the answer'] as const)(
  'B2: a worker whose write is to "%s", any of them, starts the second job after the first',
  async (fault) => {
    for (let nth = 1; nth <= 8; nth++) {
      const simulation = await runScenario({ jobs: twoJobs, inject: faultAt('worker', 'write', fault, nth) });
      expect(statuses(simulation)).toEqual(['succeeded', 'succeeded']);
      // A lease, an announcement or a wake-up that is lost, and a period of the clock for each.
      expect(secondsBetweenEnds(simulation)).toBeLessThan(400);
    }
  },
);

it.each(['die before', 'die after', 'refuse', 'lose the answer'] as const)(
  'B2: a message to the job that starts after another that meets "%s" is made up for by the clock at the latest',
  async (fault) => {
    const simulation = await runScenario({ jobs: twoJobs, inject: faultAt('worker', 'wake', fault, 1) });
    expect(statuses(simulation)).toEqual(['succeeded', 'succeeded']);
    expect(secondsBetweenEnds(simulation)).toBeLessThan(200);
    if (fault === 'refuse') expect(secondsBetweenEnds(simulation)).toBeGreaterThan(60);
  },
);
