/** Selects the jobs of an owner that a redrive or a cancel by filter is about, oldest first. */
import type { Job } from '../job/job.ts';
import type { ListPosition } from '../job/ports.ts';
import type { JobStatus } from '../job/states.ts';
import { findJobs } from '../list/find-jobs.ts';
import type { ListDeps } from '../list/job-query.ts';
import { retryId } from '../submit/retry-job.ts';

export type BulkActionKind = 'retry' | 'cancel';

export interface Selection {
  readonly action: BulkActionKind;
  readonly owner: string;
  /** One of these. */
  readonly statuses: readonly JobStatus[];
  readonly types?: readonly string[] | undefined;
  /** One of these codes of errors. */
  readonly codes?: readonly string[] | undefined;
  /** All of these: a tag's `name`, or its `name:value`. */
  readonly tags?: readonly string[] | undefined;
  readonly sinceMs?: number | undefined;
  /** No later than the request, so that what the action itself creates is not in its selection. */
  readonly untilMs: number;
}

export interface SelectDeps extends ListDeps {
  /** The job types of the service itself, whose jobs are cancelled one by one. */
  readonly internalTypes: readonly string[];
}

export interface SelectedJob {
  readonly job: Job;
  /** The job that retried it already. */
  readonly retriedBy: Job | undefined;
}

export interface SelectedPage {
  readonly jobs: readonly SelectedJob[];
  /** Where the next page starts; undefined at the end. A page may be empty and have a next one. */
  readonly next: ListPosition | undefined;
}

/** Reads up to `limit` jobs, at most 100; where the selection is about retries, also the jobs that retried them. */
export async function selectPage(
  selection: Selection,
  { after, limit }: { readonly after: ListPosition | undefined; readonly limit: number },
  deps: SelectDeps,
): Promise<SelectedPage> {
  const { action, codes, ...filter } = selection;
  const { jobs, next } = await findJobs({ ...filter, order: 'asc', after }, { limit }, deps);
  const selected = jobs.filter(
    ({ type, error }) => !deps.internalTypes.includes(type) && (codes === undefined || codes.includes(error?.code ?? '')),
  );
  const ids = action === 'retry' ? selected.map(retryId) : [];
  const retries = ids.length === 0 ? [] : await deps.store.getMany(ids, deps.runtime.nowMs());
  const retriedBy = new Map(retries.map((retry) => [retry.id, retry]));
  return { jobs: selected.map((job) => ({ job, retriedBy: retriedBy.get(retryId(job)) })), next };
}

export interface Preview {
  readonly count: number;
  /** Whether there may be more, since the count ended at its bound. */
  readonly isLowerBound: boolean;
  /** The first ten. */
  readonly first: readonly Job[];
}

/** The jobs that one preview reads: about as many as an answer may wait for. */
const maxPreviewed = 1_000;
const pageSize = 100;
const shownJobs = 10;

/** Counts what the action would be done to now, without the jobs that were retried already. */
export async function previewSelection(selection: Selection, deps: SelectDeps): Promise<Preview> {
  const first: Job[] = [];
  let [count, read] = [0, 0];
  let after: ListPosition | undefined;
  while (read < maxPreviewed) {
    const { jobs, next } = await selectPage(selection, { after, limit: pageSize }, deps);
    const open = jobs.filter(({ retriedBy }) => retriedBy === undefined).map(({ job }) => job);
    first.push(...open.slice(0, shownJobs - first.length));
    count += open.length;
    read += pageSize; // an empty page has read many entries of an index, so each counts as a full one
    if (next === undefined) return { count, isLowerBound: false, first };
    after = next;
  }
  return { count, isLowerBound: true, first };
}
