/** I10 from outside: the reasons that a caller may be given for a job that waits, derived from its timeline and from what its code asked for. */
import type { Job } from '../../lambdas/core/job/job.ts';

/** A job as it was written, and what its code waited for at that moment. */
export interface JobVersion {
  readonly fromMs: number;
  readonly job: Job;
  readonly isAsleep: boolean;
  /** What may end its wait before its time. */
  readonly early: readonly ('signal' | 'jobs')[];
  /** Whether its worker had a fault, and may have ended before its code was asleep. */
  readonly mayBeInterrupted: boolean;
}

export interface ReasonContext {
  /** The range of times, by the clock of any machine, at which the answer may have been given. */
  readonly fromMs: number;
  readonly toMs: number;
  /** A type's new state takes some seconds to be known everywhere. */
  readonly mayBePaused: boolean;
  readonly mayBeActive: boolean;
}

export interface JobReason {
  readonly code: string;
  readonly until: string | null;
}

/** @returns every reason that would be true of this version; null where there is nothing to explain */
export function trueReasons(version: JobVersion, { fromMs, toMs, mayBePaused, mayBeActive }: ReasonContext): readonly (JobReason | null)[] {
  const { status, notBeforeMs } = version.job;
  if (status !== 'scheduled' && status !== 'queued' && status !== 'waiting') return [null];
  const reasons: JobReason[] = [];
  if (notBeforeMs <= toMs && mayBePaused) reasons.push({ code: 'paused', until: null });
  if (notBeforeMs <= toMs && mayBeActive) reasons.push({ code: 'waiting_for_worker', until: null });
  if (notBeforeMs > fromMs) {
    const until = new Date(notBeforeMs).toISOString();
    for (const code of waitsOf(version)) reasons.push({ code, until: status === 'queued' ? null : until });
  }
  return reasons;
}

/** @returns what a job that is not yet due may wait for */
function waitsOf({ job, isAsleep, early, mayBeInterrupted }: JobVersion): readonly string[] {
  if (job.held?.[0] === 'key' && job.status === 'waiting') return ['waiting_for_key'];
  if (job.held !== undefined && job.status === 'waiting') return [job.awaits === undefined ? 'waiting_for_worker' : 'waiting_for_job'];
  if (job.status === 'scheduled') return ['scheduled'];
  if (job.status === 'queued') return ['waiting_for_worker'];
  if (job.pendingOutcome !== undefined) return ['cleaning_up'];
  const wait = waitOf(job, isAsleep);
  const cleaningUp = job.cancelRequestedAtMs === undefined ? [] : ['cleaning_up'];
  // Its code may wait for a time as well, and what has come ends both.
  if (wait === 'sleeping' && early.length > 0)
    return [wait, ...early.map((what) => earlyReasons[what]), 'waiting_for_worker', 'quota', ...cleaningUp];
  if (wait === 'sleeping' && mayBeInterrupted) return [wait, 'waiting_for_worker', ...cleaningUp];
  // A cancel that arrived while the job was being suspended wakes it in the next moment.
  return [wait, ...cleaningUp];
}

const earlyReasons = { signal: 'waiting_for_signal', jobs: 'waiting_for_child' } as const;

function waitOf({ timeline }: Job, isAsleep: boolean): string {
  if (timeline.at(-1)?.event === 'attempt_failed') return 'backing_off';
  // Otherwise the invocation ended, or a store did not answer.
  return isAsleep ? 'sleeping' : 'waiting_for_worker';
}
