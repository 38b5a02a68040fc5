import { canMove, claimableStatuses, isTerminal, type JobStatus, jobStatuses } from '../../../../lambdas/core/job/states.ts';

/** All pairs of states: a row is "from", a column "to". */
const legal: Record<JobStatus, Record<JobStatus, boolean>> = {
  scheduled: { scheduled: false, queued: false, running: true, waiting: true, succeeded: false, failed: true, cancelled: true },
  queued: { scheduled: false, queued: false, running: true, waiting: true, succeeded: false, failed: true, cancelled: true },
  running: { scheduled: false, queued: false, running: true, waiting: true, succeeded: true, failed: true, cancelled: true },
  waiting: { scheduled: false, queued: false, running: true, waiting: true, succeeded: false, failed: true, cancelled: true },
  succeeded: { scheduled: false, queued: false, running: false, waiting: false, succeeded: false, failed: false, cancelled: false },
  failed: { scheduled: false, queued: false, running: false, waiting: false, succeeded: false, failed: false, cancelled: false },
  cancelled: { scheduled: false, queued: false, running: false, waiting: false, succeeded: false, failed: false, cancelled: false },
};
const pairs = jobStatuses.flatMap((from) => jobStatuses.map((to) => [from, to, legal[from][to]] as const));

it.each(pairs)('a move from %s to %s is legal: %s', (from, to, isLegal) => expect(canMove(from, to)).toBe(isLegal));

it('a job ends in three states, and in no other', () => {
  expect(jobStatuses.filter(isTerminal)).toEqual(['succeeded', 'failed', 'cancelled']);
});

it('a worker may claim a job that waits, and never one that runs or has ended', () => {
  expect(claimableStatuses).toEqual(['scheduled', 'queued', 'waiting']);
});
