/** A backlog of 100,000 jobs: the clock must neither add to it nor read its way through it, and must bring it back when the queue is lost. */
import { runClock } from '../../lambdas/core/clock.ts';
import { submitJob } from '../../lambdas/core/submit.ts';
import { History } from './history.ts';
import { noFaults } from './plan.ts';
import { plainWork } from './work.ts';

const size = 100_000;

it('adds no message to a deep queue in an hour, reads little, and rescues at a bounded rate once the queue is lost', async () => {
  const history = new History({ chance: 1, jobs: [], faults: noFaults });
  const { store, judge, scheduler } = history;
  // No worker at all: nothing is taken from the queue.
  const queue = history.replaceQueue({ ...plainWork, concurrency: 0 });
  const input = { operations: [], isDeaf: false, password: 'none', padding: '' };
  const api = history.portsOf('api');
  const submitted = Array.from({ length: size }, (_, i) =>
    submitJob({ owner: `owner-${i % 10}`, contract: { ...plainWork, deadline: { days: 7 } }, input, fingerprint: String(i) }, api),
  );
  let areAccepted = false;
  void Promise.all(submitted).then(() => {
    areAccepted = true;
  });
  await scheduler.run(() => areAccepted, Number.POSITIVE_INFINITY);
  expect([store.rows.size, queue.depth]).toEqual([size, size]);
  const sendsBefore = countSends();
  const readsBefore = store.reads;

  for (let minute = 0; minute < 60; minute++) await runOnce();
  expect(countSends() - sendsBefore).toBeLessThanOrEqual(5);
  const readsAMinute = (store.reads - readsBefore) / 60;
  expect(readsAMinute).toBeLessThanOrEqual(50);

  queue.purge();
  await runOnce();
  const rescued = countSends() - sendsBefore;
  expect(rescued).toBeGreaterThan(100);
  expect(rescued).toBeLessThanOrEqual(5_000);
  // Deep again, so they are left to drain first.
  await runOnce();
  expect(countSends() - sendsBefore).toBe(rescued);

  function countSends(): number {
    return [...judge.sends.values()].reduce((sum, sends) => sum + sends.length, 0);
  }

  async function runOnce(): Promise<void> {
    let isOver = false;
    void runClock(history.portsOf('clock')).finally(() => {
      isOver = true;
    });
    const nextMs = scheduler.nowMs + 60_000;
    await scheduler.run(() => isOver, Number.POSITIVE_INFINITY);
    scheduler.nowMs = Math.max(scheduler.nowMs, nextMs);
  }
}, 300_000);
