/** One wake-up, from the message to what its job's record says afterwards. */
import type { JobTypeContract } from '../contract/contract.ts';
import { LeaseLostError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import { jobFields, type Metrics, metricsForRun } from '../control/metrics.ts';
import type { GateStore } from '../gate/gate-store.ts';
import { mustEnd, needsCleanUp } from '../job/clean-up.ts';
import type { Job } from '../job/job.ts';
import type { FollowRun, StartAnnouncer } from '../job/ports.ts';
import { decodeWakeUp } from '../job/wake-up.ts';
import { type ClaimedJob, JobSession } from '../session/job-session.ts';
import { claimJob, exclusiveRetrySeconds } from './claim.ts';
import { jobLog } from './job-log.ts';
import type { Delivery, Worker } from './job-run.ts';
import { type RunDeps, runClaimedJob } from './run-claimed-job.ts';
import type { RunningJobs } from './running-jobs.ts';

export type MessageOutcome =
  /** The message has done its work. */
  | { readonly kind: 'acknowledge' }
  /** Deliver the message again after this time. */
  | { readonly kind: 'retry-later'; readonly afterSeconds: number };

export interface EngineDeps extends RunDeps {
  readonly log: Log;
  readonly leaseMs: number;
  /** The jobs of this process. */
  readonly runningJobs: RunningJobs;
  readonly metrics: Metrics;
  readonly gates: GateStore;
  /** Undefined where starts are not announced. */
  readonly announceStart?: StartAnnouncer | undefined;
  /** Undefined where no run is followed. */
  readonly followRun?: FollowRun | undefined;
}

/** A message, and the worker of its type. */
interface Received {
  readonly worker: Worker;
  readonly delivery: Delivery;
}

const acknowledge: MessageOutcome = { kind: 'acknowledge' };
/** A job that must run alone waits for the others in its process for up to this time; then its message comes again. */
const maxWaitUntilAloneMs = 60_000;

/**
 * Does what a message asks for. Never throws for anything that the job's own code does.
 * @throws UnavailableError and the like when the store cannot be reached: the message must be delivered again
 */
export async function handleWakeUp(worker: Worker, delivery: Delivery, deps: EngineDeps): Promise<MessageOutcome> {
  const { contract } = worker;
  const { runtime, runningJobs, queues, log } = deps;
  const id = decodeWakeUp(delivery.body);
  if (id === undefined) {
    log.warn('A message is not a wake-up and went to the dead-letter queue.', { code: 'not_a_wake_up' });
    await queues.deadLetter(contract.name, delivery.body, 'not_a_wake_up');
    deps.metrics.put('dead letter', { DeadLetters: 1 }, { type: contract.name, code: 'not_a_wake_up' });
    return acknowledge;
  }
  // Paused: the message is dropped, since the alarm in the record makes the clock wake the job later. Exception: a job that must end now and left
  // something to undo, or whose worker died.
  if ((await deps.typeStates.isPaused(contract.name)) && !(await mustEndNow(id, contract, deps))) return acknowledge;
  const place = runningJobs.join(id);
  if (place === undefined) return { kind: 'retry-later', afterSeconds: exclusiveRetrySeconds };
  const waitUntilAlone = () => place.becomeAlone(Math.min(maxWaitUntilAloneMs, delivery.remainingMs() / 2), runtime);
  try {
    const claim = await claimJob({ id, contract, receiveCount: delivery.receiveCount, waitUntilAlone }, deps);
    switch (claim.kind) {
      case 'retry-later':
        return claim;
      case 'nothing':
        return acknowledge;
      case 'claimed':
        return await runWithLease(claim, { worker, delivery }, deps);
    }
  } finally {
    place.leave();
  }
}

/** @returns whether the job must end and its worker left something behind: by dying, or by what its clean-up has to undo */
async function mustEndNow(id: string, contract: JobTypeContract, { store, runtime }: EngineDeps): Promise<boolean> {
  const job = await store.get(id, runtime.nowMs());
  return job !== undefined && (job.status === 'running' || needsCleanUp(job, contract)) && mustEnd(job, runtime.nowMs());
}

async function runWithLease(claim: ClaimedJob, { worker, delivery }: Received, deps: EngineDeps): Promise<MessageOutcome> {
  const { store, runtime, metrics, log, leaseMs } = deps;
  const startedMs = runtime.nowMs();
  const { cancelCheckSeconds } = worker.contract;
  const cancelCheckMs = cancelCheckSeconds === undefined ? undefined : cancelCheckSeconds * 1000;
  const onWritten = (job: Job) => follower?.written(job);
  const { extendVisibility } = delivery;
  const session = new JobSession(claim, { store, runtime, log, leaseMs, cancelCheckMs, onWritten, extendVisibility });
  session.start();
  // Beside the work, which they never hold up; the invocation outlasts them, or Lambda would freeze them.
  const announced = claim.origin === 'first' ? deps.announceStart?.(claim.job) : undefined;
  const follower = deps.followRun?.(claim.job, claim.origin);
  try {
    const job = await runClaimedJob({ worker, session, delivery, log: jobLog(log, session) }, deps);
    const ms = runtime.nowMs() - startedMs;
    const code = job.error?.code ?? job.reason?.code;
    metrics.put('job', metricsForRun(claim, job), { ...jobFields(job), attempt: claim.job.attempt, status: job.status, code, ms });
    return acknowledge;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    log.warn('A worker lost its lease and wrote nothing more.', { job: claim.job.id, code: error.code });
    return { kind: 'retry-later', afterSeconds: 1 };
  } finally {
    await announced;
    await follower?.settled();
    await session.stop();
  }
}
