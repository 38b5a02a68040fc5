/** A job as an answer shows it: the record with what the catalogue and the state of its type add to it. */
import { findContract } from '../../core/contract/contract.ts';
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import type { SecretNames } from './job-input.ts';
import { formatJob, retryAfterSeconds } from './job-resource.ts';

/** @returns the job resource; its reason may be that its type is paused */
export async function toJobResource(job: Job, deps: ApiDeps) {
  const mayBePaused = !isTerminal(job.status) && job.status !== 'running';
  const isPaused = mayBePaused && (await deps.typeStates.stateOf(job.type)) === 'paused';
  return formatJob(job, deps.runtime.nowMs(), { isPaused, secretNames: secretNamesOf(job, deps) });
}

export function secretNamesOf({ type }: Job, { catalogue }: ApiDeps): SecretNames {
  const contract = findContract(catalogue, type);
  return contract && (contract.redact ?? []);
}

/** @returns when to ask about the job again */
export function retryAfter(job: Job, { catalogue, runtime, durations }: ApiDeps): string {
  const contract = findContract(catalogue, job.type);
  const typicalSeconds = contract === undefined ? 5 : durations.typicalSeconds(contract);
  return String(retryAfterSeconds(job, typicalSeconds, runtime.nowMs()));
}

/** Says when to ask again, of a job that has not ended. */
export function setRetryAfter(c: ApiContext, job: Job, deps: ApiDeps): void {
  if (!isTerminal(job.status)) c.header('retry-after', retryAfter(job, deps));
}
