/** Random jobs in a store, random questions about them, and the answers that a plain filter over an array gives. */
import * as fc from 'fast-check';
import { fewestPartitions } from '../../lambdas/core/job/index-partitions.ts';
import type { Alarm, Job } from '../../lambdas/core/job/job.ts';
import { listKey } from '../../lambdas/core/job/list-key.ts';
import type { JobStore, ListPosition } from '../../lambdas/core/job/ports.ts';
import { isTerminal, type JobStatus, jobStatuses } from '../../lambdas/core/job/states.ts';
import { countJobs } from '../../lambdas/core/list/count-jobs.ts';
import { findJobs, type ListBounds } from '../../lambdas/core/list/find-jobs.ts';
import type { JobQuery, ListDeps } from '../../lambdas/core/list/job-query.ts';

export const nowMs = 1_800_000_000_000;
const owners = ['ann', 'ann#failed', 'bob'] as const;
const types = ['alpha', 'beta', 'removed'] as const;
const tags = [{}, { team: 'a' }, { team: 'b', 'team:a': 'c' }, { 'team:a': '' }, { env: 'prod,eu' }] as const;
const askedTags = ['team', 'team:a', 'team:b', 'team:a:c', 'env:prod,eu', 'no'] as const;
/** Few and close together: many jobs are created in one millisecond. */
const createdAt = fc.integer({ min: 0, max: 5 }).map((step) => nowMs - 600_000 + step * 2);

const specification = fc.record({
  /** Few, so that some are used again after their record expired. */
  number: fc.integer({ min: 0, max: 60 }),
  owner: fc.constantFrom(...owners),
  type: fc.constantFrom(...types),
  status: fc.constantFrom(...jobStatuses),
  tags: fc.constantFrom(...tags),
  createdAtMs: createdAt,
  wakeInMs: fc.constantFrom(-120_000, 0, 1, 59_000, 60_000, 3_600_000),
  kind: fc.constantFrom('timer', 'rescue'),
  isExpired: fc.boolean(),
});
type Specification = typeof specification extends fc.Arbitrary<infer T> ? T : never;

export const populations = (maxLength: number) => fc.array(specification, { maxLength, size: 'max' });

export const questions = fc.record({
  owner: fc.constantFrom(...owners),
  order: fc.constantFrom('asc', 'desc'),
  statuses: fc.option(fc.subarray([...jobStatuses], { minLength: 1 }), { nil: undefined }),
  types: fc.option(fc.subarray([...types, 'none'], { minLength: 1 }), { nil: undefined, freq: 1 }),
  tags: fc.subarray([...askedTags], { maxLength: 2 }),
  sinceMs: fc.option(createdAt, { nil: undefined }),
  untilMs: fc.option(createdAt, { nil: undefined }),
}) satisfies fc.Arbitrary<JobQuery>;

export const pageSizes = fc.record({
  limit: fc.constantFrom(1, 2, 3, 10, 100),
  bounds: fc.record({
    entries: fc.constantFrom(1, 5, 20, 20_000),
    alarms: fc.constantFrom(0, 3, 20_000),
    records: fc.constantFrom(1, 3, 1_000),
    unfinishedRecords: fc.constantFrom(0, 50),
  }),
});
export type PageSizes = typeof pageSizes extends fc.Arbitrary<infer T> ? T : never;

/** Ids end in each of the letters that choose a partition. */
export function jobId(number: number): string {
  return `job_${String(Math.floor(number / fewestPartitions)).padStart(25, '0')}${number % fewestPartitions}`;
}

function newJob({ number, owner, type, createdAtMs, ...others }: Specification): Job {
  const alarm: Alarm = { kind: others.kind, dueAtMs: nowMs + others.wakeInMs };
  const isScheduled = others.status === 'scheduled';
  return {
    ...{ id: jobId(number), owner, type, createdAtMs, tags: others.tags, alarm, status: isScheduled ? 'scheduled' : 'queued' },
    // No job is claimed before its start.
    ...{
      version: 1,
      input: { kind: 'inline', json: '{}' },
      submissionHash: 'h',
      notBeforeMs: others.kind === 'timer' ? alarm.dueAtMs : 0,
    },
    ...{ deadlineMs: nowMs + 3_600_000, attempt: 1, attemptsStarted: 0, maxAttempts: 3, crashes: 0, journal: {}, files: {} },
    ...{ timeline: [{ atMs: createdAtMs, event: 'queued' }], revision: 1 },
  } as unknown as Job;
}

