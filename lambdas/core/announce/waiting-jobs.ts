/** The jobs that wait for the end of another one: the one that runs it as a part of its work, and those that start after it. */
import { UnavailableError } from '../contract/errors.ts';
import { changeJob, wakeAtOnce, writeOver } from '../job/change-job.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Awaited, Job, JobPatch, JobReference } from '../job/job.ts';
import type { JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { endWaitPatch } from '../job/transitions.ts';
import type { EndListener } from './end-announcer.ts';

export interface WaitingJobsDeps {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly graceMs: number;
}

/** An attempt is lost only to another write: of each of up to 100 jobs that it waits for, which may end at the same moment, and some of its own worker. */
const maxAttempts = 120;
/** Jobs that are notified at the same time. */
const atOnce = 10;

/** @returns the listener that ends the waits for this job */
export function waitingJobs(deps: WaitingJobsDeps): EndListener {
  return {
    isFor: (job) => waitingFor(job).length > 0,
    async notify(ended) {
      for (const waiting of inGroups(waitingFor(ended), atOnce)) await Promise.all(waiting.map((one) => notifyOne(one, ended, deps)));
    },
  };
}

function waitingFor({ parent, followers = [] }: Job): readonly JobReference[] {
  return parent === undefined ? followers : [parent, ...followers];
}

async function notifyOne({ id, createdAtMs }: JobReference, ended: Job, deps: WaitingJobsDeps): Promise<void> {
  const result = await changeJob<'notified'>({ id, maxAttempts }, deps, async (job) => {
    if (job === undefined || job.createdAtMs !== createdAtMs || isTerminal(job.status)) return 'notified';
    const patch = patchOfWaiting(job, ended, deps);
    if (patch === undefined) return 'notified';
    const written = await writeOver(job, patch, deps.store);
    if (written === conflict) return conflict;
    if (patch.alarm !== undefined) await wakeAtOnce(written, deps.queues);
    return 'notified';
  });
  if (result === conflict) throw new UnavailableError('Too many concurrent updates of a job that waits for this one.');
}

/** @returns undefined where the job need not learn of this end, or knows of it */
function patchOfWaiting(job: Job, ended: Job, { runtime, graceMs }: WaitingJobsDeps): JobPatch | undefined {
  const { status, held, awaits = [], notices = 0 } = job;
  // Whoever has it may have looked before the end, and be about to let it wait: its code, or the worker that found it held.
  if (status !== 'waiting' || (held !== undefined && awaits.length === 0)) return { notices: notices + 1 };
  if (!awaits.some((awaited) => awaited.kind === 'jobs' && awaited.ids.includes(ended.id))) return undefined;
  const left = awaits.map((awaited) => withoutJob(awaited, ended.id));
  const isOver = failsWith(job, ended) || left.some((awaited) => awaited.kind === 'jobs' && awaited.ids.length === 0);
  if (!isOver || job.pendingOutcome !== undefined) return { awaits: left };
  return endWaitPatch(job, { nowMs: runtime.nowMs(), graceMs }, `${ended.id} has ended`);
}

/** A job that needs the success of all those before it waits for no others once one has failed. */
function failsWith({ held, after }: Job, ended: Job): boolean {
  return held !== undefined && after?.onFailure === 'fail' && ended.status !== 'succeeded';
}

function withoutJob(awaited: Awaited, id: string): Awaited {
  return awaited.kind === 'jobs' ? { kind: 'jobs', ids: awaited.ids.filter((one) => one !== id) } : awaited;
}
