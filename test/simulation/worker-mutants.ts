/** Mutants that restore former faults in how the engine treated ordinary worker code. */
import type { Mutant } from './mutant-places.ts';

const core = (file: string, find: string, replace: string): Mutant => ({ file: `lambdas/core/${file}`, find, replace });
const context = (find: string, replace: string) => core('context/run-context.ts', find, replace);
const journal = (find: string, replace: string) => core('context/run-journal.ts', find, replace);
const wait = (find: string, replace: string) => core('context/wait.ts', find, replace);

export const workerMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'failures of steps are not stored': journal('await this.receiveUnsaved(failureKey(kind, name, failures + 1), payload);', ''),
  "a wait's time-out is not stored": wait(
    'throw await journal.recordFailure(call, error);\n  }\n  journal.storeTime(',
    'throw error;\n  }\n  journal.storeTime(',
  ),
  'what the code received is written later': journal('while (this.savedCount < this.receivedCount || session', 'while (session'),
  'child jobs are found by their input': [
    core('context/delegate.ts', 'await journal.receive(call, JSON.stringify(id));', ''),
    core(
      'submit/child-job.ts',
      "    case 'accepted':\n    case 'id-taken': // where the name was used for something else, it refers to that job\n      return;",
      "    case 'id-taken':\n      throw invalid('something else');\n    case 'accepted':\n      return;",
    ),
    core(
      'submit/child-job.ts',
      'if (error instanceof UnavailableError || (await deps.store.get(id, deps.runtime.nowMs())) === undefined) throw error;',
      'if (id !== undefined) throw error;',
    ),
  ],
  'a failure outlives its attempt': journal('journal: this.journal.forNextAttempt() }', 'journal: this.journal.all() }'),
  'a wait continues in the next attempt': core(
    'context/journal.ts',
    '!isFailure(key) && !(isWait(key) && order === undefined)',
    '!isFailure(key)',
  ),
  'a wait that timed out is retried': core(
    'contract/errors.ts',
    "code = 'wait_timed_out';\n  readonly retryable = false;",
    "code = 'wait_timed_out';\n  readonly retryable = true;",
  ),
  'inputs are parsed twice': {
    file: 'lambdas/api/request/submission.ts',
    find: '    contract,\n    input,\n    canonicalBody',
    replace: '    contract,\n    input: parsedInput.data,\n    canonicalBody',
  },
  'logging may throw': core(
    'run/job-log.ts',
    'redactor.value(loggable(more))',
    'redactor.value(more === undefined ? more : JSON.parse(JSON.stringify(more)))',
  ),
  'promises of the context may be unhandled': context('    result.catch(() => undefined);\n', ''),
  'a poison job ends its neighbours': core('run/claim.ts', '(await deps.waitUntilAlone()) ?', 'leaseEndsAtMs >= 0 ?'),
  'a wait first returns a value that was never stored': wait('asWritten<T>(result.json)', '((await request.check()) as T)'),
  'a backoff may end after the deadline': core('run/decide.ts', 'if (nowMs + waitMs >= job.deadlineMs) return', 'if (waitMs < 0) return'),
  'a failed step keeps its name': core(
    'context/journal.ts',
    'failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: true',
    'failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: false',
  ),
  'a check that meets an outage fails the wait': wait(
    'if (!journal.isCodeFailure(readable(error)) || !describeFailure(error)',
    'if (name !== undefined || !describeFailure(error)',
  ),
  'running steps are not awaited': core('run/run-code.ts', '      await context.settle();\n      return end;', '      return end;'),
  'an unusual error counts as a dead worker': [
    core(
      'job/failure.ts',
      '  try {\n    return describe(thrown);',
      '  String((thrown as Error).message.length);\n  try {\n    return describe(thrown);',
    ),
    core(
      'run/run-claimed-job.ts',
      'if (error instanceof LeaseLostError || error instanceof UnavailableError) throw error;',
      'throw error;',
    ),
  ],
  'numbers lose digits': core(
    'context/step.ts',
    'suspensions.parkIfTimeIsUp() ?? asWritten<T>(json)',
    'suspensions.parkIfTimeIsUp() ?? (JSON.parse(json) as T)',
  ),
  'a value that JSON cannot represent is retried': core(
    'job/json-value.ts',
    '  } catch (error) {\n    throw new PermanentError(',
    '  } catch (error) {\n    throw new RangeError(',
  ),
  'the lease is checked by a timer alone': core(
    'session/job-session.ts',
    'if (this.sinceRenewalMs() >= this.deps.leaseMs / 2) this.lose();',
    '',
  ),
  'the first sleep that was asked for counts': core(
    'context/suspensions.ts',
    'if (this.earliest === undefined || suspension.untilMs < this.earliest.untilMs)',
    'if (this.earliest === undefined)',
  ),
  'waits are identified by their order': context(
    'waitUntil(parts, { name, check, options })',
    'waitUntil(parts, { name: String(((this as { count?: number }).count = ((this as { count?: number }).count ?? 0) + 1)), check, options })',
  ),
  'a sleep within a step hangs': core(
    'context/context-input.ts',
    'if (scopeKind() !== within) return;',
    "if (what !== 'step' || scopeKind() !== within) return;",
  ),
  'a step within a step is allowed': core(
    'context/context-input.ts',
    'if (scopeKind() !== within) return;',
    "if (what === 'step' || scopeKind() !== within) return;",
  ),
  'idempotency tokens depend on the key alone': core('job/ids.ts', 'JSON.stringify([id, createdAtMs, name])', 'JSON.stringify([id, name])'),
  'child jobs depend on the key alone': core(
    'submit/child-job.ts',
    'const id = delegatedId(job, name);',
    'const id = delegatedId({ ...job, createdAtMs: 0 }, name);',
  ),
  'outcomes are replayed in any order': core(
    'context/replay-order.ts',
    'this.waiting.reduce((lowest, one) => (one.order < lowest.order ? one : lowest))',
    '(this.waiting[0] as Waiting)',
  ),
  'new outcomes overtake replayed ones': journal(
    'const received = this.replay.next(order, written);',
    'const received = order < 0 ? this.replay.next(order, written) : written();',
  ),
  'code receives outages of the store': context('if (isInside || !(error', 'if (name !== undefined || !(error'),
  'a step that is never awaited causes no warning': core(
    'run/run-code.ts',
    'if (names.length === 0) return;',
    'if (names.length >= 0) return;',
  ),
  'code continues after its end': context('if (this.isClosed && !isInside) return never();', ''),
  'invalid durations are accepted': core(
    'context/context-input.ts',
    'if (problem !== undefined) throw new PermanentError',
    'if (problem === what) throw new PermanentError',
  ),
  'a result that JSON cannot represent is accepted': core(
    'run/execute.ts',
    "json = toJson(parsed === undefined ? null : parsed, 'The result', 'invalid_result');",
    'json = JSON.stringify(parsed ?? null);',
  ),
};
