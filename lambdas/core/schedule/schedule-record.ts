/** The record of a schedule, and the store that keeps it. Times are epoch milliseconds; the API shows them as ISO-8601. */
import type { Priority } from '../contract/concurrency-key.ts';
import type { Duration } from '../contract/duration.ts';
import { deriveJobId, sha256Hex } from '../job/ids.ts';
import type { Payload } from '../job/job.ts';
import type { JobStore } from '../job/ports.ts';
import type { WebhookChoice } from '../submit/webhook-choice.ts';

/** When a schedule fires. */
export type ScheduleRule =
  /** `timeZone` is an IANA name. */
  | { readonly kind: 'cron'; readonly cron: string; readonly timeZone: string }
  /** Multiples of a duration since `startAtMs`, or since the creation. */
  | { readonly kind: 'every'; readonly every: Duration };

/** What happens if the job of the last firing has not ended: the new firing is left out, or both run, or the earlier job is cancelled. */
export const overlapRules = ['skip', 'allow', 'cancel-running'] as const;
export type OverlapRule = (typeof overlapRules)[number];

/** Says which of the firings that the clock missed are made up for; see `catch-up.ts`. */
export const catchUpRules = ['none', 'last', 'all'] as const;
export type CatchUpRule = (typeof catchUpRules)[number];

/** What the members of a schedule are set to, apart from its job. */
export interface ScheduleTimes {
  readonly rule: ScheduleRule;
  /** A firing comes up to this much after its time; how much is derived from schedule and time. */
  readonly jitterSeconds: number;
  readonly paused: boolean;
  /** No firing stands for an earlier time. */
  readonly startAtMs?: number | undefined;
  /** No firing stands for a later time. */
  readonly endAtMs?: number | undefined;
}

/** The submission that each firing makes. */
export interface ScheduledJob extends WebhookChoice {
  readonly type: string;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly maxAttempts?: number | undefined;
  /** The deadline, counted from the firing. */
  readonly deadlineSeconds?: number | undefined;
  readonly concurrencyKey?: string | undefined;
  readonly priority?: Priority | undefined;
}

/** Why a firing made no job. */
export const skipCodes = [
  'previous_running',
  'missed',
  'over_quota',
  'job_type_draining',
  'job_type_removed',
  'invalid_input',
  'input_lost',
] as const;
export type SkipCode = (typeof skipCodes)[number];

export type Firing =
  | { readonly kind: 'fired'; readonly atMs: number; readonly jobId: string }
  | { readonly kind: 'skipped'; readonly atMs: number; readonly code: SkipCode; readonly detail: string };

export interface FiringDecided {
  readonly atMs: number;
  readonly decidedAtMs: number;
}

export interface Schedule extends ScheduleTimes {
  readonly owner: string;
  /** 1 to 64 letters, digits, `-`, `_` and `.`; unique for the owner. */
  readonly name: string;
  /** A random token of this creation: a schedule that is deleted and made again is another one. */
  readonly creation: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly job: ScheduledJob;
  /** The input of each job: in the record if it is small, else in the payload bucket. */
  readonly input: Payload;
  /** When the input was last stored: an object of the bucket expires, so it is stored again in time. */
  readonly inputStoredAtMs: number;
  readonly overlap: OverlapRule;
  readonly catchUp: CatchUpRule;
  /** SHA-256 of what was set; a repeated request that sets the same changes nothing. */
  readonly definitionHash: string;
  /** The next time that the schedule fires for; undefined while it is paused and after its end. Every earlier time is settled. */
  readonly nextAtMs: number | undefined;
  /** The time that is decided to fire; its job is created next, or was created by a clock that then died. */
  readonly decision: FiringDecided | undefined;
  /** The job of the last firing that made one. */
  readonly lastJobId: string | undefined;
  readonly lastFiring: Firing | undefined;
  /** Number of writes of this record. */
  readonly revision: number;
}

/** A page of schedules by name. */
export interface SchedulePage {
  readonly schedules: readonly Schedule[];
  /** The name after which the next page starts; undefined if there is none. */
  readonly next: string | undefined;
}

export interface FoundSchedule {
  readonly schedule: Schedule | undefined;
  /** A token of the last removal of a schedule of this name; undefined where there was none, or it is forgotten. */
  readonly removal: string | undefined;
}

/** Keeps schedules, by the ids that `scheduleId` gives. Every method may throw `UnavailableError`. */
export interface ScheduleStore {
  /** Strongly consistent. */
  get(id: string): Promise<Schedule | undefined>;
  /** Reads as `get` does, and where there is no schedule, which removal was the last. */
  find(id: string): Promise<FoundSchedule>;
  /**
   * Replaces the record of this creation whose revision was read; 0 creates it. The written record has the next revision.
   * @param dueAtMs when the clock should look at it; undefined: never
   * @param removal of a creation: the one that `find` read. A creation that reaches the table late does not undo a removal that came after it was sent
   * @returns the schedule as it was written, or undefined on a conflict: it was written or deleted meanwhile, or exists
   */
  write(schedule: Schedule, dueAtMs: number | undefined, removal?: string): Promise<Schedule | undefined>;
  /**
   * Deletes the record whose revision was read.
   * @returns false on a conflict: it was written or deleted meanwhile
   */
  remove(schedule: Schedule, nowMs: number): Promise<boolean>;
  /** Reads entries of the partition of schedules in the `due` index; as `JobStore.due`. */
  readonly due: JobStore['due'];
  /** An owner's schedules in the order of their names, eventually consistent. */
  list(owner: string, limit: number, after: string | undefined): Promise<SchedulePage>;
  /** The number of an owner's schedules, eventually consistent. */
  count(owner: string): Promise<number>;
}

/** The partition of the `due` index that holds all schedules: at most 1,000 firings a second, far more than the clock manages. */
export const schedulePartition = 'schedule';

/** 1 to 64 letters, digits, `-`, `_` and `.`, but not `.` and `..`, which clients take out of addresses. @see https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4 */
export const scheduleNamePattern = /^([\w-]|[\w-][\w.-]|\.[\w-]|[\w.-]{3,64})$/;

/** @returns whether a text may name a schedule */
export function isScheduleName(text: string): boolean {
  return scheduleNamePattern.test(text);
}

/** @returns the key of a schedule's record, which is not a valid job id; the owner is hashed, so that no owner and name give the key of others */
export function scheduleId(owner: string, name: string): string {
  return `schedule#${sha256Hex(owner).slice(0, 32)}#${name}`;
}

/** @returns the id of the job that stands for a time: the same in every evaluation, so that its conditional write makes the job once */
export function firingJobId({ owner, name, creation }: Pick<Schedule, 'owner' | 'name' | 'creation'>, atMs: number): string {
  return deriveJobId(owner, { kind: 'schedule', schedule: name, creation, atMs });
}
