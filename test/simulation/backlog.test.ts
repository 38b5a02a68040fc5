/** Backlogs: the clock must neither add to one nor read its way through it, must bring it back when the queue is lost, and must catch up in order. */
import { alarmBucket } from '../../lambdas/core/job/alarm.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import { runClock } from '../../lambdas/core/reconcile/clock.ts';
import { submitJob } from '../../lambdas/core/submit/submit.ts';
import { History } from './history.ts';
import type { MemoryQueue } from './memory-queues.ts';
import { noFaults } from './plan.ts';
import { plainWork, type SimulatedInput } from './work.ts';

const dayMs = 86_400_000;
const contract = { ...plainWork, deadline: { days: 7 } };
const input: SimulatedInput = {
  operations: [],
  program: null,
  isDeaf: false,
  password: 'none',
  padding: '',
  cleanUpRefusals: 0,
  cleanUpDeaths: 0,
};

it('adds no message to a deep queue in an hour, reads little, and rescues at a bounded rate once the queue is lost', async () => {
  const size = 100_000;
  const { history, queue } = await submitMany(size, 0);
  const { store } = history;
  expect([store.rows.size, queue.depth]).toEqual([size, size]);
  const sendsBefore = countSends(history);
  const readsBefore = store.reads;

  for (let minute = 0; minute < 60; minute++) await runClockOnce(history);
  expect(countSends(history) - sendsBefore).toBeLessThanOrEqual(5);
  const readsAMinute = (store.reads - readsBefore) / 60;
  expect(readsAMinute).toBeLessThanOrEqual(50);

  queue.purge();
  await runClockOnce(history);
  const rescued = countSends(history) - sendsBefore;
  expect(rescued).toBeGreaterThan(100);
  expect(rescued).toBeLessThanOrEqual(5_000);
  // Deep again, so they are left to drain first.
  await runClockOnce(history);
  expect(countSends(history) - sendsBefore).toBe(rescued);
}, 300_000);

it('F36: off for a day while every message was lost, it catches up at a bounded rate, in each part of the index oldest first', async () => {
  const size = 1_000;
  const { history, queue } = await submitMany(size, 10_000);
  queue.purge();
  history.scheduler.nowMs += dayMs;

  await runClockOnce(history);
  const wokenOnce = countSends(history) - size;
  expect(wokenOnce).toBeGreaterThan(100);
  expect(wokenOnce).toBeLessThanOrEqual(800);
  const jobs = [...history.store.rows.values()].map(({ job }) => ({ ...job, isWoken: history.judge.sends.get(job.id)?.length === 2 }));
  for (const bucket of new Set(jobs.map(({ id }) => alarmBucket(id)))) {
    const [woken, left] = [true, false].map((isWoken) =>
      jobs.filter((job) => alarmBucket(job.id) === bucket && job.isWoken === isWoken).map(({ createdAtMs }) => createdAtMs),
    ) as [number[], number[]];
    expect(Math.max(...woken)).toBeLessThan(Math.min(...left));
  }

  // As if workers had taken them all.
  queue.purge();
  await runClockOnce(history);
  expect([...history.judge.sends.values()].map(({ length }) => length)).toEqual(Array(size).fill(2));
  expect(history.judge.breaches).toEqual([]);
});

/** So many jobs with so much between them, and no worker at all: nothing is taken from the queue. */
async function submitMany(size: number, apartMs: number): Promise<{ readonly history: History; readonly queue: MemoryQueue }> {
  const history = new History({ chance: 1, jobs: [], faults: noFaults });
  const queue = history.replaceQueue({ ...plainWork, concurrency: 0 });
  const api = history.portsOf('api');
  let accepted = 0;
  for (let i = 0; i < size; i++) {
    history.scheduler.after(i * apartMs, () => {
      const submission = { owner: `owner-${i % 10}`, contract, input, canonicalBody: String(i) };
      void submitJob(deriveJobId(submission.owner, { key: String(i) }), submission, api).then(() => {
        accepted += 1;
      });
    });
  }
  await history.scheduler.run(() => accepted === size, Number.POSITIVE_INFINITY);
  return { history, queue };
}

function countSends({ judge }: History): number {
  return [...judge.sends.values()].reduce((sum, sends) => sum + sends.length, 0);
}

async function runClockOnce(history: History): Promise<void> {
  const { scheduler } = history;
  let isOver = false;
  void runClock(history.portsOf('clock')).finally(() => {
    isOver = true;
  });
  const nextMs = scheduler.nowMs + 60_000;
  await scheduler.run(() => isOver, Number.POSITIVE_INFINITY);
  scheduler.nowMs = Math.max(scheduler.nowMs, nextMs);
}
