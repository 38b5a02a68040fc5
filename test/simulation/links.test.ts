/** Links under faults at their points, in virtual time and under all invariants. docs/faults.md links here. */
import type { JobPlan } from './plan.ts';
import type { LinkUse, Node, StepNode } from './programs.ts';
import { faultAt, onlyJob, runScenario } from './scenario.ts';

const step: StepNode = { does: 'step', seconds: 1, gives: 'text', failures: 0, throws: 'permanent' };
const wait = (timeoutSeconds = 900): Node => ({ does: 'signal', timeoutSeconds });
const use = (changes: Partial<LinkUse>): LinkUse => ({ index: 0, afterMs: 20_000, people: 1, looks: 1, ...changes });
const links = (uses: readonly LinkUse[], expiresSeconds = 3_000): Node => ({ does: 'link', alternatives: 2, expiresSeconds, uses });
const jobWith = (...of: readonly Node[]): Partial<JobPlan> => ({
  program: { body: { does: 'sequence', of }, returns: 'results', cleansUp: false },
});
const sentBy = (simulation: Awaited<ReturnType<typeof runScenario>>) => onlyJob(simulation).signals?.map(({ link }) => link?.index);

it.each(['refuse', 'lose the answer', 'die before', 'die after'] as const)(
  'L4: a worker whose write meets "%s", whichever it is, has mailed links that work',
  async (fault) => {
    for (let nth = 1; nth <= 6; nth++) {
      const simulation = await runScenario({
        jobs: [jobWith(links([use({ afterMs: 60_000 })]), wait(), step)],
        inject: faultAt('worker', 'write', fault, nth),
      });
      expect([nth, onlyJob(simulation).status, sentBy(simulation)]).toEqual([nth, 'succeeded', [0]]);
    }
  },
);

it.each(['refuse', 'lose the answer', 'die before', 'die after'] as const)(
  'L2: people whose use of a link meets "%s" press the button again, and it has sent once',
  async (fault) => {
    const simulation = await runScenario({
      jobs: [jobWith(links([use({ people: 2 }), use({ afterMs: 50_000 })]), wait(), step)],
      inject: faultAt('api', 'write', fault, 1),
    });
    expect([onlyJob(simulation).status, sentBy(simulation)]).toEqual(['succeeded', [0]]);
  },
);

it('L3: people who use both of two alternatives at the same moment, before, during or after the wait, are served one of them', async () => {
  for (const afterMs of [0, 500, 1_500, 30_000]) {
    const simulation = await runScenario({
      jobs: [jobWith(links([use({ index: 0, afterMs, people: 3 }), use({ index: 1, afterMs, people: 3 })]), step, wait(60), step)],
    });
    expect([afterMs, onlyJob(simulation).status, sentBy(simulation)?.length]).toEqual([afterMs, 'succeeded', 1]);
  }
});

it('L6: a link around its expiry sends or has expired, and the job sees the same', async () => {
  const sent: number[] = [];
  for (let afterMs = 8_500; afterMs <= 10_500; afterMs += 50) {
    const simulation = await runScenario({
      jobs: [jobWith(links([use({ afterMs, looks: 0 })], 10), { does: 'try', body: wait(40), otherwise: step })],
    });
    sent.push(sentBy(simulation)?.length ?? 0);
    expect(onlyJob(simulation).status).toBe('succeeded');
  }
  expect([sent[0], sent.at(-1)]).toEqual([1, 0]);
});
