/** A job as an answer shows it: the record with what the catalogue and the state of its type add to it. */
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { isRetryable, retryId } from '../../core/submit/retry-job.ts';
import { type ApiContext, type ApiDeps, contractOf } from '../api-context.ts';
import type { JobResource } from '../openapi/resource-schemas.ts';
import type { SecretNames } from './job-input.ts';
import { formatJob, retryAfterSeconds } from './job-resource.ts';

type ListedResource = Omit<JobResource, 'delegated'>;

/** @returns the job resource; for a job that may have been retried, this reads the one that did */
export async function toJobResource(job: Job, deps: ApiDeps): Promise<ListedResource> {
  const { store, runtime } = deps;
  const retry = isRetryable(job.status) ? await store.get(retryId(job), runtime.nowMs()) : undefined;
  return { ...(await toListedResource(job, deps)), retriedBy: retry?.id ?? null };
}

/** @returns the resources of a page with the jobs that retried them, which are read in one batch */
export async function withRetries(resources: readonly ListedResource[], { store, runtime }: ApiDeps): Promise<readonly ListedResource[]> {
  const retryIdOf = ({ id, owner, createdAt }: ListedResource) => retryId({ id, owner, createdAtMs: Date.parse(createdAt) });
  const ids = resources.filter(({ status }) => isRetryable(status)).map(retryIdOf);
  if (ids.length === 0) return resources;
  const found = new Set((await store.getMany(ids, runtime.nowMs())).map(({ id }) => id));
  return resources.map((resource) => ({ ...resource, retriedBy: found.has(retryIdOf(resource)) ? retryIdOf(resource) : null }));
}

/** @returns the job resource as the record alone says it, without the job that retried it; its reason may be that its type is paused. Every job that is shown comes through here, so that all are learned from. */
export async function toListedResource(job: Job, deps: ApiDeps): Promise<ListedResource> {
  const { typeStates, runtime, durations } = deps;
  durations.observe(job);
  const isWaiting = !isTerminal(job.status) && job.status !== 'running';
  // The clock ends the jobs of a type that is no longer deployed, whether or not the type was paused.
  const mayBePaused = isWaiting && contractOf(job, deps) !== undefined;
  const isPaused = mayBePaused && (await typeStates.stateOf(job.type)) === 'paused';
  const pause = isPaused ? { change: await typeStates.changeOf(job.type) } : undefined;
  const contract = contractOf(job, deps);
  return formatJob(job, runtime.nowMs(), {
    pause,
    isInternal: contract?.isInternal === true,
    secretNames: secretNamesOf(job, deps),
    memoryMiB: contract?.memoryMiB,
    sendsWebhooks: deps.settings.webhooks !== undefined,
  });
}

export function secretNamesOf(job: Job, deps: ApiDeps): SecretNames {
  const contract = contractOf(job, deps);
  return contract && (contract.redact ?? []);
}

/** @returns when to ask about the job again */
export function retryAfter(job: Job, deps: ApiDeps): string {
  const { runtime, durations } = deps;
  const contract = contractOf(job, deps);
  const typicalSeconds = contract === undefined ? 5 : durations.typicalSeconds(contract);
  return String(retryAfterSeconds(job, typicalSeconds, runtime.nowMs()));
}

/** Says when to ask again, of a job that has not ended. */
export function setRetryAfter(c: ApiContext, job: Job, deps: ApiDeps): void {
  if (!isTerminal(job.status)) c.header('retry-after', retryAfter(job, deps));
}
