/** One wake-up, from the message to what its job's record says afterwards. */

import type { JobTypeContract } from '../contract/contract.ts';
import { LeaseLostError } from '../contract/errors.ts';
import { jobFields, metricsForRun } from '../control/metrics.ts';
import { mustEnd, needsCleanUp } from '../job/clean-up.ts';
import { decodeWakeUp } from '../job/wake-up.ts';
import { type ClaimPorts, claimJob, companySeconds } from './claim.ts';
import { type Delivery, JobRun, type RunPorts, type Worker } from './job-run.ts';
import { JobSession } from './job-session.ts';

export type MessageOutcome =
  /** The message has done its work. */
  | { readonly kind: 'acknowledge' }
  /** Deliver it again after so many seconds. */
  | { readonly kind: 'look-again'; readonly afterSeconds: number };

const acknowledge: MessageOutcome = { kind: 'acknowledge' };
/** A job that must run alone waits for the others in its process for this long, and then comes again. */
const maxWaitForCompanyMs = 60_000;

/** A job that its worker left begun, by its death or with something to clean up. */
async function mustEndBegun(id: string, contract: JobTypeContract, { store, runtime }: RunPorts): Promise<boolean> {
  const job = await store.get(id, runtime.nowMs());
  return job !== undefined && (job.status === 'running' || needsCleanUp(job, contract)) && mustEnd(job, runtime.nowMs());
}

/**
 * Does what a message asks for. Never throws for anything that the job's own code does.
 * @throws UnavailableError and the like when the store cannot be reached: the message must be delivered again
 */
export async function handleWakeUp(worker: Worker, delivery: Delivery, ports: RunPorts): Promise<MessageOutcome> {
  const { contract } = worker;
  const id = decodeWakeUp(delivery.body);
  if (id === undefined) {
    ports.log.warn('A message is no wake-up of ours and went to the dead-letter queue.', { code: 'not_a_wake_up' });
    await ports.queues.deadLetter(contract.name, delivery.body, 'not_a_wake_up');
    return acknowledge;
  }
  const { runtime } = ports;
  // Its record keeps an alarm, and the clock wakes it when the type is resumed. What a job made must not live on for as long as a pause, though,
  // nor a job whose worker died before it heard of its cancel.
  if ((await ports.typeStates.isPaused(contract.name)) && !(await mustEndBegun(id, contract, ports))) return acknowledge;
  if (!ports.company.join(id)) return { kind: 'look-again', afterSeconds: companySeconds };
  let isPresent = true;
  const becomeAlone = async () => {
    isPresent = await ports.company.becomeAlone(id, Math.min(maxWaitForCompanyMs, delivery.remainingMs() / 2), runtime);
    return isPresent;
  };
  try {
    return await claimAndRun(id, worker, delivery, { ...ports, becomeAlone });
  } finally {
    if (isPresent) ports.company.leave(id);
  }
}

async function claimAndRun(
  id: string,
  worker: Worker,
  delivery: Delivery,
  ports: RunPorts & Pick<ClaimPorts, 'becomeAlone'>,
): Promise<MessageOutcome> {
  const { runtime } = ports;
  const now = () => ({ wallMs: runtime.nowMs(), monotonicMs: runtime.monotonicMs() });
  let claimedAt = now();
  const becomeAlone = async () => {
    const isAlone = await ports.becomeAlone();
    claimedAt = now();
    return isAlone;
  };
  const claim = await claimJob(id, worker.contract.name, delivery.receiveCount, { ...ports, becomeAlone });
  switch (claim.kind) {
    case 'look-again':
      return claim;
    case 'nothing':
      return acknowledge;
    case 'claimed': {
      const startedMs = runtime.nowMs();
      const { cancelCheckSeconds } = worker.contract;
      const cancelCheckMs = cancelCheckSeconds === undefined ? undefined : cancelCheckSeconds * 1000;
      const leasePorts = { ...ports, cancelCheckMs, extendVisibility: delivery.extendVisibility };
      const lease = new JobSession(claim.job, claim.leaseToken, claimedAt, leasePorts);
      lease.start();
      try {
        const job = await new JobRun(worker, lease, delivery, ports).run();
        const ms = runtime.nowMs() - startedMs;
        const numbers = { ...metricsForRun(claim.job, job), EstimatedCost: ports.estimateUsd(ms, job.revision - claim.job.revision + 1) };
        const code = job.error?.code ?? job.reason?.code;
        ports.metrics.put('job', numbers, { ...jobFields(job), attempt: claim.job.attempt, status: job.status, code, ms });
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
