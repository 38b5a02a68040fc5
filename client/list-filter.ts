/** Filters: the jobs that a list or a bulk action is about. */
import { type Instant, instantOf } from './job-members.ts';
import type { Job, JobStatus } from './shown-job.ts';

export interface JobFilter {
  readonly status?: JobStatus | readonly JobStatus[];
  readonly type?: string | readonly string[];
  /** `name:value`, all of them. */
  readonly tag?: string | readonly string[];
  /** Accepted at or after this time: ISO 8601, a `Date`, or a duration back from now such as `-1h` (s, m, h, d). */
  readonly since?: Instant;
  /** Accepted at or before this time, as `since`. */
  readonly until?: Instant;
  readonly order?: 'asc' | 'desc';
  /** Another owner's jobs, for admins. */
  readonly owner?: string;
  /** Jobs of one page, 1 to 100. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** A filter for many jobs at once; an empty one is refused. */
export interface BulkFilter {
  readonly status?: readonly JobStatus[];
  readonly type?: readonly string[];
  readonly code?: readonly string[];
  readonly tag?: readonly string[];
  readonly since?: string;
  readonly until?: string;
}

export interface BulkOptions {
  /** Whether the answer only counts what would be done. @default true */
  readonly dryRun?: boolean;
  readonly jobsPerSecond?: number;
  /** Why jobs are cancelled, for people; of `cancelAll` alone. */
  readonly reason?: string;
  /** For admins: whose jobs. */
  readonly owner?: string;
  readonly key?: string;
  readonly signal?: AbortSignal;
}

/** What a dry run found. */
export interface BulkPreview {
  readonly dryRun: true;
  readonly count: number;
  readonly isLowerBound: boolean;
  readonly jobs: readonly Job[];
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** @returns the instant as the API takes it; a text such as `-1h` counts from now */
function sinceOf(instant: Instant): string {
  if (instant instanceof Date) return instantOf(instant);
  const [, count, unit = ''] = /^-(\d+)([smhd])$/.exec(instant) ?? [];
  return count === undefined ? instant : new Date(Date.now() - Number(count) * (unitSeconds[unit] ?? 0) * 1000).toISOString();
}

/** @returns the filter as the query of a list, with its `?`; empty where it says nothing */
export function queryOf({ signal: _signal, since, until, ...filter }: JobFilter): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter))
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  if (since !== undefined) query.append('since', sinceOf(since));
  if (until !== undefined) query.append('until', sinceOf(until));
  return query.size === 0 ? '' : `?${query}`;
}
