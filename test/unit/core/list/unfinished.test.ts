import type { Job } from '../../../../lambdas/core/job/job.ts';
import { listKey } from '../../../../lambdas/core/job/list-key.ts';
import type { JobStore } from '../../../../lambdas/core/job/ports.ts';
import { findJobs } from '../../../../lambdas/core/list/find-jobs.ts';
import { findUnfinished } from '../../../../lambdas/core/list/unfinished.ts';
import { MemoryJobStore } from '../../../../testing/memory-job-store.ts';
import { jobId, listDeps, nowMs } from '../../../support/listed-jobs.ts';

const query = { owner: 'ann', order: 'asc' } as const;
const minute = 60_000;

interface Crowd {
  readonly owner: string;
  readonly count: number;
  readonly minutes: readonly number[];
}

/** Jobs of one type whose alarms are in one partition. */
function open(...crowds: readonly Crowd[]) {
  const memory = new MemoryJobStore(() => nowMs);
  const jobs: Job[] = [];
  for (const { owner, count, minutes } of crowds)
    for (let i = 0; i < count; i++) {
      const dueAtMs = nowMs + (minutes[i % minutes.length] ?? 0) * minute + (i % 50_000);
      const job = { id: jobId(jobs.length * 8), owner, type: 'alpha', status: 'queued', createdAtMs: nowMs + i, tags: {} };
      jobs.push({ ...job, alarm: { kind: 'rescue', dueAtMs }, revision: 1 } as unknown as Job);
    }
  for (const job of jobs) memory.insert(job);
  const store = memory.connect((_operation, act) => Promise.resolve(act()));
  let read = 0;
  const counting: JobStore = {
    ...store,
    unfinished: async (...args) => {
      const page = await store.unfinished(...args);
      read += page.length;
      return page;
    },
  };
  return { jobs, store: counting, read: () => read };
}

const own = (jobs: readonly Job[]) => jobs.filter(({ owner }) => owner === 'ann').map(listKey);

it('finds any number of alarms in one minute', async () => {
  const { jobs, store, read } = open({ owner: 'ann', count: 3_000, minutes: [0, 1] });
  expect((await findUnfinished(query, listDeps(store), 10_000))?.map(listKey)).toEqual(own(jobs));
  expect(read()).toBe(3_000);
});

it('jumps over the crowds of others, minute by minute', async () => {
  const minutes = [0, 1, 2, 3, 4];
  const others = ['bob', 'cy', 'dee', 'eve', 'fay'].map((owner) => ({ owner, count: 2_000, minutes }));
  const { jobs, store, read } = open({ owner: 'ann', count: 10, minutes }, ...others);
  expect((await findUnfinished(query, listDeps(store), 20_000))?.map(listKey)).toEqual(own(jobs));
  expect(read()).toBeLessThan(1_000); // of 10,010
});

it('reads through minutes that hold little, in ever larger pages', async () => {
  const minutes = Array.from({ length: 5_000 }, (_, i) => i);
  const { jobs, store } = open({ owner: 'bob', count: 5_000, minutes }, { owner: 'ann', count: 2, minutes: [10, 4_990] });
  let queries = 0;
  const counted: JobStore = {
    ...store,
    unfinished: (...args) => {
      queries += 1;
      return store.unfinished(...args);
    },
  };
  expect((await findUnfinished(query, listDeps(counted), 20_000))?.map(listKey)).toEqual(own(jobs));
  expect(queries).toBeLessThan(45); // 32 partitions, all but one of them empty
});

it('gives up beyond its bound, and the list reads records instead', async () => {
  const { jobs, store, read } = open({ owner: 'ann', count: 400, minutes: [0] });
  expect(await findUnfinished(query, listDeps(store), 300)).toBeUndefined();
  expect(read()).toBeLessThanOrEqual(300 + 32 * 8);
  const bounds = { entries: 20_000, alarms: 300, records: 1_000, unfinishedRecords: 50 };
  const page = await findJobs({ ...query, statuses: ['queued'] }, { limit: 100, bounds }, listDeps(store));
  expect(page.jobs.map(listKey)).toEqual(own(jobs).slice(0, 100));
});

it('takes a job whose alarm moves meanwhile once', async () => {
  const { jobs, store } = open({ owner: 'ann', count: 3, minutes: [0] });
  const twice: JobStore = { ...store, unfinished: async (...args) => (await store.unfinished(...args)).flatMap((entry) => [entry, entry]) };
  expect((await findUnfinished(query, listDeps(twice), 300))?.map(listKey)).toEqual(own(jobs));
});

it('lists no job by an entry of an earlier record under its id, nor asks for one record twice', async () => {
  const { jobs, store } = open({ owner: 'ann', count: 3, minutes: [0] });
  const stale: JobStore = {
    ...store,
    list: async (partition, page) => {
      const read = await store.list(partition, page);
      return { ...read, entries: read.entries.flatMap((entry) => [{ ...entry, createdAtMs: entry.createdAtMs - 1_000 }, entry]) };
    },
    getMany: async (ids, atMs) => {
      expect(new Set(ids).size).toBe(ids.length); // DynamoDB refuses to
      return store.getMany(ids, atMs);
    },
  };
  const page = await findJobs(query, { limit: 10 }, listDeps(stale));
  expect(page.jobs.map(listKey)).toEqual(own(jobs));
});
