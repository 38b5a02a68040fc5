/** The final state: how each job may have ended, and which resources must exist, derived from the plan alone. */
import type { Job } from '../../lambdas/core/job/job.ts';
import type { BulkResult } from '../../lambdas/jobs/bulk-action/contract.ts';
import type { DeliveryInput } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import { allowCancels, checkGroups, readGroups } from './check-groups.ts';
import { isEnded } from './checker.ts';
import { childCount } from './families.ts';
import { type JobPlan, poison } from './plan.ts';
import { checkProgram, mayBackOffTooLong, mayTakeLong, possibleEnds } from './program-outcome.ts';
import { partsOf } from './programs.ts';
import { signalSeconds } from './signals.ts';
import type { Simulation } from './simulation.ts';
import { effectName, partMs, planIndexOf, type SimulatedInput } from './workload.ts';

/** Workers in a row that die before a job fails: one more than the documented three. */
const crashesToFail = 4;
const bulkType = 'bulk-action';
const deliveryType = 'deliver-webhook';
const groupType = 'group';
const isInternal = ({ type }: Job) => type === bulkType || type === deliveryType || type === groupType;
/** As documented: the tries of a clean-up, and the workers in a row that may die in the work or the clean-up before it is abandoned. */
const cleanUpTries = 10;
const crashesToGiveUp = 7;
/** A heartbeat reports a cancel; then the code stops, and the end is written. */
const cancelReachesMs = 25_000;
/** Part of an invocation of a minute before its last 15 seconds, in which code is suspended at its next safe point, and stopped after 7 of them. */
const minuteWithoutEndMs = 45_000;
const safePointMs = 6_000;
/** Code has some seconds to stop, and the end has to be written. */
const lastWritesMs = 15_000;

export async function checkFinalState(simulation: Simulation): Promise<void> {
  const groups = await readGroups(simulation);
  allowCancels(groups, simulation);
  checkGroups(groups, simulation);
  const { checker, store, accepted, queues, plan, events } = simulation;
  for (const { job } of store.rows.values())
    if (job.isUnannounced === true) checker.violated('I19', `the end of ${job.id} was never announced`);
    else if (plan.hasEvents === true && isEnded(job.status)) events.announced(job);
  for (const id of accepted.keys()) if (!store.rows.has(id)) checker.violated('I1', `${id} was accepted and does not exist`);
  for (const [id, by] of checker.retries) checkRetry(id, by, simulation);
  checkKeys(simulation);
  for (const { job } of store.rows.values()) if (!simulation.expired.has(job) && !isInternal(job)) checkJob(job, simulation);
  for (const { job } of store.rows.values()) if (job.type === bulkType) checkBulk(job, simulation);
  checkWebhooks(simulation);
  for (const { what, tag, count } of simulation.external.keptResources)
    if ((simulation.external.resources.get(tag)?.size ?? 0) < count)
      checker.violated('I12', `${what} succeeded, and its resources are gone`);
  for (const [type, { deadLetters }] of queues) {
    for (const { reason } of deadLetters) {
      if (reason !== 'not_a_wake_up' && reason !== 'worker_crashed')
        checker.violated('I12', `a dead letter of ${type} because of ${reason}`);
    }
  }
}

function checkWebhooks({ store, receivers }: Simulation): void {
  const jobs = [...store.rows.values()].map(({ job }) => job);
  const deliveries = Map.groupBy(
    jobs
      .filter(({ type }) => type === deliveryType)
      .map((delivery) => ({
        delivery,
        input: JSON.parse(delivery.input.kind === 'inline' ? delivery.input.json : '{}') as DeliveryInput,
      })),
    ({ input }) => input.job,
  );
  for (const job of jobs) if (job.webhookUrl !== undefined) receivers.checkJob(job, deliveries.get(job.id) ?? []);
}

/** The retry exists, and repeats what its owner's job was to do; the ended job is one that may be retried. */
function checkRetry(id: string, by: string, { checker, store }: Simulation): void {
  const [ended, retry] = [store.rows.get(id)?.job, store.rows.get(by)?.job];
  if (retry === undefined) checker.violated('I1', `${by} was accepted as the retry of ${id} and does not exist`);
  if (retry === undefined || ended === undefined) return;
  if (ended.status !== 'failed' && ended.status !== 'cancelled') checker.violated('I15', `${id} is ${ended.status} and was retried`);
  if (retry.owner !== ended.owner || retry.type !== ended.type)
    checker.violated('I15', `${by} is not the same work as ${id}, which it retries`);
}

