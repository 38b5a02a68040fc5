/** `Prefer: wait=N` of requests that show a job or a group. */
import type { Job } from '../core/job/job.ts';
import { isTerminal } from '../core/job/states.ts';
import type { ApiContext, ApiDeps } from './api-context.ts';
import { readPreferences } from './request/prefer.ts';
import { entityTag, isKnown } from './resources/entity-tag.ts';
import { untilEnd, waitForJob } from './wait-for-job.ts';

/**
 * Waits for the end of the job, or with `If-None-Match` for any change of what the caller knows.
 * @param show the answer as it would be for the job @returns the job as it was read last; at once without the preference
 */
export async function waitAsPreferred(c: ApiContext, job: Job, deps: ApiDeps, show: (job: Job) => Promise<unknown>): Promise<Job> {
  const { waitSeconds } = readPreferences(c);
  if (waitSeconds === undefined) return job;
  const host = c.env.lambdaContext;
  const known = c.req.header('if-none-match');
  if (known === undefined) return waitForJob(job, untilEnd(job, waitSeconds, deps), deps, host);
  const hasChanged = async (current: Job) => !isKnown(known, entityTag(JSON.stringify(await show(current))));
  const isOver = async (current: Job) => isTerminal(current.status) || hasChanged(current);
  return waitForJob(job, { seconds: waitSeconds, isOver }, deps, host);
}
