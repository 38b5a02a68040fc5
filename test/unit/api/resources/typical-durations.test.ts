import { TypicalDurations } from '../../../../lambdas/api/resources/typical-durations.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';

const contract = { name: 'work', typicalSeconds: 30 };
const ended = (id: number, seconds: number, changes: Partial<Job> = {}) =>
  ({ id: `job_${id}`, type: 'work', status: 'succeeded', createdAtMs: 1_000, finishedAtMs: 1_000 + seconds * 1000, ...changes }) as Job;

const learned = (...jobs: readonly Job[]) => {
  const durations = new TypicalDurations();
  for (const job of jobs) durations.observe(job);
  return durations.typicalSeconds(contract);
};

it('are those of the contract while few jobs are known', () => expect(learned(ended(1, 2), ended(2, 2))).toBe(30));

it('are the median of what was seen', () => expect(learned(ended(1, 1), ended(2, 2), ended(3, 900))).toBe(2));

it('count a job once, however often it is asked for', () => expect(learned(ended(1, 2), ended(1, 2), ended(1, 2), ended(2, 2))).toBe(30));

/** A hundred jobs, one an hour, of which the last fifty took less. */
const changing = Array.from({ length: 100 }, (_, i) => {
  const [createdAtMs, seconds] = [i * 3_600_000, i < 50 ? 100 : 4];
  return ended(i, seconds, { createdAtMs, finishedAtMs: createdAtMs + seconds * 1000 });
});
it('follow the jobs that ended last, regardless of the order in which they are seen', () => {
  expect(learned(...changing)).toBe(4);
  expect(learned(...changing.toReversed())).toBe(4);
});

it('of a run are without what the job waited', () => {
  const durations = new TypicalDurations();
  for (const id of [1, 2]) durations.observe(ended(id, 60, { runMs: 1_500 }));
  expect(durations.typicalRunSeconds(contract)).toBe(30);
  durations.observe(ended(3, 60, { runMs: 100 }));
  expect([durations.typicalRunSeconds(contract), durations.typicalSeconds(contract)]).toEqual([1.5, 60]);
});

it.each([
  ['failed', { status: 'failed' } as const],
  ['cancelled', { status: 'cancelled' } as const],
  ['of another type', { type: 'other' }],
  ['running', { status: 'running', finishedAtMs: undefined } as const],
])('learn nothing from jobs that are %s', (_, changes) => expect(learned(...[1, 2, 3, 4].map((id) => ended(id, 2, changes)))).toBe(30));

it('of a job that started later are counted from there', () =>
  expect(learned(...[1, 2, 3].map((id) => ended(id, 3_605, { startAtMs: 3_601_000 })))).toBe(5));

it('are bounded', () => {
  expect(learned(...[1, 2, 3].map((id) => ended(id, 90_000)))).toBe(3_600);
  expect(learned(...[1, 2, 3].map((id) => ended(id, -5)))).toBe(0.2);
});
