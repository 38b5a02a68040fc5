/** What the core needs from outside. `adapters/` implements it with DynamoDB, SQS and S3. Every asynchronous method may throw `UnavailableError`. */
import type { Readable } from 'node:stream';
import type { ShardKey } from './group.ts';
import type { ClaimOrigin, Job, JobPatch } from './job.ts';
import type { KeyRange } from './list-key.ts';
import type { JobStatus } from './states.ts';
import type { StopSignal } from './stop.ts';

/** The condition of a write; the write of another worker or of an outdated reader is refused. */
export type Guard =
  /**
   * The job is running under this lease token: for the worker that claimed it.
   * @property notices the record must have had exactly this number of notices; undefined for any
   */
  | { readonly kind: 'lease'; readonly leaseToken: string; readonly notices?: number }
  /** The record has not been written since this revision was read: for everyone else. */
  | { readonly kind: 'revision'; readonly revision: number };

export type CreateResult = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly job: Job };

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly job: Job }
  /** The job cannot be claimed now; the record says why. */
  | { readonly kind: 'refused'; readonly job: Job }
  | { readonly kind: 'missing' };

/** An alarm in the index. */
export interface DueEntry {
  readonly id: string;
  /** The sort key in its partition; see `alarm-key.ts`. */
  readonly key: string;
  readonly dueAtMs: number;
}

/** A place in a partition of the index: that of an alarm, which may be gone by now, or a key without an id, between groups of alarms. */
export interface DuePosition {
  readonly key: string;
  readonly id?: string | undefined;
}

export interface DuePage {
  readonly entries: readonly DueEntry[];
  /** The next page starts after this position; undefined if there is none. */
  readonly next: DuePosition | undefined;
}

export interface JobStore {
  /** Writes the record unless one with its id exists; an expired one does not count. If the SDK repeats the call after a lost response, the own record is recognised. */
  create(job: Job, nowMs: number): Promise<CreateResult>;
  /** Reads a record, strongly consistent. Expired records are not found. */
  get(id: string, nowMs: number): Promise<Job | undefined>;
  /** Reads up to 100 records, eventually consistent, in the order of `ids`. Records that do not exist are left out. */
  getMany(ids: readonly string[], nowMs: number): Promise<readonly Job[]>;
  /** Claims a job in one write, if it is of this type, in a claimable state, due, and not held: gives it a lease and adds `started` to its timeline. */
  claim(
    id: string,
    claim: { readonly type: string; readonly leaseToken: string; readonly nowMs: number; readonly leaseEndsAtMs: number },
  ): Promise<ClaimResult>;
  /** @returns the job after the write, or undefined when the guard refused it */
  write(job: Pick<Job, 'id' | 'type' | 'owner' | 'status'>, guard: Guard, patch: JobPatch): Promise<Job | undefined>;
  /**
   * Writes how the members of a shard ended into the record of their group, unless it has that or has ended, and raises its notices. It needs no revision,
   * so of a hundred shards that are complete at one moment none is refused because of another.
   * @returns the group after that; undefined where it is gone
   */
  completeShard(shard: ShardKey, ended: readonly number[]): Promise<Job | undefined>;
  /**
   * Reads alarms of one partition of the index, eventually consistent, in the order of their keys.
   * @param after the position after which to start; undefined starts at the head
   * @param untilMs minutes that start later are left out; alarms of the last minute may be later
   * @returns up to `limit` alarms; fewer mean that there are no others
   */
  due(partition: string, after: DuePosition | undefined, untilMs: number, limit: number): Promise<readonly DueEntry[]>;
  /** Reads one page of a partition, eventually consistent. @returns its alarms whose jobs are past their deadline */
  pastDeadline(partition: string, after: DuePosition | undefined, nowMs: number): Promise<DuePage>;
  /** Reads alarms as `due` does, to the end of the partition, with what the index holds of their jobs. */
  unfinished(partition: string, after: DuePosition | undefined, limit: number): Promise<readonly UnfinishedEntry[]>;
  /** Reads entries of one partition of the index `listing` or `ended`, eventually consistent, in the order of their keys. */
  list(partition: ListPartition, page: ListPageRequest): Promise<ListPage>;
}

/** What the clock alone asks the index of alarms. */
export interface AlarmProbe {
  /** Reads whether it may hold anything at all, of jobs, gates or schedules; eventually consistent. */
  hasAlarms(): Promise<boolean>;
}

/** The position of a job in its owner's list, which is sorted by creation time, then id. */
export interface ListPosition {
  readonly createdAtMs: number;
  readonly id: string;
}

