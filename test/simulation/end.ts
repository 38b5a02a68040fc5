/** What must be true when a history is over, told from its plan alone: how each job may have ended, and what the outside world holds. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { History } from './history.ts';
import { type JobPlan, poison } from './plan.ts';
import { checkProgram, endsOf, mayBackOffTooLong, mayTakeLong } from './program-end.ts';
import { partsOf } from './programs.ts';
import { effectName, partMs, planIndexOf, type SimulatedInput } from './work.ts';

/** Workers that died in a row before a job is given up: one more than the documented three. */
const crashesToFail = 4;
/** As documented: cleaning up is tried so often, and given up as well when so many workers in a row died, in the work or in it. */
const cleanUpTries = 10;
const crashesToGiveUp = 7;
/** A heartbeat brings a cancel; then the code stops and the end is written. */
const cancelReachesMs = 25_000;
/** Of an invocation of a minute, before its last fifteen seconds: then code is told to rest at its next safe point, and after seven of them it is stopped. */
const minuteWithoutEndMs = 45_000;
const safePointMs = 6_000;
/** Code gets some seconds to obey, and the end has to be written. */
const lastWritesMs = 15_000;

export function checkEnd(history: History): void {
  const { judge, store, accepted, queues } = history;
  for (const id of accepted.keys()) if (!store.rows.has(id)) judge.breach('I1', `${id} was accepted and does not exist`);
  checkKeys(history);
  for (const { job } of store.rows.values()) if (!history.expired.has(job)) checkJob(job, history);
  for (const { what, tag, count } of history.outside.kept)
    if ((history.outside.resources.get(tag)?.size ?? 0) < count) judge.breach('I12', `${what} succeeded, and what it made is gone`);
  for (const [type, { deadLetters }] of queues) {
    for (const { reason } of deadLetters) {
      if (reason !== 'not_a_wake_up' && reason !== 'worker_crashed') judge.breach('I12', `a dead letter of ${type} because of ${reason}`);
    }
  }
}

/** One owner and key, one job, whatever was answered and whatever was not; two owners never share one. */
function checkKeys({ judge, store, plan, accepted }: History): void {
  const ids = new Map<string, string>();
  for (const [id, { owner, key }] of accepted) {
    if (store.rows.get(id)?.job.owner !== owner) judge.breach('I11', `${id} was answered to ${owner} and is not theirs`);
    if (key === null) continue;
    const other = ids.get(`${owner} ${key}`);
    if (other !== undefined && other !== id) judge.breach('I5', `${owner}'s key ${key} made ${other} and ${id}`);
    ids.set(`${owner} ${key}`, id);
  }
  const keys = new Set(plan.jobs.filter(({ key }) => key !== null).map(({ owner, key }) => `${owner} ${key}`)).size;
  const withoutKey = plan.jobs.filter(({ key }) => key === null).length;
  const delegated = plan.jobs.reduce((sum, job) => sum + delegationsOf(job), 0);
  const most = keys + withoutKey + delegated;
  if (store.rows.size > most) judge.breach('I5', `${store.rows.size} jobs were made of at most ${most} submissions`);
}

export function checkJob(job: Job, history: History): void {
  const { judge, outside, plan, store } = history;
  const input = JSON.parse(history.payloadText(job.input)) as SimulatedInput;
  const isChild = input.padding.startsWith('child');
  const jobPlan = plan.jobs[planIndexOf(input)] as JobPlan;
  const { operations, program } = input;
  checkOutcome(job, isChild ? { ...jobPlan, operations, program, maxAttempts: 3, isDeaf: false, delaySeconds: 0 } : jobPlan, history);

  const effects = outside.effects.get(job.id);
  for (const [name, tokens] of effects ?? []) {
    if (tokens.size > 1) judge.breach('I2', `effect ${name} of ${job.id} happened under ${tokens.size} tokens`);
  }
  const resources = outside.resourcesOf(job.id);
  if (job.status !== 'succeeded') {
    checkCleanUp(job, resources, history);
    return;
  }
  if (program !== null) {
    checkProgram(job, history);
    return;
  }
  const result = JSON.parse(job.result === undefined ? '{"receipts":[]}' : history.payloadText(job.result)) as { receipts: string[] };
  for (const [index, { does }] of operations.entries()) {
    if (does === 'effect' && effects?.get(effectName(index)) === undefined)
      judge.breach('I2', `${job.id} succeeded without its effect ${effectName(index)}`);
  }
  const made = operations.filter(({ does }) => does === 'create').length;
  if (resources !== made) judge.breach('I2', `${job.id} succeeded and made ${resources} of ${made}`);
  const delegated = result.receipts.filter((receipt) => receipt.startsWith('job_'));
  if (delegated.length !== operations.filter(({ does }) => does === 'delegate').length)
    judge.breach('I2', `${job.id} delegated ${delegated.length} jobs`);
  for (const id of delegated) if (!store.rows.has(id)) judge.breach('I1', `${id} was delegated and does not exist`);
}

