/** Runs a worker's clean-up for one claimed job and reports how that ended. */

import { cleanUpContext } from '../context/base-context.ts';
import { LeaseLostError, PermanentError, RetryableError, UnavailableError } from '../contract/errors.ts';
import { errorText } from '../job/error-text.ts';
import { describeFailure } from '../job/failure.ts';
import { Stop } from '../job/stop.ts';
import { type CleanUpResult, maxCleanUpOutages } from './decide.ts';
import { logOutage } from './job-log.ts';
import { contextDeps, type ExecuteDeps, type JobRun, lastWritesMs, readInput } from './job-run.ts';

/** @throws LeaseLostError when another worker has the job */
export async function executeCleanUp(run: JobRun, deps: ExecuteDeps): Promise<CleanUpResult> {
  const { session, log } = run;
  try {
    const detail: unknown = await runCleanUp(run, deps);
    return { kind: 'cleaned-up', detail: detail === undefined ? undefined : errorText(detail) };
  } catch (error) {
    if (session.lost.aborted) throw new LeaseLostError(session.job.id);
    const { cleanUpFailures = 0, cleanUpOutages = 0 } = session.job.pendingOutcome ?? {};
    if (error instanceof UnavailableError && cleanUpOutages < maxCleanUpOutages) {
      logOutage(error, cleanUpOutages, log);
      return { kind: 'unavailable' };
    }
    const failure = describeFailure(error);
    log.warn('Cleaning up failed.', { code: failure.error.code, error: failure.error.message, failures: cleanUpFailures + 1 });
    return { kind: 'threw', failure };
  }
}

async function runCleanUp(run: JobRun, deps: ExecuteDeps): Promise<string | undefined> {
  const { worker, session, delivery } = run;
  const input = await readInputIfPossible(run, deps);
  const over = new Stop();
  const limitMs = Math.max(0, delivery.remainingMs() - lastWritesMs);
  const timeOut = deps.runtime.sleep(limitMs, over).then(() => {
    if (!over.aborted) throw new RetryableError('Cleaning up did not end in time.', { code: 'clean_up_timed_out' });
    return undefined;
  });
  try {
    const ctx = cleanUpContext(session, contextDeps(run, deps));
    return await Promise.race([worker.definition.cleanUp?.(input, ctx), timeOut]);
  } finally {
    over.stop();
  }
}

/** @returns undefined if the input is lost, or unreadable for too long: the clean-up then runs without it */
async function readInputIfPossible(run: JobRun, deps: ExecuteDeps): Promise<unknown> {
  try {
    return await readInput(run, deps);
  } catch (error) {
    const isGivenUp = error instanceof UnavailableError && (run.session.job.pendingOutcome?.cleanUpOutages ?? 0) >= maxCleanUpOutages;
    if (error instanceof PermanentError || isGivenUp) return undefined;
    throw error;
  }
}
