/** Runs a worker's code, or its clean-up, for one claimed job and reports how that ended. It decides nothing and does not end the job. */
import { parseExactJson } from '../../text/exact-json.ts';
import type { WorkerDefinition } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { LeaseLostError, PermanentError, QuotaExceededError, RetryableError, UnavailableError } from '../contract/errors.ts';
import { parseWithSchema } from '../contract/schema.ts';
import { errorText, readable } from '../job/error-text.ts';
import { describeFailure } from '../job/failure.ts';
import type { JobError } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { loadPayload, storePayload } from '../job/payload.ts';
import { deadlineMessage, type Suspension } from '../job/transitions.ts';
import { type DelegateDeps, delegateJob } from '../submit/child-job.ts';
import { cleanUpContext } from './base-context.ts';
import { type CleanUpResult, type ExecutionResult, maxCleanUpOutages } from './decide.ts';
import { type ContextDeps, InvocationContext } from './invocation-context.ts';
import type { JobSession } from './job-session.ts';
import { emptyJournal, type JournalSnapshot } from './journal.ts';
import { makeRedactor } from './redact.ts';

/** A job type with its code. */
export interface Worker<Contract extends JobTypeContract = JobTypeContract> {
  readonly contract: Contract;
  readonly definition: WorkerDefinition<Contract>;
}

/** A message as SQS delivered it to this invocation. */
export interface Delivery {
  readonly body: string;
  /** Number of times that SQS has delivered the message, from 1. */
  readonly receiveCount: number;
  /** What is left of the invocation. */
  readonly remainingMs: () => number;
  readonly extendVisibility: (seconds: number) => Promise<void>;
  /** Aborts when the host is going down and can wait no longer; Lambda has no such thing. */
  readonly hostStopping?: AbortSignal;
  /** Called when code went on for too long after its signal: only the end of its process stops it. */
  readonly reportRunaway?: () => void;
}

/** One job in one invocation. */
export interface Invocation {
  readonly worker: Worker;
  readonly session: JobSession;
  readonly delivery: Delivery;
}

export type ExecuteDeps = DelegateDeps & Omit<ContextDeps, 'isTimeNearlyOver' | 'delegate'>;

export interface Execution {
  readonly result: ExecutionResult;
  readonly journal: JournalSnapshot;
  /** Whether the worker's code ran at all. */
  readonly hasRun: boolean;
}

/** Code gets this long to stop after its signal; then the invocation goes on without it. */
const stopGraceMs = 5_000;
/** Time of the invocation that is kept for the last writes. */
const lastWritesMs = 3_000;
/** Time kept after the last safe point, so that a short step can still end before the signal to stop. */
const safePointMarginMs = 5_000;

/** How the code itself ended, before that is examined. `ignored`: it did not stop after its signal, and may still be running. */
type CodeEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'suspended'; readonly suspension: Suspension }
  | { readonly kind: 'ignored' };

/** @throws LeaseLostError when another worker has the job */
export async function execute(invocation: Invocation, deps: ExecuteDeps): Promise<Execution> {
  const { worker, session, delivery } = invocation;
  // Claimed in the last seconds of an invocation, or of a host that is going down.
  if (delivery.remainingMs() <= stopGraceMs + lastWritesMs)
    return { result: { kind: 'out-of-time' }, journal: emptyJournal, hasRun: false };
  const ownDeps = contextDeps(invocation, deps);
  let input: unknown;
  try {
    input = await readInput(invocation, deps);
  } catch (error) {
    return { result: resultOfError(error, invocation, deps), journal: emptyJournal, hasRun: false };
  }
  const context = new InvocationContext(session, worker.contract, ownDeps);
  const end = await runCode({ input, context }, invocation, deps);
  if (session.lost.aborted) throw new LeaseLostError(session.job.id);
  const journal = context.snapshot();
  return { result: await resultOf(end, invocation, deps), journal, hasRun: true };
}

