/** Shows with a job the state of the jobs that it delegated and that continue after its end. */
import type { JobTypeContract } from '../../core/contract/contract.ts';
import type { Job } from '../../core/job/job.ts';
import type { JobStore } from '../../core/job/ports.ts';
import { delegatedId } from '../../core/submit/child-job.ts';
import type { formatJob } from './job-resource.ts';

/** No deployment keeps an ended job for a shorter time (`DELEGATION_RETENTION_DAYS`). */
const minRetentionMs = 86_400_000;
/** DynamoDB's BatchGetItem takes this many ids in one call. */
const maxIds = 100;

/** @returns undefined for a type that follows nothing; else the jobs, oldest first, without those whose records expired */
export async function followedJobs(
  job: Job,
  contract: JobTypeContract | undefined,
  store: Pick<JobStore, 'get' | 'getMany'>,
  nowMs: number,
): Promise<readonly Job[] | undefined> {
  if (contract?.follows === undefined) return undefined;
  const found: Job[] = [];
  for (const [name, max] of Object.entries(contract.follows)) {
    for (let number = 1; number <= max; number++) {
      const child = await store.get(idOf(job, name, number), nowMs);
      if (child !== undefined) found.push(child);
      else if (nowMs - job.createdAtMs < minRetentionMs) break;
      else {
        // This record may have expired, and later ones not.
        found.push(...(await laterJobs(job, name, number + 1, max, store, nowMs)));
        break;
      }
    }
  }
  return found;
}

async function laterJobs(job: Job, name: string, from: number, max: number, store: Pick<JobStore, 'getMany'>, nowMs: number) {
  const ids = Array.from({ length: Math.max(0, max + 1 - from) }, (_, i) => idOf(job, name, from + i));
  const found: Job[] = [];
  for (let i = 0; i < ids.length; i += maxIds) found.push(...(await store.getMany(ids.slice(i, i + maxIds), nowMs)));
  return found;
}

function idOf(job: Job, name: string, number: number): string {
  return delegatedId(job, number === 1 ? name : `${name}-${number}`);
}

/** @param view of the whole job @returns what is shown of it with the job that delegated it */
export function toFollowedResource({ id, type, status, reason, error, links }: ReturnType<typeof formatJob>) {
  return { id, type, status, reason, error, links: { self: links.self } };
}
