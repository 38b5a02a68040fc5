/** Ordinary worker code under the judgement of every invariant: what it was told it is told again, and nothing of it happens twice or too late. */

import { poison } from './plan.ts';
import { type Node, oddities, type Program, type StepNode, thrownKinds, values } from './programs.ts';
import { at, jobsOf, onlyJob, tell } from './told.ts';

const step: StepNode = { does: 'step', seconds: 1, gives: 'text', failures: 0, throws: 'permanent' };
const declined: StepNode = { ...step, failures: 1 };
const sleep: Node = { does: 'sleep', seconds: 30 };
const sequence = (...of: readonly Node[]): Node => ({ does: 'sequence', of });
const program = (...of: readonly Node[]): Program => ({ body: sequence(...of), returns: 'told', isTidy: false });
const resultOf = (job: { readonly result?: unknown }) =>
  JSON.parse((job.result as { readonly json: string } | undefined)?.json ?? 'null') as Readonly<Record<string, unknown>>;

it('W1: code that caught a failed step goes the same way after a sleep: the invoice was sent, and the card is not charged', async () => {
  const history = await tell({ jobs: [{ program: program({ does: 'try', body: declined, otherwise: step }, sleep) }] });
  const job = onlyJob(history);
  expect(resultOf(job)).toEqual({ 'p.0.o': 'value of p.0.o' });
  expect([...(history.outside.effects.get(job.id)?.keys() ?? [])]).toEqual(['p.0.o']);
});

it('W2: code that caught the time-out of a wait goes the same way when what it waited for has come', async () => {
  const wait = { does: 'wait', readyAfterSeconds: 10, everySeconds: 1, timeoutSeconds: 3, outages: 0, gives: 'text' } as const;
  const history = await tell({ jobs: [{ program: program({ does: 'try', body: wait, otherwise: step }, sleep) }] });
  expect(resultOf(onlyJob(history))).toEqual({ 'p.0.o': 'value of p.0.o' });
});

