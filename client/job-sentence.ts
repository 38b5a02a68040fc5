/** A job in one sentence: why it is not running and until when, what it is doing, or how it ended. The command line shows it; the MCP server words `waits` without texts of the job. */

import type { Job } from './shown-job.ts';
import { showDuration, showRelative } from './shown-time.ts';

/** What a job does while it does not run, by the code of its reason; after `it`. docs/http-api.md lists the codes. A newer service may have others. */
export const waits: Readonly<Record<string, string>> = {
  waiting_for_worker: 'waits for a worker that is free',
  scheduled: 'waits for its start',
  backing_off: 'waits before its next attempt, since the last one failed',
  sleeping: 'sleeps, as its code asked',
  waiting_for_capacity: 'waits for room outside, and looks again',
  waiting_for_signal: 'waits for a signal from a person or another system',
  waiting_for_child: 'waits for jobs that it runs',
  waiting_for_job: 'waits for the jobs that it starts after',
  waiting_for_key: 'waits for a place of its concurrency key',
  waiting_for_members: 'waits for the members of its group',
  quota: "waits for room in its owner's quota",
  cleaning_up: 'cleans up before it ends',
  paused: 'is held back, since its type is paused',
};

type Described = Pick<Job, 'status' | 'reason' | 'progress' | 'error' | 'startedAt' | 'finishedAt' | 'attempt' | 'maxAttempts'>;

/** @param nowMs what relative times count from @returns a sentence; texts of the job within it are as its code wrote them */
export function describeJob(job: Described, nowMs: number): string {
  switch (job.status) {
    case 'succeeded':
      return `It succeeded${ago(job, nowMs)}${took(job)}.`;
    case 'failed':
      return `It failed${ago(job, nowMs)}${attemptOf(job, ' at')} with ${job.error?.code ?? 'an unknown error'}: ${job.error?.message ?? ''}`;
    case 'cancelled':
      return `It was cancelled${ago(job, nowMs)}.`;
    case 'running':
      return `It runs${job.startedAt === null ? '' : `, started ${showRelative(job.startedAt, nowMs)}`}${attemptOf(job, ',')}${progressOf(job, ': ')}.`;
    default:
      return waiting(job, nowMs);
  }
}

/** @returns the progress as in `40 %, 400 of 1,000 rows`, after `before`; empty where there is none */
export function progressOf({ progress }: Pick<Job, 'progress'>, before = ''): string {
  const { fraction = null, message = null } = progress ?? {};
  const parts = [fraction === null ? '' : `${Math.floor(fraction * 100)} %`, message ?? ''].filter((part) => part !== '');
  return parts.length === 0 ? '' : `${before}${parts.join(', ')}`;
}

function waiting({ status, reason }: Described, nowMs: number): string {
  if (reason === null) return `It is ${status}.`;
  const { code, detail, until } = reason;
  const why = `It ${waits[code] ?? `is ${status} (${code})`}`;
  return `${why}${detail === null || detail === '' ? '' : ` (${detail.replace(/\.$/, '')})`}${until === null ? '' : `, ${untilText(code, until, nowMs)}`}.`;
}

/** A wait for something else may end before its time; a sleep does not. */
function untilText(code: string, until: string, nowMs: number): string {
  const isOverdue = Date.parse(until) <= nowMs;
  if (isOverdue) return 'and goes on any moment';
  return timed.has(code) ? `and goes on ${showRelative(until, nowMs)}` : `at most until ${until} (${showRelative(until, nowMs)})`;
}

const timed: ReadonlySet<string> = new Set([
  'scheduled',
  'backing_off',
  'sleeping',
  'waiting_for_capacity',
  'cleaning_up',
  'quota',
  'waiting_for_worker',
]);

function ago({ finishedAt }: Described, nowMs: number): string {
  return finishedAt === null ? '' : ` ${showRelative(finishedAt, nowMs)}`;
}

function took({ startedAt, finishedAt }: Described): string {
  return startedAt === null || finishedAt === null
    ? ''
    : `, after ${showDuration(Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)))}`;
}

function attemptOf({ attempt, maxAttempts }: Described, before: string): string {
  return attempt > 1 ? `${before} attempt ${attempt} of ${maxAttempts}` : '';
}
