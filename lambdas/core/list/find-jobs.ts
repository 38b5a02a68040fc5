/**
 * Lists an owner's jobs. A filter reads entries of indexes, and records only of jobs that match, so far as an index can say:
 * - `failed` and `cancelled` jobs are in the index `ended`,
 * - jobs that have not ended are found through their alarms, unless there are too many,
 * - `succeeded` jobs are those of the index `listing` that neither of the two names.
 * Every job that is returned was compared by its record, since indexes lag behind.
 */
import type { Job } from '../job/job.ts';
import { endedPartitions, type IndexedEnd, indexedEnds, isIndexedEnd, listKey, listPartitions, readListKey } from '../job/list-key.ts';
import type { ListEntry, ListPosition } from '../job/ports.ts';
import { isTerminal } from '../job/states.ts';
import { IndexWalk, type Source, type WalkedJob } from './index-walk.ts';
import { entryFilter, type JobQuery, keysOf, type ListDeps, matches } from './job-query.ts';
import { canBe, findUnfinished } from './unfinished.ts';

export interface ListBounds {
  /** Entries of `listing` and `ended` that one answer reads. */
  readonly entries: number;
  /** Alarms that one answer reads in `due`: the owner's, and those read on the way to them. */
  readonly alarms: number;
  /** Records that one answer reads. */
  readonly records: number;
  /** Records of jobs that have not ended and were not asked for, after which their alarms are read to skip the others. */
  readonly unfinishedRecords: number;
}

export const listBounds: ListBounds = { entries: 20_000, alarms: 20_000, records: 1_000, unfinishedRecords: 50 };

/** A read of records takes at most this many. @see https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const maxBatch = 100;
/** A 4 KB page, the least that is billed, holds about this many entries. */
const minPage = 16;

export interface FoundJobs {
  readonly jobs: readonly Job[];
  /** Where the next page starts; undefined if there is none. A page that ends at a bound may be empty and have a next one. */
  readonly next: ListPosition | undefined;
}

type Meaning = 'candidate' | 'excluded';

export interface PageSize {
  /** The number of jobs, from 1 to 100. */
  readonly limit: number;
  /** @default listBounds */
  readonly bounds?: ListBounds;
}

/** @returns one page of the jobs that the query asks for, in its order */
export function findJobs(query: JobQuery, page: PageSize, deps: ListDeps): Promise<FoundJobs> {
  return new Search(query, page, deps).run();
}

class Search {
  private readonly query: JobQuery;
  private readonly limit: number;
  private readonly bounds: ListBounds;
  private readonly deps: ListDeps;
  private readonly nowMs: number;
  private readonly jobs: Job[] = [];
  private recordsRead = 0;
  private unfinishedReads = 0;
  /** Keys of jobs that have not ended and are not asked for; undefined until it pays to read them. */
  private skipped: ReadonlySet<string> | undefined;

  constructor(query: JobQuery, { limit, bounds = listBounds }: PageSize, deps: ListDeps) {
    this.query = query;
    this.limit = limit;
    this.bounds = bounds;
    this.deps = deps;
    this.nowMs = deps.runtime.nowMs();
  }

  async run(): Promise<FoundJobs> {
    const walk = await this.openWalk();
    const candidates = walk.jobs();
    let batchSize = this.limit;
    while (true) {
      const batch = await this.take(candidates, Math.min(batchSize, maxBatch, this.bounds.records - this.recordsRead));
      if (batch.length === 0) return { jobs: this.jobs, next: walk.stoppedAt === undefined ? undefined : readListKey(walk.stoppedAt) };
      const before = this.jobs.length;
      const rest = await this.addMatches(batch);
      if (this.jobs.length === this.limit || this.recordsRead >= this.bounds.records) {
        const isLast = rest.length === 0 && walk.isOver && walk.stoppedAt === undefined;
        return { jobs: this.jobs, next: isLast ? undefined : batch[batch.length - rest.length - 1] };
      }
      const [missing, missed] = [this.limit - this.jobs.length, batch.length - (this.jobs.length - before)];
      batchSize = (await this.learnsToSkip()) ? missing : Math.max(missing, missed * 2);
    }
  }

  private async openWalk(): Promise<IndexWalk<Meaning>> {
    const sources = await this.sources();
    const firstPage = Math.max(minPage, Math.ceil(this.limit / 2));
    const { order } = this.query;
    const options = { keys: keysOf(this.query), order, filter: entryFilter(this.query), firstPage, maxEntries: this.bounds.entries };
    return new IndexWalk(this.deps.store, sources, options);
  }

  private async sources(): Promise<readonly Source<Meaning>[]> {
    const { owner, statuses } = this.query;
    const count = await this.deps.partitionsToRead();
    const ended = (meaning: Meaning, ends: readonly IndexedEnd[]) =>
      ends.flatMap((status) => endedPartitions(owner, status, count)).map((partition) => ({ meaning, partition }));
    if (statuses !== undefined && !statuses.includes('succeeded')) {
      const wanted = ended(
        'candidate',
        indexedEnds.filter((status) => statuses.includes(status)),
      );
      if (statuses.every(isIndexedEnd)) return wanted;
      const unfinished = await findUnfinished(this.query, this.deps, this.bounds.alarms);
      if (unfinished !== undefined)
        return [...wanted, { meaning: 'candidate', entries: unfinished.filter((job) => canBe(statuses, job, this.nowMs)) }];
    }
    return [
      ...listPartitions(owner, count).map((partition) => ({ meaning: 'candidate' as const, partition })),
      ...ended(
        'excluded',
        indexedEnds.filter((status) => statuses !== undefined && !statuses.includes(status)),
      ),
    ];
  }

  private async take(walked: AsyncGenerator<WalkedJob<Meaning>>, count: number): Promise<readonly ListEntry[]> {
    const entries: ListEntry[] = [];
    while (entries.length < count) {
      const { value: job, done } = await walked.next();
      if (done === true) break;
      if (!job.meanings.has('excluded') && this.skipped?.has(job.key) !== true) entries.push(job.entry);
    }
    return entries;
  }

  /** Reads the records, and keeps those that match, up to the limit. @returns the entries behind the limit */
  private async addMatches(entries: readonly ListEntry[]): Promise<readonly ListEntry[]> {
    const ids = [...new Set(entries.map(({ id }) => id))];
    const records = new Map((await this.deps.store.getMany(ids, this.nowMs)).map((job) => [job.id, job]));
    this.recordsRead += ids.length;
    for (const [i, { id, createdAtMs }] of entries.entries()) {
      const job = records.get(id);
      // The index may be behind, also with an entry of an earlier record under the same id.
      if (job?.createdAtMs !== createdAtMs) continue;
      if (matches(job, this.query)) this.jobs.push(job);
      else if (!isTerminal(job.status)) this.unfinishedReads += 1;
      if (this.jobs.length === this.limit) return entries.slice(i + 1);
    }
    return [];
  }

  /** Reads the alarms once, when many records of jobs were read that have not ended. @returns whether it did so now */
  private async learnsToSkip(): Promise<boolean> {
    const { statuses } = this.query;
    const isUseful = statuses?.includes('succeeded') === true && this.unfinishedReads > this.bounds.unfinishedRecords;
    if (this.skipped !== undefined || !isUseful) return false;
    const unfinished = (await findUnfinished(this.query, this.deps, this.bounds.alarms)) ?? [];
    this.skipped = new Set(unfinished.filter((job) => !canBe(statuses, job, this.nowMs)).map(listKey));
    return true;
  }
}
