/** Names for the requests of a worker, so that a test can say at which of them its process dies. */
import type { Job, JobPatch } from '../lambdas/core/job/job.ts';
import { isTerminal } from '../lambdas/core/job/states.ts';

/**
 * A request that changes something outside of the worker's process:
 * - `claim`, `take over` a job whose worker was lost, `heartbeat`
 * - `step NAME`, `delegation NAME`: what a step or a delegation returned is saved
 * - `link NAME#1`: the first link for a signal is saved
 * - `checkpoint`, `save`: a checkpoint, or something else that the next invocation starts from
 * - `sleep NAME`, `wait NAME`, `suspend`: the invocation ends and the job waits; `retry`: it waits for its next attempt
 * - `clean up`: how the job will end is saved, and its worker's clean-up runs next; `end`: the job succeeds, fails or is cancelled
 * - `file NAME`, `payload`: an object in the bucket
 * - `take place`, `leave gate`: a place of a concurrency key; `join line`, `crowd gate`, `quit line`: the job waits for one, or no longer
 * - `submit`: the record of a delegated job; `wake`: a message to a queue
 */
export type Operation = string;

/** @param job the record before the write */
export function nameOfWrite(job: Job | undefined, patch: JobPatch): Operation {
  if (patch.leaseToken !== undefined) return 'take over';
  if (patch.status !== undefined && isTerminal(patch.status)) return 'end';
  if (patch.pendingOutcome !== undefined && patch.status === undefined && patch.isHandedOver !== true) return 'clean up';
  const news = Object.keys(patch.journal ?? {}).filter((key) => !Object.hasOwn(job?.journal ?? {}, key));
  const find = (kind: string) => news.find((key) => key.startsWith(`${kind}:`))?.slice(kind.length + 1);
  if (patch.status === 'waiting') {
    if (patch.reason?.code === 'backing_off') return 'retry';
    const [sleep, wait] = [find('sleep'), find('wait')];
    if (sleep !== undefined) return `sleep ${sleep}`;
    return wait === undefined ? 'suspend' : `wait ${wait}`;
  }
  if ('checkpoint' in patch && patch.checkpoint !== job?.checkpoint) return 'checkpoint';
  const [step, child, link] = [find('step'), find('child'), find('link')];
  if (step !== undefined) return `step ${step}`;
  if (child !== undefined) return `delegation ${child}`;
  if (link !== undefined) return `link ${link}`;
  return patch.journal === undefined && patch.leaseEndsAtMs !== undefined ? 'heartbeat' : 'save';
}

/** @param key of an object in the bucket */
export function nameOfFile(key: string): Operation {
  return `file ${key.slice(key.lastIndexOf('/') + 1)}`;
}