/** Nothing that the job made is left, or its timeline says that it was given up, which has its reasons. */
function checkCleanUp(job: Job, resources: number, { judge, outside }: History): void {
  const { tries, refusals } = outside.cleanUps.get(job.id) ?? { tries: 0, refusals: 0 };
  const disturbances = disturbancesOf(job, judge);
  if (tries > cleanUpTries + disturbances) judge.breach('I12', `cleaning up after ${job.id} was tried ${tries} times`);
  if (resources === 0) return;
  // Nobody is left who could; the job says so.
  if (job.error?.code === 'type_removed' && job.error.details?.['cleanUp'] !== undefined) return;
  const story = job.timeline.find(({ event }) => event === 'cleaned_up')?.detail ?? '';
  const wasGivenUp =
    (story.startsWith(`cleaning up failed ${cleanUpTries} times`) && refusals + disturbances >= cleanUpTries) ||
    (story.startsWith('cleaning up was given up') && (judge.mostTakeovers.get(job.id) ?? 0) >= crashesToGiveUp);
  if (!wasGivenUp) judge.breach('I12', `${job.id} is ${job.status} and ${resources} things that it made are left, after ${tries} tries`);
}

/** Workers that had the job and to which something happened. */
function disturbancesOf(job: Job, judge: History['judge']): number {
  return (judge.holders.get(job.id) ?? []).filter(({ isDisturbed }) => isDisturbed).length;
}

/** Beside these a neighbour may have ended its worker once: after that it runs alone. */
function ownDisturbancesOf(job: Job, { isDeaf }: JobPlan, judge: History['judge']): number {
  const own = (judge.holders.get(job.id) ?? []).filter(
    ({ isDisturbed, killedBy }) => isDisturbed && (killedBy === undefined || killedBy === job.id || (killedBy === 'a runaway' && isDeaf)),
  );
  return own.length + 1;
}

function checkOutcome(job: Job, plan: JobPlan, history: History): void {
  const { judge, outside } = history;
  const code = job.error?.code;
  const disturbances = disturbancesOf(job, judge);
  const endedAtMs = judge.endedAtMs.get(job.id) ?? 0;
  const { skewMs } = history.plan.faults;
  const ends = plan.program === null ? [expectedEnd(plan)] : endsOf(job, history);
  const expected = ends.join(' or ');
  const isSlow = history.plan.faults.slowCallMs > 200 || disturbances > 0;
  const mayBe =
    // An attempt that was lost to draining is one that the plan's failures do not come to.
    (job.status === 'succeeded' && (ends.includes('succeeded') || drainsWhileDelegating(plan, history))) ||
    (job.status === 'cancelled' && history.cancelled.has(job.id)) ||
    (job.status === 'failed' && code !== undefined && ends.includes(code)) ||
    (code === 'planned' && plan.program === null && mayBackOffTooLong(job, history)) ||
    // Told to be too late only when it was.
    (code === 'deadline_exceeded' && endedAtMs >= job.deadlineMs - 2 * skewMs && mayMissDeadline(plan)) ||
    (code === 'worker_crashed' &&
      ownDisturbancesOf(job, plan, judge) >= crashesToFail &&
      (judge.mostTakeovers.get(job.id) ?? 0) >= crashesToFail) ||
    (code === 'type_removed' && wasRemovedBefore(endedAtMs, job.type, history)) ||
    (code === 'invalid_delegation' && delegates(plan) && wasRemovedBefore(endedAtMs, 'plain-work', history)) ||
    (code === 'job_type_draining' && drainsWhileDelegating(plan, history)) ||
    (code === 'attempt_timed_out' && (isSlow || mayRunOutOfTime(plan))) ||
    (code === 'payload_missing' && hasDamaged(job, history, (read) => read === undefined)) ||
    (code === 'payload_changed' && hasDamaged(job, history, (read) => read !== undefined)) ||
    (code === 'version_mismatch' && history.plan.faults.deployRaisesVersion && history.plan.faults.deployAfterMs !== null);
  if (!mayBe) judge.breach('I6', `${job.id} ended as ${job.status} ${code ?? ''}, expected was ${expected} (${disturbances} disturbances)`);
  // By the time that its worker wrote: the write itself may arrive minutes later, and a machine may stand still between the work and its last writes.
  const lateMs = (job.finishedAtMs ?? 0) - job.deadlineMs;
  const isPrompt = judge.holders.get(job.id)?.at(-1)?.isDisturbed !== true;
  if (job.status === 'succeeded' && isPrompt && lateMs > 2 * skewMs + lastWritesMs) {
    judge.breach('I6', `${job.id} succeeded ${lateMs} ms after its deadline`);
  }
  const { cancelRequestedAtMs } = job;
  const isFair = !isSlow && skewMs === 0 && !plan.isDeaf && !outside.cleanUps.has(job.id) && code !== 'type_removed';
  if (isFair && cancelRequestedAtMs !== undefined && job.status !== 'cancelled' && endedAtMs > cancelRequestedAtMs + cancelReachesMs) {
    judge.breach('I6', `${job.id} went on for ${endedAtMs - cancelRequestedAtMs} ms after its cancel, and ended as ${job.status}`);
  }
  const failures = outside.failures.get(job.id) ?? 0;
  if (job.attempt > failures + 1) judge.breach('I7', `${job.id} is at attempt ${job.attempt} after ${failures} failures of its own`);
  const begun = judge.begun.get(job.id) ?? 1;
  if (job.attempt > begun) judge.breach('I7', `${job.id} ended at attempt ${job.attempt}, and ${begun} were begun`);
  const startedAtMs = job.timeline.find(({ event }) => event === 'started')?.atMs ?? Number.POSITIVE_INFINITY;
  if (startedAtMs < (history.askedAtMs.get(plan) ?? 0) + plan.delaySeconds * 1000 - 2 * skewMs)
    judge.breach('I9', `${job.id} started before its delay was over`);
}

