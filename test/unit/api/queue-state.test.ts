/** How long the oldest job of a type has waited, as `GET /v1/job-types/{type}` says it. */
import type { Job } from '../../../lambdas/core/job/job.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { minuteMs, ScheduleBench } from '../../support/schedule-bench.ts';

let bench: ScheduleBench;
beforeEach(() => {
  bench = new ScheduleBench();
});

const submit = async (more: object = {}) =>
  (await memoryApi(bench).post('/v1/jobs', { type: 'greet', input: { text: 'hello' }, ...more })).body;
const oldestSeconds = async () =>
  (await memoryApi(bench).get<{ queue: { oldestSeconds: number | null } }>('/v1/job-types/greet')).body.queue.oldestSeconds;

/** A worker takes a job and runs it for long. */
async function claim({ id }: Pick<Job, 'id'>): Promise<void> {
  const claimed = await bench.ports().store.claim(id, {
    type: 'greet',
    leaseToken: id,
    nowMs: bench.nowMs,
    leaseEndsAtMs: bench.nowMs + 120 * minuteMs,
  });
  expect(claimed.kind).toBe('claimed');
}

it('is null where no job is there, none is due and none waits', async () => {
  expect(await oldestSeconds()).toBeNull();
  await submit({ delaySeconds: 600 });
  expect(await oldestSeconds()).toBeNull();
  await claim(await submit());
  bench.nowMs += minuteMs;
  expect(await oldestSeconds()).toBeNull();
});

it.each(['active', 'paused', 'draining'])('counts from the time at which the job was due, while the type is %s', async (state) => {
  await submit();
  bench.nowMs += 10_000;
  await submit();
  await memoryApi(bench).as('olga').request('PUT', '/v1/job-types/greet/state', { body: { state } });
  bench.nowMs += 3 * minuteMs;
  expect(await oldestSeconds()).toBe(190);
});

it.each([1, 20, 100])('is about the job that waits, not about the %d that run', async (count) => {
  for (let i = 0; i < count; i++) await claim(await submit());
  bench.nowMs += 5 * minuteMs;
  await submit();
  bench.nowMs += 7_000;
  expect(await oldestSeconds()).toBe(7);
});

it('counts a delayed job from its start', async () => {
  await submit({ delaySeconds: 60 });
  bench.nowMs += 90_000;
  expect(await oldestSeconds()).toBe(30);
});

it('is null again when the jobs have ended', async () => {
  await submit();
  bench.nowMs += minuteMs;
  await bench.endAll();
  expect(await oldestSeconds()).toBeNull();
});
