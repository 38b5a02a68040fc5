/** What the clock makes up for at a gate, over stores in memory. */
import * as z from 'zod';
import { defineJobType, type JobTypeContract } from '../../../../lambdas/core/contract/contract.ts';
import { enterGate, leaveGate, leaveIfEnded, lookAgain } from '../../../../lambdas/core/gate/enter-gate.ts';
import { lookEveryMs } from '../../../../lambdas/core/gate/gate-store.ts';
import type { GateDeps } from '../../../../lambdas/core/gate/hand-on.ts';
import { lookAtGate } from '../../../../lambdas/core/gate/look-at-gate.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';
import { holdPatch } from '../../../../lambdas/core/job/transitions.ts';
import { newJob } from '../../../../lambdas/core/submit/submit-job.ts';
import { MemoryGateStore } from '../../../../testing/memory-gate-store.ts';
import { MemoryJobStore } from '../../../../testing/memory-job-store.ts';
import { contractLimits } from '../../../support/contract-limits.ts';

const contract = defineJobType({
  ...contractLimits,
  name: 'sync',
  description: 'Copies.',
  input: z.unknown(),
  output: z.unknown(),
  deadline: { hours: 6 },
  keys: { limit: 2 },
}) as unknown as JobTypeContract;

class Bench {
  nowMs = Date.UTC(2026, 10, 24, 12);
  readonly jobs = new MemoryJobStore(() => this.nowMs);
  readonly gates = new MemoryGateStore(() => this.nowMs);
  readonly woken: string[] = [];
  readonly deps: GateDeps;
  private count = 0;

  constructor() {
    const carry = async <T>(_: string, act: () => T) => act();
    this.deps = {
      gates: this.gates.connect(carry),
      store: this.jobs.connect(carry),
      runtime: { nowMs: () => this.nowMs } as GateDeps['runtime'],
      queues: { wake: async ({ id }: Pick<Job, 'id'>) => void this.woken.push(id) } as unknown as GateDeps['queues'],
      graceMs: 120_000,
    };
  }

  accept(): Job {
    this.count += 1;
    this.nowMs += 1_000;
    const submission = { owner: 'ann', contract, input: {}, concurrencyKey: 'k', canonicalBody: '{}' };
    const { job } = newJob(
      { id: `job_${String(this.count).padStart(26, '0')}`, submission },
      { input: { kind: 'inline', json: '{}' }, nowMs: this.nowMs, graceMs: 120_000 },
    );
    this.jobs.insert(job);
    return job;
  }

  /** A worker looks at what holds the job, and writes what it found. */
  async arrive(job: Job, places = 2): Promise<'in' | 'waits'> {
    const entry = await enterGate(job, places, this.deps);
    if (entry.kind === 'waits') {
      await this.write(job, holdPatch(job, this.nowMs, entry.until));
      await lookAgain(this.read(job), this.deps);
    } else await this.write(job, { held: undefined });
    return entry.kind;
  }

  write(job: Job, patch: Parameters<GateDeps['store']['write']>[2]) {
    const current = this.read(job);
    return this.deps.store.write(current, { kind: 'revision', revision: current.revision }, patch);
  }

  end(job: Job) {
    return this.write(job, { status: 'failed', finishedAtMs: this.nowMs, alarm: undefined });
  }

  read({ id }: Pick<Job, 'id'>): Job {
    return this.jobs.rows.get(id)?.job as Job;
  }

  get gate() {
    return [...this.gates.rows.values()][0];
  }

  /** The clock looks after five minutes. */
  async look(places = 2): Promise<void> {
    this.nowMs += lookEveryMs;
    await lookAtGate(this.gate?.id ?? '', () => places, this.deps);
  }

  isIn = (job: Job) => this.read(job).held === undefined;
}

async function benchWith(count: number): Promise<{ readonly bench: Bench; readonly jobs: readonly Job[] }> {
  const bench = new Bench();
  const jobs = Array.from({ length: count }, () => bench.accept());
  for (const job of jobs) await bench.arrive(job);
  return { bench, jobs };
}

it('takes a new limit: a higher one lets more in, a lower one ends nothing and lets none in before that many have left', async () => {
  const { bench, jobs } = await benchWith(6);
  expect(jobs.filter(bench.isIn)).toHaveLength(2);
  await bench.look(4);
  expect(jobs.filter(bench.isIn)).toEqual(jobs.slice(0, 4));
  expect(bench.woken).toEqual(jobs.slice(2, 4).map(({ id }) => id));
  await bench.look(1);
  expect(bench.gate?.holders).toHaveLength(4);
  for (const job of jobs.slice(0, 3)) {
    await bench.end(job);
    await leaveGate(bench.read(job), bench.deps);
  }
  expect(jobs.filter(bench.isIn)).toHaveLength(4);
  await bench.end(jobs[3] as Job);
  await leaveGate(bench.read(jobs[3] as Job), bench.deps);
  expect(jobs.filter(bench.isIn)).toEqual(jobs.slice(0, 5));
});

