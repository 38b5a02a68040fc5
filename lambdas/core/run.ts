/** One wake-up, from the message to what its job's record says afterwards. */
import { cancelJob } from './cancel.ts';
import { claimJob } from './claim.ts';
import type { Log, WorkerDefinition } from './context.ts';
import type { JobTypeContract } from './contract.ts';
import { LeaseLostError, PermanentError, UnavailableError } from './errors.ts';
import { parseExactJson } from './exact-json.ts';
import { describeFailure, type Failure } from './failure.ts';
import { HeldLease } from './held-lease.ts';
import type { Ending, Job, JobPatch } from './job.ts';
import { type ContextPorts, cleanUpContext, InvocationContext, type Suspension } from './job-context.ts';
import {
  afterFailure,
  type Continuation,
  cleanUpBudget,
  crashBudget,
  deadlineMessage,
  endingAtClaim,
  endPatch,
  type Moment,
  needsCleanUp,
  sleepPatch,
  waitPatch,
} from './outcome.ts';
import { loadPayload, storePayload } from './payload.ts';
import type { JobStore, PayloadStore, WakeUpQueues, World } from './ports.ts';
import { decodeWakeUp } from './wake-up.ts';

export interface RunPorts extends Omit<ContextPorts, 'isTimeNearlyOver' | 'delegate'> {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly payloads: PayloadStore;
  readonly world: World;
  readonly log: Log;
  readonly leaseMs: number;
  readonly graceMs: number;
  readonly retentionMs: number;
  /** Submits another job for the owner of this one. */
  readonly delegateFor: (job: Job) => ContextPorts['delegate'];
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
}

export type Disposition =
  /** The message has done its work. */
  | { readonly kind: 'acknowledge' }
  /** Deliver it again after so many seconds. */
  | { readonly kind: 'look-again'; readonly afterSeconds: number };

const acknowledge: Disposition = { kind: 'acknowledge' };

/** Code that was told to stop gets this long to do so; then the invocation goes on without it. */
const stopGraceMs = 5_000;
/** Kept of Lambda's time for the last writes. */
const lastWritesMs = 3_000;

export interface Worker<Contract extends JobTypeContract = JobTypeContract> {
  readonly contract: Contract;
  readonly definition: WorkerDefinition<Contract>;
}

/**
 * Does what a message asks for. Never throws for anything that the job's own code does.
 * @throws UnavailableError and the like when the store cannot be reached: the message must be delivered again
 */
export async function handleWakeUp(worker: Worker, delivery: Delivery, ports: RunPorts): Promise<Disposition> {
  const { contract } = worker;
  const id = decodeWakeUp(delivery.body);
  if (id === undefined) {
    ports.log.warn('A message is no wake-up of ours and went to the dead-letter queue.', { code: 'not_a_wake_up' });
    await ports.queues.deadLetter(contract.name, delivery.body, 'not_a_wake_up');
    return acknowledge;
  }
  const claim = await claimJob(id, contract.name, delivery.receiveCount, ports);
  switch (claim.kind) {
    case 'look-again':
      return claim;
    case 'nothing':
      return acknowledge;
    case 'claimed': {
      const startedMs = ports.world.nowMs();
      const lease = new HeldLease(claim.job, claim.leaseToken, { ...ports, extendVisibility: delivery.extendVisibility });
      lease.start();
      try {
        const job = await new JobRun(worker, lease, delivery, ports).run();
        ports.log.info('job', {
          job: job.id,
          type: job.type,
          owner: job.owner,
          attempt: claim.job.attempt,
          status: job.status,
          code: job.error?.code ?? job.reason?.code,
          ms: ports.world.nowMs() - startedMs,
        });
        return acknowledge;
      } catch (error) {
        if (!(error instanceof LeaseLostError)) throw error;
        ports.log.warn('A worker lost its lease and wrote nothing more.', { job: id, code: error.code });
        return { kind: 'look-again', afterSeconds: 1 };
      } finally {
        await lease.stop();
      }
    }
  }
}

type Result =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'suspended'; readonly suspension: Suspension };

/** One claimed job in one invocation. */
class JobRun {
  private readonly worker: Worker;
  private readonly lease: HeldLease;
  private readonly delivery: Delivery;
  private readonly ports: RunPorts;
  private readonly contextPorts: ContextPorts;

  constructor(worker: Worker, lease: HeldLease, delivery: Delivery, ports: RunPorts) {
    this.worker = worker;
    this.lease = lease;
    this.delivery = delivery;
    this.ports = ports;
    const invocationMs = delivery.remainingMs();
    this.contextPorts = {
      ...ports,
      log: jobLog(ports.log, lease.job),
      isTimeNearlyOver: () => delivery.remainingMs() < Math.min(60_000, invocationMs / 4),
      delegate: ports.delegateFor(lease.job),
    };
  }

