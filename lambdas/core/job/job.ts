/** The job record: the one truth about a job. Times are epoch milliseconds; the API shows them as ISO-8601. */
import type { WebhookEvent } from '../contract/webhook-events.ts';
import type { GateOfJob } from './gate.ts';
import type { Members, Membership } from './group.ts';
import type { JobStatus } from './states.ts';

/** A JSON text: in the record if it is small, else in the payload bucket (claim check). */
export type Payload = (
  | { readonly kind: 'inline'; readonly json: string }
  | { readonly kind: 'stored'; readonly key: string; readonly sizeBytes: number; readonly sha256: string }
) & {
  /** For remembered outcomes: the position, from 1, among those that the worker's code received. */
  readonly order?: number;
};

export interface JobError {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Why a job is not running now. It is not stored for `queued` and `scheduled` jobs, whose status says it. */
export interface Reason {
  readonly code:
    | 'waiting_for_worker'
    | 'scheduled'
    | 'backing_off'
    | 'sleeping'
    | 'waiting_for_capacity'
    | 'waiting_for_signal'
    | 'waiting_for_child'
    | 'waiting_for_job'
    | 'waiting_for_key'
    | 'waiting_for_members'
    | 'cleaning_up'
    | 'quota';
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

/** Who asked for a job to be cancelled, and why. It is not in the stored timeline, which a running worker writes at the same time. */
export interface CancelRequest {
  /** The caller. */
  readonly by: string;
  /** The job of the service that cancelled this one for the caller. */
  readonly actedBy?: string | undefined;
  /** The caller's own words, at most 500 characters. */
  readonly reason?: string | undefined;
  /** The number of entries that the timeline had at that time: the request is shown behind them. */
  readonly afterEntries: number;
}

/** What a caller sent to a job for its code to receive. It is not in the stored timeline, for the reason that a cancel request is not. */
export interface Signal {
  /** Derived from the request's idempotency key where it has one, so that a repeated request adds nothing. */
  readonly id: string;
  readonly name: string;
  /** As it was sent, and valid by the contract's schema. */
  readonly payload: Payload;
  /** SHA-256 of the canonical payload; detects a key that is reused with other content. */
  readonly payloadHash: string;
  readonly atMs: number;
  /** The caller. */
  readonly by: string;
  /** The number of entries that the timeline had at that time: the signal is shown behind them. */
  readonly afterEntries: number;
  /** Whether a cancel had been requested before: the signal is shown behind it, too. */
  readonly isAfterCancel?: boolean;
  /** The link by which it came: its place in `links`, and how many there were then, which are the ones that it may have closed. */
  readonly link?: { readonly index: number; readonly of: number };
}

/** A link by which somebody without credentials may send one signal. What is secret in its address is not here, but its hash. */
export interface SignalLink {
  /** SHA-256 of the token, as hexadecimal digits. */
  readonly tokenHash: string;
  /** The name of the signal that it sends. */
  readonly signal: string;
  readonly expiresAtMs: number;
  /** What it sends, as JSON; undefined: whoever uses it says. */
  readonly payload?: string;
  /** What the button of its page says. */
  readonly label?: string;
  /** One of the links of a signal and group can be used. */
  readonly group?: string;
}

/** What ends a wait before its time. */
export type Awaited =
  | { readonly kind: 'signal'; readonly name: string }
  /** The end of all of these jobs; those that have ended are left out. */
  | { readonly kind: 'jobs'; readonly ids: readonly string[] }
  /** The end of all members of this group. */
  | { readonly kind: 'members' };

/** Names one record: an id may come again after its record has expired. */
export interface JobReference {
  readonly id: string;
  readonly createdAtMs: number;
}

/** The jobs that must have ended before this one starts. */
export interface Predecessors {
  /** At most `maxPredecessors`. */
  readonly ids: readonly string[];
  /** What becomes of the job if one of them ends without success: it fails at once, or it runs once all have ended. */
  readonly onFailure: 'fail' | 'run';
}

/** The key under which its owner has no other unfinished job of the type, but one that this one waits for. */
export interface Uniqueness {
  readonly key: string;
  /** The id that the idempotency key of the request would give, by which a repetition is recognised; undefined without one. */
  readonly requestId?: string;
  /** When the first of the jobs was accepted that this one replaces; undefined if it replaces none. */
  readonly sinceMs?: number;
}

/** What may hold a job back before its first start. */
export type Hold = 'after' | 'key';

export interface FileReference {
  readonly key: string;
  readonly contentType: string;
}

/** When the clock should look at a job; `alarm.ts` explains the two kinds. */
export interface Alarm {
  readonly kind: 'timer' | 'rescue';
  /** The clock looks at the job at this time or later, and decides then whether to wake it. */
  readonly dueAtMs: number;
}

/** How a job ends without success. */
export type UnsuccessfulOutcome = { readonly status: 'failed'; readonly error: JobError } | { readonly status: 'cancelled' };

/** How a job ends. */
export type Outcome = { readonly status: 'succeeded'; readonly result: Payload } | UnsuccessfulOutcome;

/** How a job will end once its worker has cleaned up. */
export type PendingOutcome = UnsuccessfulOutcome & {
  /** Number of clean-ups that failed. @default 0 */
  readonly cleanUpFailures?: number;
  /** Number of clean-ups that were postponed because a store of the service did not answer. @default 0 */
  readonly cleanUpOutages?: number;
};

/** How a worker got the job: by its first claim, by one after a suspension, or by a takeover from a worker that was lost. */
export type ClaimOrigin = 'first' | 'resumed' | 'takeover';

export interface FiredBy {
  readonly schedule: string;
  readonly atMs: number;
}

export interface Job {
  /** `job_` and 26 letters and digits; see `ids.ts`. */
  readonly id: string;
  /** The caller that the job belongs to. */
  readonly owner: string;
  readonly type: string;
  /** The contract's version when the job's steps and checkpoint were written. */
  readonly version: number;
  readonly status: JobStatus;
  readonly reason: Reason | undefined;
  readonly input: Payload;
  /** SHA-256 of the canonical submission; detects an idempotency key that is reused with other content. */
  readonly submissionHash: string;
  readonly createdAtMs: number;
  /** The start that the caller asked for; undefined for a job that may start at once. */
  readonly startAtMs?: number | undefined;
  /** No worker may claim the job before this time. */
  readonly notBeforeMs: number;
  /** The job fails with `deadline_exceeded` if it has not ended by this time. */
  readonly deadlineMs: number;
  /** Whether the submission set the deadline, so that a retry keeps it while it is ahead; undefined: it follows from the contract. */
  readonly hasOwnDeadline?: boolean | undefined;
  /** The attempt that is running or that the next claim starts, from 1. One ahead of `attemptsStarted` while a retry is pending. */
  readonly attempt: number;
  /** Number of attempts that a worker has started; 0 before the first claim. */
  readonly attemptsStarted: number;
  readonly maxAttempts: number;
  /** Whether the job was suspended before, so that a claim is not its first. */
  readonly wasSuspended?: boolean | undefined;
  /** Number of workers that died on the job since it last reached a safe point. */
  readonly crashes: number;
  /** Whether the worker's code ignored its signal, so that the next takeover is expected and does not count as a crash. */
  readonly isHandedOver?: boolean | undefined;
  /** Number of consecutive waits for a store of the service that did not answer. */
  readonly storeOutages?: number | undefined;
  /** The fencing token of the last claim. It stays when the lease ends; a hand-over removes it, so that no late write of its worker is accepted. */
  readonly leaseToken: string | undefined;
  /** When the lease ends unless it is renewed; undefined while no worker holds it. */
  readonly leaseEndsAtMs: number | undefined;
  /** Undefined once the job has ended. */
  readonly alarm: Alarm | undefined;
  /** What callers sent to the job, in the order of acceptance; undefined if nothing. It stays when the code has received it. */
  readonly signals?: readonly Signal[] | undefined;
  /** The links that the job's code made, in that order; undefined if none. Only its worker writes them: whether one was used is in `signals`. */
  readonly links?: readonly SignalLink[] | undefined;
  /** The number of times that something from outside was added that a wait may be for; undefined if never. */
  readonly notices?: number | undefined;
  /** While the job is suspended: what wakes it before `notBeforeMs`; undefined if nothing does. */
  readonly awaits?: readonly Awaited[] | undefined;
  /** What no worker has found to be over yet: none may claim the job. Undefined if nothing holds it. */
  readonly held?: readonly Hold[] | undefined;
  /** Undefined for a job whose submission had no unique key. */
  readonly unique?: Uniqueness | undefined;
  /** The jobs that this one starts after; undefined if there are none. */
  readonly after?: Predecessors | undefined;
  /** The gate of the job's concurrency key; undefined where nothing bounds how many run at once. The job holds its place from before its first start to its end. */
  readonly gate?: GateOfJob | undefined;
  /** Ids of the gates that the jobs hold places of which wait for this one, with their own: it can pass none of these. Undefined if there are none. */
  readonly gatesAbove?: readonly string[] | undefined;
  /** The jobs that start after this one, and are notified of its end; undefined if there are none. */
  readonly followers?: readonly JobReference[] | undefined;
  /** The job that waits for this one, and is notified of its end; undefined if none does. */
  readonly parent?: JobReference | undefined;
  /** Ids of the jobs that this one runs as parts of its work, which end with it where it fails or is cancelled; undefined if there are none. */
  readonly children?: readonly string[] | undefined;
  /** The group that this job is a member of, and counts its end; undefined if none. */
  readonly group?: Membership | undefined;
  /** What the members of this job are, if it is a group; undefined for any other. */
  readonly members?: Members | undefined;
  /** Whether the job has ended and its end is still to be announced. It keeps an alarm until then. */
  readonly isUnannounced?: boolean | undefined;
  /** Number of writes since the end, which only announced it; undefined if there were none. */
  readonly announcements?: number | undefined;
  /** Where webhooks are sent; undefined if nowhere. It may hold a secret, so it appears in no log. */
  readonly webhookUrl?: string | undefined;
  /** What is sent there; undefined for the end alone. */
  readonly webhookEvents?: readonly WebhookEvent[] | undefined;
  /** What the worker last reported: a fraction from 0 to 1 and a text, each null if unknown. */
  readonly progress: { readonly fraction: number | null; readonly message: string | null } | undefined;
  /** The time of the first claim. */
  readonly startedAtMs: number | undefined;
  readonly finishedAtMs: number | undefined;
  readonly cancelRequestedAtMs: number | undefined;
  readonly cancelRequest?: CancelRequest | undefined;
  /** When the record is deleted: the retention after the end; undefined until then. */
  readonly expiresAtMs: number | undefined;
  /** Only if `succeeded`. */
  readonly result: Payload | undefined;
  /** Only if `failed`. */
  readonly error: JobError | undefined;
  readonly pendingOutcome: PendingOutcome | undefined;
  /** What steps, sleeps, waits and delegations returned or threw, by kind and name; see `context/journal.ts`. */
  readonly journal: Readonly<Record<string, Payload>>;
  /** The worker's own resume point, as JSON. */
  readonly checkpoint: string | undefined;
  /** By name, the files that callers may download. */
  readonly files: Readonly<Record<string, FileReference>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Number of jobs in the chain of delegations that led to this one; undefined for a job that a caller submitted. */
  readonly depth?: number | undefined;
  /** The ended job that this one repeats. */
  readonly retryOf?: string | undefined;
  /** The job of the service that submitted this one on behalf of its owner, such as a redrive. */
  readonly actedBy?: string | undefined;
  /** The schedule that fired this job, and the time that it stands for, which is not when it was created; undefined for any other job. */
  readonly firedBy?: FiredBy | undefined;
  /** The caller's trace: the value of `traceparent`. @see https://www.w3.org/TR/trace-context-1/ */
  readonly traceparent?: string | undefined;
  /** Number of invocations of its worker, each of which may run other jobs as well; undefined until a worker's first write. */
  readonly invocations?: number | undefined;
  /** The time that it ran in them, in milliseconds. */
  readonly runMs?: number | undefined;
  /** The history for people to read; nothing is decided by it. */
  readonly timeline: readonly TimelineEntry[];
  /** Number of writes of this record. */
  readonly revision: number;
}

/** The members that a write changes. A member that is present and undefined is removed. */
export type JobPatch = {
  readonly [K in keyof Omit<Job, 'id' | 'owner' | 'type' | 'createdAtMs' | 'submissionHash' | 'revision'>]?: Job[K] | undefined;
};
