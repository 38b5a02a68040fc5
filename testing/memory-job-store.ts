/**
 * The jobs table, with DynamoDB's guarantees: conditional writes of one item of at most 400 KB, strongly consistent reads, and indexes that lag behind.
 * Records go through the items that the real table holds, so what comes back is what would come back from there.
 */
import { itemSizeBytes, maxItemBytes } from '../lambdas/adapters/item-size.ts';
import { fromItem, type Item, toItem } from '../lambdas/adapters/job-item.ts';
import { alarmBucket, alarmPartition } from '../lambdas/core/job/alarm.ts';
import { keyAfterMinutes } from '../lambdas/core/job/alarm-key.ts';
import { type ShardKey, withShard } from '../lambdas/core/job/group.ts';
import type { Alarm, Job, JobPatch } from '../lambdas/core/job/job.ts';
import { endedPartition, isIndexedEnd, labelsOf, latestMs, listKey, listPartition } from '../lambdas/core/job/list-key.ts';
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

interface Row {
  job: Job;
  /** The entry in the index without lag. */
  entry: IndexEntry | undefined;
  /** The job's status when its alarm was set. */
  alarmStatus: Job['status'];
  /** Former alarms, and when each was replaced, for a lagging index. */
  readonly alarms: { readonly untilMs: number; readonly alarm: Alarm | undefined }[];
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

  /** @returns the store, as one process reaches it */
  connect(carry: Carry, observer: StoreObserver = {}): JobStore & AlarmProbe {
    return {
      create: (job, nowMs) => {
        observer.submitted?.(job.id);
        return carry('create', () => this.create(job, nowMs, observer));
      },
      get: (id, nowMs) => carry('get', () => this.visible(id, nowMs)),
      getMany: (ids, nowMs) => carry('getMany', () => ids.flatMap((id) => this.visible(id, nowMs) ?? [])),
      claim: (id, claim) => carry('claim', () => this.claim(id, claim, observer)),
      write: (job, guard, patch) => carry('write', () => this.write(job.id, guard, patch, observer)),
      completeShard: (shard, ended) => carry('completeShard', () => this.completeShard(shard, ended, observer)),
      due: (partition, after, untilMs, limit) => carry('due', () => this.due(partition, after, untilMs, limit)),
      hasAlarms: () => carry('hasAlarms', () => this.hasAlarms()),
      pastDeadline: (partition, after, nowMs) => carry('pastDeadline', () => this.pastDeadline(partition, after, nowMs)),
      unfinished: (partition, after, limit) => carry('unfinished', () => this.unfinished(partition, after, limit)),
      list: (partition, page) => carry('list', () => this.list(partition, page)),
    };
  }

  private create(job: Job, nowMs: number, observer: StoreObserver): CreateResult {
    const known = this.visible(job.id, nowMs);
    if (known !== undefined) this.meterRefusal(job.id);
    if (known !== undefined) return { kind: 'exists', job: known };
    const item = sizedItem(job, 'Item size has exceeded the maximum allowed size');
    if (this.meter !== undefined) this.meter.write(this.itemOf(job.id), item);
    this.insert(fromItem(item), this.meter && item);
    observer.created?.(job);
    return { kind: 'created' };
  }

  /** Inserts a record without a submission, as it is: the floods insert hundreds of thousands that are known to be small. */
  insert(job: Job, item?: Item): void {
    const alarms = [{ untilMs: this.nowMs(), alarm: undefined }];
    const row: Row = { job, entry: undefined, alarmStatus: job.status, alarms, createdAtMs: this.nowMs(), item };
    this.rows.set(job.id, row);
    this.reindex(row, undefined, job);
  }

  private reindex(row: Row, before: Job | undefined, after: Job): void {
    if (row.entry !== undefined && before?.alarm !== undefined) this.index.get(partitionOf(before, before.alarm))?.remove(row.entry);
    row.entry = after.alarm === undefined ? undefined : entryOf(after, after.alarm);
    if (row.entry === undefined || after.alarm === undefined) return;
    const name = partitionOf(after, after.alarm);
    const partition = this.index.get(name) ?? new IndexPartition();
    this.index.set(name, partition);
    partition.add(row.entry);
  }

  private claim(
    id: string,
    { type, leaseToken, nowMs, leaseEndsAtMs }: Parameters<JobStore['claim']>[1],
    observer: StoreObserver,
  ): ClaimResult {
    const before = this.rows.get(id)?.job;
    if (before === undefined) {
      observer.overtaken?.(id);
      return { kind: 'missing' };
    }
    const isRefused = before.type !== type || !claimable.has(before.status) || before.notBeforeMs > nowMs || before.held !== undefined;
    if (isRefused) this.meterRefusal(id);
    if (isRefused) return { kind: 'refused', job: before };
    const timeline = [...before.timeline, { atMs: nowMs, event: 'started' as const }];
    const after = this.replace(before, {
      ...{ status: 'running', leaseToken, leaseEndsAtMs, reason: undefined, timeline },
      attemptsStarted: before.attempt,
      startedAtMs: before.startedAtMs ?? nowMs,
    });
    observer.claimed?.(before, after);
    return { kind: 'claimed', job: after };
  }

