/** How a job that does a program may have ended, told from what its code was told and did, and never from the engine. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Run } from './book.ts';
import type { History } from './history.ts';
import { type Program, partsOf } from './programs.ts';
import { parseExact, shapeOf } from './values.ts';
import { longestBackoffMs } from './work.ts';

/** Of an invocation of a minute, before it may end at a safe point. */
const safeSeconds = 40;

/** Whether one invocation may be too short for it. */
export function mayTakeLong({ body }: Program): boolean {
  const parts = [...partsOf(body)];
  return parts.reduce((sum, part) => sum + ('seconds' in part && part.does !== 'sleep' ? part.seconds : 0), 0) > safeSeconds;
}

function lastRunOf({ id }: Job, { book }: History): Run | undefined {
  return book.runs.get(id)?.findLast(({ end }) => end?.isInterrupted === false);
}

/** @returns the ends that the code's own last run leads to: `succeeded`, or an error's code */
export function endsOf(job: Job, history: History): readonly string[] {
  const run = lastRunOf(job, history);
  if (run?.end === undefined) return [];
  const { returned, threw } = run.end;
  if (returned !== undefined) return ['succeeded'];
  if (threw === undefined) return [];
  // Where another attempt can still come, this was not the end.
  const isLast = !threw.isRetryable || run.attempt >= job.maxAttempts || mayBackOffTooLong(job, history, threw.afterMs);
  return isLast ? [threw.code] : [];
}

/** Whether the wait before the next attempt may be longer than the job has time. */
export function mayBackOffTooLong({ deadlineMs, finishedAtMs = 0 }: Job, { plan }: History, afterMs = longestBackoffMs): boolean {
  return finishedAtMs + Math.max(afterMs, longestBackoffMs) + 2 * plan.faults.skewMs + 1_000 >= deadlineMs;
}

export function checkProgram(job: Job, history: History): void {
  const { judge, book } = history;
  for (const { machine, end } of book.runs.get(job.id) ?? []) {
    if (end?.returned === undefined || end.isInterrupted || machine.isDisturbed) continue;
    const warnings = judge.warnings.get(machine) ?? [];
    for (const name of end.unawaited)
      if (!warnings.some((line) => line.includes(job.id) && line.includes(name)))
        judge.breach('I13', `nobody awaits step ${name} of ${job.id}, and no warning says so`);
  }
  const run = lastRunOf(job, history);
  const result = job.result === undefined ? undefined : shapeOf(parseExact(history.payloadText(job.result)));
  if (run?.end?.returned !== result) judge.breach('I13', `${job.id} succeeded with ${result}, and its code returned ${run?.end?.returned}`);
}
