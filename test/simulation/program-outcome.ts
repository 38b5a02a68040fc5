/** How a job that runs a program may have ended, derived from what its code received and did, and never from the engine. */
import type { Job } from '../../lambdas/core/job/job.ts';
import { type Program, partsOf } from './programs.ts';
import type { CodeRun } from './replay-checker.ts';
import type { Simulation } from './simulation.ts';
import { parseExact, shapeOf } from './values.ts';
import { maxBackoffMs } from './workload.ts';

/** Part of an invocation of a minute that passes before it may end at a safe point. */
const safeSeconds = 40;

/** @returns whether one invocation may be too short for the program */
export function mayTakeLong({ body }: Program): boolean {
  const parts = [...partsOf(body)];
  return parts.reduce((sum, part) => sum + ('seconds' in part && part.does !== 'sleep' ? part.seconds : 0), 0) > safeSeconds;
}

function lastRunOf({ id }: Job, { replay }: Simulation): CodeRun | undefined {
  return replay.runs.get(id)?.findLast(({ end }) => end?.isInterrupted === false);
}

/** @returns the ends to which the last run of its code leads: `succeeded`, or an error's code */
export function possibleEnds(job: Job, simulation: Simulation): readonly string[] {
  const run = lastRunOf(job, simulation);
  if (run?.end === undefined) return [];
  const { returned, threw } = run.end;
  if (returned !== undefined) return ['succeeded'];
  if (threw === undefined) return [];
  // If another attempt can follow, this was not the end.
  const isLast = !threw.isRetryable || run.attempt >= job.maxAttempts || mayBackOffTooLong(job, simulation, threw.afterMs);
  return isLast ? [threw.code] : [];
}

/** @returns whether the wait before the next attempt may end after the job's deadline */
export function mayBackOffTooLong({ deadlineMs, finishedAtMs = 0 }: Job, { plan }: Simulation, afterMs = maxBackoffMs): boolean {
  return finishedAtMs + Math.max(afterMs, maxBackoffMs) + 2 * plan.faults.skewMs + 1_000 >= deadlineMs;
}

export function checkProgram(job: Job, simulation: Simulation): void {
  const { checker, replay } = simulation;
  for (const { machine, end } of replay.runs.get(job.id) ?? []) {
    if (end?.returned === undefined || end.isInterrupted || machine.hadFault) continue;
    const warnings = checker.warnings.get(machine) ?? [];
    for (const name of end.unawaited)
      if (!warnings.some((line) => line.includes(job.id) && line.includes(name)))
        checker.violated('I13', `step ${name} of ${job.id} was not awaited, and no warning says so`);
  }
  const run = lastRunOf(job, simulation);
  const result = job.result === undefined ? undefined : shapeOf(parseExact(simulation.payloadText(job.result)));
  if (run?.end?.returned !== result)
    checker.violated('I13', `${job.id} succeeded with ${result}, and its code returned ${run?.end?.returned}`);
}
