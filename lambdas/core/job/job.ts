/** The job record: the one truth about a job. Times are epoch milliseconds here; `present.ts` makes the wire's form of it. */
import type { JobStatus } from './states.ts';

/** A JSON text, in the record while small, else in the payload bucket (claim check). */
export type Payload = (
  | { readonly kind: 'inline'; readonly json: string }
  | { readonly kind: 'stored'; readonly key: string; readonly sizeBytes: number; readonly sha256: string }
) & {
  /** Position among the outcomes that a worker's code received, from 1; only of remembered outcomes. */
  readonly order?: number;
};

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Why a job waits. Of `queued` and `scheduled` jobs the status says it all, so theirs is not stored. */
export interface Reason {
  readonly code: 'waiting_for_worker' | 'scheduled' | 'backing_off' | 'sleeping' | 'waiting_for_capacity' | 'cleaning_up' | 'quota';
  readonly detail?: string | undefined;
}

export interface TimelineEntry {
  readonly atMs: number;
  readonly event:
    | 'scheduled'
    | 'queued'
    | 'started'
    | 'step'
    | 'sleeping'
    | 'attempt_failed'
    | 'worker_lost'
    | 'cleaned_up'
    | 'summarised'
    | JobStatus;
  readonly attempt?: number;
  readonly detail?: string;
}

export interface FileReference {
  readonly key: string;
  readonly contentType: string;
}

/** When the clock should look at a job; `alarm.ts` tells of the two kinds. */
export interface Alarm {
  readonly kind: 'start' | 'rescue';
  readonly wakeAtMs: number;
}

/** How a job ends without success. */
export type FailedOutcome = { readonly status: 'failed'; readonly error: JobError } | { readonly status: 'cancelled' };

/** How a job ends. */
export type Outcome = { readonly status: 'succeeded'; readonly result: Payload } | FailedOutcome;

/** How a job will end once its worker has cleaned up. */
export type PendingOutcome = FailedOutcome & {
  /** Clean-ups that failed. */
  readonly tries: number;
  /** Clean-ups that were postponed because a store of the service did not answer. */
  readonly outages?: number;
};

/** What kind of claim gave a worker the job: its first, one after a wait, or one after its worker was lost. */
export type ClaimOrigin = 'first' | 'resumed' | 'takeover';

export interface Job {
  readonly id: string;
  readonly owner: string;
  readonly type: string;
  /** Of the contract under which the job's steps and checkpoint were made. */
  readonly version: number;
  readonly status: JobStatus;
  readonly reason: Reason | undefined;
  readonly input: Payload;
  /** Of the canonical submission, so that a repeated idempotency key can be compared. */
  readonly submissionHash: string;
  readonly createdAtMs: number;
  /** The start that the caller asked for; undefined for a job that may start at once. */
  readonly startAtMs?: number | undefined;
  /** No worker may claim the job before this time. */
  readonly notBeforeMs: number;
  readonly deadlineMs: number;
  /** The attempt that runs, or that the next claim starts; from 1. One ahead of `attemptsStarted` while a retry is pending. */
  readonly attempt: number;
  /** Number of attempts that a worker has started; 0 before the first claim. */
  readonly attemptsStarted: number;
  readonly maxAttempts: number;
  /** Workers that died on the job since it last reached a safe point. */
  readonly crashes: number;
  /** The worker's code ignored its signal, so the next takeover is expected and does not count as a crash. */
  readonly isHandedOver?: boolean | undefined;
  /** Consecutive waits for a store of the service that did not answer. */
  readonly storeOutages?: number | undefined;
  /** The fencing token of the last claim; stays when the lease is given up. */
  readonly leaseToken: string | undefined;
  /** Only while a worker holds the lease. */
  readonly leaseEndsAtMs: number | undefined;
  /** Only while not terminal. */
  readonly alarm: Alarm | undefined;
  readonly progress: { readonly fraction: number | null; readonly message: string | null } | undefined;
  /** The first claim. */
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  readonly cancelRequestedAtMs: number | undefined;
  readonly expiresAtMs: number | undefined;
  readonly result: Payload | undefined;
  readonly error: JobError | undefined;
  readonly pendingOutcome: PendingOutcome | undefined;
  /** What the worker's code received from steps, sleeps, waits and delegations, by kind and name (`memory.ts`). */
  readonly steps: Readonly<Record<string, Payload>>;
  /** The worker's own resume point, a JSON text. */
  readonly checkpoint: string | undefined;
  readonly files: Readonly<Record<string, FileReference>>;
  readonly tags: Readonly<Record<string, string>>;
  /** How many jobs delegated to each other before this one; undefined for a caller's own. */
  readonly depth?: number | undefined;
  readonly timeline: readonly TimelineEntry[];
  /** Counts the writes. */
  readonly revision: number;
}

/** What a write may change; a member that is present and undefined is removed. */
export type JobPatch = {
  readonly [K in keyof Omit<Job, 'id' | 'owner' | 'type' | 'createdAtMs' | 'submissionHash' | 'revision'>]?: Job[K] | undefined;
};