/** @param isSo tells of what is read of an object */
function hasDamaged({ id }: Job, { damages }: History, isSo: (read: string | undefined) => boolean): boolean {
  return damages.some(({ key, read }) => key.includes(id) && isSo(read));
}

function drainsWhileDelegating(job: JobPlan, { plan }: History): boolean {
  return plan.faults.switched?.state === 'draining' && delegates(job);
}

function delegates(job: JobPlan): boolean {
  return delegationsOf(job) > 0;
}

function delegationsOf({ operations, program }: JobPlan): number {
  const parts: readonly { readonly does: string }[] = program === null ? operations : [...partsOf(program.body)];
  return parts.filter(({ does }) => does === 'delegate').length;
}

function wasRemovedBefore(atMs: number, type: string, { removed }: History): boolean {
  return removed?.type === type && removed.atMs <= atMs;
}

/** Whether it may be past its last safe point when the time of its invocation is nearly over: only steps and the like are safe points. */
function mayRunOutOfTime({ operations, program }: JobPlan): boolean {
  if (program !== null) return mayTakeLong(program);
  let totalMs = 0;
  let unsafeMs = 0;
  let longestUnsafeMs = 0;
  for (const operation of operations) {
    const workMs = operation.does === 'work' ? operation.seconds * 1000 : 0;
    totalMs += operation.does === 'long' ? operation.parts * partMs : workMs;
    unsafeMs = operation.does === 'work' ? unsafeMs + workMs : 0;
    longestUnsafeMs = Math.max(longestUnsafeMs, unsafeMs);
  }
  return totalMs > minuteWithoutEndMs && longestUnsafeMs > safePointMs;
}

/** Whether so much was planned that the usual hour may be too short. */
function mayMissDeadline({ operations, deadlineSeconds }: JobPlan): boolean {
  const restSeconds = operations.reduce((sum, operation) => sum + (operation.does === 'sleep' ? operation.seconds : 0), 0);
  return deadlineSeconds !== null || restSeconds > 1_200 || operations.some(({ does }) => does === 'hang');
}

/** How the job ends when nothing is in its way. */
function expectedEnd({ operations, maxAttempts }: JobPlan): string {
  let code = 'succeeded';
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const stop = operations.find(
      (operation) =>
        operation.does === 'hang' ||
        (operation.does === 'die' && operation.times === poison) ||
        (operation.does === 'fail' && operation.times >= attempt),
    );
    if (stop === undefined) return 'succeeded';
    if (stop.does === 'die') return 'worker_crashed';
    code = stop.does === 'hang' ? 'attempt_timed_out' : 'planned';
    if (stop.does === 'fail' && stop.how === 'permanent') return code;
  }
  return code;
}
