/** Carries a decision out: the only place that ends or suspends a claimed job and sends its next wake-up. Steps, checkpoints and heartbeats write meanwhile. */

import type { JournalSnapshot } from '../context/journal.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { UnavailableError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import { type CancelDeps, cancelJob } from '../control/cancel.ts';
import { jobFields } from '../control/metrics.ts';
import { maxDelaySeconds } from '../job/alarm.ts';
import type { Job, JobPatch } from '../job/job.ts';
import { extendTimeline } from '../job/timeline.ts';
import { completionPatch, immediateResumption, type Suspension, suspensionPatch, type TransitionContext } from '../job/transitions.ts';
import type { JobSession } from '../session/job-session.ts';
import {
  type CleanUpDecision,
  type CompleteDecision,
  type Decision,
  type HandOverDecision,
  maxCrashes,
  type SuspendDecision,
} from './decide.ts';

export interface DecisionTarget {
  readonly session: JobSession;
  readonly log: Log;
  readonly contract: JobTypeContract;
  /** The message that brought the job here, for people to see if the job turns out to be poison. */
  readonly messageBody: string;
  /** What the record must keep of the invocation. */
  readonly journal: JournalSnapshot;
}

/**
 * @returns the job as the decision left it
 * @throws LeaseLostError when another worker has the job: nothing was written
 * @throws UnavailableError when the record could not be written, or the dead letter could not be sent
 */
export async function apply(decision: Decision, target: DecisionTarget, deps: CancelDeps): Promise<Job> {
  switch (decision.kind) {
    case 'complete':
      return complete(decision, target, deps);
    case 'clean-up':
      return startCleanUp(decision, target, deps);
    case 'suspend':
      return suspend(decision, target, deps);
    case 'hand-over':
      return handOver(decision, target, deps);
  }
}

async function complete(decision: CompleteDecision, target: DecisionTarget, deps: CancelDeps): Promise<Job> {
  const { session, journal } = target;
  const { outcome, cleanUpNote, isPoison } = decision;
  if (isPoison === true) await sendDeadLetter(target, deps);
  if (outcome.status === 'succeeded') session.completeProgress();
  const context = contextOf(deps);
  const entries = cleanUpNote === undefined ? [] : [{ atMs: context.nowMs, event: 'cleaned_up' as const, detail: cleanUpNote }];
  let job: Job | undefined;
  // A job that is to be notified of the end may have come meanwhile: the end is written only with everything that the record has got.
  while (job === undefined) {
    const { notices = 0 } = session.job;
    job = await session.writeUnlessNoticed(notices, (before) => ({
      ...journal.all,
      ...completionPatch(before, context, { outcome, entries }),
    }));
  }
  await deps.ends.announce(job);
  return job;
}

async function startCleanUp({ outcome, isPoison }: CleanUpDecision, target: DecisionTarget, deps: CancelDeps): Promise<Job> {
  const { session, journal } = target;
  if (isPoison === true) await sendDeadLetter(target, deps);
  if (session.job.pendingOutcome !== undefined) return session.job;
  return session.write(() => ({ ...journal.all, pendingOutcome: outcome }));
}

async function suspend(decision: SuspendDecision, { session, journal, contract }: DecisionTarget, deps: CancelDeps): Promise<Job> {
  const { suspension, entry, isRetry, patch } = decision;
  const context = contextOf(deps);
  const entries = entry === undefined ? [] : [{ atMs: context.nowMs, ...entry }];
  let messageDelaySeconds: number | undefined;
  const patchFor = (until: Suspension) => (before: Job) => {
    const suspended = suspensionPatch({ ...before, ...patch }, context, { ...until, entries });
    ({ messageDelaySeconds } = suspended);
    return {
      ...(isRetry === true ? { ...journal.forNextAttempt, attempt: before.attempt + 1 } : journal.all),
      ...suspended.patch,
      ...patch,
    };
  };
  const { early } = suspension;
  const job =
    early === undefined
      ? await session.write(patchFor(suspension))
      : // What came while the code was about to wait ends the wait at once: its sender has seen a running job, and sends no wake-up.
        ((await session.writeUnlessNoticed(early.seenNotices, patchFor(suspension))) ??
        (await session.write(patchFor(immediateResumption(context.nowMs)))));
  // A cancel arrived while the job was being suspended. It is handled now; nothing else would until the job resumes.
  if (job.cancelRequestedAtMs !== undefined && job.pendingOutcome === undefined) return cancelSuspended(job, contract, deps);
  if (messageDelaySeconds !== undefined) await wake(job, messageDelaySeconds, deps);
  return job;
}

async function handOver({ next }: HandOverDecision, { session, journal }: DecisionTarget, deps: CancelDeps): Promise<Job> {
  const nowMs = deps.runtime.nowMs();
  const job = await session.write((before) => ({
    ...journalOf(next, journal),
    ...nextPatch(next, before, nowMs),
    isHandedOver: true,
    // The lease lasts, without its token: a save of this run that lands late must not write over this.
    leaseToken: undefined,
  }));
  const leaseMs = Math.max(0, (job.leaseEndsAtMs ?? 0) - deps.runtime.nowMs());
  await wake(job, Math.min(maxDelaySeconds, Math.ceil(leaseMs / 1000) + 1), deps);
  return job;
}

function journalOf(next: HandOverDecision['next'], journal: JournalSnapshot): JobPatch {
  return next?.kind === 'retry' ? journal.forNextAttempt : journal.all;
}

/** @returns what the record must say for the worker that takes over */
function nextPatch(next: HandOverDecision['next'], job: Job, nowMs: number): JobPatch {
  switch (next?.kind) {
    case undefined:
      return {};
    case 'retry':
      return { attempt: job.attempt + 1, timeline: extendTimeline(job.timeline, { atMs: nowMs, ...next.entry }) };
    case 'end':
      return { pendingOutcome: next.outcome };
  }
}

/** @returns the job as the run left it: its end is not the run's, and was counted where it was written */
async function cancelSuspended(job: Job, contract: JobTypeContract, deps: CancelDeps): Promise<Job> {
  const cancelled = await cancelJob({ job, contract }, deps);
  if (cancelled.kind === 'busy') throw new UnavailableError('Too many concurrent updates of the job while it was being cancelled.');
  return job;
}

/** Sends the message to the dead-letter queue, for people to see. A queue that refuses it again and again must not keep the job from ending: the record says the same. */
async function sendDeadLetter({ session, log, messageBody }: DecisionTarget, { queues, metrics }: CancelDeps): Promise<void> {
  const { job } = session;
  try {
    await queues.deadLetter(job.type, messageBody, 'worker_crashed');
    metrics.put('dead letter', { DeadLetters: 1 }, { ...jobFields(job), code: 'worker_crashed' });
  } catch (error) {
    if (job.crashes <= 2 * maxCrashes) throw error;
    log.error('A dead letter could not be sent.', { error: String(error) });
  }
}

/** A wake-up that is lost costs time and nothing else: the alarm in the record makes the clock send another. */
async function wake(job: Job, delaySeconds: number, { queues }: CancelDeps): Promise<void> {
  await queues.wake(job, delaySeconds).catch(() => undefined);
}

function contextOf({ runtime, graceMs, retentionMs, ends }: CancelDeps): TransitionContext {
  return { nowMs: runtime.nowMs(), graceMs, retentionMs, ends };
}
