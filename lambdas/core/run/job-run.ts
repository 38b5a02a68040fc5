/** One claimed job in one invocation: runs its worker's code and brings the outcome to the record. */

import { parseExactJson } from '../../text/exact-json.ts';
import type { Log, WorkerDefinition } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { LeaseLostError, PermanentError, QuotaExceededError, RetryableError, UnavailableError } from '../contract/errors.ts';
import { parseWithSchema } from '../contract/schema.ts';
import type { Metrics } from '../control/metrics.ts';
import { errorText, readable } from '../job/error-text.ts';
import { describeFailure } from '../job/failure.ts';
import type { Job, PendingOutcome } from '../job/job.ts';
import { loggable } from '../job/loggable.ts';
import { loadPayload } from '../job/payload.ts';
import { deadlineMessage, maxCleanUpOutages, outcomeAtClaim } from '../job/transitions.ts';
import { type DelegateDeps, delegateJob } from '../submit/delegate.ts';
import { type ContextPorts, cleanUpContext, InvocationContext, type Suspension } from './invocation-context.ts';
import { type ConclusionPorts, JobConclusion } from './job-conclusion.ts';
import type { JobSession } from './job-session.ts';
import { makeRedactor } from './redact.ts';
import type { RunningJobs } from './running-jobs.ts';

export interface RunPorts extends ConclusionPorts, DelegateDeps, Omit<ContextPorts, 'isTimeNearlyOver' | 'delegate'> {
  readonly leaseMs: number;
  /** Of this process. */
  readonly company: RunningJobs;
  readonly metrics: Metrics;
  /** @param ms of work @param writes of the record @returns what that cost, about */
  readonly estimateUsd: (ms: number, writes: number) => number;
}

/** A message as SQS delivered it to this invocation. */
export interface Delivery {
  readonly body: string;
  /** From 1. */
  readonly receiveCount: number;
  /** What is left of the invocation. */
  readonly remainingMs: () => number;
  readonly extendVisibility: (seconds: number) => Promise<void>;
  /** Aborts when the host is going down and can wait no longer; Lambda has no such thing. */
  readonly hostStopping?: AbortSignal;
  /** Told when code went on for too long after its signal: only the end of its process stops it. */
  readonly reportRunaway?: () => void;
}

export interface Worker<Contract extends JobTypeContract = JobTypeContract> {
  readonly contract: Contract;
  readonly definition: WorkerDefinition<Contract>;
}

/** Code that was told to stop gets this long to do so; then the invocation goes on without it. */
const stopGraceMs = 5_000;
/** Kept of Lambda's time for the last writes. */
const lastWritesMs = 3_000;
/** Between the last safe point and the moment when code is told to stop: a step may take so long. */
const safetyMs = 5_000;

const cancelledEnding: PendingOutcome = { status: 'cancelled', tries: 0 };

type Result =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  /** The code was told to stop and did not; it may still be running. */
  | { readonly kind: 'ignored'; readonly error: unknown }
  | { readonly kind: 'suspended'; readonly suspension: Suspension };

export class JobRun {
  private readonly worker: Worker;
  private readonly lease: JobSession;
  private readonly delivery: Delivery;
  private readonly ports: RunPorts;
  private readonly contextPorts: ContextPorts;
  private readonly conclusion: JobConclusion;

  constructor(worker: Worker, lease: JobSession, delivery: Delivery, ports: RunPorts) {
    this.worker = worker;
    this.lease = lease;
    this.delivery = delivery;
    this.ports = ports;
    const invocationMs = delivery.remainingMs();
    this.contextPorts = {
      ...ports,
      log: jobLog(ports.log, lease),
      // Early enough before the attempt is cut off, in short invocations, too.
      isTimeNearlyOver: () => delivery.remainingMs() < Math.max(stopGraceMs + lastWritesMs + safetyMs, Math.min(60_000, invocationMs / 4)),
      delegate: (name, delegated) => delegateJob(lease.job, name, delegated, ports),
    };
    const conclusionPorts = { ...ports, log: this.contextPorts.log };
    this.conclusion = new JobConclusion(worker.contract, lease, delivery.body, conclusionPorts, () => this.cleanUp());
  }