/** A redrive or a cancel by filter ends, counts each job once, and counts what it did and nothing else. */
function checkBulk(job: Job, simulation: Simulation): void {
  const { checker, store, bulkJobs } = simulation;
  if (!bulkJobs.has(job.id) && bulkJobs.size > 0) checker.violated('I17', `${job.id} is a second job of one request`);
  if (job.status === 'failed' && job.error?.code === 'worker_crashed' && (checker.maxTakeovers.get(job.id) ?? 0) >= crashesToFail) return;
  if (job.status !== 'succeeded') {
    checker.violated('I17', `${job.id} acts on many jobs and ended as ${job.status}: ${job.error?.code}: ${job.error?.message}`);
    return;
  }
  const result = JSON.parse(job.result === undefined ? '{}' : simulation.payloadText(job.result)) as BulkResult;
  const records = [...store.rows.values()].map((row) => row.job);
  const done = {
    retried: records.filter(({ actedBy }) => actedBy === job.id).length,
    cancelled: records.filter(({ cancelRequest }) => cancelRequest?.actedBy === job.id).length,
  };
  const counted = { retried: result.retried, cancelled: result.cancelled + result.cancelRequested };
  if (JSON.stringify(counted) !== JSON.stringify(done))
    checker.violated('I17', `${job.id} did ${JSON.stringify(done)} and counted ${JSON.stringify(result)}`);
  const sum = counted.retried + counted.cancelled + result.failed + Object.values(result.skipped).reduce((all, one) => all + one, 0);
  if (sum !== result.matched) checker.violated('I17', `${job.id} matched ${result.matched} jobs and has outcomes of ${sum}`);
}

/** One owner and key make one job, with or without an answer; two owners never share a job. */
function checkKeys({ checker, store, plan, accepted }: Simulation): void {
  const ids = new Map<string, string>();
  for (const [id, { owner, key }] of accepted) {
    if (store.rows.get(id)?.job.owner !== owner) checker.violated('I11', `${id} was answered to ${owner}, who is not its owner`);
    if (key === null) continue;
    const other = ids.get(`${owner} ${key}`);
    if (other !== undefined && other !== id) checker.violated('I5', `${owner}'s key ${key} made ${other} and ${id}`);
    ids.set(`${owner} ${key}`, id);
  }
  const keys = new Set(plan.jobs.filter(({ key }) => key !== null).map(({ owner, key }) => `${owner} ${key}`)).size;
  const withoutKey = plan.jobs.filter(({ key }) => key === null).length;
  // Each of them may have been retried, which delegates again; that each was retried once is checked with its retry.
  const records = [...store.rows.values()].map(({ job }) => job).filter((job) => !isInternal(job));
  const retries = records.filter(({ retryOf }) => retryOf !== undefined);
  const delegated = plan.jobs.reduce((sum, job) => sum + delegationsOf(job), 0) * (1 + retries.length);
  const maxJobs = keys + withoutKey + delegated;
  const submitted = records.filter(({ firedBy, retryOf }) => firedBy === undefined && retryOf === undefined).length;
  if (submitted > maxJobs) checker.violated('I5', `${submitted} jobs exist, from at most ${maxJobs} submissions`);
}

export function checkJob(job: Job, simulation: Simulation): void {
  const { checker, external, store } = simulation;
  const input = JSON.parse(simulation.payloadText(job.input)) as SimulatedInput;
  const isChild = input.padding.startsWith('child');
  const jobPlan = simulation.jobPlan(planIndexOf(input));
  const { operations, program } = input;
  checkOutcome(
    job,
    isChild
      ? { ...jobPlan, operations, program, maxAttempts: 3, ignoresSignal: false, delaySeconds: 0 }
      : job.retryOf === undefined
        ? jobPlan
        : { ...jobPlan, delaySeconds: 0 },
    simulation,
  );

  const effects = external.effects.get(job.id);
  for (const [name, tokens] of effects ?? []) {
    if (tokens.size > 1) checker.violated('I2', `effect ${name} of ${job.id} happened under ${tokens.size} tokens`);
  }
  const resources = external.resourcesOf(job.id);
  if (job.status !== 'succeeded') {
    checkCleanUp(job, resources, simulation);
    return;
  }
  if (program !== null) {
    checkProgram(job, simulation);
    return;
  }
  const result = JSON.parse(job.result === undefined ? '{"receipts":[]}' : simulation.payloadText(job.result)) as { receipts: string[] };
  for (const [index, { does }] of operations.entries()) {
    if (does === 'effect' && effects?.get(effectName(index)) === undefined)
      checker.violated('I2', `${job.id} succeeded without its effect ${effectName(index)}`);
  }
  const made = operations.filter(({ does }) => does === 'create').length;
  if (resources !== made) checker.violated('I2', `${job.id} succeeded and created ${resources} of ${made}`);
  const delegated = result.receipts.filter((receipt) => receipt.startsWith('job_'));
  if (delegated.length !== operations.filter(({ does }) => does === 'delegate').length)
    checker.violated('I2', `${job.id} delegated ${delegated.length} jobs`);
  for (const id of delegated) if (!store.rows.has(id)) checker.violated('I1', `${id} was delegated and does not exist`);
}