/** Writes jobs on the ways that lead to their statuses. @returns the records that are left */
export async function populate(store: JobStore, specifications: readonly Specification[]): Promise<readonly Job[]> {
  const jobs = new Map<string, Job>();
  for (const one of specifications) {
    const earlier = jobs.get(jobId(one.number));
    if (earlier !== undefined && !isExpired(earlier)) continue;
    // A job whose start lies ahead has not been claimed.
    const kind = one.status === 'running' && one.wakeInMs > 0 ? 'rescue' : one.kind;
    const job = newJob({ ...one, kind });
    await store.create(job, nowMs);
    jobs.set(job.id, await bringTo(one, job, store));
  }
  return [...jobs.values()];
}

async function bringTo({ status, isExpired: expired }: Specification, job: Job, store: JobStore): Promise<Job> {
  const written = async (from: Job, patch: Parameters<JobStore['write']>[2]) => {
    const after = await store.write(from, { kind: 'revision', revision: from.revision }, patch);
    if (after === undefined) throw new Error('refused');
    return after;
  };
  if (status === job.status) return job;
  if (isTerminal(status)) return written(job, { status, alarm: undefined, expiresAtMs: nowMs + (expired ? -1_000 : 1_000) });
  if (status === 'waiting') return written(job, { status, alarm: { kind: 'rescue', dueAtMs: (job.alarm?.dueAtMs ?? 0) + 1 } });
  const lease = { type: job.type, leaseToken: 't', nowMs, leaseEndsAtMs: nowMs + 120_000 };
  const claimed = await store.claim(job.id, lease);
  if (claimed.kind !== 'claimed') throw new Error('refused');
  return claimed.job;
}

function isExpired({ expiresAtMs }: Job): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

export function listDeps(store: JobStore): ListDeps {
  const runtime = { nowMs: () => nowMs } as ListDeps['runtime'];
  return { store, runtime, knownTypes: async () => types, partitionsToRead: async () => fewestPartitions };
}

function isAsked(
  { owner, statuses, types: asked, tags: wanted = [], sinceMs = 0, untilMs = Number.POSITIVE_INFINITY }: JobQuery,
  job: Job,
): boolean {
  const texts = Object.entries(job.tags).flatMap(([name, value]) => [name, `${name}:${value}`]);
  return [
    job.owner === owner,
    statuses?.includes(job.status) ?? true,
    asked?.includes(job.type) ?? true,
    wanted.every((tag) => texts.includes(tag)),
    sinceMs <= job.createdAtMs && job.createdAtMs <= untilMs,
  ].every(Boolean);
}

/** @returns the keys that a list must hold, in order */
export function expectedKeys(jobs: readonly Job[], question: JobQuery): readonly string[] {
  const keys = jobs.filter((job) => !isExpired(job) && isAsked(question, job)).map(listKey);
  return question.order === 'asc' ? keys.sort() : keys.sort().reverse();
}

/** @returns the keys of all pages, and how many pages there were */
export async function listAll(store: JobStore, question: JobQuery, size: { readonly limit: number; readonly bounds?: ListBounds }) {
  const keys: string[] = [];
  const lengths: number[] = [];
  let after: ListPosition | undefined;
  do {
    const page = await findJobs({ ...question, after }, size, listDeps(store));
    keys.push(...page.jobs.map(listKey));
    lengths.push(page.jobs.length);
    if (lengths.length > 2_000) throw new Error('the cursors do not end');
    after = page.next;
  } while (after !== undefined);
  return { keys, lengths };
}

type Counted = Record<string, Partial<Record<'unfinished' | 'succeeded' | 'failed' | 'cancelled', number>>>;

/** @returns what counts must say: also of records that have expired, which are in the indexes until they are deleted */
export function expectedCounts(jobs: readonly Job[], question: JobQuery): Counted {
  const counts: Counted = {};
  for (const job of jobs.filter((one) => isAsked({ ...question, statuses: undefined }, one))) add(counts, job.type, endOf(job.status), 1);
  return counts;
}

function endOf(status: JobStatus) {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled' ? status : 'unfinished';
}

export async function countAll(
  store: JobStore,
  question: JobQuery,
  bounds?: { readonly entries: number; readonly alarms: number },
): Promise<Counted> {
  const counts: Counted = {};
  let after: ListPosition | undefined;
  do {
    const page = await countJobs({ ...question, after }, listDeps(store), bounds);
    for (const [type, numbers] of page.counts)
      for (const end of ['unfinished', 'succeeded', 'failed', 'cancelled'] as const) add(counts, type, end, numbers[end] ?? Number.NaN);
    after = page.next;
  } while (after !== undefined);
  return counts;
}

function add(counts: Counted, type: string, end: keyof Counted[string], count: number): void {
  const ofType = counts[type] ?? { unfinished: 0, succeeded: 0, failed: 0, cancelled: 0 };
  counts[type] = { ...ofType, [end]: (ofType[end] ?? 0) + count };
}
