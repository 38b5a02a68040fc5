/**
 * Fires a schedule that is due, exactly once for each time, in three writes:
 *
 * 1. The decision, in the schedule's record: of two clocks at once, one decides whether a time fires, and how.
 * 2. The job, under an id that is derived from schedule and time: whoever repeats this creates no second job.
 * 3. The next time, in the schedule's record, which takes the decision out.
 *
 * A clock that dies between them leaves a decision that the next run carries out. A refusal is written in place of the decision, together with the next time.
 */
import { canonicalJson, parseExactJson } from '../../text/exact-json.ts';
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { DamagedPayloadError, UnavailableError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import type { Settings } from '../contract/runtime-settings.ts';
import { type CancelDeps, cancelJob } from '../control/cancel.ts';
import { jobFields, type Metrics } from '../control/metrics.ts';
import { loadPayload } from '../job/payload.ts';
import { isTerminal } from '../job/states.ts';
import { inputFault } from '../submit/check-input.ts';
import { type QuotaDeps, takeQuota } from '../submit/quota.ts';
import { type SubmitDeps, submitJob } from '../submit/submit-job.ts';
import { chosenWebhook, withDefaultWebhook } from '../submit/webhook-choice.ts';
import { decideFiring } from './catch-up.ts';
import { parseCron } from './cron.ts';
import { dueAtOf, refreshAtOf } from './due-at.ts';
import { type Firing, type FiringDecided, firingJobId, type Schedule, type ScheduleStore, type SkipCode } from './schedule-record.ts';
import { type Timetable, timetableOf } from './timetable.ts';

export interface FireDeps extends SubmitDeps, QuotaDeps, CancelDeps {
  readonly schedules: ScheduleStore;
  readonly catalogue: readonly JobTypeContract[];
  readonly settings: Settings;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly isDraining: (type: string) => boolean;
}

/** What one step did: the firing that it settled, and the schedule after it. */
export type FireResult =
  | { readonly kind: 'settled'; readonly firing: Firing; readonly schedule: Schedule }
  /** The stored input was stored again, before it expires. */
  | { readonly kind: 'refreshed'; readonly schedule: Schedule }
  /** Nothing is due, or another clock or request wrote the record first and continues. */
  | { readonly kind: 'nothing' };

type Skip = Extract<Firing, { readonly kind: 'skipped' }>;

/** Settles the first firing that is due. @throws UnavailableError when it could not; the next run goes on where this one stopped */
export async function fireNext(schedule: Schedule, deps: FireDeps): Promise<FireResult> {
  const context = { timetable: timetableOf(schedule, parseCron), deps };
  const nowMs = deps.runtime.nowMs();
  if (needsRefresh(schedule, nowMs)) return refresh(schedule, context);
  if (schedule.decision !== undefined) return takeOver(schedule, schedule.decision, context);
  const decision = decideFiring(schedule, context.timetable, nowMs);
  switch (decision.kind) {
    case 'wait':
      return { kind: 'nothing' };
    case 'leave-out':
      return settle(schedule, missedSkip(schedule, decision.missedAtMs), context);
    case 'fire': {
      const { atMs, missedAtMs } = decision;
      // The times that are left out are in a write of their own, so that they are logged once, and seen until the firing after them.
      return missedAtMs === undefined ? decide(schedule, atMs, context) : settle(schedule, missedSkip(schedule, missedAtMs), context);
    }
  }
}

/** Decides that a time fires, unless something stops it, and carries the decision out. */
async function decide(schedule: Schedule, atMs: number, context: Context): Promise<FireResult> {
  const refusal = await refusalOf(schedule, atMs, context.deps);
  if (refusal !== undefined) return settle(schedule, refusal, context);
  const decision = { atMs, decidedAtMs: context.deps.runtime.nowMs() };
  return carryOutAfter(await write({ ...schedule, decision }, context), atMs, context);
}

/** No run of the clock is longer, so the one that decided has ended. */
const takeOverAfterMs = 55_000;

/**
 * Carries out what another run decided, once that run has ended. Only one run does so, and only if the job is not there yet: a job that exists has
 * its own rescue alarm, and a second message about it would be one too many.
 */
async function takeOver(schedule: Schedule, { atMs, decidedAtMs }: FiringDecided, context: Context): Promise<FireResult> {
  const { store, runtime } = context.deps;
  const nowMs = runtime.nowMs();
  if (Math.abs(nowMs - decidedAtMs) < takeOverAfterMs) return { kind: 'nothing' };
  const job = await store.get(firingJobId(schedule, atMs), nowMs);
  if (job !== undefined) return settle(schedule, { kind: 'fired', atMs, jobId: job.id }, context);
  return carryOutAfter(await write({ ...schedule, decision: { atMs, decidedAtMs: nowMs } }, context), atMs, context);
}

/** @param decided the schedule with the decision, or undefined if somebody else wrote it first */
async function carryOutAfter(decided: Schedule | undefined, atMs: number, context: Context): Promise<FireResult> {
  return decided === undefined ? { kind: 'nothing' } : carryOut(decided, atMs, context);
}

interface Context {
  readonly timetable: Timetable;
  readonly deps: FireDeps;
}

/** Creates the job of a decided firing. What was checked before the decision is not checked again, but for what the job cannot be made without. */
async function carryOut(schedule: Schedule, atMs: number, context: Context): Promise<FireResult> {
  const jobId = firingJobId(schedule, atMs);
  const contract = findContract(context.deps.catalogue, schedule.job.type);
  const input = contract && (await readInput(schedule, context.deps));
  if (contract === undefined || input === undefined) {
    const code = contract === undefined ? 'job_type_removed' : 'input_lost';
    return settle(schedule, skip(atMs, code, details[code]), context);
  }
  if (schedule.overlap === 'cancel-running') await cancelPrevious(schedule, context.deps);
  const startAtMs = context.timetable.dueAtMs(atMs);
  await submitFiring({ schedule, atMs, startAtMs, jobId, contract, input: input.value }, context.deps);
  return settle(schedule, { kind: 'fired', atMs, jobId }, context);
}

interface FiringJob {
  readonly schedule: Schedule;
  readonly atMs: number;
  /** In the past, unless a clock that runs ahead decided. */
  readonly startAtMs: number;
  readonly jobId: string;
  readonly contract: JobTypeContract;
  readonly input: unknown;
}

/** The job may exist with another content, if the schedule was changed since another clock created it. It is the job of this firing all the same. */
async function submitFiring({ schedule, atMs, startAtMs, jobId, contract, input }: FiringJob, deps: FireDeps): Promise<void> {
  const { owner, name, job } = schedule;
  const { tags, maxAttempts, deadlineSeconds, concurrencyKey, priority } = job;
  const submission = {
    owner,
    contract,
    input,
    canonicalBody: canonicalJson({ ...job, schedule: name, atMs }),
    firedBy: { schedule: name, atMs },
    startAtMs,
    ...(tags === undefined ? {} : { tags }),
    ...(maxAttempts === undefined ? {} : { maxAttempts }),
    ...chosenWebhook(withDefaultWebhook(job, owner, deps.settings)),
    // A deploy may have changed the rules since the schedule was set.
    ...(concurrencyKey === undefined || contract.keys?.of !== undefined ? {} : { concurrencyKey }),
    ...(priority === undefined ? {} : { priority }),
    ...(deadlineSeconds === undefined ? {} : { deadlineMs: Math.max(deps.runtime.nowMs(), startAtMs) + deadlineSeconds * 1000 }),
  };
  const submitted = await submitJob(jobId, submission, deps);
  if (submitted.kind === 'accepted' && !submitted.isReplay) {
    const scheduledFor = new Date(atMs).toISOString();
    deps.metrics.put('accepted', { Accepted: 1 }, { ...jobFields(submitted.job), schedule: name, scheduledFor });
  }
}

async function cancelPrevious({ name, lastJobId }: Schedule, deps: FireDeps): Promise<void> {
  const previous = lastJobId === undefined ? undefined : await deps.store.get(lastJobId, deps.runtime.nowMs());
  if (previous === undefined || isTerminal(previous.status)) return;
  // What a type that is no longer deployed had to clean up is unknown: the clock ends its job.
  const contract = findContract(deps.catalogue, previous.type) ?? { cleansUp: true };
  const canceller = { by: `schedule ${name}`, reason: 'the next firing of the schedule began' };
  const cancelled = await cancelJob({ job: previous, contract, canceller }, deps);
  if (cancelled.kind === 'busy') throw new UnavailableError(`The job ${previous.id} could not be cancelled: too many concurrent updates.`);
}

const details: Readonly<Record<Exclude<SkipCode, 'missed' | 'previous_running' | 'invalid_input'>, string>> = {
  over_quota: 'the quota of the owner was used up',
  job_type_draining: 'the job type was draining',
  job_type_removed: 'the job type was no longer deployed',
  input_lost: 'the stored input of the schedule was lost or damaged: set the schedule again',
};

/** What stops the firing. The quota comes last, since asking it counts. */
async function refusalOf(schedule: Schedule, atMs: number, deps: FireDeps): Promise<Skip | undefined> {
  const { owner, job, lastJobId, overlap } = schedule;
  if (overlap === 'skip' && lastJobId !== undefined) {
    const previous = await deps.store.get(lastJobId, deps.runtime.nowMs());
    if (previous !== undefined && !isTerminal(previous.status))
      return skip(atMs, 'previous_running', `${lastJobId}, the job of the firing before, had not ended`);
  }
  const contract = findContract(deps.catalogue, job.type);
  if (contract === undefined) return skip(atMs, 'job_type_removed', details.job_type_removed);
  if (deps.isDraining(job.type)) return skip(atMs, 'job_type_draining', details.job_type_draining);
  const input = await readInput(schedule, deps);
  if (input === undefined) return skip(atMs, 'input_lost', details.input_lost);
  const fault = inputFault(contract, input.value, deps.settings);
  if (fault !== undefined) return skip(atMs, 'invalid_input', fault);
  const { quota } = deps.settings;
  if (quota === undefined) return undefined;
  const admission = await takeQuota({ owner, jobId: firingJobId(schedule, atMs), quota }, deps);
  return admission.kind === 'admitted' ? undefined : skip(atMs, 'over_quota', details.over_quota);
}

/** @returns undefined if the stored input is lost */
async function readInput({ input }: Schedule, { payloads }: FireDeps): Promise<{ readonly value: unknown } | undefined> {
  try {
    return { value: parseExactJson(await loadPayload(payloads, input)) };
  } catch (error) {
    if (error instanceof DamagedPayloadError) return undefined;
    throw error;
  }
}

/** Writes what became of a firing, and the next time. */
async function settle(schedule: Schedule, firing: Firing, context: Context): Promise<FireResult> {
  const { nextAtMs, decision } = schedule;
  // Where the schedule was changed since the decision, its next time is set already.
  const isNextSet = decision !== undefined && nextAtMs !== decision.atMs;
  const settled = await write(
    {
      ...schedule,
      decision: undefined,
      nextAtMs: isNextSet ? nextAtMs : context.timetable.next(firing.atMs),
      lastFiring: firing,
      ...(firing.kind === 'fired' ? { lastJobId: firing.jobId } : {}),
    },
    context,
  );
  if (settled === undefined) return { kind: 'nothing' };
  if (firing.kind === 'skipped') logSkip(schedule, firing, context.deps);
  return { kind: 'settled', firing, schedule: settled };
}

/** @returns the schedule as it was written, or undefined if somebody else wrote it first */
function write(schedule: Schedule, { timetable, deps }: Context): Promise<Schedule | undefined> {
  return deps.schedules.write(schedule, dueAtOf(schedule, timetable));
}

function needsRefresh(schedule: Schedule, nowMs: number): boolean {
  return (refreshAtOf(schedule) ?? Number.POSITIVE_INFINITY) <= nowMs;
}

async function refresh(schedule: Schedule, context: Context): Promise<FireResult> {
  const { payloads, runtime } = context.deps;
  const { input } = schedule;
  const json = input.kind === 'inline' ? undefined : await payloads.get(input.key);
  // One that is lost stays lost, and each firing says so.
  if (input.kind === 'stored' && json !== undefined) await payloads.put(input.key, json);
  const written = await write({ ...schedule, inputStoredAtMs: runtime.nowMs() }, context);
  return written === undefined ? { kind: 'nothing' } : { kind: 'refreshed', schedule: written };
}

function skip(atMs: number, code: SkipCode, detail: string): Skip {
  return { kind: 'skipped', atMs, code, detail };
}

function missedSkip({ nextAtMs = 0, catchUp }: Schedule, untilMs: number): Skip {
  const [from, until] = [nextAtMs, untilMs].map((ms) => new Date(ms).toISOString());
  const span = from === until ? `at ${from}` : `from ${from} to ${until}`;
  return skip(untilMs, 'missed', `the clock came more than five minutes late to what was due ${span}, and catchUp is ${catchUp}`);
}

function logSkip({ owner, name, job }: Schedule, { atMs, code, detail }: Skip, { metrics }: FireDeps): void {
  const scheduledFor = new Date(atMs).toISOString();
  metrics.put('firing skipped', { FiringsSkipped: 1 }, { owner, type: job.type, schedule: name, scheduledFor, code, detail });
}
