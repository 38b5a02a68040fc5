/** Signals under faults at their points, in virtual time and under all invariants. docs/faults.md links here. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { JobPlan } from './plan.ts';
import type { Node, StepNode } from './programs.ts';
import { faultAt, onlyJob, runScenario } from './scenario.ts';
import { signalPayload } from './signals.ts';
import type { Simulation } from './simulation.ts';

const graceSeconds = 120;
const clockSeconds = 60;
const slackSeconds = 2;
const step: StepNode = { does: 'step', seconds: 1, gives: 'text', failures: 0, throws: 'permanent' };
const wait = (timeoutSeconds = 900): Node => ({ does: 'signal', timeoutSeconds });
const jobWith = (signalsAfterMs: readonly number[], ...of: readonly Node[]): Partial<JobPlan> => ({
  program: { body: { does: 'sequence', of }, returns: 'results', cleansUp: false },
  signals: signalsAfterMs.map((afterMs) => ({ afterMs, callers: 1 })),
});
const resultOf = (simulation: Simulation) => {
  const { result } = onlyJob(simulation);
  return result === undefined ? undefined : (JSON.parse(simulation.payloadText(result)) as Readonly<Record<string, unknown>>);
};
const tookSeconds = ({ createdAtMs, finishedAtMs = Number.NaN }: Job) => (finishedAtMs - createdAtMs) / 1000;
/** How long after its signal a job ended, when its wake-up was lost: the clock looks after the grace, once in its period. */
const expectRescue = (job: Job, sentAfterSeconds: number) => {
  expect(job.status).toBe('succeeded');
  expect(tookSeconds(job)).toBeGreaterThan(sentAfterSeconds + 1);
  expect(tookSeconds(job)).toBeLessThan(sentAfterSeconds + graceSeconds + clockSeconds + slackSeconds);
};

it('S1: a signal that lands between the look of the code and the write that suspends its job is received at once', async () => {
  const simulation = await runScenario({
    jobs: [jobWith([1_500], wait())],
    inject: faultAt('worker', 'write', { delayMs: 3_000 }, 1),
  });
  expect(resultOf(simulation)).toEqual({ 'p.0': signalPayload(0) });
  expect(onlyJob(simulation).timeline.filter(({ event }) => event === 'started')).toHaveLength(2);
  expect(tookSeconds(onlyJob(simulation))).toBeLessThan(3 + 2 * slackSeconds);
});

it('S2: an API that dies after the write of a signal and before its message delays it by the grace and one period of the clock', async () => {
  const simulation = await runScenario({ jobs: [jobWith([300_000], wait())], inject: faultAt('api', 'write', 'die after', 1) });
  expect(resultOf(simulation)).toEqual({ 'p.0': signalPayload(0) });
  expectRescue(onlyJob(simulation), 300);
});

it.each(['refuse', 'lose the answer'] as const)(
  'S3: a message of a signal that meets "%s" is made up for by the clock at the latest',
  async (fault) => {
    // The first message is the submission's.
    const simulation = await runScenario({ jobs: [jobWith([300_000], wait())], inject: faultAt('api', 'wake', fault, 2) });
    expect(resultOf(simulation)).toEqual({ 'p.0': signalPayload(0) });
    expectRescue(onlyJob(simulation), fault === 'refuse' ? 300 : 297);
  },
);

it('S4: a signal whose write was done and never answered is sent again by its caller, and received once', async () => {
  const simulation = await runScenario({
    jobs: [jobWith([20_000], wait(), { does: 'try', body: wait(60), otherwise: step })],
    inject: faultAt('api', 'write', 'lose the answer', 1),
  });
  expect(resultOf(simulation)).toMatchObject({ 'p.0': signalPayload(0), 'p.1.o': 'value of p.1.o' });
  expect(onlyJob(simulation).signals).toHaveLength(1);
});

it.each(['die before', 'die after'] as const)(
  'S5: a worker that is to "%s" any of its writes receives each signal once, in order',
  async (fault) => {
    const writes = 6;
    for (let nth = 1; nth <= writes; nth++) {
      const simulation = await runScenario({
        jobs: [jobWith([2_000, 60_000], wait(), step, wait(), step)],
        inject: faultAt('worker', 'write', fault, nth),
      });
      expect(resultOf(simulation)).toMatchObject({ 'p.0': signalPayload(0), 'p.2': signalPayload(1) });
    }
  },
);

it('S6: a signal around its time-out is received or comes too late, and stays so', async () => {
  const received: boolean[] = [];
  for (let afterMs = 29_000; afterMs <= 32_000; afterMs += 50) {
    const simulation = await runScenario({
      jobs: [jobWith([afterMs], { does: 'try', body: wait(30), otherwise: step }, { does: 'sleep', seconds: 20 }, step)],
    });
    const { 'p.0.b': signal, 'p.0.o': otherwise } = resultOf(simulation) ?? {};
    received.push(signal !== undefined);
    expect([signal, otherwise]).toEqual(signal === undefined ? [undefined, 'value of p.0.o'] : [signalPayload(0), undefined]);
  }
  expect([received[0], received.at(-1)]).toEqual([true, false]);
});
