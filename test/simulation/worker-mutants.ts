/** Mutants that restore former faults in how the engine treated ordinary worker code. */
import { change, type Mutant } from './mutant-places.ts';

export const workerMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'failures of steps are not stored': change('await this.receiveUnsaved(failureKey(kind, name, failures + 1), payload);', ''),
  "a wait's time-out is not stored": change(
    'throw await journal.recordFailure(call, error);\n  }\n  journal.storeTime(call, sinceMs);\n  const untilMs',
    'throw error;\n  }\n  journal.storeTime(call, sinceMs);\n  const untilMs',
  ),
  'what the code received is written later': change('while (this.savedCount < this.receivedCount || session', 'while (session'),
  'child jobs are found by their input': [
    change('await journal.receive(call, JSON.stringify(id));', ''),
    change(
      "    case 'accepted':\n    case 'id-taken': // where the name was used for something else, it refers to that job\n      return;",
      "    case 'id-taken':\n      throw invalid('something else');\n    case 'accepted':\n      return;",
    ),
    change(
      'if (error instanceof UnavailableError || (await deps.store.get(id, deps.runtime.nowMs())) === undefined) throw error;',
      'if (id !== undefined) throw error;',
    ),
  ],
  'a failure outlives its attempt': change('journal: this.journal.forNextAttempt() }', 'journal: this.journal.all() }'),
  'a wait continues in the next attempt': change('!isFailure(key) && !(isWait(key) && order === undefined)', '!isFailure(key)'),
  'a wait that timed out is retried': change(
    "code = 'wait_timed_out';\n  readonly retryable = false;",
    "code = 'wait_timed_out';\n  readonly retryable = true;",
  ),
  'inputs are parsed twice': change(
    'contract, input, canonicalBody: canonicalJson(body)',
    'contract, input: parsedInput.data, canonicalBody: canonicalJson(body)',
  ),
  'logging may throw': change(
    'redactor.value(loggable(more))',
    'redactor.value(more === undefined ? more : JSON.parse(JSON.stringify(more)))',
  ),
  'promises of the context may be unhandled': change('    result.catch(() => undefined);\n', ''),
  'a poison job ends its neighbours': change('(await waitUntilAlone()) ?', 'leaseEndsAtMs >= 0 ?'),
  'a wait first returns a value that was never stored': change('asWritten<T>(result.json)', '((await request.check()) as T)'),
  'a backoff may end after the deadline': change('if (nowMs + waitMs >= job.deadlineMs) return', 'if (waitMs < 0) return'),
  'a failed step keeps its name': change(
    'failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: true',
    'failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: false',
  ),
  'a check that meets an outage fails the wait': change(
    'if (!journal.isCodeFailure(readable(error)) || !describeFailure(error)',
    'if (name !== undefined || !describeFailure(error)',
  ),
  'running steps are not awaited': change('      await context.settle();\n      return end;', '      return end;'),
  'an unusual error counts as a dead worker': [
    change('  try {\n    return describe(thrown);', '  String((thrown as Error).message.length);\n  try {\n    return describe(thrown);'),
    change('if (error instanceof LeaseLostError || error instanceof UnavailableError) throw error;', 'throw error;'),
  ],
  'numbers lose digits': change(
    'suspensions.parkIfTimeIsUp() ?? asWritten<T>(json)',
    'suspensions.parkIfTimeIsUp() ?? (JSON.parse(json) as T)',
  ),
  'a value that JSON cannot represent is retried': change(
    '  } catch (error) {\n    throw new PermanentError(',
    '  } catch (error) {\n    throw new RangeError(',
  ),
  'the lease is checked by a timer alone': change('if (this.sinceRenewalMs() >= this.deps.leaseMs / 2) this.markLost();', ''),
  'the first sleep that was asked for counts': change(
    'if (this.earliest === undefined || suspension.untilMs < this.earliest.untilMs)',
    'if (this.earliest === undefined)',
  ),
  'waits are identified by their order': change(
    'waitUntil(parts, { name, check, options })',
    'waitUntil(parts, { name: String(((this as { count?: number }).count = ((this as { count?: number }).count ?? 0) + 1)), check, options })',
  ),
  'a sleep within a step hangs': change('if (scopeKind() !== within) return;', "if (what !== 'step' || scopeKind() !== within) return;"),
  'a step within a step is allowed': change(
    'if (scopeKind() !== within) return;',
    "if (what === 'step' || scopeKind() !== within) return;",
  ),
  'idempotency tokens depend on the key alone': change('JSON.stringify([id, createdAtMs, name])', 'JSON.stringify([id, name])'),
  'child jobs depend on the key alone': change(
    'const id = delegatedId(job, name);',
    'const id = delegatedId({ ...job, createdAtMs: 0 }, name);',
  ),
  'outcomes are replayed in any order': change(
    'this.waiting.reduce((lowest, one) => (one.order < lowest.order ? one : lowest))',
    '(this.waiting[0] as Waiting)',
  ),
  'new outcomes overtake replayed ones': change(
    'const received = this.replay.next(order, written);',
    'const received = order < 0 ? this.replay.next(order, written) : written();',
  ),
  'code receives outages of the store': change('if (isInside || !(error', 'if (name !== undefined || !(error'),
  'a step that is never awaited causes no warning': change('if (names.length === 0) return;', 'if (names.length >= 0) return;'),
  'code continues after its end': change('if (this.isClosed && !isInside) return never();', ''),
  'invalid durations are accepted': change(
    'if (problem !== undefined) throw new PermanentError',
    'if (problem === what) throw new PermanentError',
  ),
  'a result that JSON cannot represent is accepted': change(
    "json = toJson(parsed === undefined ? null : parsed, 'The result', 'invalid_result');",
    'json = JSON.stringify(parsed ?? null);',
  ),
};
