/** `POST /v1/jobs/{id}/signals/{name}`: sends a signal to a job. */
import { type ApiContext, type ApiDeps, contractOf, requireJob } from '../api-context.ts';
import { setRetryAfter, toJobResource } from '../resources/job-view.ts';

export async function signalRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const read = await requireJob(c, deps);
  const { takeSignal } = await import('#signal-part');
  const { job, isReplay } = await takeSignal(c, deps, { job: read, contract: contractOf(read, deps) });
  if (isReplay) c.header('idempotent-replayed', 'true');
  setRetryAfter(c, job, deps);
  return c.json(await toJobResource(job, deps), 202);
}
