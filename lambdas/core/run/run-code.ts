/** Runs a worker's function, and interrupts it when it must stop. */

import type { RunContext } from '../context/run-context.ts';
import { readable } from '../job/error-text.ts';
import { Stop } from '../job/stop.ts';
import { deadlineMessage, type Suspension } from '../job/transitions.ts';
import { type ExecuteDeps, type JobRun, lastWritesMs, stopGraceMs } from './job-run.ts';

/** How the code itself ended, before that is examined. `ignored`: it did not stop after its signal, and may still be running. */
export type CodeEnd =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'suspended'; readonly suspension: Suspension }
  | { readonly kind: 'ignored' };

export interface CodeArguments {
  readonly input: unknown;
  readonly context: RunContext;
}

/**
 * Runs the worker's function until the first of three: it returns or throws; it waits, so that the context suspends it; or it goes on for too long
 * after its signal. In the first two cases everything that the code started is awaited and in the journal.
 */
export async function runCode({ input, context }: CodeArguments, run: JobRun, deps: ExecuteDeps): Promise<CodeEnd> {
  const over = new Stop();
  interruptInTime(run, over, deps);
  let isDone = false;
  const call = async (): Promise<unknown> => run.worker.definition.run(input, context.ctx);
  const done = call()
    .then(
      (value): CodeEnd => ({ kind: 'returned', value }),
      (error: unknown): CodeEnd => ({ kind: 'threw', error: readable(error) }),
    )
    .then(async (end) => {
      isDone = true;
      context.close();
      if (end.kind === 'returned') warnOfUnfinished(context.unfinished(), run);
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
  const end = await Promise.race([done, suspended, giveUp(run, over, deps)]);
  over.stop();
  context.close();
  return end;
}

/** Interrupts the code at the job's deadline, before the invocation's end, and when the host is going down. */
function interruptInTime({ worker, session, delivery }: JobRun, over: Stop, { runtime }: ExecuteDeps): void {
  const runLimitMs = delivery.remainingMs() - stopGraceMs - lastWritesMs;
  const untilDeadlineMs = session.job.deadlineMs - runtime.nowMs();
  void runtime.sleep(Math.max(0, Math.min(runLimitMs, untilDeadlineMs)), over).then(() => {
    if (over.aborted) return;
    if (untilDeadlineMs <= runLimitMs) return session.interrupt('deadline_exceeded', deadlineMessage(session.job));
    const { timeoutSeconds } = worker.contract;
    const message = `The code reached neither its end nor a safe point in time: an invocation takes at most ${timeoutSeconds} s.`;
    session.interrupt('invocation_timed_out', message);
  });
  const { hostStopping } = delivery;
  const stop = () => session.interrupt('host_stopping', 'The host is going down.');
  if (hostStopping?.aborted === true) stop();
  else if (hostStopping !== undefined) {
    hostStopping.addEventListener('abort', stop);
    over.addEventListener('abort', () => hostStopping.removeEventListener('abort', stop));
  }
}

/** Resolves for code that ignores its signal: it can write nothing more to the job, and its process must end. */
async function giveUp({ session, delivery }: JobRun, over: Stop, { runtime }: ExecuteDeps): Promise<CodeEnd> {
  const { interrupted } = session;
  if (!interrupted.aborted) await new Promise<void>((resolve) => interrupted.addEventListener('abort', resolve));
  await runtime.sleep(stopGraceMs, over);
  if (!over.aborted) delivery.reportRunaway?.();
  return { kind: 'ignored' };
}

function warnOfUnfinished(names: readonly string[], { log }: JobRun): void {
  if (names.length === 0) return;
  log.warn('The worker returned before these had ended; they are waited for. Await every step.', {
    code: 'step_not_awaited',
    unfinished: names,
  });
}