/** No resource of the job is left, or its timeline says that the clean-up was abandoned, for a valid reason. */
function checkCleanUp(job: Job, resources: number, { checker, external }: Simulation): void {
  const { tries, refusals } = external.cleanUps.get(job.id) ?? { tries: 0, refusals: 0 };
  const faultCount = faultsOf(job, checker);
  if (tries > cleanUpTries + faultCount) checker.violated('I12', `cleaning up after ${job.id} was tried ${tries} times`);
  if (resources === 0) return;
  // No code is left that could clean up, and the job's error says so.
  if (job.error?.code === 'type_removed' && job.error.details?.['cleanUp'] !== undefined) return;
  const story = job.timeline.find(({ event }) => event === 'cleaned_up')?.detail ?? '';
  const wasAbandoned =
    (story.startsWith(`cleaning up failed ${cleanUpTries} times`) && refusals + faultCount >= cleanUpTries) ||
    (story.startsWith('cleaning up was given up') && (checker.maxTakeovers.get(job.id) ?? 0) >= crashesToGiveUp);
  if (!wasAbandoned) checker.violated('I12', `${job.id} is ${job.status} and ${resources} of its resources are left, after ${tries} tries`);
}

/** @returns the number of workers that held the job and had a fault */
function faultsOf(job: Job, checker: Simulation['checker']): number {
  return (checker.holders.get(job.id) ?? []).filter(({ hadFault }) => hadFault).length;
}

/** @returns as `faultsOf`, without faults by neighbours; one is added, since a neighbour may end its worker once, and after that it runs alone */
function ownFaultsOf(job: Job, { ignoresSignal }: JobPlan, checker: Simulation['checker']): number {
  const own = (checker.holders.get(job.id) ?? []).filter(
    ({ hadFault, killedBy }) => hadFault && (killedBy === undefined || killedBy === job.id || (killedBy === 'a runaway' && ignoresSignal)),
  );
  return own.length + 1;
}

function checkOutcome(job: Job, plan: JobPlan, simulation: Simulation): void {
  const { checker, external } = simulation;
  const code = job.error?.code;
  const faultCount = faultsOf(job, checker);
  const endedAtMs = checker.endedAtMs.get(job.id) ?? 0;
  const { skewMs } = simulation.plan.faults;
  const ends = plan.program === null ? [expectedEnd(plan)] : possibleEnds(job, simulation);
  const expected = ends.join(' or ');
  const isSlow = simulation.plan.faults.slowCallMs > 200 || faultCount > 0;
  const mayBe =
    // An attempt that draining used up skips one of the plan's failures.
    (job.status === 'succeeded' && (ends.includes('succeeded') || drainsWhileDelegating(plan, simulation))) ||
    (job.status === 'cancelled' && (simulation.cancelled.has(job.id) || job.cancelRequest?.actedBy !== undefined)) ||
    (job.status === 'failed' && code !== undefined && ends.includes(code)) ||
    (code === 'planned' && plan.program === null && mayBackOffTooLong(job, simulation)) ||
    // A deadline may only be reported if it passed.
    (code === 'deadline_exceeded' && endedAtMs >= job.deadlineMs - 2 * skewMs && mayMissDeadline(plan)) ||
    (code === 'worker_crashed' &&
      ownFaultsOf(job, plan, checker) >= crashesToFail &&
      (checker.maxTakeovers.get(job.id) ?? 0) >= crashesToFail) ||
    (code === 'predecessor_failed' && hasFailedPredecessor(job, simulation)) ||
    (code === 'type_removed' && wasRemovedBefore(endedAtMs, job.type, simulation)) ||
    (code === 'invalid_delegation' && delegates(plan) && wasRemovedBefore(endedAtMs, 'plain-work', simulation)) ||
    (code === 'job_type_draining' && drainsWhileDelegating(plan, simulation)) ||
    (code === 'invocation_timed_out' && (isSlow || mayRunOutOfTime(plan))) ||
    (code === 'payload_missing' && hasDamaged(job, simulation, (read) => read === undefined)) ||
    (code === 'payload_changed' && hasDamaged(job, simulation, (read) => read !== undefined)) ||
    (code === 'version_mismatch' && simulation.plan.faults.deployRaisesVersion && simulation.plan.faults.deployAfterMs !== null);
  if (!mayBe)
    checker.violated(
      'I6',
      `${job.id} ended as ${job.status} ${code ?? ''}, expected was ${expected} (${faultCount} faults of its workers)`,
    );
  // By the time that its worker wrote: the write may arrive minutes later, and a machine may be frozen between the work and its last writes.
  const lateMs = (job.finishedAtMs ?? 0) - job.deadlineMs;
  const isPrompt = checker.holders.get(job.id)?.at(-1)?.hadFault !== true;
  if (job.status === 'succeeded' && isPrompt && lateMs > 2 * skewMs + lastWritesMs) {
    checker.violated('I6', `${job.id} succeeded ${lateMs} ms after its deadline`);
  }
  const { cancelRequestedAtMs } = job;
  const isFair = !isSlow && skewMs === 0 && !plan.ignoresSignal && !external.cleanUps.has(job.id) && code !== 'type_removed';
  if (isFair && cancelRequestedAtMs !== undefined && job.status !== 'cancelled' && endedAtMs > cancelRequestedAtMs + cancelReachesMs) {
    checker.violated('I6', `${job.id} continued for ${endedAtMs - cancelRequestedAtMs} ms after its cancel, and ended as ${job.status}`);
  }
  const failures = external.failures.get(job.id) ?? 0;
  if (job.attempt > failures + 1) checker.violated('I7', `${job.id} is at attempt ${job.attempt} after ${failures} failures of its own`);
  const attemptsStarted = checker.attemptsStarted.get(job.id) ?? 1;
  if (job.attempt > attemptsStarted)
    checker.violated('I7', `${job.id} ended at attempt ${job.attempt}, and ${attemptsStarted} were started`);
  const startedAtMs = job.timeline.find(({ event }) => event === 'started')?.atMs ?? Number.POSITIVE_INFINITY;
  // A longest delay counts from the first submission that was replaced.
  const delayMs = plan.unique?.maxDelaySeconds === undefined ? plan.delaySeconds * 1000 : 0;
  if (startedAtMs < (simulation.submittedAtMs.get(plan) ?? 0) + delayMs - 2 * skewMs)
    checker.violated('I9', `${job.id} started before its delay was over`);
}

