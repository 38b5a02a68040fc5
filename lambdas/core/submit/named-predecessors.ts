/** The jobs that submissions want to start after: looked up before a job is accepted, so that none waits for a job that does not exist. */

import { openFollowers } from '../job/followers.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Job } from '../job/job.ts';
import type { JobStore, Runtime } from '../job/ports.ts';
import { maxFollowers } from '../job/predecessors.ts';
import { isTerminal } from '../job/states.ts';
import type { IdentifiedSubmission } from './submit-job.ts';

/** A job that a submission cannot start after. */
export interface RefusedPredecessor {
  /** The position in the list, from 0. */
  readonly position: number;
  /**
   * `unknown`: the owner has no such job. `full`: as many jobs as may start after it already do. `later`: the job is a member of a group, and that one may
   * wait for the group, so each would wait for the other.
   */
  readonly why: 'unknown' | 'full' | 'later';
}

/** Records that one request reads. */
const pageSize = 100;

/**
 * Submissions that start after no others cost no read.
 * @returns for submissions that name a job that they cannot start after, which
 * @throws UnavailableError
 */
export async function refusedPredecessors(
  items: readonly IdentifiedSubmission[],
  deps: { readonly store: Pick<JobStore, 'get' | 'getMany'>; readonly runtime: Pick<Runtime, 'nowMs'> },
): Promise<ReadonlyMap<IdentifiedSubmission, readonly RefusedPredecessor[]>> {
  const ids = [...new Set(items.flatMap(({ submission }) => submission.after?.ids ?? []))];
  if (ids.length === 0) return new Map();
  const jobs = await readJobs(ids, deps);
  const refused = new Map<IdentifiedSubmission, readonly RefusedPredecessor[]>();
  const full = await findFull([...jobs.values()], deps);
  for (const item of items) {
    const { after, owner, group } = item.submission;
    const faults = (after?.ids ?? []).flatMap((id, position): readonly RefusedPredecessor[] => {
      const job = jobs.get(id);
      if (job === undefined || job.owner !== owner) return [{ position, why: 'unknown' }];
      // What was made before the group cannot wait for it, and neither can its earlier members.
      if (group !== undefined && job.createdAtMs >= group.createdAtMs && job.group?.id !== group.id) return [{ position, why: 'later' }];
      return full.has(id) && !isTerminal(job.status) ? [{ position, why: 'full' }] : [];
    });
    if (faults.length > 0) refused.set(item, faults);
  }
  return refused;
}

/** @returns the ids of the jobs after which no other may start */
async function findFull(jobs: readonly Job[], { store, runtime }: Parameters<typeof refusedPredecessors>[1]): Promise<ReadonlySet<string>> {
  const full = new Set<string>();
  for (const job of jobs) {
    const open = await openFollowers(job, (id) => store.get(id, runtime.nowMs()));
    if (open.length >= maxFollowers) full.add(job.id);
  }
  return full;
}

async function readJobs(
  ids: readonly string[],
  { store, runtime }: Parameters<typeof refusedPredecessors>[1],
): Promise<ReadonlyMap<string, Job>> {
  const jobs = new Map<string, Job>();
  const nowMs = runtime.nowMs();
  for (const page of inGroups(ids, pageSize)) for (const job of await store.getMany(page, nowMs)) jobs.set(job.id, job);
  // A job that was accepted a moment ago may be missing from an eventually consistent read.
  const missing = ids.filter((id) => !jobs.has(id));
  for (const job of await Promise.all(missing.map((id) => store.get(id, nowMs)))) if (job !== undefined) jobs.set(job.id, job);
  return jobs;
}
