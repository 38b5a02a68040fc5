/**
 * The jobs table, with DynamoDB's guarantees: conditional writes of one item of at most 400 KB, strongly consistent reads, and indexes that lag behind.
 * Records go through the items that the real table holds, so what comes back is what would come back from there.
 */
import { itemSizeBytes, maxItemBytes } from '../lambdas/adapters/item-size.ts';
import { fromItem, type Item, toItem } from '../lambdas/adapters/job-item.ts';
import { keyAfterMinutes } from '../lambdas/core/job/alarm-key.ts';
import { type ShardKey, withShard } from '../lambdas/core/job/group.ts';
import { fewestPartitions, type PartitionCount } from '../lambdas/core/job/index-partitions.ts';
import type { Alarm, Job, JobPatch } from '../lambdas/core/job/job.ts';
import { labelsOf, latestMs, listKey } from '../lambdas/core/job/list-key.ts';
import type {
  AlarmProbe,
  ClaimResult,
  CreateResult,
  DueEntry,
  DuePage,
  DuePosition,
  EntryFilter,
  Guard,
  JobStore,
  ListPage,
  ListPageRequest,
  ListPartition,
  UnfinishedEntry,
} from '../lambdas/core/job/ports.ts';
import { claimableStatuses, isTerminal } from '../lambdas/core/job/states.ts';
import type { Carry } from './carry.ts';
import { byOrder, entryOf, firstBehind, type IndexEntry, IndexPartition, orderOf } from './due-index.ts';
import { inPlaces, type Places, placesAfter, placesOf } from './index-places.ts';
import type { WriteMeter } from './write-meter.ts';

/** Observes each write of one process at the moment when it is done. */
export interface StoreObserver {
  /** A submission of this job is under way; it may succeed or fail. */
  submitted?(id: string): void;
  /** A claim arrived before the record. */
  overtaken?(id: string): void;
  created?(job: Job): void;
  claimed?(before: Job, after: Job): void;
  written?(before: Job, after: Job, guard: Guard): void;
}

/** A process that writes. */
interface Writer {
  readonly observer: StoreObserver;
  /** Over how many partitions it spreads the indexes. */
  readonly partitions: () => PartitionCount;
}

interface Row {
  job: Job;
  places: Places;
  /** The entry in the index without lag. */
  entry: IndexEntry | undefined;
  /** The job's status when its alarm was set. */
  alarmStatus: Job['status'];
  /** Former alarms, and when each was replaced, for a lagging index. */
  readonly alarms: { readonly untilMs: number; readonly alarm: Alarm | undefined; readonly due: string | undefined }[];
  readonly createdAtMs: number;
  /** The item as the table has it; only where writes are metered. */
  item: Item | undefined;
}

export interface JobStoreOptions {
  /** Meters the writes. @default none is metered or refused for its rate */
  readonly meter?: WriteMeter | undefined;
}

/** Entries of the index that one query reads, which is 1 MB. */
const queriedPage = 4_000;
const claimable: ReadonlySet<string> = new Set(claimableStatuses);

export class MemoryJobStore {
  readonly rows = new Map<string, Row>();
  reads = 0;
  /** Whether other stores of the same table have entries in the index of alarms: those of gates and schedules. */
  readonly otherAlarms: (() => boolean)[] = [];
  /** The index without lag: the entries of each partition in order. */
  private readonly index = new Map<string, IndexPartition>();
  private readonly nowMs: () => number;
  private readonly lagMs: () => number;
  private readonly meter: WriteMeter | undefined;

  /** @param lagMs the lag of the index at this read */
  constructor(nowMs: () => number, lagMs: () => number = () => 0, { meter }: JobStoreOptions = {}) {
    this.nowMs = nowMs;
    this.lagMs = lagMs;
    this.meter = meter;
  }

