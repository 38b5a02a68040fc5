/** Answers requests for the events of a job: with a stream where the host can, else with one that ends after the next change. */
import type { Job } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { requireAccepted } from '../request/accept-header.ts';
import { maxWaitSeconds } from '../request/prefer.ts';
import type { SharedWithJob } from '../routes/live.ts';
import type { Wait } from '../wait-for-job.ts';
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
  show(job: Job): Promise<ShownJob>;
}

/**
 * Where the host can stream, the answer lasts until the job has ended. Where it cannot, it is held until a change, for 20 s at most, and the
 * client connects again. A client that connects again after the end is answered with 204, which ends its attempts.
 */
export async function answerEvents(c: ApiContext, deps: ApiDeps, shared: SharedWithJob): Promise<Response> {
  requireAccepted(c.req.header('accept'), mediaType);
  const job = await shared.requireJob(c, deps);
  const show = async (current: Job) => showInStream(current, await shared.toDetailedResource(current, deps));
  const stream = { job, shown: await show(job), known: c.req.header('last-event-id') ?? '', show };
  if (isTerminal(job.status) && stream.shown.tag === stream.known) return c.body(null, 204);
  c.header('content-type', mediaType);
  c.header('x-accel-buffering', 'no');
  const host = c.env.lambdaContext ?? {};
  if (c.req.method === 'HEAD') return c.body(null);
  if (host.stream === undefined) return c.body(await heldAnswer(stream, (wait) => shared.waitForJob(job, wait, deps, host), deps));
  host.stream(liveEvents(stream, watchOf(deps, show), host.signal ?? new AbortController().signal));
  return c.body('');
}

async function* liveEvents({ job, shown: first, known }: Stream, watch: JobWatch, signal: AbortSignal): AsyncGenerator<string, void> {
  yield retryField(retryMs);
  for await (const shown of watch.follow(job.id, first, known, signal)) {
    yield shown === undefined ? nothingNew : eventsOf(shown);
    if (shown !== undefined && isTerminal(shown.status)) return;
  }
}

async function heldAnswer({ job, shown, known, show }: Stream, hold: (wait: Wait) => Promise<Job>, { runtime }: ApiDeps): Promise<string> {
  if (shown.tag === known && isResting(job, runtime.nowMs())) return retryField(restingRetryMs) + nothingNew;
  let latest = shown;
  const isOver = async (current: Job) => {
    if (current !== job) latest = await show(current);
    return latest.tag !== known;
  };
  await hold({ seconds: maxWaitSeconds, isOver });
  return retryField(retryMs) + (latest.tag === known ? nothingNew : eventsOf(latest));
}

function isResting({ status, notBeforeMs }: Job, nowMs: number): boolean {
  return status !== 'running' && !isTerminal(status) && notBeforeMs > nowMs + maxWaitSeconds * 1000;
}

const watches = new WeakMap<ApiDeps, JobWatch>();

/** @returns the watch of this environment of the API */
function watchOf(deps: ApiDeps, show: Stream['show']): JobWatch {
  const watch = watches.get(deps) ?? new JobWatch({ ...deps, show });
  watches.set(deps, watch);
  return watch;
}
