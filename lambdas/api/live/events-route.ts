/** `GET /v1/jobs/{id}/events`: the changes of a job as server-sent events. */
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { type ApiContext, type ApiDeps, type ApiHost, requireJob } from '../api-context.ts';
import { requireAccepted } from '../request/accept-header.ts';
import { maxWaitSeconds } from '../request/prefer.ts';
import { waitForJob } from '../wait-for-job.ts';
import { eventsOf, nothingNew, retryField, type ShownJob, showInStream } from './event-format.ts';
import { JobWatch } from './job-watch.ts';

const mediaType = 'text/event-stream';
/** Not 0: a client waits this long after an error as well, so a server that is away would be asked in a loop. */
const retryMs = 1_000;
/** After an answer about a job that is known to rest for longer than an answer is held. Only a signal, a child or a cancel could end that. */
const restingRetryMs = 10_000;

interface Stream {
  readonly job: Job;
  readonly shown: ShownJob;
  /** The id of the last event that the client has, or an empty text. */
  readonly known: string;
}

/**
 * Where the host can stream, the answer lasts until the job has ended. Where it cannot, it is held until a change, for 20 s at most, and the
 * client connects again. A client that connects again after the end is answered with 204, which ends its attempts.
 */
export async function eventsRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  requireAccepted(c.req.header('accept'), mediaType);
  const job = await requireJob(c, deps);
  const stream = { job, shown: await showInStream(job, deps), known: c.req.header('last-event-id') ?? '' };
  if (isTerminal(job.status) && stream.shown.tag === stream.known) return c.body(null, 204);
  c.header('content-type', mediaType);
  c.header('x-accel-buffering', 'no');
  const host = c.env.lambdaContext ?? {};
  if (c.req.method === 'HEAD') return c.body(null);
  if (host.stream === undefined) return c.body(await heldAnswer(stream, deps, host));
  host.stream(liveEvents(stream, watchOf(deps), host.signal ?? new AbortController().signal));
  return c.body('');
}

async function* liveEvents({ job, shown: first, known }: Stream, watch: JobWatch, signal: AbortSignal): AsyncGenerator<string, void> {
  yield retryField(retryMs);
  for await (const shown of watch.follow(job.id, first, known, signal)) {
    yield shown === undefined ? nothingNew : eventsOf(shown);
    if (shown !== undefined && isTerminal(shown.status)) return;
  }
}

async function heldAnswer({ job, shown, known }: Stream, deps: ApiDeps, host: ApiHost): Promise<string> {
  if (shown.tag === known && isResting(job, deps.runtime.nowMs())) return retryField(restingRetryMs) + nothingNew;
  let latest = shown;
  const isOver = async (current: Job) => {
    if (current !== job) latest = await showInStream(current, deps);
    return latest.tag !== known;
  };
  await waitForJob(job, { seconds: maxWaitSeconds, isOver }, deps, host);
  return retryField(retryMs) + (latest.tag === known ? nothingNew : eventsOf(latest));
}

function isResting({ status, notBeforeMs }: Job, nowMs: number): boolean {
  return status !== 'running' && !isTerminal(status) && notBeforeMs > nowMs + maxWaitSeconds * 1000;
}

const watches = new WeakMap<ApiDeps, JobWatch>();

/** @returns the watch of this environment of the API */
function watchOf(deps: ApiDeps): JobWatch {
  const watch = watches.get(deps) ?? new JobWatch(deps);
  watches.set(deps, watch);
  return watch;
}
