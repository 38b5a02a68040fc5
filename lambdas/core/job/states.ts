/** The states of a job, and the only place that says which may follow which. */

/**
 * - `scheduled` accepted, not to start before its time
 * - `queued`    accepted, a worker may take it
 * - `running`   a worker holds its lease
 * - `waiting`   asleep between two invocations, or backing off before another attempt
 * - `succeeded`, `failed`, `cancelled` ended for good; expires after the retention
 */
export const jobStatuses = ['scheduled', 'queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

const next = {
  scheduled: ['running', 'failed', 'cancelled'],
  queued: ['running', 'failed', 'cancelled'],
  // To itself: another worker takes over when the lease ran out.
  running: ['running', 'waiting', 'succeeded', 'failed', 'cancelled'],
  // To itself: a cancel wakes a sleeping job whose worker has something to clean up.
  waiting: ['running', 'waiting', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
} as const satisfies Record<JobStatus, readonly JobStatus[]>;

/** @returns whether a job may go from one state to the other */
export function canMove(from: JobStatus, to: JobStatus): boolean {
  return (next[from] as readonly JobStatus[]).includes(to);
}

/** @returns whether nothing follows any more */
export function isTerminal(status: JobStatus): boolean {
  return next[status].length === 0;
}

/** The states from which a worker claims a job without anybody having died. */
export const claimableStatuses: readonly JobStatus[] = jobStatuses.filter((status) => status !== 'running' && canMove(status, 'running'));