  /** @returns the job as it stands afterwards @throws LeaseLostError when that is another worker's affair now */
  async run(): Promise<Job> {
    const { contract } = this.worker;
    const ending = endingAtClaim(this.lease.job, contract, this.ports.world.nowMs());
    if (ending !== undefined) return this.end(ending);
    let input: unknown;
    try {
      input = await this.readInput();
    } catch (error) {
      return this.fail(describeFailure(error), {});
    }
    const invocation = new InvocationContext(this.lease, contract, this.contextPorts);
    const result = await this.runWorker(input, invocation);
    if (this.lease.lost.signal.aborted) throw new LeaseLostError(this.lease.job.id);
    return this.conclude(result, invocation.memory());
  }

  private async readInput(): Promise<unknown> {
    const { contract } = this.worker;
    const parsed = contract.input.safeParse(parseExactJson(await loadPayload(this.ports.payloads, this.lease.job.input)));
    if (parsed.success) return parsed.data;
    throw new PermanentError(`The input no longer fits the contract of ${contract.name}: ${parsed.error.issues[0]?.message}`, {
      code: 'invalid_input',
    });
  }

  private async runWorker(input: unknown, invocation: InvocationContext): Promise<Result> {
    const { interrupted } = this.lease;
    const over = new AbortController();
    this.limitTime(over.signal);
    const stopping = () => this.lease.interrupt('host_stopping', 'The host is going down.');
    this.delivery.hostStopping?.addEventListener('abort', stopping, { signal: over.signal });
    const work = this.worker.definition.run(input as never, invocation.ctx).then(
      (value): Result => ({ kind: 'returned', value }),
      (error: unknown): Result => ({ kind: 'threw', error }),
    );
    const suspended = invocation.suspended.then(async (suspension): Promise<Result> => {
      await invocation.settle();
      return { kind: 'suspended', suspension };
    });
    const result = await Promise.race([work, suspended, this.giveUp(interrupted.signal, over.signal)]);
    over.abort();
    invocation.close();
    return result;
  }

  /** Interrupts the work at the job's deadline and before the invocation's end. */
  private limitTime(over: AbortSignal): void {
    const { world } = this.ports;
    const { deadlineMs } = this.lease.job;
    const attemptMs = this.delivery.remainingMs() - stopGraceMs - lastWritesMs;
    const untilDeadlineMs = deadlineMs - world.nowMs();
    const isDeadlineFirst = untilDeadlineMs <= attemptMs;
    void world.pause(Math.max(0, Math.min(attemptMs, untilDeadlineMs)), over).then(() => {
      if (over.aborted) return;
      if (isDeadlineFirst) this.lease.interrupt('deadline_exceeded', deadlineMessage(this.lease.job));
      else this.lease.interrupt('attempt_timed_out', `The attempt did not end within ${this.worker.contract.timeoutSeconds} s.`);
    });
  }

  /** For code that ignores its signal: it can write nothing more, so the job need not wait for it. */
  private async giveUp(interrupted: AbortSignal, over: AbortSignal): Promise<Result> {
    if (!interrupted.aborted) await new Promise((resolve) => interrupted.addEventListener('abort', resolve, { once: true }));
    await this.ports.world.pause(stopGraceMs, over);
    return { kind: 'threw', error: interrupted.reason };
  }

  private async conclude(result: Result, memory: JobPatch): Promise<Job> {
    switch (result.kind) {
      case 'returned':
        return this.succeed(result.value, memory);
      case 'suspended':
        return this.suspend(memory, (job) => sleepPatch(job, this.moment(), result.suspension));
      case 'threw': {
        if (result.error instanceof LeaseLostError) throw result.error;
        const { signal } = this.lease.interrupted;
        // Whatever the code threw after it was told to stop, the reason is why it was told.
        const failure = describeFailure(signal.aborted ? signal.reason : result.error);
        if (failure.error.code === 'host_stopping') return this.startAgain(memory);
        if (failure.error.code === 'worker_error') this.contextPorts.log.error('The worker threw.', { error: stackOf(result.error) });
        return failure.error.code === 'cancelled' ? this.end({ status: 'cancelled', tries: 0 }, memory) : this.fail(failure, memory);
      }
    }
  }

  /** Nobody's fault, so no attempt is spent: another host goes on from what is remembered. */
  private startAgain(memory: JobPatch): Promise<Job> {
    const reason = { code: 'waiting_for_worker', detail: 'its host went down' } as const;
    return this.suspend(memory, (job) => sleepPatch(job, this.moment(), { untilMs: this.ports.world.nowMs(), reason }));
  }

