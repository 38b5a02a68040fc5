/** Mutants: the engine, broken in named ways, one at a time. The simulations that CI runs must catch each, which proves that the checker can fail. */
import type { Mutant } from './mutant-places.ts';
import { workerMutants } from './worker-mutants.ts';

const core = (file: string, find: string, replace: string): Mutant => ({ file: `lambdas/core/${file}`, find, replace });
/** The conditions of writes are mutated in the simulated store; those of the real adapter are checked by the tests of job stores. */
const store = (find: string, replace: string): Mutant => ({ file: 'testing/memory-job-store.ts', find, replace });

export const mutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  ...workerMutants,
  "a worker's writes are not fenced": store(
    "return job.status === 'running' && job.leaseToken === guard.leaseToken;",
    "return job.status === 'running';",
  ),
  'a worker writes with any valid token': core(
    'session/job-session.ts',
    "{ kind: 'lease', leaseToken: this.token }",
    "{ kind: 'lease', leaseToken: (await this.deps.store.get(this.job.id, 0))?.leaseToken ?? '' }",
  ),
  'a claim does not check the status': store(' || !claimable.has(before.status)', ''),
  'a claim does not check the start time': store(' || before.notBeforeMs > nowMs', ''),
  'a create overwrites': store("if (known !== undefined) return { kind: 'exists', job: known };", ''),
  'a heartbeat that comes late shortens the lease': store(
    'leaseEndsAtMs > patch.leaseEndsAtMs;',
    'leaseEndsAtMs > patch.leaseEndsAtMs + 9e9;',
  ),
  'a lease is taken over while it lasts': core(
    'run/claim.ts',
    'if (leaseEndsAtMs > nowMs) return',
    'if (leaseEndsAtMs > nowMs + 3_600_000) return',
  ),
  'acknowledge before the work': {
    file: 'lambdas/worker/sqs-handler.ts',
    find: 'const disposition = await handleWakeUp(worker, delivery, ports);',
    replace:
      "void handleWakeUp(worker, delivery, ports).catch(() => undefined); const disposition: { kind: string; afterSeconds?: number } = { kind: 'acknowledge' };",
  },
  'idempotency tokens are random': core(
    'job/ids.ts',
    'sha256Hex(JSON.stringify([id, createdAtMs, name]))',
    'sha256Hex(JSON.stringify([id, createdAtMs, name, Math.random()]))',
  ),
  'job ids do not depend on the owner': core('job/ids.ts', "['key', owner, source.key]", "['key', source.key]"),
  'a key gives a new id each time': core('job/ids.ts', "['key', owner, source.key]", "['key', owner, source.key, Math.random()]"),
  'the clock wakes no job': core('job/alarm.ts', 'if (job.alarm === undefined ||', "if (job.id !== '' ||"),
  'two clocks both send': core(
    'reconcile/process-due.ts',
    'if (await store.write(job, guard, decision.patch)) {\n        report.woken',
    'if ((await store.write(job, guard, decision.patch)) || true) {\n        report.woken',
  ),
  'a paused type runs on': core(
    'run/handle-wake-up.ts',
    'if ((await deps.typeStates.isPaused(contract.name)) &&',
    'if ((await deps.typeStates.isPaused("")) &&',
  ),
  'the clock forgets what was paused': core(
    'reconcile/clock-run.ts',
    "return this.controlAtStart?.types[type] === 'paused';",
    'return this.controlAtStart?.types[type] !== undefined;',
  ),
  'an alarm is set a year ahead': core(
    'job/alarm.ts',
    'Math.max(notBeforeMs, nowMs) + graceMs }',
    'Math.max(notBeforeMs, nowMs) + 86_400_000 * 365 }',
  ),
  'the backoff has no upper bound': core('job/backoff.ts', 'Math.min(capMs, baseMs * 2 ** (attempt - 1))', 'baseMs * 2 ** (attempt + 2)'),
  'retries have no limit': core('run/decide.ts', ' || job.attempt >= job.maxAttempts', ''),
  'nothing is retried': core('run/decide.ts', 'if (!error.retryable || ', 'if (job.attempt > 0 || '),
  'a permanent error is retried': core('run/decide.ts', '!error.retryable || ', ''),
  'sleeping spends an attempt': core(
    'run/decide.ts',
    "entry: { event: 'sleeping', detail: detail ?? code } };",
    "entry: { event: 'sleeping', detail: detail ?? code }, isRetry: true };",
  ),
  'a worker ignores a cancel': core(
    'session/job-session.ts',
    'if (written.cancelRequestedAtMs !== undefined)',
    'if (written.cancelRequestedAtMs === 0)',
  ),
  'cancelled jobs are not cleaned up': core(
    'job/clean-up.ts',
    'return contract.cleansUp === true &&',
    'return contract.cleansUp === undefined &&',
  ),
  'cancelled over a running worker': core('control/cancel.ts', "if (job.status === 'running' &&", "if (job.status === 'succeeded' &&"),
  'a worker counts as lost while its lease lasts': core('control/cancel.ts', '(job.leaseEndsAtMs ?? 0) <= nowMs;', 'true;'),
  'deadlines are ignored': core('run/decide.ts', 'if (nowMs >= job.deadlineMs) return', 'if (nowMs < 0) return'),
  'workers send no heartbeat': core(
    'session/job-session.ts',
    'Promise.all([this.sendHeartbeats(), this.watchLease(), this.watchForCancel()])',
    'Promise.all([this.watchLease(), this.watchForCancel()])',
  ),
  'a worker never gives up its lease': core('session/job-session.ts', 'const restMs = leaseMs / 2 -', 'const restMs = leaseMs * 100 -'),
  'a poison job never fails': core('run/decide.ts', 'if (job.crashes > maxCrashes) {', 'if (job.crashes > 1_000) {'),
  'one crash fails a job': core('run/decide.ts', 'if (job.crashes > maxCrashes) {', 'if (job.crashes > 0) {'),
  'an ended job keeps its alarm': core(
    'job/transitions.ts',
    '    alarm: undefined,\n    leaseEndsAtMs: undefined,\n    finishedAtMs',
    '    leaseEndsAtMs: undefined,\n    finishedAtMs',
  ),
  'steps are not stored': core(
    'context/run-journal.ts',
    'const order = this.journal.setReceived(journalKey(kind, name), payload);',
    'const order = 0;',
  ),
  'accepted without a record': core(
    'submit/submit-job.ts',
    'deps.store.create(job, nowMs)]',
    "deps.store.create(job, nowMs).catch(() => ({ kind: 'created' as const }))]",
  ),
  'code that ignores its signal lives on': {
    file: 'lambdas/worker/sqs-handler.ts',
    find: 'if (hasRunaway) {',
    replace: 'if (hasRunaway && false) {',
  },
  'idempotency tokens not bound to their job': core(
    'job/ids.ts',
    'sha256Hex(JSON.stringify([id, createdAtMs, name]))',
    'sha256Hex(JSON.stringify([name]))',
  ),
  'each suspension sends two messages': core(
    'run/apply.ts',
    'if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);',
    'if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);\n  if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);',
  ),
  'suspensions send no message': core(
    'run/apply.ts',
    'if (messageDelaySeconds !== undefined) await wake',
    'if (messageDelaySeconds === -1) await wake',
  ),
  'submissions send no message': core(
    'submit/submit-job.ts',
    'return delaySeconds === undefined ? [] :',
    'return delaySeconds !== -1 ? [] :',
  ),
  'messages are half a minute late': core('job/alarm.ts', 'messageDelaySeconds: delaySeconds,', 'messageDelaySeconds: delaySeconds + 30,'),
  'every reason says waiting_for_worker': {
    file: 'lambdas/api/resources/job-resource.ts',
    find: 'return { code: known.code,',
    replace: "return { code: 'waiting_for_worker',",
  },
  "a reason's `until` is a minute early": {
    file: 'lambdas/api/resources/job-resource.ts',
    find: 'until: iso(job.notBeforeMs) };',
    replace: 'until: iso(job.notBeforeMs - 60_000) };',
  },
  // The engine resets crashes in three places: a suspension, a step and a checkpoint.
  'crashes are never reset': store(
    '...patch, revision: before',
    '...patch, ...(patch.crashes === 0 ? { crashes: before.crashes } : {}), revision: before',
  ),
  'a crash spends an attempt': core(
    'run/claim.ts',
    'attemptsStarted: job.attempt,',
    'attemptsStarted: job.attempt + 1,\n      attempt: job.attempt + 1,',
  ),
  'a type accepts jobs before the clock knows it': core(
    'control/job-type-states.ts',
    'if (this.known.types[type] === undefined)',
    'if (type === "")',
  ),
  'jobs of a removed type are never ended': core(
    'reconcile/process-due.ts',
    'if (contract === undefined) return failRemoved(sweep, job);',
    'if (contract === undefined) return;',
  ),
  'a removed type is shown as paused': {
    file: 'lambdas/api/resources/job-view.ts',
    find: 'isWaiting && findContract(deps.catalogue, job.type) !== undefined;',
    replace: 'isWaiting;',
  },
  'jobs of a removed type end under their workers': core(
    'reconcile/fail-job.ts',
    'if (isEndedOrLeased(job, run.deps.runtime.nowMs())) return;',
    '',
  ),
  'an attempt that never started is counted': core('job/transitions.ts', 'attempt: Math.max(1, job.attemptsStarted),', ''),
  'a cancel wakes no worker to clean up': core('control/cancel.ts', 'mustWake: true', 'mustWake: false'),
  'the outcome is not stored before the clean-up': core(
    'run/apply.ts',
    'return session.write(() => ({ ...journal.all, pendingOutcome: outcome }));',
    'return session.job;',
  ),
  'clean-ups have no limit': core('run/decide.ts', 'if (failures >= maxCleanUpFailures)', 'if (failures >= 1_000)'),
  'ended jobs never expire': core('job/transitions.ts', '    expiresAtMs: finishedAtMs + retentionMs,\n', ''),
  'checkpoints are not stored': core('context/run-context.ts', '      this.checkpoint = json;\n', ''),
  'jobs are not suspended at safe points': core(
    'context/suspensions.ts',
    'if (!this.deps.isTimeNearlyOver() || ',
    'if (this.deps !== undefined || ',
  ),
  'a failed message of a batch is deleted': {
    file: 'lambdas/worker/sqs-handler.ts',
    find: '      return record.messageId;',
    replace: '      return undefined;',
  },
  'a changed object is not detected': core('job/payload.ts', 'if (sha256Hex(json) !== payload.sha256) {', 'if (json === undefined) {'),
  'each retry makes another job': core('submit/retry-job.ts', 'return deriveJobId(owner, {', 'return deriveJobId(owner + Math.random(), {'),
  'a retry writes the job that ended': {
    file: 'lambdas/api/routes/retry.ts',
    find: 'const submission = retrySubmission(',
    replace:
      "await deps.store.write(ended, { kind: 'revision', revision: ended.revision }, { tags: {} }); const submission = retrySubmission(",
  },
  'a retry keeps a deadline that has passed': core('submit/retry-job.ts', 'ended.deadlineMs > nowMs', 'ended.deadlineMs > 0'),
  'a job that succeeded is retried': {
    file: 'lambdas/api/routes/retry.ts',
    find: 'if (!isRetryable(job.status))',
    replace: "if (job.status === 'queued')",
  },
  'a retried job does not say so': {
    file: 'lambdas/api/resources/job-view.ts',
    find: 'retriedBy: retry?.id ?? null',
    replace: 'retriedBy: null',
  },
  'secrets are not redacted': core('session/redact.ts', 'original === null) return original;', 'original !== undefined) return original;'),
};