  /** @returns the job as it stands afterwards @throws LeaseLostError when that is another worker's affair now */
  async run(): Promise<Job> {
    const { contract } = this.worker;
    const ending = outcomeAtClaim(this.lease.job, contract, this.ports.runtime.nowMs());
    if (ending !== undefined) return this.conclusion.end(ending);
    // Claimed in the last seconds of an invocation, or of a host that is going down: no time to begin anything.
    if (this.delivery.remainingMs() <= stopGraceMs + lastWritesMs) return this.conclusion.startAgain({});
    let input: unknown;
    try {
      input = await this.readInput();
    } catch (error) {
      if (error instanceof UnavailableError) return this.conclusion.waitForStorage(error, {});
      return this.conclusion.fail(describeFailure(error));
    }
    const invocation = new InvocationContext(this.lease, contract, this.contextPorts);
    const result = await this.runWorker(input, invocation);
    if (this.lease.lost.signal.aborted) throw new LeaseLostError(this.lease.job.id);
    try {
      return await this.conclude(result, invocation);
    } catch (error) {
      if (error instanceof LeaseLostError || error instanceof UnavailableError) throw error;
      // What the engine cannot write is no dead worker: the job ends with the reason, without what could not be written.
      this.contextPorts.log.error('The outcome could not be written as it is.', { error });
      const message = `The outcome of the job could not be written: ${errorText(error)}`;
      return this.conclusion.end({ status: 'failed', error: { code: 'outcome_not_written', message, retryable: false }, tries: 0 });
    }
  }

  private async readInput(): Promise<unknown> {
    const { contract } = this.worker;
    const input = parseExactJson(await loadPayload(this.ports.payloads, this.lease.job.input));
    this.lease.redactor = makeRedactor(contract.redact ?? [], input);
    const parsed = parseWithSchema(contract.input, input);
    if (parsed.success) return parsed.data;
    throw new PermanentError(`The input no longer fits the contract of ${contract.name}: ${parsed.error.issues[0]?.message}`, {
      code: 'invalid_input',
    });
  }

  private async runWorker(input: unknown, invocation: InvocationContext): Promise<Result> {
    const { interrupted } = this.lease;
    const over = new AbortController();
    this.limitTime(over.signal);
    const { hostStopping } = this.delivery;
    const stopping = () => this.lease.interrupt('host_stopping', 'The host is going down.');
    if (hostStopping?.aborted === true) stopping();
    else hostStopping?.addEventListener('abort', stopping, { signal: over.signal });
    let isDone = false;
    const run = async (): Promise<unknown> => this.worker.definition.run(input as never, invocation.ctx);
    const done = run()
      .then(
        (value): Result => ({ kind: 'returned', value }),
        (error: unknown): Result => ({ kind: 'threw', error: readable(error) }),
      )
      .then(async (result) => {
        isDone = true;
        invocation.close();
        if (result.kind === 'returned') this.warnOfUnfinished(invocation.unfinished());
        // Nothing of an attempt survives it: what it began is remembered before another attempt, the end or a clean-up.
        await invocation.settle();
        return result;
      });
    const suspended = invocation.suspended.then(async (): Promise<Result> => {
      await invocation.settle();
      if (isDone) return done;
      const error = invocation.stoppedBy();
      return error === undefined ? { kind: 'suspended', suspension: invocation.suspension() } : { kind: 'threw', error };
    });
    const result = await Promise.race([done, suspended, this.giveUp(interrupted.signal, over.signal)]);
    over.abort();
    invocation.close();
    return result;
  }

  private warnOfUnfinished(names: readonly string[]): void {
    if (names.length === 0) return;
    this.contextPorts.log.warn('The worker returned before these had ended; they are waited for. Await every step.', {
      code: 'step_not_awaited',
      unfinished: names,
    });
  }

  /** Interrupts the work at the job's deadline and before the invocation's end. */
  private limitTime(over: AbortSignal): void {
    const { runtime } = this.ports;
    const { deadlineMs } = this.lease.job;
    const attemptMs = this.delivery.remainingMs() - stopGraceMs - lastWritesMs;
    const untilDeadlineMs = deadlineMs - runtime.nowMs();
    const isDeadlineFirst = untilDeadlineMs <= attemptMs;
    void runtime.sleep(Math.max(0, Math.min(attemptMs, untilDeadlineMs)), over).then(() => {
      if (over.aborted) return;
      if (isDeadlineFirst) this.lease.interrupt('deadline_exceeded', deadlineMessage(this.lease.job));
      else this.lease.interrupt('attempt_timed_out', `The attempt did not end within ${this.worker.contract.timeoutSeconds} s.`);
    });
  }

