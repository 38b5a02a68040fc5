/** What the API shows, as far as the client reads it. Answers may get new members, so these types leave room for them. */

export type JobStatus = 'scheduled' | 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'cancelled';

/** A job, as `GET /v1/jobs/{id}` shows it; docs/http-api.md describes each member. */
export interface Job {
  readonly id: string;
  readonly type: string;
  readonly owner: string;
  readonly status: JobStatus;
  /** Why it is not running, and until when; null while it runs and after its end. */
  readonly reason: { readonly code: string; readonly detail: string | null; readonly until: string | null } | null;
  readonly progress: { readonly fraction: number | null; readonly message: string | null } | null;
  readonly attempt: number;
  readonly maxAttempts: number;
  /** Null until it has succeeded, and where the result is large: `JobHandle.result` reads both. */
  readonly result: unknown;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly retryable: boolean;
    readonly details?: Readonly<Record<string, unknown>>;
  } | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly deadline: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly retryOf: string | null;
  readonly timeline: readonly { readonly at: string; readonly event: string; readonly attempt?: number; readonly detail?: string }[];
  readonly links: Readonly<Record<string, string | null>>;
  readonly [member: string]: unknown;
}

/** A group, as `GET /v1/groups/{id}` shows it. */
export interface Group {
  /** The id of the group, which is that of its job, too. */
  readonly id: string;
  readonly owner: string;
  readonly status: JobStatus;
  /** Whether no more jobs may be added. */
  readonly sealed: boolean;
  readonly counts: Readonly<Record<'total' | 'unfinished' | 'succeeded' | 'failed' | 'cancelled' | 'refused', number>>;
  /** The fraction of the members that have ended; null where there are none. */
  readonly progress: number | null;
  readonly batches: number;
  readonly error: Job['error'];
  readonly createdAt: string;
  readonly finishedAt: string | null;
  readonly deadline: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<string, string | null>>;
  readonly [member: string]: unknown;
}

/** A schedule, as `GET /v1/schedules/{name}` shows it; docs/schedules.md describes each member. */
export interface Schedule {
  readonly name: string;
  readonly cron: string | null;
  readonly timeZone: string | null;
  readonly every: Readonly<Record<string, number>> | null;
  /** What may surprise about the pattern, for people. */
  readonly note: string | null;
  readonly job: { readonly type: string; readonly [member: string]: unknown };
  readonly paused: boolean;
  /** The next five times that it fires for; none while it is paused, and after its end. */
  readonly nextTimes: readonly string[];
  readonly lastFiring: {
    readonly scheduledFor: string;
    readonly job: string | null;
    readonly skipped: { readonly code: string; readonly detail: string } | null;
    readonly [member: string]: unknown;
  } | null;
  readonly [member: string]: unknown;
}

/** The caller, as `GET /v1/me` shows it. */
export interface Me {
  readonly owner: string;
  readonly isAdmin: boolean;
  readonly allowed: { readonly submit: readonly string[]; readonly seeAllJobs: boolean; readonly changeJobTypes: boolean };
  readonly deployment: string | null;
  readonly version: string;
  readonly [member: string]: unknown;
}

/** @returns whether nothing more will happen to it */
export function hasEnded({ status }: Pick<Job, 'status'>): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'cancelled';
}
