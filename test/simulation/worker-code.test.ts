/** Ordinary worker code under all invariants: a replay receives what the code received before, and nothing happens twice or too late. */

import { poison } from './plan.ts';
import { misuses, type Node, type Program, type StepNode, thrownKinds, values } from './programs.ts';
import { faultAt, jobsOf, onlyJob, runScenario } from './scenario.ts';

const step: StepNode = { does: 'step', seconds: 1, gives: 'text', failures: 0, throws: 'permanent' };
const declined: StepNode = { ...step, failures: 1 };
const sleep: Node = { does: 'sleep', seconds: 30 };
const sequence = (...of: readonly Node[]): Node => ({ does: 'sequence', of });
const program = (...of: readonly Node[]): Program => ({ body: sequence(...of), returns: 'results', cleansUp: false });
const resultOf = (job: { readonly result?: unknown }) =>
  JSON.parse((job.result as { readonly json: string } | undefined)?.json ?? 'null') as Readonly<Record<string, unknown>>;

it('W1: code that caught a failed step takes the same branch after a sleep: the invoice was sent, and the card is not charged', async () => {
  const simulation = await runScenario({ jobs: [{ program: program({ does: 'try', body: declined, otherwise: step }, sleep) }] });
  const job = onlyJob(simulation);
  expect(resultOf(job)).toEqual({ 'p.0.o': 'value of p.0.o' });
  expect([...(simulation.external.effects.get(job.id)?.keys() ?? [])]).toEqual(['p.0.o']);
});

it('W2: code that caught the time-out of a wait takes the same branch when the awaited event has happened since', async () => {
  const wait = { does: 'wait', readyAfterSeconds: 10, everySeconds: 1, timeoutSeconds: 3, outages: 0, gives: 'text' } as const;
  const simulation = await runScenario({ jobs: [{ program: program({ does: 'try', body: wait, otherwise: step }, sleep) }] });
  expect(resultOf(onlyJob(simulation))).toEqual({ 'p.0.o': 'value of p.0.o' });
});

