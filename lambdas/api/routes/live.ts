/** `GET /v1/jobs/{id}/events`: the changes of a job as server-sent events. */
import { type ApiContext, type ApiDeps, requireJob } from '../api-context.ts';
import { toDetailedResource } from '../resources/detailed-job.ts';
import { waitForJob } from '../wait-for-job.ts';

/** Hands on what the address of the job itself uses: with copies of its own, the part would load zod and every contract once more. */
const shared = { requireJob, toDetailedResource, waitForJob };
export type SharedWithJob = typeof shared;

export async function eventsRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { answerEvents } = await import('#live-part');
  return answerEvents(c, deps, shared);
}
