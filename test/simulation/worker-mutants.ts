/** The engine as it once treated ordinary worker code, fault by fault. */
import type { Mutant } from './mutants.ts';

const core = (file: string, find: string, replace: string): Mutant => ({ file: `lambdas/core/${file}`, find, replace });
const context = (find: string, replace: string) => core('run/invocation-context.ts', find, replace);

export const workerMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'failures of steps are not remembered': context(
    '    this.journal.setReceived(key, await this.store(json));\n    // A wait',
    '    // A wait',
  ),
  "a wait's time-out is not remembered": context(
    "        throw await this.recordFailure('wait', name, failures, error);\n      }\n      this.journal.set(",
    '        throw error;\n      }\n      this.journal.set(',
  ),
  'what the code received is written some time later': context('while (this.saved < this.received || this.session', 'while (this.session'),
  'children are found by what they are given': [
    context('      this.journal.setReceived(key, inline(id));\n', ''),
    core(
      'submit/delegate.ts',
      'await submitJob(id, submission, deps);',
      "if ((await submitJob(id, submission, deps)).kind !== 'accepted') throw invalid('something else');",
    ),
    core(
      'submit/delegate.ts',
      'if (error instanceof UnavailableError || (await deps.store.get(id, deps.runtime.nowMs())) === undefined) throw error;',
      'if (id !== undefined) throw error;',
    ),
  ],
  'a failure outlives its attempt': context('steps: this.journal.forNextAttempt() }', 'steps: this.journal.all() }'),
  'a wait goes on in the next attempt': core(
    'run/journal.ts',
    '!isFailure(key) && !(isWait(key) && order === undefined)',
    '!isFailure(key)',
  ),
  'another attempt after a wait that timed out': core(
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
  'poison takes its neighbours with it': core('run/claim.ts', '(await deps.waitUntilAlone()) ?', 'leaseEndsAtMs >= 0 ?'),
  'a wait gives its value itself at first': context('(parseExactJson(look.json) as T)', '((await check()) as T)'),
  'a backoff beyond the deadline': core('run/decide.ts', 'if (nowMs + waitMs >= job.deadlineMs) return', 'if (waitMs < 0) return'),
  "a step's name is used up by its failure": core(
    'run/journal.ts',
    'failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: true',
    'failures: (this.uses.get(key)?.failures ?? 0) + 1, isFree: false',
  ),
  'a check that meets an outage fails the wait': context(
    'if (!this.isOfTheCode(readable(error)) || !describeFailure(error)',
    'if (name !== undefined || !describeFailure(error)',
  ),
  'steps under way are left behind': core('run/execute.ts', '      await context.settle();\n      return end;', '      return end;'),
  'an odd error is taken for a dead worker': [
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
  'numbers go through a double': context(
    'parked : (parseExactJson(json) as T);\n    } finally {\n      release();\n    }\n  }\n\n  private async runStep',
    'parked : (JSON.parse(json) as T);\n    } finally {\n      release();\n    }\n  }\n\n  private async runStep',
  ),
  'what JSON cannot hold is tried again': core(
    'job/json-value.ts',
    '  } catch (error) {\n    throw new PermanentError(',
    '  } catch (error) {\n    throw new RangeError(',
  ),
  'the lease is looked at by a timer alone': core(
    'run/job-session.ts',
    'if (this.sinceRenewalMs() >= this.deps.leaseMs / 2) this.lose();',
    '',
  ),
  'the first sleep that was asked for counts': context(
    'if (this.earliest === undefined || suspension.untilMs < this.earliest.untilMs)',
    'if (this.earliest === undefined)',
  ),
  'waits are known by their order': context(
    'this.waitUntil(name, check, options)',
    'this.waitUntil(String(((this as { count?: number }).count = ((this as { count?: number }).count ?? 0) + 1)), check, options)',
  ),
  'a sleep within a step hangs': core(
    'run/context-input.ts',
    'if (scopeKind() !== within) return;',
    "if (what !== 'step' || scopeKind() !== within) return;",
  ),
  'a step within a step': core(
    'run/context-input.ts',
    'if (scopeKind() !== within) return;',
    "if (what === 'step' || scopeKind() !== within) return;",
  ),
  'tokens are of a key': core('job/ids.ts', 'JSON.stringify([id, createdAtMs, name])', 'JSON.stringify([id, name])'),
  'children are of a key': core(
    'submit/delegate.ts',
    'const id = delegatedId(job, name);',
    'const id = delegatedId({ ...job, createdAtMs: 0 }, name);',
  ),
  'outcomes come in any order': core(
    'run/replay-order.ts',
    'this.waiting.reduce((lowest, one) => (one.order < lowest.order ? one : lowest))',
    '(this.waiting[0] as Waiting)',
  ),
  'what is new overtakes what is known': core(
    'run/replay-order.ts',
    'return this.next(lastOrder, async () => undefined);',
    'return Promise.resolve();',
  ),
  'code is told of outages of the store': context('if (isInside || !(error', 'if (name !== undefined || !(error'),
  'nobody is told of a step that nobody awaits': core(
    'run/execute.ts',
    'if (names.length === 0) return;',
    'if (names.length >= 0) return;',
  ),
  'code goes on after its end': context('if (this.isClosed && !isInside) return never();', ''),
  'any duration will do': core(
    'run/context-input.ts',
    'if (problem !== undefined) throw new PermanentError',
    'if (problem === what) throw new PermanentError',
  ),
  'a result that JSON cannot hold': core(
    'run/execute.ts',
    "json = toJson(parsed === undefined ? null : parsed, 'The result', 'invalid_result');",
    'json = JSON.stringify(parsed ?? null);',
  ),
};
