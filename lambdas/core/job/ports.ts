/** What the core needs of the world; `adapters/` makes it of DynamoDB, SQS and S3. Every method may throw `UnavailableError`. */
import type { Readable } from 'node:stream';
import type { Job, JobPatch } from './job.ts';

/** The condition of a write; the write of another worker or of an outdated reader is refused. */
export type Guard =
  /** The job is running under this lease token: for the worker that claimed it. */
  | { readonly kind: 'lease'; readonly leaseToken: string }
  /** The record has not been written since this revision was read: for everyone else. */
  | { readonly kind: 'revision'; readonly revision: number };

export type CreateResult = { readonly kind: 'created' } | { readonly kind: 'exists'; readonly job: Job };

export type ClaimResult =
  | { readonly kind: 'claimed'; readonly job: Job }
  /** Not claimable as things are; the job as it is says why. */
  | { readonly kind: 'refused'; readonly job: Job }
  | { readonly kind: 'missing' };

/** An alarm in the index. */
export interface DueEntry {
  readonly id: string;
  /** Its place in its partition; see `alarm-key.ts`. */
  readonly key: string;
  readonly wakeAtMs: number;
}

/** A place in a partition of the index: that of an alarm, which may be gone by now, or a key alone, which is before or behind whole groups of them. */
export interface DuePosition {
  readonly key: string;
  readonly id?: string | undefined;
}

export interface DuePage {
  readonly entries: readonly DueEntry[];
  /** Where the next page begins; undefined: there is none. */
  readonly next: DuePosition | undefined;
}

export interface JobStore {
  /** Writes the record unless one with its id is there (an expired one counts as gone). A repeated call by the SDK after a lost answer is recognised as one's own. */
  create(job: Job, nowMs: number): Promise<CreateResult>;
  /** Strongly consistent. Expired records are not found. */
  get(id: string, nowMs: number): Promise<Job | undefined>;
  /** The same for up to 100, in the order of `ids`, leaving out what is not there; eventually consistent. */
  getMany(ids: readonly string[], nowMs: number): Promise<readonly Job[]>;
  /** In one write: if the job is of this type, waits for a worker and its time has come, gives it a lease and appends `started` to its timeline. */
  claim(
    id: string,
    claim: { readonly type: string; readonly leaseToken: string; readonly nowMs: number; readonly leaseEndsAtMs: number },
  ): Promise<ClaimResult>;
  /** @returns the job after the write, or undefined when the guard refused it */
  write(job: Pick<Job, 'id' | 'type' | 'owner'>, guard: Guard, patch: JobPatch): Promise<Job | undefined>;
  /**
   * Alarms in one partition of the index behind a position, in the order of their keys, up to a number; fewer are the last. Eventually
   * consistent. @param untilMs leaves out the minutes that begin later; those of the last minute may lie behind it
   */
  due(partition: string, after: DuePosition | undefined, untilMs: number, limit: number): Promise<readonly DueEntry[]>;
  /** Alarms in one partition of the index whose jobs are past their deadline: what a page holds, and where the next one begins; eventually consistent. */
  pastDeadline(partition: string, after: DuePosition | undefined, nowMs: number): Promise<DuePage>;
  /** An owner's job ids, newest first. @param after the last key of the page before */
  list(owner: string, limit: number, after: ListPosition | undefined): Promise<readonly ListPosition[]>;
}

/** Where a job stands in its owner's listing: creation time, then id. */
export interface ListPosition {
  readonly createdAtMs: number;
  readonly id: string;
}

export interface WakeUpQueues {
  /** Sends a wake-up to a type's queue. */
  wake(job: Pick<Job, 'id' | 'type' | 'owner'>, delaySeconds: number): Promise<void>;
  /** Messages that wait to be received, about. */
  depth(type: string): Promise<number>;
  /** Puts a message aside for people to look at. */
  deadLetter(type: string, body: string, reason: string): Promise<void>;
}

/** JSON texts too large for the record. */
export interface PayloadStore {
  put(key: string, body: string): Promise<void>;
  /** @returns undefined when there is no such object */
  get(key: string): Promise<string | undefined>;
}

/** Files of any size that workers write and callers download. */
export interface FileStore {
  write(key: string, body: Readable | Uint8Array | string, contentType: string, signal: AbortSignal): Promise<void>;
  read(key: string): Promise<Readable>;
}

/** Links that work without further credentials for some minutes. */
export interface DownloadLinks {
  sign(key: string, as: DownloadedAs): Promise<string>;
}

/** How a downloaded object calls itself. */
export interface DownloadedAs {
  readonly contentType: string;
  readonly fileName: string;
}

/** Time and chance are handed in, so that tests drive them. */
export interface Runtime {
  nowMs(): number;
  /** Never steps back, and need not count while the machine is suspended; only differences mean something. */
  monotonicMs(): number;
  /** In [0, 1). */
  random(): number;
  /** A fresh unguessable token of letters and digits. */
  newToken(): string;
  /** Resolves after `ms`, or at once when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}