export interface WakeUpRequest {
  readonly job: Pick<Job, 'id' | 'type' | 'owner'>;
  readonly delaySeconds: number;
}

/** A job in an index of its owner's jobs. */
export interface ListEntry extends ListPosition {
  readonly type: string;
}

/** A job that has not ended, in the index of alarms. */
export interface UnfinishedEntry extends DueEntry, ListEntry {
  readonly labels: readonly string[];
  /** The job's status when the alarm was set. A claim does not change it. */
  readonly status: Job['status'];
}

export interface ListPartition {
  readonly index: 'listing' | 'ended';
  readonly name: string;
}

export interface ListPageRequest {
  readonly keys: KeyRange;
  readonly order: ListOrder;
  readonly filter: EntryFilter;
  /** The number of entries to read, of which the filter may pass fewer. */
  readonly limit: number;
}

/** By creation time: the newest first, or the oldest. */
export type ListOrder = 'desc' | 'asc';

/** What an entry must have. */
export interface EntryFilter {
  /** One of these types, at most 100; undefined for any. */
  readonly types?: readonly string[] | undefined;
  /** All of these labels, at most 100. */
  readonly labels: readonly string[];
}

export interface ListPage {
  /** The entries that pass the filter. */
  readonly entries: readonly ListEntry[];
  /** The number of entries read. */
  readonly read: number;
  /** The key up to which the range was read; undefined when it was read to its end. */
  readonly readTo: string | undefined;
}

/** Logs each send that fails, so that a caller who leaves the job to its alarm need not. */
export interface WakeUpQueues {
  /** Sends a wake-up to a type's queue. */
  wake(job: Pick<Job, 'id' | 'type' | 'owner'>, delaySeconds: number): Promise<void>;
  /** Sends several wake-ups with few requests. It tries all of them; those that the queue refuses are left to the clock. */
  wakeAll(wakeUps: readonly WakeUpRequest[]): Promise<void>;
  /** @returns the approximate number of messages that wait to be received */
  depth(type: string): Promise<number>;
  /** Moves a message to the type's dead-letter queue, with the reason, for people to look at. */
  deadLetter(type: string, body: string, reason: string): Promise<void>;
}

/** The store of JSON texts that are too large for the record. */
export interface PayloadStore {
  put(key: string, body: string): Promise<void>;
  /** @returns undefined when there is no such object */
  get(key: string): Promise<string | undefined>;
}

/** The store of files, of any size, that workers write and callers download. */
export interface FileStore {
  write(key: string, body: Readable | Uint8Array | string, contentType: string, signal: AbortSignal): Promise<void>;
  read(key: string): Promise<Readable>;
}

/** Signs links to objects, which work without further credentials for some minutes. */
export interface DownloadLinks {
  sign(key: string, as: DownloadedAs): Promise<string>;
}

/** The headers of a download. */
export interface DownloadedAs {
  readonly contentType: string;
  readonly fileName: string;
}

/** Announces the ends of jobs to what waits for them. */
export interface EndAnnouncer {
  /** @returns whether the end must be announced if the job ends so */
  isFor(job: Job, status: JobStatus): boolean;
  /**
   * Notifies every listener, each at least once, and marks the end as announced. It does nothing for a job without an unannounced end, and never throws:
   * what fails is repeated by the clock.
   */
  announce(job: Job): Promise<void>;
}

/** Announces the start of a job, once. It never throws, and is never repeated. @param job as it is after its first claim */
export type StartAnnouncer = (job: Job) => Promise<void>;

/** Follows one run of a job, beside its code, which it never holds up. Neither method throws. */
export interface RunFollower {
  /** @param job as a write of its worker has left it */
  written(job: Job): void;
  /** Resolves when all that it began is done, or has failed. */
  settled(): Promise<void>;
}

/** @returns undefined where this job needs none. @param job as it is after its claim */
export type FollowRun = (job: Job, origin: ClaimOrigin) => RunFollower | undefined;

/** Time and randomness, as a port so that tests drive them. */
export interface Runtime {
  /** @returns the system's time, in epoch milliseconds; it may step back, and differs between machines */
  nowMs(): number;
  /** @returns milliseconds that never step back. Only differences are meaningful, and a suspended machine may not count. */
  monotonicMs(): number;
  /** @returns a number in [0, 1) */
  random(): number;
  /** @returns a new token of letters and digits that cannot be guessed */
  newToken(): string;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: StopSignal): Promise<void>;
}
