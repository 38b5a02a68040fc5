/** Runs a worker's code for one claimed job and reports how that ended. It decides nothing and does not end the job. */

import { emptyJournal, type JournalSnapshot } from '../context/journal.ts';
import { RunContext } from '../context/run-context.ts';
import { LeaseLostError, QuotaExceededError, UnavailableError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import { errorText } from '../job/error-text.ts';
import { describeFailure } from '../job/failure.ts';
import type { JobError } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { storePayload } from '../job/payload.ts';
import { SuspensionError } from '../job/suspension-error.ts';
import type { ExecutionResult } from './decide.ts';
import { logOutage } from './job-log.ts';
import { contextDeps, type ExecuteDeps, type JobRun, lastWritesMs, readInput, stopGraceMs } from './job-run.ts';
import { type CodeEnd, runCode } from './run-code.ts';

export interface Execution {
  readonly result: ExecutionResult;
  readonly journal: JournalSnapshot;
  /** Whether the worker's code ran at all. */
  readonly hasRun: boolean;
}

/** @throws LeaseLostError when another worker has the job */
export async function execute(run: JobRun, deps: ExecuteDeps): Promise<Execution> {
  const { worker, session, delivery } = run;
  const notRun = (result: ExecutionResult): Execution => ({ result, journal: emptyJournal, hasRun: false });
  // Claimed in the last seconds of an invocation, or of a host that is going down.
  if (delivery.remainingMs() <= stopGraceMs + lastWritesMs) return notRun({ kind: 'out-of-time' });
  const ownDeps = contextDeps(run, deps);
  let input: unknown;
  try {
    input = await readInput(run, deps);
  } catch (error) {
    return notRun(resultOfError(error, run));
  }
  const context = new RunContext(session, worker.contract, ownDeps);
  const end = await runCode({ input, context }, run, deps);
  if (session.lost.aborted) throw new LeaseLostError(session.job.id);
  const journal = context.snapshot();
  return { result: await resultOf(end, run, deps), journal, hasRun: true };
}

/** @throws LeaseLostError when that is what the code met */
async function resultOf(end: CodeEnd, run: JobRun, deps: ExecuteDeps): Promise<ExecutionResult> {
  const { interrupted } = run.session;
  switch (end.kind) {
    // Also after a cancel or the deadline: the work is done.
    case 'returned':
      return storeResult(end.value, run, deps);
    case 'suspended':
      return end;
    case 'ignored':
      return { kind: 'interrupted', failure: describeFailure(interrupted.reason), isStillRunning: true };
    case 'threw':
      if (end.error instanceof LeaseLostError) throw end.error;
      // No matter what the code threw after its signal: the cause is the reason of the signal.
      if (interrupted.aborted) return { kind: 'interrupted', failure: describeFailure(interrupted.reason), isStillRunning: false };
      return resultOfError(end.error, run);
  }
}

function resultOfError(error: unknown, { session, log }: JobRun): ExecutionResult {
  if (error instanceof UnavailableError) {
    logOutage(error, session.job.storeOutages, log);
    return { kind: 'unavailable' };
  }
  if (error instanceof SuspensionError) return { kind: 'suspended', suspension: error.suspension };
  if (error instanceof QuotaExceededError) return { kind: 'quota-exceeded', error };
  const failure = describeFailure(error);
  if (failure.error.code === 'worker_error') log.error('The worker threw.', { error });
  return { kind: 'threw', failure };
}

/** Checks what the code returned against its contract, and stores it where results are kept. */
async function storeResult(value: unknown, run: JobRun, deps: ExecuteDeps): Promise<ExecutionResult> {
  const { worker, session } = run;
  let json: string;
  try {
    const parsed = worker.contract.output.parse(value);
    json = toJson(parsed === undefined ? null : parsed, 'The result', 'invalid_result');
  } catch (error) {
    const message = `The worker returned what the contract of ${worker.contract.name} does not allow: ${describeFailure(error).error.message}`;
    return { kind: 'threw', failure: { error: { code: 'invalid_result', message, retryable: false } } };
  }
  try {
    return { kind: 'returned', result: await storePayload(deps.payloads, { jobId: session.job.id, name: 'result', json }) };
  } catch (error) {
    if (error instanceof UnavailableError) return resultOfError(error, run);
    return { kind: 'threw', failure: { error: notWritten(error, run.log) } };
  }
}

/** The error of a job whose outcome the engine cannot write, which does not mean that its worker died. */
export function notWritten(error: unknown, log: Log): JobError {
  log.error('The outcome could not be written as it is.', { error });
  const message = `The outcome of the job could not be written: ${errorText(error)}`;
  return { code: 'outcome_not_written', message, retryable: false };
}
