/** Shows with a job what became of those that it delegated and that go on after its end. */
import type { JobTypeContract } from '../core/contract.ts';
import { delegatedId } from '../core/delegate.ts';
import type { Job } from '../core/job.ts';
import type { JobStore } from '../core/ports.ts';
import type { presentJob } from './present.ts';

/** Of each name; a launch replaces instances so often at most. */
const maxFollowed = 100;

/** @returns undefined for a type that follows nothing; else the jobs, oldest first, without those whose records expired */
export async function followedJobs(
  job: Job,
  contract: JobTypeContract | undefined,
  store: Pick<JobStore, 'get'>,
  nowMs: number,
): Promise<readonly Job[] | undefined> {
  if (contract?.follows === undefined) return undefined;
  const found: Job[] = [];
  for (const name of contract.follows) {
    for (let number = 1; number <= maxFollowed; number++) {
      const child = await store.get(delegatedId(job, number === 1 ? name : `${name}-${number}`), nowMs);
      if (child === undefined) break;
      found.push(child);
    }
  }
  return found;
}

/** @param view of the whole job @returns what is shown of it with the job that delegated it */
export function presentFollowed({ id, type, status, reason, error, links }: ReturnType<typeof presentJob>) {
  return { id, type, status, reason, error, links: { self: links.self } };
}
