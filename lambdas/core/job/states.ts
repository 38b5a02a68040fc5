/** The states of a job, and the only place that says which may follow which. `transitions.ts` checks each move against it. */

export const jobStatuses = ['scheduled', 'queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

/** The states that may follow each state. */
const nextStatuses = {
  /**
   * Accepted, with a start in the future. A delayed message (up to 15 minutes ahead) or the clock wakes a worker at that time, which claims the
   * job. Before that, a cancel ends it at once, and the clock fails it at its deadline or when its type is removed. A job that must start after
   * others waits for them instead, or fails with them.
   */
  scheduled: ['running', 'waiting', 'failed', 'cancelled'],

  /**
   * Accepted, may start now, and has not been claimed. Its message is in the queue; if that is lost, the clock sends another one after the grace.
   * It leaves this state as `scheduled` is left.
   */
  queued: ['running', 'waiting', 'failed', 'cancelled'],

  /**
   * Claimed: a worker holds the lease and renews it with heartbeats. The worker suspends the job or ends it. If it dies, the lease runs out,
   * the clock wakes another worker, and that one takes the job over, which leads from this state to itself with a new lease token. A job
   * whose worker died and that has nothing to clean up may also be ended by a cancel, or by the clock at its deadline.
   */
  running: ['running', 'waiting', 'succeeded', 'failed', 'cancelled'],

  /**
   * Held before its first start, or suspended between two invocations; no worker holds the lease, and `reason` says why: other jobs, a sleep, a wait, the backoff before another attempt, a
   * safe point near the end of an invocation, no room in the quota, or a clean-up that is tried again. A message or the clock wakes a worker at
   * `notBeforeMs`. A cancel ends the job at once, unless its worker has something to clean up: then the cancel moves the wake-up to now,
   * which leads from this state to itself.
   */
  waiting: ['running', 'waiting', 'failed', 'cancelled'],

  /** The worker returned a result. Like all ends, this is final: the record stays readable for the retention, then it expires. */
  succeeded: [],

  /**
   * The job ended without success: a permanent error, the last attempt, the deadline, too many dead workers, or a removed type; `error` says which. If
   * the type has a clean-up and a worker had started the job, the clean-up came before, or was given up because it kept failing.
   */
  failed: [],

  /** A caller cancelled the job. A clean-up came before, as for `failed`. */
  cancelled: [],
} as const satisfies Record<JobStatus, readonly JobStatus[]>;

/** @returns whether a job may go from one state to the other */
export function canMove(from: JobStatus, to: JobStatus): boolean {
  const allowed: readonly JobStatus[] = nextStatuses[from];
  return allowed.includes(to);
}

/** @returns whether the job has ended, so that no state follows */
export function isTerminal(status: JobStatus): boolean {
  return nextStatuses[status].length === 0;
}

/** The states of jobs that have not ended. */
export const unfinishedStatuses: readonly JobStatus[] = jobStatuses.filter((status) => !isTerminal(status));

/** The states in which any worker may claim a job that is due. A running job can only be taken over, once its lease has run out. */
export const claimableStatuses: readonly JobStatus[] = jobStatuses.filter((status) => status !== 'running' && canMove(status, 'running'));
