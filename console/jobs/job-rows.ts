/** The rows of the jobs screen: patched where they are, so that none moves while somebody reads or aims at it. */
import type { JobListResource } from '../../lambdas/api/openapi/resource-schemas.ts';

export type ListedJob = JobListResource['jobs'][number];

export interface Row {
  readonly job: ListedJob;
  /**
   * `fresh`: as the API said last. `left`: no longer matches the filter, so it is shown as it was. `behind`: pushed off the page by newer jobs, so
   * nothing is known of it since.
   */
  readonly state: 'fresh' | 'left' | 'behind';
}

export interface Rows {
  readonly rows: readonly Row[];
  /** Jobs that came after the rows were shown. */
  readonly newCount: number;
}

/** @returns the rows of a page that is shown for the first time */
export function rowsOf(page: JobListResource): Rows {
  return { rows: page.jobs.map((job) => ({ job, state: 'fresh' })), newCount: 0 };
}

/** @param page what the API answers now to the request that the rows came from @returns the same rows in the same order, as they are now */
export function patchRows({ rows }: Rows, page: JobListResource): Rows {
  const byId = new Map(page.jobs.map((job) => [job.id, job]));
  const shown = new Set(rows.map(({ job }) => job.id));
  const isBehind = behindOf(page);
  return {
    rows: rows.map(({ job }) => {
      const now = byId.get(job.id);
      if (now !== undefined) return { job: now, state: 'fresh' };
      return { job, state: isBehind(job) ? 'behind' : 'left' };
    }),
    newCount: page.jobs.filter(({ id }) => !shown.has(id)).length,
  };
}

/** @returns whether a job that is not on the page may be on the next one. Jobs of one millisecond are in no order that is known here. */
function behindOf({ jobs, nextCursor }: JobListResource): (job: ListedJob) => boolean {
  const [first, last] = [jobs[0], jobs.at(-1)];
  if (nextCursor === null) return () => false;
  if (first === undefined || last === undefined) return () => true;
  const isDescending = first.createdAt >= last.createdAt;
  return ({ createdAt }) => (isDescending ? createdAt <= last.createdAt : createdAt >= last.createdAt);
}