function hasFailedPredecessor({ after }: Job, { store }: Simulation): boolean {
  const statuses = (after?.ids ?? []).map((id) => store.rows.get(id)?.job.status ?? 'expired');
  return after?.onFailure === 'fail' && statuses.some((status) => status !== 'succeeded' && isEnded(status));
}

/** @param isSo tests the text that is read from a damaged object */
function hasDamaged({ id }: Job, { bucket: { damages } }: Simulation, isSo: (read: string | undefined) => boolean): boolean {
  return damages.some(({ key, read }) => key.includes(id) && isSo(read));
}

function drainsWhileDelegating(job: JobPlan, { plan }: Simulation): boolean {
  return plan.faults.typeState?.state === 'draining' && delegates(job);
}

function delegates(job: JobPlan): boolean {
  return delegationsOf(job) > 0;
}

function delegationsOf({ operations, program, maxAttempts }: JobPlan): number {
  const parts: readonly { readonly does: string }[] = program === null ? operations : [...partsOf(program.body)];
  const run = program === null ? 0 : childCount(partsOf(program.body)) * 4 * maxAttempts;
  return parts.filter(({ does }) => does === 'delegate').length + run;
}

function wasRemovedBefore(atMs: number, type: string, { removed }: Simulation): boolean {
  return removed?.type === type && removed.atMs <= atMs;
}

/** @returns whether it may be past its last safe point, such as a step, when the time of its invocation is nearly over */
function mayRunOutOfTime({ operations, program }: JobPlan): boolean {
  if (program !== null) return mayTakeLong(program);
  let totalMs = 0;
  let unsafeMs = 0;
  let maxUnsafeMs = 0;
  for (const operation of operations) {
    const workMs = operation.does === 'work' ? operation.seconds * 1000 : 0;
    totalMs += operation.does === 'long' ? operation.parts * partMs : workMs;
    unsafeMs = operation.does === 'work' ? unsafeMs + workMs : 0;
    maxUnsafeMs = Math.max(maxUnsafeMs, unsafeMs);
  }
  return totalMs > minuteWithoutEndMs && maxUnsafeMs > safePointMs;
}

/** @returns whether the plan may take longer than the default deadline of an hour */
function mayMissDeadline({ operations, program, deadlineSeconds, maxAttempts, after, unique, concurrencyKey = null }: JobPlan): boolean {
  if (after !== undefined || unique !== undefined || concurrencyKey !== null) return true;
  if (program !== null && signalSeconds(partsOf(program.body)) * maxAttempts > 2_000) return true;
  const restSeconds = operations.reduce((sum, operation) => sum + (operation.does === 'sleep' ? operation.seconds : 0), 0);
  return deadlineSeconds !== null || restSeconds > 1_200 || operations.some(({ does }) => does === 'hang');
}

/** @returns how the job ends without faults */
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
    code = stop.does === 'hang' ? 'invocation_timed_out' : 'planned';
    if (stop.does === 'fail' && stop.how === 'permanent') return code;
  }
  return code;
}
