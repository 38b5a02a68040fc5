/** What can be done to a job, one at a time. Each answers with the job as it is then. */
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { session } from '../net/session.ts';

/** A few at once, as a browser has six connections to a server. */
const atOnce = 4;

/** @throws ApiProblem */
export async function cancelJob(id: string, reason: string): Promise<JobResource> {
  const body = reason === '' ? {} : { reason };
  const { body: job } = await session().api.send<JobResource>(`/v1/jobs/${encodeURIComponent(id)}/cancel`, { method: 'POST', body });
  return job as JobResource;
}

/** @returns the new job. A job is retried once, so a repetition is answered with the same. @throws ApiProblem */
export async function retryJob(id: string): Promise<JobResource> {
  const { body: job } = await session().api.send<JobResource>(`/v1/jobs/${encodeURIComponent(id)}/retry`, { method: 'POST' });
  return job as JobResource;
}

export interface Outcome {
  readonly doneCount: number;
  readonly failures: readonly { readonly id: string; readonly error: unknown }[];
}

/** Does the same to each job; one that is refused stops none of the others. */
export async function forEachJob(ids: readonly string[], act: (id: string) => Promise<unknown>): Promise<Outcome> {
  const rest = [...ids];
  const failures: { id: string; error: unknown }[] = [];
  const work = async () => {
    for (let id = rest.shift(); id !== undefined; id = rest.shift()) {
      try {
        await act(id);
      } catch (error) {
        failures.push({ id, error });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return { doneCount: ids.length - failures.length, failures };
}