  private async succeed(value: unknown, memory: JobPatch): Promise<Job> {
    const { contract } = this.worker;
    const parsed = contract.output.safeParse(value);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const message = `The worker returned what the contract of ${contract.name} does not allow: ${issue?.path.join('.')}: ${issue?.message}`;
      return this.end({ status: 'failed', error: { code: 'invalid_result', message, retryable: false }, tries: 0 }, memory);
    }
    const { job } = this.lease;
    const result = await storePayload(this.ports.payloads, job.id, 'result', JSON.stringify(parsed.data ?? null));
    return this.lease.write(() => ({ ...memory, ...endPatch(this.lease.job, this.moment(), { status: 'succeeded', result }) }));
  }

  private fail(failure: Failure, memory: JobPatch): Promise<Job> {
    const next = afterFailure(this.lease.job, this.worker.contract, failure, this.moment(), this.ports.world.random());
    return 'patch' in next ? this.suspend(memory, () => next) : this.end(next, memory);
  }

  private async suspend(memory: JobPatch, makeContinuation: (job: Job) => Continuation): Promise<Job> {
    const continuation = makeContinuation(this.lease.job);
    const job = await this.lease.write(() => ({ ...memory, ...continuation.patch }));
    // Asked for while the worker was on its way to rest: now nobody else would tell it.
    if (job.cancelRequestedAtMs !== undefined && job.ending === undefined) return this.cancelResting(job);
    if (continuation.messageDelaySeconds !== undefined) {
      // Lost or not, the alarm in the record stands behind it.
      await this.ports.queues.wake(job, continuation.messageDelaySeconds).catch((error: unknown) => {
        this.ports.log.warn('A wake-up could not be sent; the clock will wake the job.', { job: job.id, error: String(error) });
      });
    }
    return job;
  }

  private async cancelResting(job: Job): Promise<Job> {
    const cancelled = await cancelJob(job, this.worker.contract, this.ports);
    if (cancelled.kind === 'busy') throw new UnavailableError('The job changed all the time while it was to be cancelled.');
    return cancelled.job;
  }

  /** Ends the job as failed or cancelled, after its worker cleaned up where there is something to clean up. */
  private async end(ending: Ending, memory: JobPatch = {}): Promise<Job> {
    const { job } = this.lease;
    if (ending.error?.code === 'worker_crashed' && job.ending === undefined) {
      await this.ports.queues.deadLetter(job.type, this.delivery.body, 'worker_crashed');
    }
    if (!needsCleanUp(job, this.worker.contract)) return this.writeEnd(ending, undefined, memory);
    if (job.ending === undefined) await this.lease.write(() => ({ ...memory, ending }));
    // A worker that dies in its clean-up, too, must not hold up the end for ever.
    if (job.crashes > 2 * crashBudget) return this.writeEnd(ending, 'cleaning up was given up: its workers died');
    try {
      return await this.writeEnd(ending, await this.cleanUp());
    } catch (error) {
      if (error instanceof LeaseLostError || this.lease.lost.signal.aborted) throw new LeaseLostError(job.id);
      return this.afterFailedCleanUp(ending, describeFailure(error));
    }
  }

  private async cleanUp(): Promise<string | undefined> {
    const { definition } = this.worker;
    let input: unknown;
    try {
      input = await this.readInput();
    } catch {
      return undefined; // what cannot be read was never run
    }
    return definition.cleanUp?.(input as never, cleanUpContext(this.lease, this.contextPorts));
  }

  private async afterFailedCleanUp(ending: Ending, { error }: Failure): Promise<Job> {
    const tries = ending.tries + 1;
    this.contextPorts.log.warn('Cleaning up failed.', { code: error.code, error: error.message, tries });
    if (tries >= cleanUpBudget) return this.writeEnd(ending, `cleaning up failed ${tries} times: ${error.code}: ${error.message}`);
    const nowMs = this.ports.world.nowMs();
    return this.suspend({ ending: { ...ending, tries } }, (job) =>
      waitPatch(job, this.moment(), {
        untilMs: nowMs + Math.min(300_000, 1_000 * 2 ** tries),
        reason: { code: 'cleaning_up', detail: `try ${tries} failed: ${error.code}: ${error.message}`.slice(0, 300) },
      }),
    );
  }

  private writeEnd({ status, error }: Ending, cleanedUp: string | undefined, memory: JobPatch = {}): Promise<Job> {
    const moment = this.moment();
    const entries = cleanedUp === undefined ? [] : [{ atMs: moment.nowMs, event: 'cleaned_up' as const, detail: cleanedUp }];
    return this.lease.write(() => {
      const end =
        status === 'failed' && error !== undefined
          ? { status, error: cleanedUp === undefined ? error : { ...error, details: { ...error.details, cleanUp: cleanedUp } } }
          : { status: 'cancelled' as const };
      return { ...memory, ...endPatch(this.lease.job, moment, end, ...entries) };
    });
  }

  private moment(): Moment {
    const { world, graceMs, retentionMs } = this.ports;
    return { nowMs: world.nowMs(), graceMs, retentionMs };
  }
}

function jobLog(log: Log, { id, type, attempt }: Job): Log {
  const fields = { job: id, type, attempt };
  return {
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
