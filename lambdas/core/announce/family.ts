/** A job that fails or is cancelled takes its children along. */
import { findContract, type JobTypeContract } from '../contract/contract.ts';
import { UnavailableError } from '../contract/errors.ts';
import { type CancelDeps, cancelJob } from '../control/cancel.ts';
import type { TallyDeps } from '../control/tally-end.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Job } from '../job/job.ts';
import type { EndAnnouncer } from '../job/ports.ts';
import { type AnnouncerDeps, type EndListener, endAnnouncer } from './end-announcer.ts';
import { memberOfGroup } from './member-of-group.ts';
import { waitingJobs } from './waiting-jobs.ts';

/** Children that are cancelled at the same time. */
const atOnce = 10;
/** Jobs that one announcement may cancel below the children of its own job, so that a wide tree holds up no caller and no run of the clock. */
const maxBelow = 100;

/** @returns the listener that cancels what a job without success ran as parts of its work */
export function unfinishedChildren(deps: CancelDeps & { readonly catalogue: readonly JobTypeContract[] }): EndListener {
  return {
    isFor: ({ children = [] }, status) => status !== 'succeeded' && children.length > 0,
    async notify(parent) {
      for (const ids of inGroups(parent.children ?? [], atOnce)) await Promise.all(ids.map((id) => cancelChild(id, parent, deps)));
    },
  };
}

async function cancelChild(id: string, parent: Job, deps: CancelDeps & { readonly catalogue: readonly JobTypeContract[] }): Promise<void> {
  const child = await deps.store.get(id, deps.runtime.nowMs());
  if (child === undefined || child.parent?.id !== parent.id || child.parent.createdAtMs !== parent.createdAtMs) return;
  const contract = findContract(deps.catalogue, child.type) ?? { cleansUp: true };
  const reason = `the job that runs it has ${parent.status === 'cancelled' ? 'been cancelled' : 'failed'}`;
  const cancelled = await cancelJob({ job: child, contract, canceller: { by: parent.owner, actedBy: parent.id, reason } }, deps);
  if (cancelled.kind === 'busy') throw new UnavailableError(`Too many concurrent updates of ${id} while it was being cancelled.`);
}

type DepsOfAnnouncer = Omit<CancelDeps, 'ends'> & AnnouncerDeps & TallyDeps & { readonly catalogue: readonly JobTypeContract[] };

/** Adds the announcer of a deployment to what it depends on. @param listeners those besides parents, children and groups */
export function withAnnouncer<Deps extends DepsOfAnnouncer>(
  deps: Deps,
  listeners: readonly EndListener[] = [],
): Deps & { readonly ends: EndAnnouncer } {
  const announcerWith = (room: Room): EndAnnouncer => {
    const all: EndListener[] = [waitingJobs(deps), memberOfGroup(deps), ...listeners];
    const ends = endAnnouncer(all, deps);
    // Children that are cancelled have ends of their own.
    all.push(unfinishedChildren({ ...deps, ends: within(room, ends) }));
    return ends;
  };
  const { isFor } = announcerWith({ jobs: 0 });
  const announce = async (job: Job) => {
    // Nothing is made for the many ends that no listener is for.
    if (job.isUnannounced === true) await announcerWith({ jobs: maxBelow }).announce(job);
  };
  return { ...deps, ends: { isFor, announce } };
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
