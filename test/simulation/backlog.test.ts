/** Backlogs: the clock must not add to one nor read all of it, must restore it when the queue is lost, and must catch up in order. */

import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import { bucketOf, fewestPartitions } from '../../lambdas/core/job/index-partitions.ts';
import { runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import { submitJob } from '../../lambdas/core/submit/submit-job.ts';
import type { MemoryQueue } from '../../testing/memory-queue.ts';
import { noFaults } from './plan.ts';
import { Simulation } from './simulation.ts';
import { plainWork, type SimulatedInput } from './workload.ts';

const dayMs = 86_400_000;
const contract = { ...plainWork, deadline: { days: 7 } };
const input: SimulatedInput = {
  operations: [],
  program: null,
  ignoresSignal: false,
  password: 'none',
  padding: '',
  cleanUpRefusals: 0,
  cleanUpDeaths: 0,
};

it('the clock adds no message to a deep queue in an hour, reads little, and rescues at a bounded rate once the queue is lost', async () => {
  const size = 100_000;
  const { simulation, queue } = await submitMany(size, 0.25);
  const { store } = simulation;
  expect([store.rows.size, queue.depth]).toEqual([size, size]);
  const sendsBefore = countSends(simulation);
  const readsBefore = store.reads;

  for (let minute = 0; minute < 60; minute++) await runClockOnce(simulation);
  expect(countSends(simulation) - sendsBefore).toBeLessThanOrEqual(5);
  const readsAMinute = (store.reads - readsBefore) / 60;
  expect(readsAMinute).toBeLessThanOrEqual(50);

  queue.purge();
  await runClockOnce(simulation);
  const rescued = countSends(simulation) - sendsBefore;
  expect(rescued).toBeGreaterThan(100);
  expect(rescued).toBeLessThanOrEqual(5_000);
  // The queue is deep again, so that the clock lets it drain first.
  await runClockOnce(simulation);
  expect(countSends(simulation) - sendsBefore).toBe(rescued);
});

it('F36: off for a day while every message was lost, the clock catches up at a bounded rate, in each part of the index oldest first', async () => {
  const size = 1_000;
  const { simulation, queue } = await submitMany(size, 10_000);
  queue.purge();
  simulation.scheduler.nowMs += dayMs;

  await runClockOnce(simulation);
  const wokenOnce = countSends(simulation) - size;
  expect(wokenOnce).toBeGreaterThan(100);
  expect(wokenOnce).toBeLessThanOrEqual(800);
  const jobs = [...simulation.store.rows.values()].map(({ job }) => ({
    ...job,
    isWoken: simulation.checker.sends.get(job.id)?.length === 2,
  }));
  for (const bucket of new Set(jobs.map(({ id }) => bucketOf(id, fewestPartitions)))) {
    const [woken, left] = [true, false].map((isWoken) =>
      jobs.filter((job) => bucketOf(job.id, fewestPartitions) === bucket && job.isWoken === isWoken).map(({ createdAtMs }) => createdAtMs),
    ) as [number[], number[]];
    expect(Math.max(...woken)).toBeLessThan(Math.min(...left));
  }

  // As if workers had received all messages.
  queue.purge();
  await runClockOnce(simulation);
  expect([...simulation.checker.sends.values()].map(({ length }) => length)).toEqual(Array(size).fill(2));
  expect(simulation.checker.violations).toEqual([]);
});

/**
 * Submits `size` jobs, `apartMs` apart. There are no workers, so that the messages stay in the queue. A type's partitions of the index take
 * 8,000 accepted jobs a second, which is 0.125 ms apart.
 */
async function submitMany(size: number, apartMs: number): Promise<{ readonly simulation: Simulation; readonly queue: MemoryQueue }> {
  const simulation = new Simulation({ randomSeed: 1, jobs: [], faults: noFaults });
  const queue = simulation.replaceQueue({ ...plainWork, concurrency: 0 });
  const api = simulation.portsOf('api');
  let accepted = 0;
  for (let i = 0; i < size; i++) {
    simulation.scheduler.after(Math.floor(i * apartMs), () => {
      const submission = { owner: `owner-${i % 10}`, contract, input, canonicalBody: String(i) };
      void submitJob(deriveJobId(submission.owner, { kind: 'key', key: String(i) }), submission, api).then(() => {
        accepted += 1;
      });
    });
  }
  await simulation.scheduler.run(() => accepted === size, Number.POSITIVE_INFINITY);
  return { simulation, queue };
}

function countSends({ checker }: Simulation): number {
  return [...checker.sends.values()].reduce((sum, sends) => sum + sends.length, 0);
}

async function runClockOnce(simulation: Simulation): Promise<void> {
  const { scheduler } = simulation;
  let isOver = false;
  void runClock(simulation.portsOf('clock')).finally(() => {
    isOver = true;
  });
  const nextMs = scheduler.nowMs + 60_000;
  await scheduler.run(() => isOver, Number.POSITIVE_INFINITY);
  scheduler.nowMs = Math.max(scheduler.nowMs, nextMs);
}
