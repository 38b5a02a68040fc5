/** What an invocation's outcome does to its job's record: every way in which a claimed job goes on or ends. */

import { truncate } from '../../text/truncate.ts';
import type { Log } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { LeaseLostError, type QuotaExceededError, UnavailableError } from '../contract/errors.ts';
import { cancelJob } from '../control/cancel.ts';
import { maxDelaySeconds } from '../job/alarm.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import { describeFailure, type Failure } from '../job/failure.ts';
import type { Job, JobPatch, Payload, PendingOutcome } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { storePayload } from '../job/payload.ts';
import type { JobStore, PayloadStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import {
  afterFailure,
  type Continuation,
  cleanUpBudget,
  completionPatch,
  crashBudget,
  maxCleanUpOutages,
  outageRestMs,
  outagesInARow,
  sleepPatch,
  storeOutage,
  type TransitionContext,
  waitPatch,
} from '../job/transitions.ts';
import type { Suspension } from './invocation-context.ts';
import type { JobSession } from './job-session.ts';

export interface ConclusionPorts {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly payloads: PayloadStore;
  readonly runtime: Runtime;
  readonly log: Log;
  readonly graceMs: number;
  readonly retentionMs: number;
}

/** All of these return the job as it stands afterwards, or throw `LeaseLostError` when that is another worker's affair by then. */
export class JobConclusion {
  private readonly contract: JobTypeContract;
  private readonly lease: JobSession;
  private readonly ports: ConclusionPorts;
  private readonly cleanUp: () => Promise<string | undefined>;
  /** The message that brought the job here, for people to see if it turns out to be poison. */
  private readonly messageBody: string;

  /** @param cleanUp undoes what the job made; may throw */
  constructor(
    contract: JobTypeContract,
    lease: JobSession,
    messageBody: string,
    ports: ConclusionPorts,
    cleanUp: () => Promise<string | undefined>,
  ) {
    this.contract = contract;
    this.lease = lease;
    this.messageBody = messageBody;
    this.ports = ports;
    this.cleanUp = cleanUp;
  }

  async succeed(value: unknown, memory: JobPatch): Promise<Job> {
    const { contract } = this;
    let json: string;
    try {
      const parsed = contract.output.parse(value);
      json = toJson(parsed === undefined ? null : parsed, 'The result', 'invalid_result');
    } catch (error) {
      const message = `The worker returned what the contract of ${contract.name} does not allow: ${describeFailure(error).error.message}`;
      return this.end({ status: 'failed', error: { code: 'invalid_result', message, retryable: false }, tries: 0 }, memory);
    }
    let result: Payload;
    try {
      result = await storePayload(this.ports.payloads, this.lease.job.id, 'result', json);
    } catch (error) {
      if (error instanceof UnavailableError) return this.waitForStorage(error, memory);
      throw error;
    }
    const { progress } = this.lease;
    // Done means done, whatever was shown last.
    if (progress !== undefined && (progress.fraction ?? 1) < 1) this.lease.progress = { fraction: 1, message: null };
    return this.lease.write(() => ({ ...memory, ...completionPatch(this.lease.job, this.moment(), { status: 'succeeded', result }) }));
  }

  fail(failure: Failure): Promise<Job> {
    const next = this.decideAfter(failure);
    return 'patch' in next ? this.rest(next, {}) : this.end(next);
  }

  /** @returns the wait before the next attempt, or the end that the job comes to */
  decideAfter(failure: Failure): Continuation | PendingOutcome {
    return afterFailure(this.lease.job, this.contract, failure, this.moment(), this.ports.runtime.random());
  }

  rest(continuation: Continuation, memory: JobPatch): Promise<Job> {
    return this.suspend(memory, () => continuation);
  }

  /**
   * What was decided is written, but code that ignored its signal may still be at work until its process is ended: the lease stays and
   * runs out, and only then another worker goes on. That takeover is not counted as a crash.
   * @param decided undefined: the attempt goes on then
   */
  async cutOff(decided: Continuation | PendingOutcome | undefined, memory: JobPatch): Promise<Job> {
    const { runtime, queues, log } = this.ports;
    const outcome =
      decided === undefined
        ? {}
        : 'patch' in decided
          ? { attempt: decided.patch.attempt, timeline: decided.patch.timeline }
          : { pendingOutcome: decided };
    const job = await this.lease.write(() => ({ ...memory, ...outcome, crashes: this.lease.job.crashes - 1 }) as JobPatch);
    const restMs = (job.leaseEndsAtMs ?? 0) - runtime.nowMs();
    await queues.wake(job, Math.min(maxDelaySeconds, Math.max(0, Math.ceil(restMs / 1000) + 1))).catch((error: unknown) => {
      log.warn('A wake-up could not be sent; the clock will wake the job.', { error: String(error) });
    });
    return job;
  }

  /** The worker's code asked to wait. */
  sleep(suspension: Suspension, memory: JobPatch): Promise<Job> {
    return this.suspend(memory, (job) => sleepPatch(job, this.moment(), suspension));
  }

  /** The invocation or its host is at its end, which is nobody's fault: no attempt is spent, another one goes on from what is remembered. */
  startAgain(memory: JobPatch): Promise<Job> {
    const reason = { code: 'waiting_for_worker', detail: 'goes on in another invocation' } as const;
    return this.sleep({ untilMs: this.ports.runtime.nowMs(), reason }, memory);
  }

  /** Input or result cannot be read or kept for now; no attempt is spent on that. */
  waitForStorage(error: UnavailableError, memory: JobPatch): Promise<Job> {
    const outages = outagesInARow(this.lease.job.timeline);
    this.logOutage(error, outages);
    const reason = { code: 'waiting_for_worker', detail: storeOutage } as const;
    return this.sleep({ untilMs: this.ports.runtime.nowMs() + outageRestMs(outages), reason }, memory);
  }

  /** The owner's quota has no room for a job that this one delegates; no attempt is spent on that. */
  waitForQuota({ message, afterSeconds }: QuotaExceededError, memory: JobPatch): Promise<Job> {
    return this.sleep({ untilMs: this.ports.runtime.nowMs() + afterSeconds * 1000, reason: { code: 'quota', detail: message } }, memory);
  }

  /** Ends the job as failed or cancelled, after its worker cleaned up where there is something to clean up. */
  async end(ending: PendingOutcome, memory: JobPatch = {}): Promise<Job> {
    const { job } = this.lease;
    if (ending.error?.code === 'worker_crashed' && job.pendingOutcome === undefined) await this.putAside();
    if (!needsCleanUp(job, this.contract)) return this.writeEnd(ending, undefined, memory);
    if (job.pendingOutcome === undefined) await this.lease.write(() => ({ ...memory, pendingOutcome: ending }));
    // A worker that dies in its clean-up, too, must not hold up the end for ever.
    if (job.crashes > 2 * crashBudget) return this.writeEnd(ending, 'cleaning up was given up: its workers died');
    let cleanedUp: string | undefined;
    try {
      cleanedUp = await this.cleanUp();
    } catch (error) {
      if (this.lease.lost.signal.aborted) throw new LeaseLostError(job.id);
      const { outages = 0 } = ending;
      if (error instanceof UnavailableError && outages < maxCleanUpOutages) return this.putOffCleanUp(ending, outages, error);
      return this.afterFailedCleanUp(ending, describeFailure(error));
    }
    return this.writeEnd(ending, cleanedUp);
  }

  /** A dead letter, for people to see; without one where the queue refuses it again and again: the record tells the same. */
  private async putAside(): Promise<void> {
    const { job } = this.lease;
    try {
      await this.ports.queues.deadLetter(job.type, this.messageBody, 'worker_crashed');
    } catch (error) {
      if (job.crashes <= 2 * crashBudget) throw error;
      this.ports.log.error('A dead letter could not be sent.', { error: String(error) });
    }
  }

  private async suspend(memory: JobPatch, makeContinuation: (job: Job) => Continuation): Promise<Job> {
    const continuation = makeContinuation(this.lease.job);
    const job = await this.lease.write(() => ({ ...memory, ...continuation.patch }));
    // Asked for while the worker was on its way to rest: now nobody else would tell it.
    if (job.cancelRequestedAtMs !== undefined && job.pendingOutcome === undefined) return this.cancelResting(job);
    if (continuation.messageDelaySeconds !== undefined) {
      // Lost or not, the alarm in the record stands behind it.
      await this.ports.queues.wake(job, continuation.messageDelaySeconds).catch((error: unknown) => {
        this.ports.log.warn('A wake-up could not be sent; the clock will wake the job.', { error: String(error) });
      });
    }
    return job;
  }

  private async cancelResting(job: Job): Promise<Job> {
    const cancelled = await cancelJob(job, this.contract, this.ports);
    if (cancelled.kind === 'busy') throw new UnavailableError('The job changed all the time while it was to be cancelled.');
    return cancelled.job;
  }

  private async afterFailedCleanUp(ending: PendingOutcome, { error }: Failure): Promise<Job> {
    const tries = ending.tries + 1;
    this.ports.log.warn('Cleaning up failed.', { code: error.code, error: error.message, tries });
    if (tries >= cleanUpBudget) return this.writeEnd(ending, `cleaning up failed ${tries} times: ${error.code}: ${error.message}`);
    const nowMs = this.ports.runtime.nowMs();
    return this.suspend({ pendingOutcome: { ...ending, tries } }, (job) =>
      waitPatch(job, this.moment(), {
        untilMs: nowMs + Math.min(300_000, 1_000 * 2 ** tries),
        reason: { code: 'cleaning_up', detail: truncate(`try ${tries} failed: ${error.code}: ${error.message}`, 300) },
      }),
    );
  }

  /** What cannot be read or kept for now is no failed try. */
  private putOffCleanUp(ending: PendingOutcome, outages: number, error: UnavailableError): Promise<Job> {
    this.logOutage(error, outages);
    const untilMs = this.ports.runtime.nowMs() + outageRestMs(outages);
    return this.suspend({ pendingOutcome: { ...ending, outages: outages + 1 } }, (job) =>
      waitPatch(job, this.moment(), { untilMs, reason: { code: 'cleaning_up', detail: storeOutage } }),
    );
  }

  /** An outage that goes on is somebody's to look at. */
  private logOutage(error: UnavailableError, outages: number): void {
    const level = outages < 3 ? 'warn' : 'error';
    this.ports.log[level]('A store of the service does not answer; the job waits for it.', {
      code: error.code,
      error: error.message,
      outages: outages + 1,
    });
  }

  private writeEnd({ status, error }: PendingOutcome, cleanedUp: string | undefined, memory: JobPatch = {}): Promise<Job> {
    const moment = this.moment();
    const entries = cleanedUp === undefined ? [] : [{ atMs: moment.nowMs, event: 'cleaned_up' as const, detail: cleanedUp }];
    return this.lease.write(() => {
      const end =
        status === 'failed' && error !== undefined
          ? { status, error: cleanedUp === undefined ? error : { ...error, details: { ...error.details, cleanUp: cleanedUp } } }
          : { status: 'cancelled' as const };
      return { ...memory, ...completionPatch(this.lease.job, moment, end, ...entries) };
    });
  }

  private moment(): TransitionContext {
    const { runtime, graceMs, retentionMs } = this.ports;
    return { nowMs: runtime.nowMs(), graceMs, retentionMs };
  }
}
