/** What a list of an owner's jobs asks for. */
import type { PartitionCount } from '../job/index-partitions.ts';
import type { Job } from '../job/job.ts';
import { above, below, type KeyRange, keysBetween, labelOf, latestMs, listKey } from '../job/list-key.ts';
import type { EntryFilter, JobStore, ListOrder, ListPosition, Runtime } from '../job/ports.ts';
import type { JobStatus } from '../job/states.ts';

export interface JobFilter {
  /** One of these; undefined for any. */
  readonly statuses?: readonly JobStatus[] | undefined;
  /** One of these, at most 100; undefined for any. */
  readonly types?: readonly string[] | undefined;
  /** All of these, at most 100: a tag's `name`, or its `name:value`. */
  readonly tags?: readonly string[] | undefined;
  /** Created at this time or later. */
  readonly sinceMs?: number | undefined;
  /** Created at this time or earlier. */
  readonly untilMs?: number | undefined;
}

export interface JobQuery extends JobFilter {
  readonly owner: string;
  readonly order: ListOrder;
  /** Where the page before ended. */
  readonly after?: ListPosition | undefined;
}

export interface ListDeps {
  readonly store: JobStore;
  readonly runtime: Runtime;
  /** @returns every job type that may have jobs, deployed or not */
  readonly knownTypes: () => Promise<readonly string[]>;
  /** @returns how many partitions the indexes may have */
  readonly partitionsToRead: () => Promise<PartitionCount>;
}

/** @returns the keys that are left to read */
export function keysOf({ sinceMs = 0, untilMs = latestMs, order, after }: JobQuery): KeyRange {
  const keys = keysBetween(sinceMs, untilMs);
  return after === undefined ? keys : remaining(keys, order, listKey(after));
}

/** @returns the part of a range that is behind a key, in the order of the list */
export function remaining(keys: KeyRange, order: ListOrder, key: string): KeyRange {
  return order === 'asc' ? above(keys, key) : below(keys, key);
}

export function entryFilter({ types, tags = [] }: JobFilter): EntryFilter {
  return { types, labels: tags.map(labelOf) };
}

/** @returns whether a record is one of those that the list asks for */
export function matches(job: Job, { owner, statuses, types, tags = [], sinceMs, untilMs }: JobQuery): boolean {
  return (
    job.owner === owner &&
    (statuses === undefined || statuses.includes(job.status)) &&
    (types === undefined || types.includes(job.type)) &&
    tags.every((tag) => hasTag(job, tag)) &&
    (sinceMs === undefined || job.createdAtMs >= sinceMs) &&
    (untilMs === undefined || job.createdAtMs <= untilMs)
  );
}

/** Names and values may hold colons, too. */
function hasTag({ tags }: Job, tag: string): boolean {
  return Object.entries(tags).some(([name, value]) => tag === name || tag === `${name}:${value}`);
}