/** @throws LeaseLostError when another worker has the job */
export async function executeCleanUp(invocation: Invocation, deps: ExecuteDeps): Promise<CleanUpResult> {
  const { session } = invocation;
  try {
    const detail: unknown = await runCleanUp(invocation, deps);
    return { kind: 'cleaned-up', detail: detail === undefined ? undefined : errorText(detail) };
  } catch (error) {
    if (session.lost.aborted) throw new LeaseLostError(session.job.id);
    const { tries, outages } = session.job.pendingOutcome ?? { tries: 0 };
    if (error instanceof UnavailableError && (outages ?? 0) < maxCleanUpOutages) {
      logOutage(error, outages, deps);
      return { kind: 'unavailable' };
    }
    const failure = describeFailure(error);
    deps.log.warn('Cleaning up failed.', { code: failure.error.code, error: failure.error.message, tries: tries + 1 });
    return { kind: 'threw', failure };
  }
}

async function runCleanUp(invocation: Invocation, deps: ExecuteDeps): Promise<string | undefined> {
  const { worker, session, delivery } = invocation;
  const input = await readInputForCleanUp(invocation, deps);
  const over = new AbortController();
  const limitMs = Math.max(0, delivery.remainingMs() - lastWritesMs);
  const timeOut = deps.runtime.sleep(limitMs, over.signal).then(() => {
    if (!over.signal.aborted) throw new RetryableError('Cleaning up did not end in time.', { code: 'clean_up_timed_out' });
    return undefined;
  });
  try {
    const ctx = cleanUpContext(session, contextDeps(invocation, deps));
    return await Promise.race([worker.definition.cleanUp?.(input as never, ctx), timeOut]);
  } finally {
    over.abort();
  }
}

function contextDeps({ session, delivery }: Invocation, deps: ExecuteDeps): ContextDeps {
  const invocationMs = delivery.remainingMs();
  return {
    ...deps,
    // Early enough before the attempt is cut off, in short invocations, too.
    isTimeNearlyOver: () =>
      delivery.remainingMs() < Math.max(stopGraceMs + lastWritesMs + safePointMarginMs, Math.min(60_000, invocationMs / 4)),
    delegate: (name, request) => delegateJob(session.job, name, request, deps),
  };
}

async function readInput({ worker: { contract }, session }: Invocation, { payloads }: ExecuteDeps): Promise<unknown> {
  const input = parseExactJson(await loadPayload(payloads, session.job.input));
  session.redactWith(makeRedactor(contract.redact ?? [], input));
  const parsed = parseWithSchema(contract.input, input);
  if (parsed.success) return parsed.data;
  throw new PermanentError(`The input no longer fits the contract of ${contract.name}: ${parsed.error.issues[0]?.message}`, {
    code: 'invalid_input',
  });
}

/** @returns undefined if the input is lost, or unreadable for too long: the clean-up then runs without it */
async function readInputForCleanUp(invocation: Invocation, deps: ExecuteDeps): Promise<unknown> {
  try {
    return await readInput(invocation, deps);
  } catch (error) {
    const isGivenUp = error instanceof UnavailableError && (invocation.session.job.pendingOutcome?.outages ?? 0) >= maxCleanUpOutages;
    if (error instanceof PermanentError || isGivenUp) return undefined;
    throw error;
  }
}

/**
 * Runs the worker's function until the first of three: it returns or throws; it waits, so that the context suspends it; or it goes on for too long
 * after its signal. In the first two cases everything that the code started is awaited and in the journal.
 */
async function runCode(
  { input, context }: { readonly input: unknown; readonly context: InvocationContext },
  invocation: Invocation,
  deps: ExecuteDeps,
): Promise<CodeEnd> {
  const over = new AbortController();
  interruptInTime(invocation, over.signal, deps);
  let isDone = false;
  const run = async (): Promise<unknown> => invocation.worker.definition.run(input as never, context.ctx);
  const done = run()
    .then(
      (value): CodeEnd => ({ kind: 'returned', value }),
      (error: unknown): CodeEnd => ({ kind: 'threw', error: readable(error) }),
    )
    .then(async (end) => {
      isDone = true;
      context.close();
      if (end.kind === 'returned') warnOfUnfinished(context.unfinished(), deps);
      // Wait for the steps that it started, so that none runs on beside the next attempt, the end or a clean-up.
      await context.settle();
      return end;
    });
  const suspended = context.suspended.then(async (): Promise<CodeEnd> => {
    await context.settle();
    if (isDone) return done;
    const error = context.stoppedBy();
    return error === undefined ? { kind: 'suspended', suspension: context.suspension() } : { kind: 'threw', error };
  });
  const end = await Promise.race([done, suspended, giveUp(invocation, over.signal, deps)]);
  over.abort();
  context.close();
  return end;
}

