/** Concurrency keys under faults at their points, in virtual time and under all invariants. docs/faults.md links here. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { JobPlan } from './plan.ts';
import { effect, faultAt, jobsOf, runScenario, sleep, work } from './scenario.ts';

const keyed = (operations: JobPlan['operations'], submitAfterMs = 0, changes: Partial<JobPlan> = {}): Partial<JobPlan> => ({
  operations,
  submitAfterMs,
  concurrencyKey: 'a',
  ...changes,
});
/** Three jobs of one key, which come one second after another. */
const three = [keyed([work(5), effect]), keyed([effect, sleep(10)], 1_000), keyed([effect], 2_000)];
const startMs = ({ startedAtMs = Number.NaN }: Job) => startedAtMs;
const endMs = ({ finishedAtMs = Number.NaN }: Job) => finishedAtMs;
const idleSeconds = (jobs: readonly Job[]) => jobs.slice(1).map((job, i) => (startMs(job) - endMs(jobs[i] as Job)) / 1000);
function expectOneByOne(jobs: readonly Job[], longestIdleSeconds: number): void {
  expect(jobs.map(({ status }) => status)).toEqual(jobs.map(() => 'succeeded'));
  for (const seconds of idleSeconds(jobs)) {
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeLessThan(longestIdleSeconds);
  }
}

it('K0: jobs of one key run one by one, each as soon as the one before has ended', async () => {
  expectOneByOne(jobsOf(await runScenario({ jobs: three, keyLimit: 1 })), 2);
});

it.each(['die before', 'die after', 'refuse', 'lose the answer'] as const)(
  'K1: a worker whose write of a record is to "%s", any of them, leaves no place taken and no job behind',
  async (fault) => {
    for (let nth = 1; nth <= 12; nth++) {
      const simulation = await runScenario({ jobs: three, keyLimit: 1, inject: faultAt('worker', 'write', fault, nth) });
      expect(jobsOf(simulation).map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
      // A lease, an announcement or a wake-up that is lost, the look at the gate, and a period of the clock for each.
      expect(Math.max(...jobsOf(simulation).map(({ createdAtMs, finishedAtMs = Number.NaN }) => finishedAtMs - createdAtMs))).toBeLessThan(
        900_000,
      );
    }
  },
);

it.each(
  ['take place', 'leave gate', 'join line', 'crowd gate', 'quit line', 'read gate', 'read line'].flatMap((what) =>
    (['die before', 'die after', 'refuse', 'lose the answer', { doneAfterMs: 200_000 }] as const).map((fault) => [what, fault] as const),
  ),
)('K2: a worker whose request to "%s" is to %j, any of them, keeps no place and loses none', async (what, fault) => {
  for (let nth = 1; nth <= 4; nth++) {
    const simulation = await runScenario({ jobs: three, keyLimit: 1, inject: faultAt('worker', what, fault, nth) });
    expect(jobsOf(simulation).map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
    const [last] = jobsOf(simulation)
      .map(endMs)
      .toSorted((a, b) => b - a);
    expect((last ?? Number.NaN) - (jobsOf(simulation)[0]?.createdAtMs ?? 0)).toBeLessThan(1_200_000);
  }
});

it('K3: a place that is given back while the next job is being suspended is its own at once', async () => {
  // The first write of the second job's worker suspends it, for longer than the first job runs.
  const jobs = [keyed([work(5)]), keyed([effect], 1_000)];
  const suspension = 2;
  const simulation = await runScenario({ jobs, keyLimit: 1, inject: faultAt('worker', 'write', { delayMs: 10_000 }, suspension) });
  const [first, second] = jobsOf(simulation) as [Job, Job];
  expect(second.timeline.map(({ event }) => event)).toEqual(['queued', 'waiting', 'started', 'step', 'succeeded']);
  expect((startMs(second) - startMs(first)) / 1000).toBeLessThan(12);
});

it.each(['refuse', 'lose the answer'] as const)(
  'K4: a message to the next in line that meets "%s" is made up for by the clock',
  async (fault) => {
    const simulation = await runScenario({ jobs: three, keyLimit: 1, inject: faultAt('worker', 'wake', fault) });
    expectOneByOne(jobsOf(simulation), 185);
  },
);

it('K5: an index that lags by a minute and a half delays the next job, and lets none overtake for longer', async () => {
  const simulation = await runScenario({ jobs: three, keyLimit: 1, faults: { indexLagMs: 90_000 } });
  expectOneByOne(jobsOf(simulation), 480);
});

it('K6: a holder whose worker dies keeps its place until another worker has taken it over', async () => {
  const jobs = [keyed([{ does: 'die', times: 1 }, work(5)]), keyed([effect], 1_000)];
  const [first, second] = jobsOf(await runScenario({ jobs, keyLimit: 1 })) as [Job, Job];
  expect(first.timeline.map(({ event }) => event)).toContain('worker_lost');
  expectOneByOne([first, second], 2);
});

it('K7: a clock that is off delays no job whose holder ends in the ordinary way', async () => {
  const simulation = await runScenario({ jobs: three, keyLimit: 1, faults: { clockOff: [0, 1_200_000] } });
  expectOneByOne(jobsOf(simulation), 2);
});
