/** Counts an owner's jobs by type and end, from the indexes alone: no record is read. */
import { endedPartitions, indexedEnds, listPartitions, readListKey } from '../job/list-key.ts';
import type { ListPosition } from '../job/ports.ts';
import type { ListBounds } from './find-jobs.ts';
import { IndexWalk, type Source } from './index-walk.ts';
import { entryFilter, type JobQuery, keysOf, type ListDeps } from './job-query.ts';
import { findUnfinished } from './unfinished.ts';

/** What one answer reads at most, as in `ListBounds`. */
export type CountBounds = Pick<ListBounds, 'entries' | 'alarms'>;

export const countBounds: CountBounds = { entries: 50_000, alarms: 50_000 };

const firstPage = 1_000;

/** The numbers of a type's jobs. */
export interface EndCounts {
  /** Scheduled, queued, running or waiting: no index says which. Undefined if there are more alarms than one answer reads. */
  unfinished: number | undefined;
  /** Undefined if `unfinished` is. */
  succeeded: number | undefined;
  failed: number;
  cancelled: number;
}

export interface JobCounts {
  /** By type, of the types that have jobs. */
  readonly counts: ReadonlyMap<string, EndCounts>;
  /** Down to which job was counted; undefined if all were. */
  readonly next: ListPosition | undefined;
}

type Meaning = 'listed' | 'unfinished' | 'failed' | 'cancelled';

/** Counts from the newest job on, in the index as it is. Records that have expired count until DynamoDB deletes them. */
export async function countJobs(filter: Omit<JobQuery, 'statuses' | 'order'>, deps: ListDeps, bounds = countBounds): Promise<JobCounts> {
  const query: JobQuery = { ...filter, order: 'desc' };
  const count = await deps.partitionsToRead();
  const unfinished = await findUnfinished(query, deps, bounds.alarms);
  const sources: readonly Source<Meaning>[] = [
    ...listPartitions(query.owner, count).map((partition) => ({ meaning: 'listed' as const, partition })),
    ...indexedEnds.flatMap((meaning) => endedPartitions(query.owner, meaning, count).map((partition) => ({ meaning, partition }))),
    { meaning: 'unfinished', entries: unfinished ?? [] },
  ];
  const options = { keys: keysOf(query), order: query.order, filter: entryFilter(query), firstPage, maxEntries: bounds.entries };
  const walk = new IndexWalk(deps.store, sources, options);
  const counts = new Map<string, EndCounts>();
  for await (const { entry, meanings } of walk.jobs()) {
    const ofType = counts.get(entry.type) ?? noJobs(unfinished !== undefined);
    counts.set(entry.type, ofType);
    const end = meanings.has('failed')
      ? 'failed'
      : meanings.has('cancelled')
        ? 'cancelled'
        : meanings.has('unfinished')
          ? 'unfinished'
          : 'succeeded';
    const known = ofType[end];
    if (known !== undefined) ofType[end] = known + 1;
  }
  return { counts, next: walk.stoppedAt === undefined ? undefined : readListKey(walk.stoppedAt) };
}

function noJobs(isKnown: boolean): EndCounts {
  return { unfinished: isKnown ? 0 : undefined, succeeded: isKnown ? 0 : undefined, failed: 0, cancelled: 0 };
}
