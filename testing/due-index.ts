/** One partition of the `due` index: its entries in order, also where there are very many. */
import { alarmKey } from '../lambdas/core/job/alarm-key.ts';
import type { Alarm, Job } from '../lambdas/core/job/job.ts';
import type { DueEntry, DuePosition } from '../lambdas/core/job/ports.ts';

/** An entry with its order as one text: alarm keys have the same length, so they sort as texts. */
export interface IndexEntry extends DueEntry {
  readonly order: string;
}

/** Up to this number of entries are added or removed one by one; for more, all are gone through at once. */
const fewEntries = 20;

export class IndexPartition {
  private sorted: IndexEntry[] = [];
  /** Added since the last read. */
  private added: IndexEntry[] = [];
  /** Removed since the last read. */
  private readonly removed = new Set<IndexEntry>();

  add(entry: IndexEntry): void {
    this.added.push(entry);
  }

  /** @param entry one that was added */
  remove(entry: IndexEntry): void {
    if (this.added.length > 0) this.takeIn();
    this.removed.add(entry);
  }

  /** @returns the entries in order; the caller must not change them */
  entries(): readonly IndexEntry[] {
    this.takeIn();
    return this.sorted;
  }

  private takeIn(): void {
    const { added, removed } = this;
    if (removed.size > fewEntries) this.sorted = this.sorted.filter((entry) => !removed.has(entry));
    else for (const { order } of removed) this.sorted.splice(firstBehind(this.sorted, order) - 1, 1);
    removed.clear();
    if (added.length > fewEntries) this.sorted = [...this.sorted, ...added].sort(byOrder);
    else for (const entry of added) this.sorted.splice(firstBehind(this.sorted, entry.order), 0, entry);
    this.added = [];
  }
}

export function entryOf({ id, owner }: Job, { dueAtMs }: Alarm): IndexEntry {
  const key = alarmKey(owner, dueAtMs);
  return { id, key, dueAtMs, order: orderOf({ key, id }) };
}

export function orderOf({ key, id }: DuePosition): string {
  return id === undefined ? key : `${key} ${id}`;
}

export function byOrder(a: IndexEntry, b: IndexEntry): number {
  return a.order < b.order ? -1 : 1;
}

/** @returns how many entries have an order up to this one, by a binary search */
export function firstBehind(entries: readonly IndexEntry[], order: string): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle] as IndexEntry).order > order) high = middle;
    else low = middle + 1;
  }
  return low;
}
