/** A job that starts after others: whether they have ended, and where they have not, that they notify it of their end. */
import { truncate } from '../../text/truncate.ts';
import type { FailDeps } from '../control/fail-job.ts';
import { changeJob, writeOver } from '../job/change-job.ts';
import { openFollowers } from '../job/followers.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Job, JobError, Predecessors } from '../job/job.ts';
import { maxFollowers } from '../job/predecessors.ts';
import { conflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { maxDetailLength } from '../job/timeline.ts';
import type { HoldState } from './hold.ts';

/** Open predecessors are looked at again this long after their deadline, in case no announcement of an end has arrived by then. */
const lookAgainMs = 300_000;
/** A predecessor that as many jobs follow as may is looked at again this often: one of them may have ended. */
const lookForRoomMs = 60_000;
/** Predecessors that are read at the same time. */
const atOnce = 10;
/** Attempts to write a predecessor's record, which its worker and other jobs that start after it write, too. */
const maxAttempts = 120;

type Found =
  | { readonly kind: 'ended'; readonly job: Job }
  /** The record has expired. */
  | { readonly kind: 'gone'; readonly id: string }
  /** @property untilMs when to look at it again at the latest */
  | { readonly kind: 'open'; readonly id: string; readonly untilMs: number };

/** @returns whether the job still waits for those before it; those that are open know of it by then */
export async function lookAtPredecessors(job: Job, deps: FailDeps): Promise<HoldState> {
  const { ids, onFailure }: Predecessors = job.after ?? { ids: [], onFailure: 'run' };
  const found: Found[] = [];
  for (const group of inGroups(ids, atOnce)) found.push(...(await Promise.all(group.map((id) => follow(id, job, deps)))));
  const failure = onFailure === 'fail' ? found.flatMap((one) => failureOf(one) ?? [])[0] : undefined;
  if (failure !== undefined) return { kind: 'failed', error: failure };
  const open = found.flatMap((one) => (one.kind === 'open' ? [one] : []));
  if (open.length === 0) return { kind: 'over' };
  const openIds = open.map(({ id }) => id);
  const detail = truncate(openIds.length === 1 ? `${openIds[0]}` : `${openIds.length} jobs, such as ${openIds[0]}`, maxDetailLength);
  return {
    kind: 'holds',
    until: {
      untilMs: Math.max(...open.map(({ untilMs }) => untilMs)),
      reason: { code: 'waiting_for_job', detail },
      awaits: [{ kind: 'jobs', ids: openIds }],
    },
  };
}

/** Reads a predecessor and, where it has not ended, writes into its record that this job is to be notified of its end. */
async function follow(id: string, { id: followerId, createdAtMs }: Job, { store, runtime }: FailDeps): Promise<Found> {
  const result = await changeJob<Found>({ id, maxAttempts }, { store, runtime }, async (job) => {
    const nowMs = runtime.nowMs();
    if (job === undefined) return { kind: 'gone', id };
    if (isTerminal(job.status)) return { kind: 'ended', job };
    const { followers: known = [], notices = 0 } = job;
    const open = { kind: 'open', id, untilMs: Math.max(nowMs, job.deadlineMs) + lookAgainMs } as const;
    if (known.some((one) => one.id === followerId && one.createdAtMs === createdAtMs)) return open;
    const followers = await openFollowers(job, (one) => store.get(one, nowMs));
    // Others came first, at the same moment as this one was accepted.
    if (followers.length >= maxFollowers) return { ...open, untilMs: nowMs + lookForRoomMs };
    // The notice keeps a worker that is about to end the job from ending it without looking at its followers.
    const patch = { followers: [...followers, { id: followerId, createdAtMs }], notices: notices + 1 };
    return (await writeOver(job, patch, store)) === conflict ? conflict : open;
  });
  return result === conflict ? { kind: 'open', id, untilMs: runtime.nowMs() + lookAgainMs } : result;
}

/** @returns why a job that needs the success of this one fails; undefined where it does not */
function failureOf(found: Found): JobError | undefined {
  if (found.kind === 'open') return undefined;
  const needed = 'This job was to start after the success of';
  if (found.kind === 'gone') {
    const message = `${needed} ${found.id}, whose record has expired, so nothing says how it ended.`;
    return { code: 'predecessor_failed', message, retryable: false, details: { job: found.id, status: null, code: null } };
  }
  const { id, type, status, error } = found.job;
  if (status === 'succeeded') return undefined;
  const how = error === undefined ? `was ${status}` : `${status}: ${error.code}`;
  // The first cause, where that job failed with one before it.
  const cause = error?.code === 'predecessor_failed' ? (error.details?.['cause'] ?? error.details?.['job']) : undefined;
  const details = { job: id, status, code: error?.code ?? null, ...(cause === undefined ? {} : { cause }) };
  return { code: 'predecessor_failed', message: `${needed} ${type} ${id}, which ${how}.`, retryable: false, details };
}
