/** Mutants: the engine, broken in named ways, one at a time. The simulations that CI runs must catch each, which proves that the checker can fail. */
import { eventMutants } from './event-mutants.ts';
import { familyMutants } from './family-mutants.ts';
import { followerMutants } from './follower-mutants.ts';
import { groupMutants } from './group-mutants.ts';
import { keyMutants } from './key-mutants.ts';
import { change, type Mutant } from './mutant-places.ts';
import { signalMutants } from './signal-mutants.ts';
import { uniqueMutants } from './unique-mutants.ts';
import { webhookMutants } from './webhook-mutants.ts';
import { workerMutants } from './worker-mutants.ts';

export const mutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  ...workerMutants,
  ...signalMutants,
  ...keyMutants,
  ...familyMutants,
  ...followerMutants,
  ...groupMutants,
  ...uniqueMutants,
  ...eventMutants,
  ...webhookMutants,
  "a worker's writes are not fenced": change(
    "return job.status === 'running' && job.leaseToken === guard.leaseToken;",
    "return job.status === 'running';",
  ),
  'a worker writes with any valid token': change(
    "{ kind: 'lease', leaseToken: this.token,",
    "{ kind: 'lease', leaseToken: (await this.deps.store.get(this.job.id, 0))?.leaseToken ?? '',",
  ),
  'a claim does not check the status': change(' || !claimable.has(before.status)', ''),
  'a claim does not check the start time': change(' || before.notBeforeMs > nowMs', ''),
  'a create overwrites': change("if (known !== undefined) return { kind: 'exists', job: known };", ''),
  'a heartbeat that comes late shortens the lease': change(
    'leaseEndsAtMs > patch.leaseEndsAtMs;',
    'leaseEndsAtMs > patch.leaseEndsAtMs + 9e9;',
  ),
  'a lease is taken over while it lasts': change('if (leaseEndsAtMs > nowMs) return', 'if (leaseEndsAtMs > nowMs + 3_600_000) return'),
  'acknowledge before the work': change(
    'const disposition = await handleWakeUp(worker, delivery, ports);',
    "void handleWakeUp(worker, delivery, ports).catch(() => undefined); const disposition: { kind: string; afterSeconds?: number } = { kind: 'acknowledge' };",
  ),
  'idempotency tokens are random': change(
    'sha256Hex(JSON.stringify([id, createdAtMs, name]))',
    'sha256Hex(JSON.stringify([id, createdAtMs, name, Math.random()]))',
  ),
  'job ids do not depend on the owner': change("['key', owner, source.key]", "['key', source.key]"),
  'a key gives a new id each time': change("['key', owner, source.key]", "['key', owner, source.key, Math.random()]"),
  'the clock wakes no job': change('if (job.alarm === undefined ||', "if (job.id !== '' ||"),
  'two clocks both send': change(
    'if (await store.write(job, guard, decision.patch)) {\n        report.woken',
    'if ((await store.write(job, guard, decision.patch)) || true) {\n        report.woken',
  ),
  'a paused type runs on': change('if ((await deps.typeStates.isPaused(contract.name)) &&', 'if ((await deps.typeStates.isPaused("")) &&'),
  'the clock forgets what was paused': change(
    "return this.controlAtStart?.types[type] === 'paused';",
    'return this.controlAtStart?.types[type] !== undefined;',
  ),
  'the clock searches the fewest partitions': change(
    'mostPartitions : partitionsToRead(this.controlAtStart.partitions);',
    'mostPartitions : 8;',
  ),
  'more partitions are written before the clock reads them': change(
    'nowMs >= announced.fromMs ? announced.count : announced.before;',
    'mostPartitions;',
  ),
  'the number of partitions shrinks with the setting': change(
    'if (wanted <= partitionsToRead(announced)) return announced;',
    'if (wanted === partitionsToRead(announced)) return announced;',
  ),
  'an alarm is set a year ahead': change('Math.max(notBeforeMs, nowMs) + graceMs }', 'Math.max(notBeforeMs, nowMs) + 86_400_000 * 365 }'),
  'the backoff has no upper bound': change('Math.min(capMs, baseMs * 2 ** (attempt - 1))', 'baseMs * 2 ** (attempt + 2)'),
  'retries have no limit': change(' || job.attempt >= job.maxAttempts', ''),
  'nothing is retried': change('if (!error.retryable || ', 'if (job.attempt > 0 || '),
  'a permanent error is retried': change('!error.retryable || ', ''),
  'sleeping spends an attempt': change(
    "entry: { event: 'sleeping', detail: detail ?? code } };",
    "entry: { event: 'sleeping', detail: detail ?? code }, isRetry: true };",
  ),
  'a worker ignores a cancel': change('if (written.cancelRequestedAtMs !== undefined)', 'if (written.cancelRequestedAtMs === 0)'),
  'cancelled jobs are not cleaned up': change('return contract.cleansUp === true &&', 'return contract.cleansUp === undefined &&'),
  'cancelled over a running worker': change(
    "if (job.status === 'running' && (!isLeaseOver",
    "if (job.status === 'succeeded' && (!isLeaseOver",
  ),
  'a worker counts as lost while its lease lasts': change('(job.leaseEndsAtMs ?? 0) <= nowMs;', 'true;'),
  'deadlines are ignored': change('if (nowMs >= job.deadlineMs) return', 'if (nowMs < 0) return'),
  'workers send no heartbeat': change('Promise.all([this.sendHeartbeats(everyMs), this.watchLease()])', 'this.watchLease()'),
  'a worker never gives up its lease': change('const restMs = leaseMs / 2 -', 'const restMs = leaseMs * 100 -'),
  'a poison job never fails': change('if (job.crashes > maxCrashes) {', 'if (job.crashes > 1_000) {'),
  'one crash fails a job': change('if (job.crashes > maxCrashes) {', 'if (job.crashes > 0) {'),
  'an ended job keeps its alarm': change(': { alarm: undefined }),', ': {}),'),
  'steps are not stored': change(
    'const order = this.journal.setReceived(journalKey(kind, name), payload);\n      received',
    'const order = 0;\n      received',
  ),
  'accepted without a record': change(
    'result: deps.store.create(job, nowMs) }',
    "result: deps.store.create(job, nowMs).catch(() => ({ kind: 'created' as const })) }",
  ),
  'code that ignores its signal lives on': change('if (hasRunaway) {', 'if (hasRunaway && false) {'),
  'idempotency tokens not bound to their job': change(
    'sha256Hex(JSON.stringify([id, createdAtMs, name]))',
    'sha256Hex(JSON.stringify([name]))',
  ),
  'each suspension sends two messages': change(
    'if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);',
    'if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);\n  if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);',
  ),
  'suspensions send no message': change('if (messageDelaySeconds !== undefined) await wake', 'if (messageDelaySeconds === -1) await wake'),
  'submissions send no message': change('if (delaySeconds !== undefined) wakeUps.push', 'if (delaySeconds === -1) wakeUps.push'),
  'messages are half a minute late': change('messageDelaySeconds: delaySeconds,', 'messageDelaySeconds: delaySeconds + 30,'),
  'every reason says waiting_for_worker': change('return { code: known.code,', "return { code: 'waiting_for_worker',"),
  "a reason's `until` is a minute early": change('until: iso(job.notBeforeMs) };', 'until: iso(job.notBeforeMs - 60_000) };'),
  // The engine resets crashes in three places: a suspension, a step and a checkpoint.
  'crashes are never reset': change(
    '...patch, revision: before',
    '...patch, ...(patch.crashes === 0 ? { crashes: before.crashes } : {}), revision: before',
  ),
  'a crash spends an attempt': change(
    'attemptsStarted: job.attempt,',
    'attemptsStarted: job.attempt + 1,\n      attempt: job.attempt + 1,',
  ),
  'a type accepts jobs before the clock knows it': change('if (this.known.types[type] === undefined)', 'if (type === "")'),
  'jobs of a removed type are never ended': change(
    'if (contract === undefined) return failRemoved(sweep, job);',
    'if (contract === undefined) return;',
  ),
  'a removed type is shown as paused': change('isWaiting && contractOf(job, deps) !== undefined;', 'isWaiting;'),
  'jobs of a removed type end under their workers': change('if (isEndedOrLeased(job, run.deps.runtime.nowMs())) return;', ''),
  'an attempt that never started is counted': change('attempt: Math.max(1, job.attemptsStarted),', ''),
  'a cancel wakes no worker to clean up': change('mustWake: true', 'mustWake: false'),
  'the outcome is not stored before the clean-up': change(
    'return session.write(() => ({ ...journal.all, pendingOutcome: outcome }));',
    'return session.job;',
  ),
  'clean-ups have no limit': change('if (failures >= maxCleanUpFailures)', 'if (failures >= 1_000)'),
  'ended jobs never expire': change('    expiresAtMs: finishedAtMs + retentionMs,\n', ''),
  'checkpoints are not stored': change('      this.checkpoint = json;\n', ''),
  'jobs are not suspended at safe points': change('if (!this.deps.isTimeNearlyOver() || ', 'if (this.deps !== undefined || '),
  'a failed message of a batch is deleted': change('      return record.messageId;', '      return undefined;'),
  'a changed object is not detected': change('if (sha256Hex(json) !== payload.sha256) {', 'if (json === undefined) {'),
  'each retry makes another job': change(
    "deriveJobId(job.owner, { kind: 'retry'",
    "deriveJobId(job.owner + Math.random(), { kind: 'retry'",
  ),
  'a retry writes the job that ended': change(
    'const submission = retrySubmission(',
    "await deps.store.write(ended, { kind: 'revision', revision: ended.revision }, { tags: {} }); const submission = retrySubmission(",
  ),
  'a retry keeps a deadline that has passed': change('ended.deadlineMs > nowMs', 'ended.deadlineMs > 0'),
  'a job that succeeded is retried': change('if (!isRetryable(job.status))', "if (job.status === 'queued')"),
  'a redrive counts what others retried': change(
    "return retry.actedBy === actedBy ? { kind: 'retried' }",
    "return retry.actedBy !== '' ? { kind: 'retried' }",
  ),
  'a redrive forgets what it was doing': change('batch: batch.map(({ job }) => job.id),', 'batch: [],'),
  'a cancel by filter counts what it did not request': change('if (isOwn(cancelled.job)) return', 'if (cancelled.job) return'),
  'a retried job does not say so': change('retriedBy: retry?.id ?? null', 'retriedBy: null'),
  'each run that carries out a firing makes another job': change(
    'const jobId = firingJobId(schedule, atMs);',
    'const jobId = firingJobId({ ...schedule, creation: context.deps.runtime.newToken() }, atMs);',
  ),
  'the next time is written before the job': change('{ ...schedule, decision }', '{ ...schedule, nextAtMs: context.timetable.next(atMs) }'),
  'every missed time is made up for': change('if (!isMissed(nextAtMs)) return', 'if (nextAtMs > 0) return'),
  'the job of the last firing is not looked at': change(
    "if (overlap === 'skip' && lastJobId !== undefined) {",
    "if (overlap === 'allow' && lastJobId !== undefined) {",
  ),
  'a schedule is written over another revision': change(
    'current.revision === revision && current.creation === creation',
    'current.creation === creation',
  ),
  'secrets are not redacted': change('original === null) return original;', 'original !== undefined) return original;'),
};
