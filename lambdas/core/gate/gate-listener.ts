/** Listens for the ends of jobs with a concurrency key. */
import type { Job } from '../job/job.ts';
import type { JobStatus } from '../job/states.ts';

/**
 * @param leave gives the place of an ended job back, and hands it on
 * @returns the listener that does so, also for a job that never got a place, which may be getting it at this moment
 */
export function gateListener(leave: (job: Job) => Promise<void>) {
  return { isFor: ({ gate }: Job, _status: JobStatus) => gate !== undefined, notify: leave };
}
