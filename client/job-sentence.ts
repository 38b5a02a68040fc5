/** A job in one sentence: why it is not running and until when, what it is doing, or how it ended. The command line, the console and the MCP server show it. */

import type { Job } from './shown-job.ts';
import { showDuration, showRelative } from './shown-time.ts';

/** What each reason of the API means. A newer service may have others, which are named as they are. */
const reasonTexts: Readonly<Record<string, string>> = {
  waiting_for_worker: 'It waits for a worker',
  scheduled: 'It starts later',
  backing_off: 'The last attempt failed, and it is tried again',
  sleeping: 'Its code sleeps',
  waiting_for_capacity: 'There is no room for it outside, and it looks again',
  waiting_for_signal: 'It waits for a signal',
  waiting_for_child: 'It waits for jobs that it started',
  waiting_for_job: 'It starts after other jobs',
  waiting_for_key: 'Other jobs with its concurrency key run',
  waiting_for_members: 'Members of the group have not ended',
  quota: 'The quota of its owner has no room',
  cleaning_up: 'It cleans up what it began',
  paused: 'Its type is paused',
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
  const why = reasonTexts[code] ?? `It is ${status} (${code})`;
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
