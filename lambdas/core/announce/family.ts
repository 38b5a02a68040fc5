/** Parents and children: a child's end ends its parent's wait, and a parent that fails or is cancelled takes its children along. */
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { UnavailableError } from '../contract/errors.ts';
import { type CancelDeps, cancelJob } from '../control/cancel.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Awaited, Job, JobPatch } from '../job/job.ts';
import type { EndAnnouncer, JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict, retryOnConflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { endWaitPatch } from '../job/transitions.ts';
import { type AnnouncerDeps, type EndListener, endAnnouncer } from './end-announcer.ts';

export interface FamilyDeps {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly graceMs: number;
}

/** An attempt is lost only to another write: of each of up to 100 children, which may end at the same moment, and some of the parent's worker. */
const maxAttempts = 120;
/** Children that are cancelled at the same time. */
const atOnce = 10;
/** Jobs that one announcement may cancel below the children of its own job, so that a wide tree holds up no caller and no run of the clock. */
const maxBelow = 100;

/** @returns the listener that wakes the job that waits for this one */
export function waitingParent(deps: FamilyDeps): EndListener {
  return { isFor: ({ parent }) => parent !== undefined, notify: (child) => notifyParent(child, deps) };
}

/** @returns the listener that cancels what a job without success ran as parts of its work */
export function unfinishedChildren(deps: CancelDeps & { readonly catalogue: readonly JobTypeContract[] }): EndListener {
  return {
    isFor: ({ children = [] }, status) => status !== 'succeeded' && children.length > 0,
    async notify(parent) {
      for (const ids of inGroups(parent.children ?? [], atOnce)) await Promise.all(ids.map((id) => cancelChild(id, parent, deps)));
    },
  };
}

async function notifyParent(child: Job, deps: FamilyDeps): Promise<void> {
  const result = await retryOnConflict<'notified'>(maxAttempts, async () => {
    const { parent } = child;
    const job = parent && (await deps.store.get(parent.id, deps.runtime.nowMs()));
    const isGone = job === undefined || job.createdAtMs !== parent?.createdAtMs || isTerminal(job.status);
    const patch = isGone ? undefined : patchOfParent(job, child.id, deps);
    if (isGone || patch === undefined) return 'notified';
    const written = await deps.store.write(job, { kind: 'revision', revision: job.revision }, patch);
    if (written === undefined) return conflict;
    // If the message is lost, the alarm in the record makes the clock send another.
    if (patch.alarm !== undefined) await deps.queues.wake(written, 0).catch(() => undefined);
    return 'notified';
  });
  if (result === conflict) throw new UnavailableError('Too many concurrent updates of the job that waits for this one.');
}

/** @returns undefined where the parent need not learn of this end, or knows of it */
function patchOfParent(parent: Job, childId: string, { runtime, graceMs }: FamilyDeps): JobPatch | undefined {
  // Its code may have looked at the child before the end, and be about to wait.
  if (parent.status === 'running') return { notices: (parent.notices ?? 0) + 1 };
  const { awaits = [] } = parent;
  const isAwaited = parent.status === 'waiting' && awaits.some((awaited) => awaited.kind === 'jobs' && awaited.ids.includes(childId));
  if (!isAwaited) return undefined;
  const left = awaits.map((awaited) => withoutJob(awaited, childId));
  const isOver = left.some((awaited) => awaited.kind === 'jobs' && awaited.ids.length === 0);
  if (!isOver || parent.pendingOutcome !== undefined) return { awaits: left };
  return endWaitPatch(parent, { nowMs: runtime.nowMs(), graceMs }, `${childId} has ended`);
}

function withoutJob(awaited: Awaited, id: string): Awaited {
  return awaited.kind === 'jobs' ? { kind: 'jobs', ids: awaited.ids.filter((one) => one !== id) } : awaited;
}

async function cancelChild(id: string, parent: Job, deps: CancelDeps & { readonly catalogue: readonly JobTypeContract[] }): Promise<void> {
  const child = await deps.store.get(id, deps.runtime.nowMs());
  if (child === undefined || child.parent?.id !== parent.id || child.parent.createdAtMs !== parent.createdAtMs) return;
  const contract = findContract(deps.catalogue, child.type) ?? { cleansUp: true };
  const reason = `the job that runs it has ${parent.status === 'cancelled' ? 'been cancelled' : 'failed'}`;
  const cancelled = await cancelJob({ job: child, contract, canceller: { by: parent.owner, actedBy: parent.id, reason } }, deps);
  if (cancelled.kind === 'busy') throw new UnavailableError(`Too many concurrent updates of ${id} while it was being cancelled.`);
}

type DepsOfAnnouncer = Omit<CancelDeps, 'ends'> & AnnouncerDeps & { readonly catalogue: readonly JobTypeContract[] };

/** Adds the announcer of a deployment to what it depends on. @param listeners those besides parents and children */
export function withAnnouncer<Deps extends DepsOfAnnouncer>(
  deps: Deps,
  listeners: readonly EndListener[] = [],
): Deps & { readonly ends: EndAnnouncer } {
  const announcerWith = (room: Room): EndAnnouncer => {
    const all: EndListener[] = [waitingParent(deps), ...listeners];
    const ends = endAnnouncer(all, deps);
    // Children that are cancelled have ends of their own.
    all.push(unfinishedChildren({ ...deps, ends: within(room, ends) }));
    return ends;
  };
  const { isFor } = announcerWith({ jobs: 0 });
  return { ...deps, ends: { isFor, announce: (job) => announcerWith({ jobs: maxBelow }).announce(job) } };
}

/** The number of jobs that an announcement may still cancel below its own children. */
interface Room {
  jobs: number;
}

/** Announces the ends whose jobs run no more than there is room for. The clock announces the others. */
function within(room: Room, ends: EndAnnouncer): EndAnnouncer {
  return {
    isFor: ends.isFor,
    async announce(job) {
      const { length } = job.children ?? [];
      if (length > room.jobs) return;
      room.jobs -= length;
      await ends.announce(job);
    },
  };
}