it('W3: a delegation whose arguments are others each time gives the same job', async () => {
  const history = await tell({ jobs: [{ program: program({ does: 'delegate', isMoving: true }, sleep) }] });
  expect(jobsOf(history).map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
});

it('W4: branches that overtake each other get their own values, and the first of a race is the first again', async () => {
  const wait = (readyAfterSeconds: number) =>
    ({ does: 'wait', readyAfterSeconds, everySeconds: 2, timeoutSeconds: 60, outages: 1, gives: 'text' }) as const;
  const branches = [sequence({ ...step, seconds: 4 }, wait(5)), sequence({ ...step, seconds: 1 }, wait(20))];
  const history = await tell({
    jobs: [{ program: program({ does: 'all', of: branches }, { does: 'race', of: [step, sleep] }, sleep, step) }],
  });
  expect(resultOf(onlyJob(history))).toMatchObject({ 'p.0.0.1': 'value of p.0.0.1', 'p.0.1.1': 'value of p.0.1.1', 'p.3': 'value of p.3' });
});

it('W5: a step that nobody awaits is waited for, and named in a warning', async () => {
  const history = await tell({
    jobs: [{ program: program({ does: 'forget', step: { ...step, seconds: 4 } }) }],
    faults: { hasZombies: true },
  });
  expect(onlyJob(history).status).toBe('succeeded');
  expect(history.lines.filter((line) => line.includes('WARN') && line.includes('p.0'))).toHaveLength(1);
});

it('W6: of steps at once one fails: the other is waited for, and not done again by the next attempt', async () => {
  const failing: StepNode = { ...step, seconds: 0, failures: 1, throws: 'retryable' };
  const history = await tell({
    jobs: [{ program: program({ does: 'all', of: [{ ...step, seconds: 4 }, failing] }) }],
    faults: { hasZombies: true },
  });
  const job = onlyJob(history);
  expect([job.status, job.attempt, history.lines.filter((line) => line.includes('effect p.0.0')).length]).toEqual(['succeeded', 2, 0]);
});

it('W7: code that kept its processor busy for longer than its lease begins nothing more', async () => {
  const busy = { ...program({ does: 'block', seconds: 150, times: 1 }, step), isTidy: true };
  const job = onlyJob(await tell({ jobs: [{ program: busy }], faults: { hasZombies: true } }));
  expect([job.status, job.attempt, job.timeline.filter(({ event }) => event === 'worker_lost').length]).toEqual(['succeeded', 1, 1]);
});

it('W8: a job that ends its process each time takes none of its neighbours with it', async () => {
  const work = { does: 'work', seconds: 8 } as const;
  const jobs = [[{ does: 'work', seconds: 1 } as const, { does: 'die', times: poison } as const], [work], [work], [work], [work]];
  const history = await tell({ jobs: jobs.map((operations, i) => ({ operations, submitAfterMs: i === 0 ? 0 : 1_000 })) });
  expect(jobsOf(history).map(({ status }) => status)).toEqual(['failed', ...Array(4).fill('succeeded')]);
});

it('W9: a key used again after its job expired makes another job, whose tokens, children and things are its own', async () => {
  const make = { ...program(step, { does: 'delegate', isMoving: false }), isTidy: true };
  const fail = { ...program(step, { does: 'throw', attempts: 9, throws: 'permanent' }), isTidy: true };
  const history = await tell({
    jobs: [
      { key: 'k9', program: make },
      { key: 'k9', isAfterExpiry: true, program: fail },
    ],
  });
  expect([history.expired.size, history.outside.kept.map(({ count }) => count)]).toEqual([1, [1]]);
});

it('W10: an outage of the store is nothing that code can catch', async () => {
  let puts = 0;
  const inject = (machine: string, what: string) => {
    if (!machine.startsWith('worker') || what !== 'put') return undefined;
    puts += 1;
    return puts === 1 ? ('refuse' as const) : undefined;
  };
  const caught = program({ does: 'try', body: { ...step, gives: 'large' }, otherwise: step }, sleep);
  const job = onlyJob(await tell({ jobs: [{ program: caught }], inject }));
  expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
  expect(puts).toBeGreaterThan(1);
});

it('W11: a write that is done late, when others have followed, undoes none of them', async () => {
  const branches: Node = { does: 'all', of: [step, sequence(...Array<Node>(3).fill({ ...step, seconds: 4 }))] };
  const late = at('worker', 'write', { doneAfterMs: 13_500 }, 1);
  const dies = at('worker', 'effect p.0.1.1', 'die before', 1);
  const inject = (machine: string, what: string) => late(machine, what) ?? dies(machine, what);
  const job = onlyJob(await tell({ jobs: [{ program: program(branches) }], inject }));
  expect([job.status, job.attempt]).toEqual(['succeeded', 1]);
});

it.each(thrownKinds)('W12: code that throws (%s) has failed once, and no more', async (throws) => {
  const attempts = program({ does: 'throw', attempts: 9, throws });
  const job = onlyJob(await tell({ jobs: [{ program: attempts, maxAttempts: 2 }] }));
  expect([job.status, job.crashes, job.timeline.filter(({ event }) => event === 'worker_lost')]).toEqual(['failed', 0, []]);
  expect(job.attempt).toBeLessThanOrEqual(2);
  expect(job.error?.message).not.toBe('');
});

it.each(values)('W13: a step, a checkpoint and a result of %s are kept as they first were, or refused for good', async (gives) => {
  const kept = {
    ...program({ does: 'try', body: { ...step, gives }, otherwise: step }, { does: 'save', gives: 'exact' }, sleep),
    returns: gives,
  };
  const job = onlyJob(await tell({ jobs: [{ program: kept }] }));
  expect([job.attempt, job.crashes]).toEqual([1, 0]);
});

it.each(oddities)('W14: what is handed over (%s) costs one attempt at most', async (what) => {
  const job = onlyJob(await tell({ jobs: [{ program: program({ does: 'odd', what }) }] }));
  expect([job.attempt, job.crashes]).toEqual([1, 0]);
});

it('W15: a backoff that ends after the deadline ends the job at once, with its own error', async () => {
  const late = program({ does: 'throw', attempts: 9, throws: 'after the deadline' });
  const job = onlyJob(await tell({ jobs: [{ program: late }] }));
  expect([job.status, job.error?.code, job.attempt]).toEqual(['failed', 'planned', 1]);
});
