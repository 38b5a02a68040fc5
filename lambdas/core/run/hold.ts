/** What holds a job back before its first start. No worker has a lease on it, so each write here is over the revision that was read. */
import { deadlineExceeded, type FailDeps, failJob } from '../control/fail-job.ts';
import type { Hold, Job, JobError, JobPatch } from '../job/job.ts';
import { type HeldUntil, holdPatch } from '../job/transitions.ts';
import { type KeyHoldDeps, lookAtGateOf } from './key-hold.ts';
import { lookAtPredecessors } from './look-at-predecessors.ts';

export interface HoldDeps extends FailDeps, KeyHoldDeps {}

/** Follows the write of what was found. @param job the record as it was written; undefined where another writer changed it first */
type AfterWrite = (job: Job | undefined) => Promise<void>;

export type HoldState =
  | { readonly kind: 'over'; readonly written?: AfterWrite }
  | { readonly kind: 'holds'; readonly until: HeldUntil; readonly written?: AfterWrite }
  /** What the job waits for can no longer come. */
  | { readonly kind: 'failed'; readonly error: JobError };

export type HoldResult =
  /** Nothing holds the job any more: it may be claimed. */
  | 'free'
  /** It waits, or it has ended. */
  | 'held'
  /** Another writer changed the record first. */
  | 'changed';

/** What each hold looks at, in the order in which they are looked at. */
const holds: Readonly<Record<Hold, (job: Job, deps: HoldDeps) => Promise<HoldState>>> = { after: lookAtPredecessors, key: lookAtGateOf };

/**
 * Looks at what holds a job that is due, one hold after the other, and writes what it found.
 * @param job the record as it was read
 * @throws UnavailableError
 */
export async function lookAtHolds(job: Job, deps: HoldDeps): Promise<HoldResult> {
  const { runtime } = deps;
  if (runtime.nowMs() >= job.deadlineMs) return (await failJob(job, deadlineExceeded(job), deps)) === undefined ? 'changed' : 'held';
  const { held = [] } = job;
  const passed: AfterWrite[] = [];
  for (const [i, hold] of held.entries()) {
    const state = await holds[hold](job, deps);
    if (state.kind === 'failed') return (await failJob(job, state.error, deps)) === undefined ? 'changed' : 'held';
    if (state.written !== undefined) passed.push(state.written);
    if (state.kind === 'over') continue;
    const patch = { ...holdPatch(job, runtime.nowMs(), state.until), held: held.slice(i) };
    return (await writeHold(job, { patch, passed }, deps)) === undefined ? 'changed' : 'held';
  }
  const patch = { held: undefined, awaits: undefined };
  return (await writeHold(job, { patch, passed }, deps)) === undefined ? 'changed' : 'free';
}

async function writeHold(
  job: Job,
  { patch, passed }: { readonly patch: JobPatch; readonly passed: readonly AfterWrite[] },
  { store }: HoldDeps,
): Promise<Job | undefined> {
  const after = await store.write(job, { kind: 'revision', revision: job.revision }, patch);
  for (const written of passed) await written(after);
  return after;
}