  private write(id: string, guard: Guard, patch: JobPatch, observer: StoreObserver): Job | undefined {
    const before = this.rows.get(id)?.job;
    if (before !== undefined && (!isAllowed(before, guard) || isHeldLonger(before, patch))) this.meterRefusal(id);
    if (before === undefined || !isAllowed(before, guard)) return undefined;
    // A heartbeat that arrives after a later one changes nothing.
    if (isHeldLonger(before, patch)) return guard.kind === 'lease' ? before : undefined;
    const after = this.replace(before, patch);
    if (patch.leaseToken !== undefined) observer.claimed?.(before, after);
    else observer.written?.(before, after, guard);
    return after;
  }

  private completeShard({ id, createdAtMs, shard }: ShardKey, ended: readonly number[], observer: StoreObserver): Job | undefined {
    const before = this.rows.get(id)?.job;
    if (before?.createdAtMs !== createdAtMs) return undefined;
    const known = before.members?.shards[shard];
    if (before.members === undefined || known === undefined || known.ended !== undefined || isTerminal(before.status)) return before;
    const patch = { members: withShard(before.members, shard, { ended }), notices: (before.notices ?? 0) + 1 };
    const after = this.replace(before, patch);
    observer.written?.(before, after, { kind: 'revision', revision: before.revision });
    return after;
  }

  private replace(before: Job, patch: JobPatch): Job {
    const row = this.rows.get(before.id) as Row;
    const item = sizedItem(
      { ...before, ...patch, revision: before.revision + 1 } as Job,
      'Item size to update has exceeded the maximum allowed size',
    );
    const after = fromItem(item);
    if (this.meter !== undefined) {
      const written = patch.alarm === undefined ? withAlarmStatus(item, row.alarmStatus) : item;
      this.meter.write(this.itemOf(before.id), written);
      row.item = written;
    }
    if (after.alarm?.dueAtMs !== before.alarm?.dueAtMs || after.alarm?.kind !== before.alarm?.kind) {
      row.alarms.push({ untilMs: this.nowMs(), alarm: before.alarm });
      this.reindex(row, before, after);
    }
    if (patch.alarm !== undefined) row.alarmStatus = after.status;
    row.job = after;
    return after;
  }

  private meterRefusal(id: string): void {
    if (this.meter !== undefined) this.meter.refuse(id, this.itemOf(id));
  }

  private itemOf(id: string): Item | undefined {
    const row = this.rows.get(id);
    return row && (row.item ?? withAlarmStatus(toItem(row.job, 'lastNonce'), row.alarmStatus));
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
    for (const { job, alarms } of this.rows.values()) if (alarmAsOf(asOfMs, job, alarms) !== undefined) return true;
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
    for (const { job, alarms } of this.rows.values()) {
      const alarm = alarmAsOf(asOfMs, job, alarms);
      if (alarm !== undefined && partition.startsWith(alarm.kind) && partitionOf(job, alarm) === partition) {
        entries.push(entryOf(job, alarm));
      }
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
      .filter((row) => row.createdAtMs <= asOfMs && partitionIn(index, row.job) === name)
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
 * @returns the record as the table holds it
 * @throws Error as the SDK does, of the name `ValidationException`, for a record that is too large
 */
function sizedItem(job: Job, refusal: string): Item {
  const item = toItem(job, 'lastNonce');
  if (itemSizeBytes(item) > maxItemBytes)
    throw Object.assign(new Error(refusal), { name: 'ValidationException', $fault: 'client', $metadata: { httpStatusCode: 400 } });
  return item;
}

/** @returns the item with the status that its job had when its alarm was set, where it has an alarm */
function withAlarmStatus(item: Item, status: Job['status']): Item {
  return item['dueStatus'] === undefined ? item : { ...item, dueStatus: { S: status } };
}

/** @returns the name of a job's partition in the index, if it is in it */
function partitionIn(index: ListPartition['index'], job: Job): string | undefined {
  if (index === 'listing') return listPartition(job).name;
  return isIndexedEnd(job.status) ? endedPartition(job, job.status).name : undefined;
}

function passes({ type, tags }: Job, { types, labels }: EntryFilter): boolean {
  const own = labelsOf(tags);
  return (types === undefined || types.includes(type)) && labels.every((label) => own.includes(label));
}

function partitionOf(job: Job, alarm: Alarm): string {
  return alarmPartition(alarm.kind, job.type, alarmBucket(job.id));
}

function alarmAsOf(asOfMs: number, job: Job, alarms: Row['alarms']): Alarm | undefined {
  const former = alarms.find(({ untilMs }) => asOfMs < untilMs);
  return former === undefined ? job.alarm : former.alarm;
}

function isHeldLonger({ leaseEndsAtMs }: Job, patch: JobPatch): boolean {
  return leaseEndsAtMs !== undefined && patch.leaseEndsAtMs !== undefined && leaseEndsAtMs > patch.leaseEndsAtMs;
}

function isAllowed(job: Job, guard: Guard): boolean {
  if (guard.kind === 'revision') return job.revision === guard.revision;
  if (guard.notices !== undefined && guard.notices !== (job.notices ?? 0)) return false;
  return job.status === 'running' && job.leaseToken === guard.leaseToken;
}