  /**
   * @param partitions over how many partitions this process spreads the indexes
   * @returns the store, as one process reaches it
   */
  connect(carry: Carry, observer: StoreObserver = {}, partitions: () => PartitionCount = () => fewestPartitions): JobStore & AlarmProbe {
    const writer = { observer, partitions };
    return {
      create: (job, nowMs) => {
        observer.submitted?.(job.id);
        return carry('create', () => this.create(job, nowMs, writer));
      },
      get: (id, nowMs) => carry('get', () => this.visible(id, nowMs)),
      getMany: (ids, nowMs) => carry('getMany', () => ids.flatMap((id) => this.visible(id, nowMs) ?? [])),
      claim: (id, claim) => carry('claim', () => this.claim(id, claim, writer)),
      write: (job, guard, patch) => carry('write', () => this.write(job.id, guard, patch, writer)),
      completeShard: (shard, ended) => carry('completeShard', () => this.completeShard(shard, ended, writer)),
      due: (partition, after, untilMs, limit) => carry('due', () => this.due(partition, after, untilMs, limit)),
      hasAlarms: () => carry('hasAlarms', () => this.hasAlarms()),
      pastDeadline: (partition, after, nowMs) => carry('pastDeadline', () => this.pastDeadline(partition, after, nowMs)),
      unfinished: (partition, after, limit) => carry('unfinished', () => this.unfinished(partition, after, limit)),
      list: (partition, page) => carry('list', () => this.list(partition, page)),
    };
  }

  private create(job: Job, nowMs: number, { observer, partitions }: Writer): CreateResult {
    const known = this.visible(job.id, nowMs);
    if (known !== undefined) this.meterRefusal(job.id);
    if (known !== undefined) return { kind: 'exists', job: known };
    const count = partitions();
    const item = sized(toItem(job, 'lastNonce', count), 'Item size has exceeded the maximum allowed size');
    if (this.meter !== undefined) this.meter.write(this.itemOf(job.id), item);
    this.add(fromItem(item), placesOf(job, count), this.meter && item);
    observer.created?.(job);
    return { kind: 'created' };
  }

  /** Inserts a record without a submission, as it is: the floods insert hundreds of thousands that are known to be small. */
  insert(job: Job): void {
    this.add(job, placesOf(job, fewestPartitions), undefined);
  }

  private add(job: Job, places: Places, item: Item | undefined): void {
    const row: Row = {
      ...{ job, places, item, entry: undefined, alarmStatus: job.status, createdAtMs: this.nowMs() },
      alarms: [{ untilMs: this.nowMs(), alarm: undefined, due: undefined }],
    };
    this.rows.set(job.id, row);
    this.enter(row);
  }

  /** Enters the job's alarm into the index. */
  private enter(row: Row): void {
    const { job, places } = row;
    row.entry = job.alarm && entryOf(job, job.alarm);
    if (row.entry === undefined || places.due === undefined) return;
    const partition = this.index.get(places.due) ?? new IndexPartition();
    this.index.set(places.due, partition);
    partition.add(row.entry);
  }

  private claim(id: string, { type, leaseToken, nowMs, leaseEndsAtMs }: Parameters<JobStore['claim']>[1], writer: Writer): ClaimResult {
    const before = this.rows.get(id)?.job;
    if (before === undefined) {
      writer.observer.overtaken?.(id);
      return { kind: 'missing' };
    }
    const isRefused = before.type !== type || !claimable.has(before.status) || before.notBeforeMs > nowMs || before.held !== undefined;
    if (isRefused) this.meterRefusal(id);
    if (isRefused) return { kind: 'refused', job: before };
    const timeline = [...before.timeline, { atMs: nowMs, event: 'started' as const }];
    const patch: JobPatch = {
      ...{ status: 'running', leaseToken, leaseEndsAtMs, reason: undefined, timeline },
      attemptsStarted: before.attempt,
      startedAtMs: before.startedAtMs ?? nowMs,
    };
    const after = this.replace(before, patch, writer);
    writer.observer.claimed?.(before, after);
    return { kind: 'claimed', job: after };
  }

