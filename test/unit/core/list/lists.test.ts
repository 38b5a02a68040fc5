import * as fc from 'fast-check';
import { MemoryJobStore } from '../../../../testing/memory-job-store.ts';
import {
  countAll,
  expectedCounts,
  expectedKeys,
  listAll,
  nowMs,
  pageSizes,
  populate,
  populations,
  questions,
} from '../../../support/listed-jobs.ts';

const openStore = () => new MemoryJobStore(() => nowMs).connect((_operation, act) => Promise.resolve(act()));

it('holds exactly the jobs that are asked for, once and in order, over all pages and under any bound', () =>
  fc.assert(
    fc.asyncProperty(populations(60), fc.array(fc.tuple(questions, pageSizes), { minLength: 1, maxLength: 6 }), async (some, asked) => {
      const store = openStore();
      const jobs = await populate(store, some);
      for (const [question, size] of asked) {
        const { keys, lengths } = await listAll(store, question, size);
        expect([question, keys]).toEqual([question, expectedKeys(jobs, question)]);
        expect(Math.max(...lengths)).toBeLessThanOrEqual(size.limit);
      }
    }),
    { numRuns: 400 },
  ));

it('has a page that is not full only at its end, unless a bound ended it', () =>
  fc.assert(
    fc.asyncProperty(populations(60), questions, fc.constantFrom(1, 3, 10), async (some, question, limit) => {
      const store = openStore();
      await populate(store, some);
      const { lengths } = await listAll(store, question, { limit });
      expect(lengths.slice(0, -1).every((length) => length === limit)).toBe(true);
    }),
    { numRuns: 100 },
  ));

it('counts by type and end what a plain count does, over all pages', () =>
  fc.assert(
    fc.asyncProperty(populations(60), questions, fc.constantFrom(1, 7, 50_000), async (some, question, entries) => {
      const store = openStore();
      const jobs = await populate(store, some);
      expect(await countAll(store, question, { entries, alarms: 50_000 })).toEqual(expectedCounts(jobs, question));
    }),
    { numRuns: 300 },
  ));

it('counts neither unfinished nor succeeded jobs where there are too many alarms', async () => {
  const store = openStore();
  const [specifications] = fc.sample(populations(60), { numRuns: 1, seed: 7 });
  await populate(store, specifications ?? []);
  const counts = await countAll(store, { owner: 'ann', order: 'desc' }, { entries: 50_000, alarms: 0 });
  const known = expectedCounts(await populate(openStore(), specifications ?? []), { owner: 'ann', order: 'desc' });
  expect(Object.keys(known).length).toBeGreaterThan(1);
  for (const [type, { failed, cancelled }] of Object.entries(known))
    expect(counts[type]).toEqual({ failed, cancelled, unfinished: Number.NaN, succeeded: Number.NaN });
});
