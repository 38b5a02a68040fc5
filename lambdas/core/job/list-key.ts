/**
 * The keys of an owner's jobs in the indexes `listing`, which holds every job, and `ended`, which holds those that failed or were cancelled. Both
 * are sorted by creation time, then id, as texts. Their entries also hold the type and the labels of the tags, so that a filter reads no records.
 */
import { sha256Hex } from './ids.ts';
import { bucketOf, type PartitionCount } from './index-partitions.ts';
import type { Job } from './job.ts';
import type { ListPartition, ListPosition } from './ports.ts';

/** One owner's list has half as many partitions as a type's alarms: a job writes into it once, and sets an alarm and takes it away. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html */
export function listShards(count: PartitionCount): number {
  return count / 2;
}

/** Thirteen digits: the latest time, in epoch milliseconds, that a key can hold. */
export const latestMs = 9_999_999_999_999;

/** The statuses whose jobs have an entry in `ended`. Jobs that succeeded have none: it would cost each of them a write unit. */
export const indexedEnds = ['failed', 'cancelled'] as const;
export type IndexedEnd = (typeof indexedEnds)[number];

export function isIndexedEnd(status: Job['status']): status is IndexedEnd {
  return (indexedEnds as readonly string[]).includes(status);
}

/** @returns the partition of a job in `listing` */
export function listPartition({ owner, id }: Pick<Job, 'owner' | 'id'>, count: PartitionCount): ListPartition {
  return inListing(owner, bucketOf(id, listShards(count)));
}

/** @returns the partition of a job in `ended` */
export function endedPartition({ owner, id }: Pick<Job, 'owner' | 'id'>, status: IndexedEnd, count: PartitionCount): ListPartition {
  return inEnded(owner, status, bucketOf(id, listShards(count)));
}

/** @returns the partitions of an owner in `listing` */
export function listPartitions(owner: string, count: PartitionCount): readonly ListPartition[] {
  return Array.from({ length: listShards(count) }, (_, shard) => inListing(owner, shard));
}

/** @returns the partitions of an owner in `ended` */
export function endedPartitions(owner: string, status: IndexedEnd, count: PartitionCount): readonly ListPartition[] {
  return Array.from({ length: listShards(count) }, (_, shard) => inEnded(owner, status, shard));
}

function inListing(owner: string, shard: number): ListPartition {
  return { index: 'listing', name: `${owner}#${shard}` };
}

function inEnded(owner: string, status: IndexedEnd, shard: number): ListPartition {
  return { index: 'ended', name: `${owner}#${status}#${shard}` };
}

/** @returns the sort key of a job: its time, then its id */
export function listKey({ createdAtMs, id }: ListPosition): string {
  return `${digits(createdAtMs)}#${id}`;
}

export function readListKey(key: string): ListPosition {
  const [createdAtMs = '', id = ''] = key.split('#');
  return { createdAtMs: Number(createdAtMs), id };
}

/** The keys from `low` to `high`, both included. */
export interface KeyRange {
  readonly low: string;
  readonly high: string;
}

/** @returns the keys of the jobs created from one time to the other, both included */
export function keysBetween(sinceMs: number, untilMs: number): KeyRange {
  return { low: `${digits(sinceMs)}#`, high: `${digits(untilMs)}#~` }; // '~' sorts behind every id
}

/** @returns the part of a range that is above a key */
export function above({ low, high }: KeyRange, key: string): KeyRange {
  const next = `${key}!`; // no key begins with another one, so nothing is between
  return { low: next > low ? next : low, high };
}

/** @returns the part of a range that is below a key */
export function below({ low, high }: KeyRange, key: string): KeyRange {
  const last = key.charCodeAt(key.length - 1);
  const previous = `${key.slice(0, -1)}${String.fromCharCode(last - 1)}~`;
  return { low, high: previous < high ? previous : high };
}

function digits(atMs: number): string {
  return String(Math.min(Math.max(0, Math.floor(atMs)), latestMs)).padStart(13, '0');
}

/**
 * The label of a tag in an index: 48 bits of a hash, since tags are long. Two tags of 17 million hardly ever share one; a job that is listed is
 * compared by its record.
 * @param tag `name` or `name:value`
 */
export function labelOf(tag: string): string {
  return Buffer.from(sha256Hex(tag).slice(0, 12), 'hex').toString('base64url');
}

/** @returns the labels by which a job is found: of each tag's name, and of its name with its value */
export function labelsOf(tags: Job['tags']): readonly string[] {
  return [...new Set(Object.entries(tags).flatMap(([name, value]) => [labelOf(name), labelOf(`${name}:${value}`)]))];
}