  private write(id: string, guard: Guard, patch: JobPatch, writer: Writer): Job | undefined {
    const before = this.rows.get(id)?.job;
    if (before !== undefined && (!isAllowed(before, guard) || isHeldLonger(before, patch))) this.meterRefusal(id);
    if (before === undefined || !isAllowed(before, guard)) return undefined;
    // A heartbeat that arrives after a later one changes nothing.
    if (isHeldLonger(before, patch)) return guard.kind === 'lease' ? before : undefined;
    const after = this.replace(before, patch, writer);
    if (patch.leaseToken !== undefined) writer.observer.claimed?.(before, after);
    else writer.observer.written?.(before, after, guard);
    return after;
  }

  private completeShard({ id, createdAtMs, shard }: ShardKey, ended: readonly number[], writer: Writer): Job | undefined {
    const before = this.rows.get(id)?.job;
    if (before?.createdAtMs !== createdAtMs) return undefined;
    const known = before.members?.shards[shard];
    if (before.members === undefined || known === undefined || known.ended !== undefined || isTerminal(before.status)) return before;
    const patch = { members: withShard(before.members, shard, { ended }), notices: (before.notices ?? 0) + 1 };
    const after = this.replace(before, patch, writer);
    writer.observer.written?.(before, after, { kind: 'revision', revision: before.revision });
    return after;
  }

  private replace(before: Job, patch: JobPatch, { partitions }: Writer): Job {
    const row = this.rows.get(before.id) as Row;
    const changed = { ...before, ...patch, revision: before.revision + 1 } as Job;
    const places = placesAfter(row.places, patch, placesOf(changed, partitions()));
    const item = sized(inPlaces(toItem(changed, 'lastNonce'), places), 'Item size to update has exceeded the maximum allowed size');
    const after = fromItem(item);
    if (this.meter !== undefined) {
      const written = patch.alarm === undefined ? withAlarmStatus(item, row.alarmStatus) : item;
      this.meter.write(this.itemOf(before.id), written);
      row.item = written;
    }
    const former = row.places.due;
    Object.assign(row, { job: after, places });
    if (places.due !== former || after.alarm?.dueAtMs !== before.alarm?.dueAtMs) {
      row.alarms.push({ untilMs: this.nowMs(), alarm: before.alarm, due: former });
      if (row.entry !== undefined && former !== undefined) this.index.get(former)?.remove(row.entry);
      this.enter(row);
    }
    if (patch.alarm !== undefined) row.alarmStatus = after.status;
    return after;
  }

  private meterRefusal(id: string): void {
    if (this.meter !== undefined) this.meter.refuse(id, this.itemOf(id));
  }

  private itemOf(id: string): Item | undefined {
    const row = this.rows.get(id);
    return row && (row.item ?? withAlarmStatus(inPlaces(toItem(row.job, 'lastNonce'), row.places), row.alarmStatus));
  }

  private due(partition: string, after: DuePosition | undefined, untilMs: number, limit: number): readonly DueEntry[] {
    this.reads += 1;
    const entries = this.entriesOf(partition);
    const first = after === undefined ? 0 : firstBehind(entries, orderOf(after));
    const page = entries.slice(first, Math.min(first + limit, firstBehind(entries, keyAfterMinutes(untilMs))));
    return page.map(({ id, key, dueAtMs }) => ({ id, key, dueAtMs }));
  }

  private hasAlarms(): boolean {
    this.reads += 1;
    const asOfMs = this.nowMs() - this.lagMs();
    for (const row of this.rows.values()) if (alarmAsOf(asOfMs, row).alarm !== undefined) return true;
    return this.otherAlarms.some((hasSome) => hasSome());
  }

  private pastDeadline(partition: string, after: DuePosition | undefined, nowMs: number): DuePage {
    const page = this.due(partition, after, Number.MAX_SAFE_INTEGER, queriedPage);
    const entries = page.filter(({ id }) => (this.rows.get(id)?.job.deadlineMs ?? nowMs) <= nowMs);
    return { entries, next: page.length < queriedPage ? undefined : page.at(-1) };
  }