it('W3: a delegation whose arguments differ at each replay gives the same job', async () => {
  const simulation = await runScenario({ jobs: [{ program: program({ does: 'delegate', variesInput: true }, sleep) }] });
  expect(jobsOf(simulation).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
});

it('W4: branches that overtake each other get their own values, and a race has the same winner at each replay', async () => {
  const wait = (readyAfterSeconds: number) =>
    ({ does: 'wait', readyAfterSeconds, everySeconds: 2, timeoutSeconds: 60, outages: 1, gives: 'text' }) as const;
  const branches = [sequence({ ...step, seconds: 4 }, wait(5)), sequence({ ...step, seconds: 1 }, wait(20))];
  const simulation = await runScenario({
    jobs: [{ program: program({ does: 'all', of: branches }, { does: 'race', of: [step, sleep] }, sleep, step) }],
  });
  expect(resultOf(onlyJob(simulation))).toMatchObject({
    'p.0.0.1': 'value of p.0.0.1',
    'p.0.1.1': 'value of p.0.1.1',
    'p.3': 'value of p.3',
  });
});

it('W5: a step that the code never awaits is awaited by the engine, and named in a warning', async () => {
  const simulation = await runScenario({
    jobs: [{ program: program({ does: 'unawaited', step: { ...step, seconds: 4 } }) }],
    faults: { hasZombies: true },
  });
  expect(onlyJob(simulation).status).toBe('succeeded');
  expect(simulation.trace.filter((line) => line.includes('WARN') && line.includes('p.0'))).toHaveLength(1);
});

it('W6: when one of two concurrent steps fails, the other is awaited, and not repeated by the next attempt', async () => {
  const failing: StepNode = { ...step, seconds: 0, failures: 1, throws: 'retryable' };
  const simulation = await runScenario({
    jobs: [{ program: program({ does: 'all', of: [{ ...step, seconds: 4 }, failing] }) }],
    faults: { hasZombies: true },
  });
  const job = onlyJob(simulation);
  expect([job.status, job.attempt, simulation.trace.filter((line) => line.includes('effect p.0.0')).length]).toEqual(['succeeded', 2, 0]);
});

it('W7: code that kept its processor busy for longer than its lease starts nothing more', async () => {
  const busy = { ...program({ does: 'block', seconds: 150, times: 1 }, step), cleansUp: true };
  const job = onlyJob(await runScenario({ jobs: [{ program: busy }], faults: { hasZombies: true } }));
  expect([job.status, job.attempt, job.timeline.filter(({ event }) => event === 'worker_lost').length]).toEqual(['succeeded', 1, 1]);
});

it('W8: a job that ends its process each time leaves its neighbours unharmed', async () => {
  const work = { does: 'work', seconds: 8 } as const;
  const jobs = [[{ does: 'work', seconds: 1 } as const, { does: 'die', times: poison } as const], [work], [work], [work], [work]];
  const simulation = await runScenario({ jobs: jobs.map((operations, i) => ({ operations, submitAfterMs: i === 0 ? 0 : 1_000 })) });
  expect(jobsOf(simulation).map(({ status }) => status)).toEqual(['failed', ...Array(4).fill('succeeded')]);
});

it('W9: a key used again after its job expired creates another job, with tokens, children and resources of its own', async () => {
  const make = { ...program(step, { does: 'delegate', variesInput: false }), cleansUp: true };
  const fail = { ...program(step, { does: 'throw', attempts: 9, throws: 'permanent' }), cleansUp: true };
  const simulation = await runScenario({
    jobs: [
      { key: 'k9', program: make },
      { key: 'k9', isAfterExpiry: true, program: fail },
    ],
  });
  expect([simulation.expired.size, simulation.external.keptResources.map(({ count }) => count)]).toEqual([1, [1]]);
});

it('W10: an outage of the store cannot be caught by code', async () => {
  let puts = 0;
  const inject = (machine: string, what: string) => {
    if (!machine.startsWith('worker') || what !== 'put') return undefined;
    puts += 1;
    return puts === 1 ? ('refuse' as const) : undefined;
  };
  const caught = program({ does: 'try', body: { ...step, gives: 'large' }, otherwise: step }, sleep);
  const job = onlyJob(await runScenario({ jobs: [{ program: caught }], inject }));
  expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
  expect(puts).toBeGreaterThan(1);
});

it('W11: a write that is done late, after others, reverts none of them', async () => {
  const branches: Node = { does: 'all', of: [step, sequence(...Array<Node>(3).fill({ ...step, seconds: 4 }))] };
  const late = faultAt('worker', 'write', { doneAfterMs: 13_500 }, 1);
  const dies = faultAt('worker', 'effect p.0.1.1', 'die before', 1);
  const inject = (machine: string, what: string) => late(machine, what) ?? dies(machine, what);
  const job = onlyJob(await runScenario({ jobs: [{ program: program(branches) }], inject }));
  expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
});

it.each(thrownKinds)('W12: code that throws (%s) has failed one attempt, and no more', async (throws) => {
  const attempts = program({ does: 'throw', attempts: 9, throws });
  const job = onlyJob(await runScenario({ jobs: [{ program: attempts, maxAttempts: 2 }] }));
  expect([job.status, job.crashes, job.timeline.filter(({ event }) => event === 'worker_lost')]).toEqual(['failed', 0, []]);
  expect(job.attempt).toBeLessThanOrEqual(2);
  expect(job.error?.message).not.toBe('');
});

it.each(values)('W13: a step, a checkpoint and a result of %s are stored as they first were, or refused permanently', async (gives) => {
  const kept = {
    ...program({ does: 'try', body: { ...step, gives }, otherwise: step }, { does: 'save', gives: 'exact' }, sleep),
    returns: gives,
  };
  const job = onlyJob(await runScenario({ jobs: [{ program: kept }] }));
  expect([job.attempt, job.crashes]).toEqual([1, 0]);
});

it.each(misuses)('W14: an invalid call of the context (%s) costs one attempt at most', async (what) => {
  const job = onlyJob(await runScenario({ jobs: [{ program: program({ does: 'misuse', what }) }] }));
  expect([job.attempt, job.crashes]).toEqual([1, 0]);
});

it('W15: a backoff that would end after the deadline ends the job at once, with its own error', async () => {
  const late = program({ does: 'throw', attempts: 9, throws: 'after the deadline' });
  const job = onlyJob(await runScenario({ jobs: [{ program: late }] }));
  expect([job.status, job.error?.code, job.attempt]).toEqual(['failed', 'planned', 1]);
});
