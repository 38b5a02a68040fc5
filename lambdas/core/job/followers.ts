/** The jobs that start after one job, in its record. */
import type { Job, JobReference } from './job.ts';
import { maxFollowers } from './predecessors.ts';
import { isTerminal } from './states.ts';

/**
 * Only where the list is full its jobs are read, to leave out those that have ended or expired.
 * @param read reads a job by its id
 * @returns the followers that must be notified of the end; `maxFollowers` of them if there is no room for another
 */
export async function openFollowers(
  { followers = [] }: Pick<Job, 'followers'>,
  read: (id: string) => Promise<Job | undefined>,
): Promise<readonly JobReference[]> {
  if (followers.length < maxFollowers) return followers;
  const jobs = await Promise.all(followers.map(({ id }) => read(id)));
  return followers.filter(({ createdAtMs }, i) => {
    const job = jobs[i];
    return job !== undefined && job.createdAtMs === createdAtMs && !isTerminal(job.status);
  });
}
