/** What holds a job back before its first start. No worker has a lease on it, so each write here is over the revision that was read. */
import { deadlineExceeded, type FailDeps, failJob } from '../control/fail-job.ts';
import type { Hold, Job, JobError } from '../job/job.ts';
import { type HeldUntil, holdPatch } from '../job/transitions.ts';
import { lookAtPredecessors } from './look-at-predecessors.ts';

export type HoldState =
  | { readonly kind: 'over' }
  | { readonly kind: 'holds'; readonly until: HeldUntil }
  /** What the job waits for can no longer come. */
  | { readonly kind: 'failed'; readonly error: JobError };

export type HoldResult =
  /** Nothing holds the job any more: it may be claimed. */
  | 'free'
  /** It waits, or it has ended. */
  | 'held'
  /** Another writer changed the record first. */
  | 'changed';

/** What each hold looks at. */
const holds: Readonly<Record<Hold, (job: Job, deps: FailDeps) => Promise<HoldState>>> = { after: lookAtPredecessors };

/**
 * Looks at what holds a job that is due, one hold after the other, and writes what it found.
 * @param job the record as it was read
 * @throws UnavailableError
 */
export async function lookAtHolds(job: Job, deps: FailDeps): Promise<HoldResult> {
  const { store, runtime } = deps;
  if (runtime.nowMs() >= job.deadlineMs) return (await failJob(job, deadlineExceeded(job), deps)) === undefined ? 'changed' : 'held';
  for (const hold of job.held ?? []) {
    const state = await holds[hold](job, deps);
    if (state.kind === 'failed') return (await failJob(job, state.error, deps)) === undefined ? 'changed' : 'held';
    if (state.kind === 'over') continue;
    const held = (job.held ?? []).slice((job.held ?? []).indexOf(hold));
    const patch = { ...holdPatch(job, runtime.nowMs(), state.until), held };
    return (await store.write(job, { kind: 'revision', revision: job.revision }, patch)) === undefined ? 'changed' : 'held';
  }
  const freed = await store.write(job, { kind: 'revision', revision: job.revision }, { held: undefined, awaits: undefined });
  return freed === undefined ? 'changed' : 'free';
}
