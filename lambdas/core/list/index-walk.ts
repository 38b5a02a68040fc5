/** Walks several partitions of the lists at once, in the order of their keys, within a bound of what it reads. */
import { type KeyRange, listKey } from '../job/list-key.ts';
import type { EntryFilter, JobStore, ListEntry, ListOrder, ListPartition } from '../job/ports.ts';
import { remaining } from './job-query.ts';

/** Entries of one meaning: read from a partition as they are needed, or known already, in order. */
export type Source<Meaning> = { readonly meaning: Meaning } & (
  | { readonly partition: ListPartition }
  | { readonly entries: readonly ListEntry[] }
);

export interface WalkOptions {
  readonly keys: KeyRange;
  readonly order: ListOrder;
  readonly filter: EntryFilter;
  /** The number of entries that are read first in each partition; then twice as many each time. */
  readonly firstPage: number;
  /** The number of entries that may be read in all. */
  readonly maxEntries: number;
}

/** What the sources say about one job. */
export interface WalkedJob<Meaning> {
  readonly key: string;
  readonly entry: ListEntry;
  readonly meanings: ReadonlySet<Meaning>;
}

/** Entries of 400 bytes, in 1 MB, which one query reads. */
const maxPage = 2_500;

interface Cursor<Meaning> {
  readonly meaning: Meaning;
  readonly partition: ListPartition | undefined;
  /** The entries of the last page, in order; those before `taken` are used up. */
  entries: readonly ListEntry[];
  taken: number;
  /** Up to where the partition was read. */
  readTo: string | undefined;
  /** What is left to read; undefined at the end. */
  left: KeyRange | undefined;
  limit: number;
}

export class IndexWalk<Meaning> {
  private readonly store: JobStore;
  private readonly options: WalkOptions;
  private readonly cursors: readonly Cursor<Meaning>[];
  private read = 0;
  /** The key up to which every job was found, when the bound ended the walk. */
  stoppedAt: string | undefined;

  constructor(store: JobStore, sources: readonly Source<Meaning>[], options: WalkOptions) {
    this.store = store;
    this.options = options;
    const { keys, firstPage } = options;
    const start = { taken: 0, readTo: undefined, limit: firstPage };
    this.cursors = sources.map(({ meaning, ...source }) =>
      'partition' in source
        ? { ...start, meaning, partition: source.partition, entries: [], left: keys.low <= keys.high ? keys : undefined }
        : { ...start, meaning, partition: undefined, entries: source.entries, left: undefined },
    );
  }

  /** Whether every job was found, so far as is known without another read. */
  get isOver(): boolean {
    return this.cursors.every((cursor) => cursor.left === undefined && headOf(cursor) === undefined);
  }

  async *jobs(): AsyncGenerator<WalkedJob<Meaning>> {
    while (true) {
      const hungry = this.cursors.filter((cursor) => cursor.left !== undefined && headOf(cursor) === undefined);
      if (hungry.length > 0 && this.read >= this.options.maxEntries) break;
      if (hungry.length > 0) {
        await this.fill(hungry);
        continue;
      }
      const job = this.take();
      if (job === undefined) return;
      yield job;
    }
    this.stoppedAt = this.frontier();
    for (let job = this.take(this.stoppedAt); job !== undefined; job = this.take(this.stoppedAt)) yield job;
  }

  private async fill(hungry: readonly Cursor<Meaning>[]): Promise<void> {
    const { order, filter, maxEntries } = this.options;
    const share = Math.max(1, Math.floor((maxEntries - this.read) / hungry.length));
    const fillOne = async (cursor: Cursor<Meaning>) => {
      const { partition, left } = cursor;
      if (partition === undefined || left === undefined) return;
      const page = await this.store.list(partition, { keys: left, order, filter, limit: Math.min(cursor.limit, share) });
      this.read += page.read;
      Object.assign(cursor, { entries: page.entries, taken: 0, readTo: page.readTo, limit: Math.min(cursor.limit * 2, maxPage) });
      cursor.left = page.readTo === undefined ? undefined : remaining(left, order, page.readTo);
    };
    await Promise.all(hungry.map(fillOne));
  }

  /** @returns the key up to which every partition was read */
  private frontier(): string | undefined {
    const reached = this.cursors.filter(({ left }) => left !== undefined).flatMap(({ readTo }) => readTo ?? []);
    return reached.reduce<string | undefined>((first, key) => (first === undefined || this.isBefore(key, first) ? key : first), undefined);
  }

  /** Takes the next job from every source that has it. @param upTo a key behind which none is taken */
  private take(upTo?: string): WalkedJob<Meaning> | undefined {
    let next: { readonly key: string; readonly entry: ListEntry } | undefined;
    for (const cursor of this.cursors) {
      const entry = headOf(cursor);
      if (entry === undefined) continue;
      const key = listKey(entry);
      if (next === undefined || this.isBefore(key, next.key)) next = { key, entry };
    }
    if (next === undefined || (upTo !== undefined && this.isBefore(upTo, next.key))) return undefined;
    const meanings = new Set<Meaning>();
    for (const cursor of this.cursors) {
      const entry = headOf(cursor);
      if (entry === undefined || listKey(entry) !== next.key) continue;
      meanings.add(cursor.meaning);
      cursor.taken += 1;
    }
    return { ...next, meanings };
  }

  private isBefore(key: string, other: string): boolean {
    return this.options.order === 'asc' ? key < other : key > other;
  }
}

function headOf({ entries, taken }: Cursor<unknown>): ListEntry | undefined {
  return entries[taken];
}
