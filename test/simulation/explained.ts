/** I10 from outside: which reasons a caller may be told for a job that rests, worked out from its story and from what its code asked for. */
import type { Job } from '../../lambdas/core/job/job.ts';

/** A job as it was written, with what its code waited for at that moment. */
export interface Version {
  readonly fromMs: number;
  readonly job: Job;
  readonly isAsleep: boolean;
  /** Its worker met a fault, and may have ended before the code that it ran was asleep. */
  readonly mayBeCutOff: boolean;
}

export interface Circumstances {
  /** The moments by any machine's clock at which the answer may have been made. */
  readonly fromMs: number;
  readonly toMs: number;
  /** An operator's switch takes some seconds to be known everywhere. */
  readonly mayBePaused: boolean;
  readonly mayBeActive: boolean;
}

export interface Told {
  readonly code: string;
  readonly until: string | null;
}

/** @returns everything that would be true of this version; null where there is nothing to explain */
export function trueReasons(version: Version, { fromMs, toMs, mayBePaused, mayBeActive }: Circumstances): readonly (Told | null)[] {
  const { status, notBeforeMs } = version.job;
  if (status !== 'scheduled' && status !== 'queued' && status !== 'waiting') return [null];
  const reasons: Told[] = [];
  if (notBeforeMs <= toMs && mayBePaused) reasons.push({ code: 'paused', until: null });
  if (notBeforeMs <= toMs && mayBeActive) reasons.push({ code: 'waiting_for_worker', until: null });
  if (notBeforeMs > fromMs) {
    const until = new Date(notBeforeMs).toISOString();
    for (const code of waitsOf(version)) reasons.push({ code, until: status === 'queued' ? null : until });
  }
  return reasons;
}

/** What a job that is not yet due waits for. */
function waitsOf({ job, isAsleep, mayBeCutOff }: Version): readonly string[] {
  if (job.status === 'scheduled') return ['scheduled'];
  if (job.status === 'queued') return ['waiting_for_worker'];
  if (job.pendingOutcome !== undefined) return ['cleaning_up'];
  const wait = waitOf(job, isAsleep);
  if (wait === 'sleeping' && mayBeCutOff)
    return [wait, 'waiting_for_worker', ...(job.cancelRequestedAtMs === undefined ? [] : ['cleaning_up'])];
  // Asked for while it went to rest: it is woken in the next moment.
  return job.cancelRequestedAtMs === undefined ? [wait] : [wait, 'cleaning_up'];
}

function waitOf({ timeline }: Job, isAsleep: boolean): string {
  if (timeline.at(-1)?.event === 'attempt_failed') return 'backing_off';
  // Else the invocation ended, or a store did not answer, and nobody is to blame.
  return isAsleep ? 'sleeping' : 'waiting_for_worker';
}