  /** @returns the entries in order, with the lag of the index */
  private entriesOf(partition: string): readonly IndexEntry[] {
    const asOfMs = this.nowMs() - this.lagMs();
    if (asOfMs === this.nowMs()) return this.index.get(partition)?.entries() ?? [];
    const entries: IndexEntry[] = [];
    for (const row of this.rows.values()) {
      const { alarm, due } = alarmAsOf(asOfMs, row);
      if (alarm !== undefined && due === partition) entries.push(entryOf(row.job, alarm));
    }
    return entries.sort(byOrder);
  }

  private unfinished(partition: string, after: DuePosition | undefined, limit: number): readonly UnfinishedEntry[] {
    return this.due(partition, after, latestMs, limit).flatMap((entry) => {
      const row = this.rows.get(entry.id);
      if (row === undefined) return [];
      const { createdAtMs, type, tags } = row.job;
      return [{ ...entry, createdAtMs, type, labels: labelsOf(tags), status: row.alarmStatus }];
    });
  }

  private list({ index, name }: ListPartition, { keys, order, filter, limit }: ListPageRequest): ListPage {
    const asOfMs = this.nowMs() - this.lagMs();
    const keyed = [...this.rows.values()]
      .filter((row) => row.createdAtMs <= asOfMs && row.places[index] === name)
      .map(({ job }) => ({ job, key: listKey(job) }))
      .filter(({ key }) => key >= keys.low && key <= keys.high)
      .sort((a, b) => (a.key < b.key === (order === 'asc') ? -1 : 1));
    const page = keyed.slice(0, limit);
    return {
      entries: page.filter(({ job }) => passes(job, filter)).map(({ job: { createdAtMs, id, type } }) => ({ createdAtMs, id, type })),
      read: page.length,
      readTo: keyed.length > limit ? page.at(-1)?.key : undefined,
    };
  }

  private visible(id: string, nowMs: number): Job | undefined {
    const job = this.rows.get(id)?.job;
    return job?.expiresAtMs !== undefined && job.expiresAtMs <= nowMs ? undefined : job;
  }
}

/**
 * @returns the item, which the table holds
 * @throws Error as the SDK does, of the name `ValidationException`, for a record that is too large
 */
function sized(item: Item, refusal: string): Item {
  if (itemSizeBytes(item) > maxItemBytes)
    throw Object.assign(new Error(refusal), { name: 'ValidationException', $fault: 'client', $metadata: { httpStatusCode: 400 } });
  return item;
}

/** @returns the item with the status that its job had when its alarm was set, where it has an alarm */
function withAlarmStatus(item: Item, status: Job['status']): Item {
  return item['dueStatus'] === undefined ? item : { ...item, dueStatus: { S: status } };
}

function passes({ type, tags }: Job, { types, labels }: EntryFilter): boolean {
  const own = labelsOf(tags);
  return (types === undefined || types.includes(type)) && labels.every((label) => own.includes(label));
}

/** @returns the alarm that the index shows, and its partition */
function alarmAsOf(asOfMs: number, { job, places, alarms }: Row): Pick<Row['alarms'][number], 'alarm' | 'due'> {
  return alarms.find(({ untilMs }) => asOfMs < untilMs) ?? { alarm: job.alarm, due: places.due };
}

function isHeldLonger({ leaseEndsAtMs }: Job, patch: JobPatch): boolean {
  return leaseEndsAtMs !== undefined && patch.leaseEndsAtMs !== undefined && leaseEndsAtMs > patch.leaseEndsAtMs;
}

function isAllowed(job: Job, guard: Guard): boolean {
  if (guard.kind === 'revision') return job.revision === guard.revision;
  if (guard.notices !== undefined && guard.notices !== (job.notices ?? 0)) return false;
  return job.status === 'running' && job.leaseToken === guard.leaseToken;
}
