/**
 * Finds an owner's jobs that have not ended, through their alarms: the index `due` holds each of them, sorted by minute and owner, so the alarms of
 * others are jumped over. An index of its own would cost every job two write units more.
 */
import { rescuePartitions, timerPartitions } from '../job/alarm.ts';
import { nextKeyOfOwner, ownerNumber, readAlarmKey } from '../job/alarm-key.ts';
import { listKey } from '../job/list-key.ts';
import type { DuePosition, JobStore, UnfinishedEntry } from '../job/ports.ts';

import type { JobStatus } from '../job/states.ts';
import { entryFilter, type JobQuery, keysOf, type ListDeps } from './job-query.ts';

const firstPage = 32;
/** Entries of this number fit into the 1 MB that one query reads. */
const maxPage = 1_500;

/** A job that had not ended when the index was last written. */
export interface UnfinishedJob extends UnfinishedEntry {
  /** Whether the alarm is a timer: no message wakes the job before it. */
  readonly isTimer: boolean;
}

/**
 * @param maxAlarms the number of alarms, the owner's and those read on the way to them, that may be read
 * @returns the jobs that the query asks for but for their statuses, in its order; undefined if there are more alarms than that
 */
export async function findUnfinished(query: JobQuery, deps: ListDeps, maxAlarms: number): Promise<readonly UnfinishedJob[] | undefined> {
  const { owner, order, types } = query;
  const walk = new AlarmWalk(owner, deps.store, maxAlarms);
  const count = await deps.partitionsToRead();
  const rescues = (types ?? (await deps.knownTypes())).flatMap((type) => rescuePartitions(type, count));
  const pages = await Promise.all([
    ...timerPartitions(count).map((partition) => walk.readAll(partition, true)),
    ...rescues.map((partition) => walk.readAll(partition, false)),
  ]);
  if (walk.isOverBound) return undefined;
  const [{ low, high }, { labels }] = [keysOf(query), entryFilter(query)];
  const jobs = new Map<string, UnfinishedJob>(); // A job whose alarm moves meanwhile is found twice.
  for (const job of pages.flat()) {
    const key = listKey(job);
    const isOfType = types === undefined || types.includes(job.type);
    if (key >= low && key <= high && isOfType && labels.every((label) => job.labels.includes(label))) jobs.set(key, job);
  }
  const sorted = [...jobs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, job]) => job);
  return order === 'asc' ? sorted : sorted.reverse();
}

/** @returns whether the job can have one of these statuses. Only a claim changes a status without the alarm, and no job is claimed before its start. */
export function canBe(statuses: readonly JobStatus[], job: UnfinishedJob, nowMs: number): boolean {
  return statuses.includes(job.status) || (statuses.includes('running') && !(job.isTimer && job.dueAtMs > nowMs));
}

/** Reads one owner's alarms in any number of partitions, within one bound. */
class AlarmWalk {
  private readonly owner: string;
  private readonly store: JobStore;
  private readonly maxAlarms: number;
  private read = 0;

  constructor(owner: string, store: JobStore, maxAlarms: number) {
    this.owner = ownerNumber(owner);
    this.store = store;
    this.maxAlarms = maxAlarms;
  }

  get isOverBound(): boolean {
    return this.read > this.maxAlarms;
  }

  async readAll(partition: string, isTimer: boolean): Promise<readonly UnfinishedJob[]> {
    const found: UnfinishedJob[] = [];
    let limit = firstPage;
    let after: DuePosition = { key: nextKeyOfOwner(undefined, this.owner) };
    while (!this.isOverBound) {
      const page = await this.store.unfinished(partition, after, limit);
      this.read += page.length;
      const own = page.filter(({ key }) => readAlarmKey(key).owner === this.owner);
      for (const entry of own) found.push({ ...entry, isTimer });
      const [first, last] = [page[0], page.at(-1)];
      if (first === undefined || last === undefined || page.length < limit) break;
      after = readAlarmKey(last.key).owner === this.owner ? last : { key: nextKeyOfOwner(last.key, this.owner) };
      // A page within one minute that holds others' alarms alone is jumped over; from any other, the next is larger.
      const isOneCrowd = own.length === 0 && readAlarmKey(first.key).minuteStartMs === readAlarmKey(last.key).minuteStartMs;
      limit = isOneCrowd ? firstPage : Math.min(limit * 2, maxPage);
    }
    return found;
  }
}
