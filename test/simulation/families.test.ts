/** Jobs that run other jobs, under faults at their points, in virtual time and under all invariants. docs/faults.md links here. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { JobPlan } from './plan.ts';
import type { ChildKind } from './programs.ts';
import { faultAt, runScenario } from './scenario.ts';
import type { Simulation } from './simulation.ts';

const jobThatRuns = (...children: readonly ChildKind[]): Partial<JobPlan> => ({
  program: { body: { does: 'run', children }, returns: 'results', cleansUp: false },
});
function family(simulation: Simulation): { readonly parent: Job; readonly children: readonly Job[] } {
  const jobs = [...simulation.store.rows.values()].map(({ job }) => job);
  const parent = jobs.find(({ parent: own }) => own === undefined);
  if (parent === undefined) throw new Error('There is no job without a parent.');
  return { parent, children: jobs.filter((job) => job.parent?.id === parent.id) };
}
const startsOf = ({ timeline }: Job) => timeline.filter(({ event }) => event === 'started').length;
const tookSeconds = ({ createdAtMs, finishedAtMs = Number.NaN }: Job) => (finishedAtMs - createdAtMs) / 1000;

it('C3: a child that ends between the look of its parent and the write that suspends it lets the parent go on at once', async () => {
  // The first write of a worker is the intent, the second the suspension.
  const simulation = await runScenario({ jobs: [jobThatRuns('works')], inject: faultAt('worker', 'write', { delayMs: 10_000 }, 2) });
  const { parent, children } = family(simulation);
  expect(parent.status).toBe('succeeded');
  expect(children).toHaveLength(1);
  expect(parent.notices).toBe(1);
  expect(startsOf(parent)).toBe(2);
  expect(tookSeconds(parent)).toBeLessThan(20);
});

it.each(['die before', 'die after', 'refuse', 'lose the answer'] as const)(
  'C2: a worker whose write is to "%s", any of them, runs each child once',
  async (fault) => {
    for (let nth = 1; nth <= 12; nth++) {
      const simulation = await runScenario({ jobs: [jobThatRuns('works', 'works')], inject: faultAt('worker', 'write', fault, nth) });
      const { parent, children } = family(simulation);
      expect([parent.status, ...children.map(({ status }) => status)]).toEqual(['succeeded', 'succeeded', 'succeeded']);
      expect(parent.children).toHaveLength(2);
      // A lease of two minutes, an announcement or a wake-up that is lost, and a period of the clock for each.
      expect(tookSeconds(parent)).toBeLessThan(400);
    }
  },
);

it.each(['die before', 'die after', 'refuse', 'lose the answer'] as const)(
  'C1: a message of a child to its parent that meets "%s" is made up for by the clock at the latest',
  async (fault) => {
    // The first message of a worker is that of the submission of the child.
    const simulation = await runScenario({ jobs: [jobThatRuns('works')], inject: faultAt('worker', 'wake', fault, 2) });
    const { parent } = family(simulation);
    expect(parent.status).toBe('succeeded');
    expect(tookSeconds(parent)).toBeLessThan(200);
    if (fault === 'refuse') expect(tookSeconds(parent)).toBeGreaterThan(60);
  },
);