  /** For code that ignores its signal: it can write nothing more to the job, and its process is to be ended. */
  private async giveUp(interrupted: AbortSignal, over: AbortSignal): Promise<Result> {
    if (!interrupted.aborted) await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
    await this.ports.runtime.sleep(stopGraceMs, over);
    if (!over.aborted) this.delivery.reportRunaway?.();
    return { kind: 'ignored', error: interrupted.reason };
  }

  private async conclude(result: Result, invocation: InvocationContext): Promise<Job> {
    const memory = invocation.patch();
    switch (result.kind) {
      case 'returned':
        return this.conclusion.succeed(result.value, memory);
      case 'suspended':
        return this.conclusion.sleep(result.suspension, memory);
      case 'threw':
      case 'ignored': {
        if (result.error instanceof LeaseLostError) throw result.error;
        const { signal } = this.lease.interrupted;
        // Whatever the code threw after it was told to stop, the reason is why it was told.
        const failure = describeFailure(signal.aborted ? signal.reason : result.error);
        if (failure.error.code === 'host_stopping')
          return result.kind === 'ignored' ? this.conclusion.cutOff(undefined, memory) : this.conclusion.startAgain(memory);
        if (result.kind === 'threw' && !signal.aborted) {
          // The engine's own store, queue or bucket, met in a step, a checkpoint or a delegation.
          if (result.error instanceof UnavailableError) return this.conclusion.waitForStorage(result.error, memory);
          if (result.error instanceof QuotaExceededError) return this.conclusion.waitForQuota(result.error, memory);
        }
        if (failure.error.code === 'worker_error') this.contextPorts.log.error('The worker threw.', { error: result.error });
        const { conclusion } = this;
        const next = failure.error.code === 'cancelled' ? cancelledEnding : conclusion.decideAfter(failure);
        const kept = 'patch' in next ? invocation.patchForNextAttempt() : memory;
        if (result.kind === 'ignored') return conclusion.cutOff(next, kept);
        return 'patch' in next ? conclusion.rest(next, kept) : conclusion.end(next, kept);
      }
    }
  }

  private async cleanUp(): Promise<string | undefined> {
    const { definition } = this.worker;
    const input = await this.readInput().catch((error: unknown) => {
      // Gone for good, or for longer than what was made may live on: still there is something to undo.
      const isGivenUp = error instanceof UnavailableError && (this.lease.job.pendingOutcome?.outages ?? 0) >= maxCleanUpOutages;
      if (error instanceof PermanentError || isGivenUp) return undefined;
      throw error;
    });
    const over = new AbortController();
    const limitMs = Math.max(0, this.delivery.remainingMs() - lastWritesMs);
    const timeOut = this.ports.runtime.sleep(limitMs, over.signal).then(() => {
      if (!over.signal.aborted) throw new RetryableError('Cleaning up did not end in time.', { code: 'clean_up_timed_out' });
      return undefined;
    });
    try {
      return await Promise.race([definition.cleanUp?.(input as never, cleanUpContext(this.lease, this.contextPorts)), timeOut]);
    } finally {
      over.abort();
    }
  }
}

function jobLog(log: Log, lease: JobSession): Log {
  const { id, type, attempt } = lease.job;
  // The line's own fields come last, so that what is logged cannot pass for another job's.
  const line = (level: keyof Log) => (message: unknown, more?: unknown) => {
    const { redactor } = lease;
    log[level](redactor.text(errorText(message)), { ...membersOf(redactor.value(loggable(more))), job: id, type, attempt });
  };
  return { info: line('info'), warn: line('warn'), error: line('error') };
}

/** Fields that are no object stand under a name of their own. */
function membersOf(fields: unknown): Readonly<Record<string, unknown>> {
  if (fields === undefined) return {};
  return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? { ...fields } : { value: fields };
}
