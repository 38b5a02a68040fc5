/** What the caller may say of a job, a retry and a group, and how the API takes it. docs/http-api.md describes each member. */
import type { InputOf, JobTypes } from './typed-jobs.ts';

/** An instant: ISO 8601 with seconds and an offset, or a `Date`. */
export type Instant = string | Date;

/** What a submission says of its job, and a retry may say otherwise. */
export interface JobMembers {
  readonly tags?: Readonly<Record<string, string>>;
  readonly deadline?: Instant;
  readonly maxAttempts?: number;
  /** Null: none, also where the deployment's settings have one. */
  readonly webhookUrl?: string | null;
  readonly webhookEvents?: readonly string[];
}

/** What a submission may have besides type and input. */
export interface SubmitOptions extends JobMembers {
  /** The idempotency key: the same key gives the same job. @default a new one for each call, so that the client's own repetitions are safe */
  readonly key?: string;
  readonly startAt?: Instant;
  readonly delaySeconds?: number;
  /** Ids of jobs that must have ended before this one starts. */
  readonly after?: readonly string[];
  readonly afterFailure?: 'fail' | 'run';
  readonly uniqueKey?: string;
  readonly onDuplicate?: 'join' | 'replace';
  readonly maxDelaySeconds?: number;
  readonly concurrencyKey?: string;
  readonly priority?: 'low' | 'normal' | 'high';
  /** Ends the request; the job may have been accepted. */
  readonly signal?: AbortSignal;
}

/** What a retry may change. */
export interface RetryChanges<Types extends JobTypes, Type extends keyof Types> extends JobMembers {
  readonly input?: InputOf<Types, Type>;
}

/** What a new group has. */
export type GroupMembers = Pick<JobMembers, 'tags' | 'deadline' | 'webhookUrl'>;

/** @returns the members as the API takes them: instants as texts */
export function membersOf<Members extends { readonly startAt?: Instant; readonly deadline?: Instant }>({
  startAt,
  deadline,
  ...members
}: Members): object {
  return {
    ...members,
    ...(startAt === undefined ? {} : { startAt: instantOf(startAt) }),
    ...(deadline === undefined ? {} : { deadline: instantOf(deadline) }),
  };
}

/** @returns the instant as the API takes it */
export function instantOf(instant: Instant): string {
  return instant instanceof Date ? instant.toISOString() : instant;
}
