/** In which partitions of the indexes a job is: each write has the number of partitions of its process, so a job may be in one of a smaller number. */
import type { Item } from '../lambdas/adapters/job-item.ts';
import { alarmPartition } from '../lambdas/core/job/alarm.ts';
import type { PartitionCount } from '../lambdas/core/job/index-partitions.ts';
import type { Job, JobPatch } from '../lambdas/core/job/job.ts';
import { endedPartition, isIndexedEnd, listPartition } from '../lambdas/core/job/list-key.ts';

/** The partitions in which a job is, by index. */
export interface Places {
  readonly due?: string | undefined;
  readonly listing?: string | undefined;
  readonly ended?: string | undefined;
}

/** @param count over how many partitions the indexes are spread */
export function placesOf(job: Job, count: PartitionCount): Places {
  return {
    due: job.alarm && alarmPartition(job, job.alarm.kind, count),
    listing: listPartition(job, count).name,
    ended: isIndexedEnd(job.status) ? endedPartition(job, job.status, count).name : undefined,
  };
}

/** @returns where a job is after a write, which writes only the keys of what it changes */
export function placesAfter({ due, listing, ended }: Places, patch: JobPatch, changed: Places): Places {
  return { due: 'alarm' in patch ? changed.due : due, listing, ended: 'status' in patch ? changed.ended : ended };
}

/** @returns the item with the keys of these places */
export function inPlaces(item: Item, { due, listing, ended }: Places): Item {
  const names = Object.entries({ due, listing, ended }).flatMap(([index, name]) => (name === undefined ? [] : [[index, { S: name }]]));
  return { ...item, ...Object.fromEntries(names) };
}
