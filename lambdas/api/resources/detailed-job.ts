/** A job as it is shown when it is asked for itself. */
import { findContract } from '../../core/contract/contract.ts';
import type { Job } from '../../core/job/job.ts';
import type { ApiDeps } from '../api-context.ts';
import type { JobResource } from '../openapi/resource-schemas.ts';
import { followedJobs, toFollowedResource } from './followed-jobs.ts';
import { toJobResource } from './job-view.ts';

/** @returns the job with the jobs that its type follows; each of these is one read more */
export async function toDetailedResource(job: Job, deps: ApiDeps): Promise<JobResource> {
  const followed = await followedJobs(job, findContract(deps.catalogue, job.type), deps.store, deps.runtime.nowMs());
  const delegated = followed && (await Promise.all(followed.map(async (one) => toFollowedResource(await toJobResource(one, deps)))));
  return { ...(await toJobResource(job, deps)), ...(delegated === undefined ? {} : { delegated }) };
}