it('lets everyone in where the type has no keys any more, or is no longer deployed', async () => {
  const { bench, jobs } = await benchWith(6);
  await lookAtGate('unknown', () => undefined, bench.deps);
  bench.nowMs += lookEveryMs;
  await lookAtGate(bench.gate?.id ?? '', () => undefined, bench.deps);
  expect(jobs.filter(bench.isIn)).toHaveLength(6);
  expect(await enterGate(bench.accept(), undefined, bench.deps)).toEqual({ kind: 'in' });
});

it('frees the place of a job that has ended and was not announced, or whose record is gone', async () => {
  const { bench, jobs } = await benchWith(4);
  await bench.end(jobs[0] as Job);
  bench.jobs.rows.delete((jobs[1] as Job).id);
  await bench.look();
  expect(bench.gate?.holders).toEqual(jobs.slice(2).map(({ id }) => id));
  expect(jobs.slice(2).every(bench.isIn)).toBe(true);
});

it('wakes a holder whose wait was not ended, since the process that gave it the place died', async () => {
  const { bench, jobs } = await benchWith(3);
  const waiting = jobs[2] as Job;
  await bench.end(jobs[0] as Job);
  await bench.deps.gates.leave(bench.gate?.id ?? '', (jobs[0] as Job).id);
  await bench.deps.gates.take(bench.gate as never, waiting.id, { places: 2, isInTurn: true, nowMs: bench.nowMs });
  expect(bench.isIn(waiting)).toBe(false);
  await bench.look();
  expect(bench.isIn(waiting)).toBe(true);
  expect(bench.woken).toEqual([waiting.id]);
});

it('passes over a job that ended while it waited, and takes it out of the line', async () => {
  const { bench, jobs } = await benchWith(4);
  await bench.end(jobs[2] as Job);
  await bench.end(jobs[0] as Job);
  await leaveGate(bench.read(jobs[0] as Job), bench.deps);
  expect(bench.gate?.holders).toEqual([jobs[1], jobs[3]].map((job) => job?.id));
  expect(await bench.deps.gates.line(bench.gate?.id ?? '', 10)).toEqual([]);
});

it('reads on where the index still shows many that have ended', async () => {
  const { bench, jobs } = await benchWith(90);
  for (const job of jobs.slice(2, 88)) await bench.end(job);
  await bench.end(jobs[0] as Job);
  await leaveGate(bench.read(jobs[0] as Job), bench.deps);
  expect(bench.isIn(jobs[88] as Job)).toBe(true);
  expect(bench.isIn(jobs[89] as Job)).toBe(false);
});

it('lets a job that comes overtake none that waits, although a place is free', async () => {
  const { bench, jobs } = await benchWith(3);
  await bench.end(jobs[0] as Job);
  // The process dies after it gave the place back.
  await bench.deps.gates.leave(bench.gate?.id ?? '', (jobs[0] as Job).id);
  const next = bench.accept();
  expect(await bench.arrive(next)).toBe('waits');
  expect(bench.isIn(jobs[2] as Job)).toBe(true);
  await bench.end(jobs[1] as Job);
  await leaveGate(bench.read(jobs[1] as Job), bench.deps);
  expect(bench.isIn(next)).toBe(true);
});

it('takes back the place of a job that was cancelled while it got it', async () => {
  const bench = new Bench();
  const job = bench.accept();
  expect((await enterGate(job, 2, bench.deps)).kind).toBe('in');
  expect(bench.gate?.holders).toEqual([job.id]);
  await leaveIfEnded(job, bench.deps);
  expect(bench.gate?.holders).toEqual([job.id]);
  await bench.end(job);
  await leaveIfEnded(job, bench.deps);
  expect(bench.gate?.holders).toEqual([]);
});

it('forgets a crowd that is gone, closes the gate, and opens it for the next job', async () => {
  const { bench, jobs } = await benchWith(3);
  for (const job of jobs) {
    await bench.end(job);
    await leaveGate(bench.read(job), bench.deps);
  }
  expect(bench.gate).toMatchObject({ holders: [], crowdedAtMs: expect.any(Number) });
  await bench.look();
  expect(bench.gate?.crowdedAtMs).toBeUndefined();
  await bench.look();
  expect(bench.gate?.dueAtMs).toBeUndefined();
  expect(await bench.arrive(bench.accept())).toBe('in');
  expect(bench.gate?.dueAtMs).toBe(bench.nowMs + lookEveryMs);
});

it('is done twice with the same result', async () => {
  const { bench, jobs } = await benchWith(5);
  await bench.end(jobs[0] as Job);
  await Promise.all([leaveGate(bench.read(jobs[0] as Job), bench.deps), leaveGate(bench.read(jobs[0] as Job), bench.deps)]);
  await leaveGate(bench.read(jobs[0] as Job), bench.deps);
  expect(bench.gate?.holders).toEqual(jobs.slice(1, 3).map(({ id }) => id));
  expect(bench.woken).toEqual([jobs[2]?.id]);
});
