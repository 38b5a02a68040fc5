/** One run of a claimed job: execute, decide, apply. */

import { emptyJournal, type JournalSnapshot } from '../context/journal.ts';
import { LeaseLostError, UnavailableError } from '../contract/errors.ts';
import type { CancelDeps } from '../control/cancel.ts';
import type { Job } from '../job/job.ts';
import { apply } from './apply.ts';
import { type Decision, decide, decideAfterCleanUp, decideAtClaim, decideEnd, type Subject } from './decide.ts';
import { execute, notWritten } from './execute.ts';
import { executeCleanUp } from './execute-clean-up.ts';
import type { ExecuteDeps, JobRun } from './job-run.ts';

export type RunDeps = ExecuteDeps & CancelDeps;

/**
 * @returns the job after this run
 * @throws LeaseLostError when another worker has the job
 * @throws UnavailableError when the record could not be written
 */
export async function runClaimedJob(run: JobRun, deps: RunDeps): Promise<Job> {
  const decision = decideAtClaim(subjectOf(run), deps.runtime.nowMs());
  if (decision !== undefined) return applyAndCleanUp({ decision, journal: emptyJournal }, run, deps);
  const { result, journal, hasRun } = await execute(run, deps);
  const context = { nowMs: deps.runtime.nowMs(), random: deps.runtime.random() };
  const next = { decision: decide(subjectOf(run), result, context), journal };
  // If this fails, the message stays and comes again: no code has run, so nothing is lost.
  if (!hasRun) return applyAndCleanUp(next, run, deps);
  try {
    return await applyAndCleanUp(next, run, deps);
  } catch (error) {
    if (error instanceof LeaseLostError || error instanceof UnavailableError) throw error;
    // The job ends with the reason, without what could not be written.
    const failed = decideEnd(subjectOf(run), { status: 'failed', error: notWritten(error, run.log) });
    return applyAndCleanUp({ decision: failed, journal: emptyJournal }, run, deps);
  }
}

/** @returns the job as of the last write, with its contract */
function subjectOf({ session, worker }: JobRun): Subject {
  return { job: session.job, contract: worker.contract };
}

/** Applies a decision and, where that starts a clean-up, runs the clean-up and applies what follows from it. */
async function applyAndCleanUp(
  { decision, journal }: { readonly decision: Decision; readonly journal: JournalSnapshot },
  run: JobRun,
  deps: RunDeps,
): Promise<Job> {
  const { session, worker, delivery, log } = run;
  const target = { session, log, contract: worker.contract, messageBody: delivery.body };
  const job = await apply(decision, { ...target, journal }, deps);
  if (decision.kind !== 'clean-up') return job;
  const result = await executeCleanUp(run, deps);
  const next = decideAfterCleanUp(decision.outcome, result, deps.runtime.nowMs());
  return apply(next, { ...target, journal: emptyJournal }, deps);
}
