/** What every route works with: the request, its caller, and what the API depends on. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Context } from 'hono';
import { findContract, type JobTypeContract } from '../core/contract/contract.ts';
import type { Log } from '../core/contract/log.ts';
import type { Settings } from '../core/contract/runtime-settings.ts';
import type { CancelDeps } from '../core/control/cancel.ts';
import type { JobTypeStates } from '../core/control/job-type-states.ts';
import type { Metrics } from '../core/control/metrics.ts';
import type { TallyStore } from '../core/job/group.ts';
import { isJobId } from '../core/job/ids.ts';
import type { Job } from '../core/job/job.ts';
import type { DownloadLinks } from '../core/job/ports.ts';
import type { UploadLinks, UploadStore } from '../core/job/upload.ts';
import type { ScheduleStore } from '../core/schedule/schedule-record.ts';
import type { QuotaDeps } from '../core/submit/quota.ts';
import type { SubmitDeps } from '../core/submit/submit-job.ts';
import type { UniqueStore } from '../core/submit/unique-job.ts';
import { internalTypes } from '../jobs/internal-types.ts';
import type { Caller } from './caller.ts';
import { ProblemError } from './problem.ts';
import type { Parameters } from './request/query-parameters.ts';
import type { QueueStates } from './resources/queue-states.ts';
import type { TypicalDurations } from './resources/typical-durations.ts';

/** What the API depends on, as its handler wires it. */
export interface ApiPorts extends SubmitDeps, QuotaDeps, CancelDeps {
  /** The job types of this deployment that callers may submit. */
  readonly catalogue: readonly JobTypeContract[];
  readonly links: DownloadLinks;
  readonly uploads: UploadStore;
  readonly uploadLinks: UploadLinks;
  readonly schedules: ScheduleStore;
  readonly uniques: UniqueStore;
  readonly tallies: TallyStore;
  readonly typeStates: JobTypeStates;
  readonly settings: Settings;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface ApiDeps extends ApiPorts {
  /** What this environment has learned from the jobs that it showed. */
  readonly durations: TypicalDurations;
  readonly queueStates: QueueStates;
}

/** What passes requests on to the API: Lambda, which has the time alone, or the local gateway. */
export interface ApiHost {
  /** Aborted when the caller is gone, or the server stops. */
  readonly signal?: AbortSignal;
  /** Sends these texts, each as soon as it is there, in place of the body of the answer. API Gateway's HTTP APIs cannot. */
  stream?(body: AsyncIterable<string>): void;
  /** @returns the time until the invocation is ended */
  getRemainingTimeInMillis?(): number;
}

export interface ApiEnv {
  /** `lambdaContext`, as Hono calls it, is the host. */
  Bindings: { readonly event: APIGatewayProxyEventV2; readonly lambdaContext?: ApiHost | undefined };
  /** `caller` is set by the authentication and `parameters`, those of the query string, when they are checked; both before a route runs. */
  Variables: { readonly caller: Caller; readonly parameters: Parameters };
}

export type ApiContext = Context<ApiEnv>;
export type Handler = (c: ApiContext, deps: ApiDeps) => Response | Promise<Response>;

/** @returns the contract of a job's type, which may be one of the service itself; undefined where the type is no longer deployed */
export function contractOf({ type }: Pick<Job, 'type'>, { catalogue }: ApiDeps): JobTypeContract | undefined {
  return findContract(catalogue, type) ?? findContract(internalTypes, type);
}

/**
 * Reads the job that the path names.
 * @throws ProblemError `job-not-found`, also for another owner's job, unless the caller is an admin
 */
export async function requireJob(c: ApiContext, { store, runtime, durations }: ApiDeps): Promise<Job> {
  const { owner, isAdmin } = c.var.caller;
  const id = c.req.param('id') ?? '';
  const job = isJobId(id) ? await store.get(id, runtime.nowMs()) : undefined;
  if (job === undefined || (job.owner !== owner && !isAdmin))
    throw new ProblemError('job-not-found', { detail: 'There is no job with this id.' });
  durations.observe(job);
  return job;
}