/** Interrupts the code at the job's deadline, before the invocation's end, and when the host is going down. */
function interruptInTime({ worker, session, delivery }: Invocation, over: AbortSignal, { runtime }: ExecuteDeps): void {
  const runLimitMs = delivery.remainingMs() - stopGraceMs - lastWritesMs;
  const untilDeadlineMs = session.job.deadlineMs - runtime.nowMs();
  void runtime.sleep(Math.max(0, Math.min(runLimitMs, untilDeadlineMs)), over).then(() => {
    if (over.aborted) return;
    if (untilDeadlineMs <= runLimitMs) session.interrupt('deadline_exceeded', deadlineMessage(session.job));
    else session.interrupt('attempt_timed_out', `The attempt did not end within ${worker.contract.timeoutSeconds} s.`);
  });
  const { hostStopping } = delivery;
  const stop = () => session.interrupt('host_stopping', 'The host is going down.');
  if (hostStopping?.aborted === true) stop();
  else hostStopping?.addEventListener('abort', stop, { signal: over });
}

/** Resolves for code that ignores its signal: it can write nothing more to the job, and its process must end. */
async function giveUp({ session, delivery }: Invocation, over: AbortSignal, { runtime }: ExecuteDeps): Promise<CodeEnd> {
  const { interrupted } = session;
  if (!interrupted.aborted) await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
  await runtime.sleep(stopGraceMs, over);
  if (!over.aborted) delivery.reportRunaway?.();
  return { kind: 'ignored' };
}

function warnOfUnfinished(names: readonly string[], { log }: ExecuteDeps): void {
  if (names.length === 0) return;
  log.warn('The worker returned before these had ended; they are waited for. Await every step.', {
    code: 'step_not_awaited',
    unfinished: names,
  });
}

/** @throws LeaseLostError when that is what the code met */
async function resultOf(end: CodeEnd, invocation: Invocation, deps: ExecuteDeps): Promise<ExecutionResult> {
  const { interrupted } = invocation.session;
  switch (end.kind) {
    case 'returned':
      return storeResult(end.value, invocation, deps);
    case 'suspended':
      return end;
    case 'ignored':
      return { kind: 'interrupted', failure: describeFailure(interrupted.reason), isStillRunning: true };
    case 'threw':
      if (end.error instanceof LeaseLostError) throw end.error;
      // No matter what the code threw after its signal: the cause is the reason of the signal.
      if (interrupted.aborted) return { kind: 'interrupted', failure: describeFailure(interrupted.reason), isStillRunning: false };
      return resultOfError(end.error, invocation, deps);
  }
}

function resultOfError(error: unknown, { session }: Invocation, deps: ExecuteDeps): ExecutionResult {
  if (error instanceof UnavailableError) {
    logOutage(error, session.job.storeOutages, deps);
    return { kind: 'unavailable' };
  }
  if (error instanceof QuotaExceededError) return { kind: 'quota-exceeded', error };
  const failure = describeFailure(error);
  if (failure.error.code === 'worker_error') deps.log.error('The worker threw.', { error });
  return { kind: 'threw', failure };
}

/** Checks what the code returned against its contract, and stores it where results are kept. */
async function storeResult(value: unknown, invocation: Invocation, deps: ExecuteDeps): Promise<ExecutionResult> {
  const { worker, session } = invocation;
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
    if (error instanceof UnavailableError) return resultOfError(error, invocation, deps);
    return { kind: 'threw', failure: { error: notWritten(error, deps) } };
  }
}

/** The error of a job whose outcome the engine cannot write, which does not mean that its worker died. */
export function notWritten(error: unknown, { log }: Pick<ExecuteDeps, 'log'>): JobError {
  log.error('The outcome could not be written as it is.', { error });
  const message = `The outcome of the job could not be written: ${errorText(error)}`;
  return { code: 'outcome_not_written', message, retryable: false };
}

/** An outage that lasts needs a person. */
function logOutage(error: UnavailableError, outagesBefore: number | undefined, { log }: ExecuteDeps): void {
  const outages = (outagesBefore ?? 0) + 1;
  const level = outages <= 3 ? 'warn' : 'error';
  log[level]('A store of the service does not answer; the job waits for it.', { code: error.code, error: error.message, outages });
}
