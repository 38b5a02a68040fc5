/** `GET /v1/jobs`, `GET /v1/jobs/counts` and `GET /v1/jobs/{id}/children`: an owner's jobs, page by page, and their numbers. */
import type { Job } from '../../core/job/job.ts';
import type { ListPosition } from '../../core/job/ports.ts';
import { countJobs, type EndCounts } from '../../core/list/count-jobs.ts';
import { findJobs } from '../../core/list/find-jobs.ts';
import type { ListDeps } from '../../core/list/job-query.ts';
import { type ApiContext, type ApiDeps, requireJob } from '../api-context.ts';
import type { JobCountsResource, JobListResource } from '../openapi/resource-schemas.ts';
import { readOwner } from '../request/query-parameters.ts';
import { answerTagged } from '../resources/entity-tag.ts';
import { toListedResource, withRetries } from '../resources/job-view.ts';
import { encodeCursor, parseChildrenQuery, parseCountQuery, parseListQuery } from './list-query.ts';

/** A page stays below the 6 MB of a function's answer. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxPageBytes = 5 * 1024 * 1024;

export async function listRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { limit, ...query } = parseListQuery(c.var.parameters, readOwner(c, 'jobs'));
  const found = await findJobs(query, { limit }, listDeps(deps));
  const page = await formatPage(found.jobs, (job) => toListedResource(job, deps));
  const next = page.cut ?? found.next;
  const nextCursor = next === undefined ? null : encodeCursor(next, query);
  const answer: JobListResource = { jobs: await withRetries(page.resources, deps), nextCursor };
  return answerTagged(c, answer);
}

/** `GET /v1/jobs/{id}/children`: the jobs that a job runs, in the order in which it asked for them. Those whose records have expired are left out. */
export async function childrenRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { children = [] } = await requireJob(c, deps);
  const { limit, from } = parseChildrenQuery(c.var.parameters, children);
  const ids = children.slice(from, from + limit);
  const found = ids.length === 0 ? [] : await deps.store.getMany(ids, deps.runtime.nowMs());
  const page = await formatPage(found, (job) => toListedResource(job, deps));
  const last = page.cut?.id ?? ids.at(-1);
  const nextCursor = last === undefined || last === children.at(-1) ? null : last;
  const answer: JobListResource = { jobs: await withRetries(page.resources, deps), nextCursor };
  return answerTagged(c, answer);
}

export async function countRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const query = parseCountQuery(c.var.parameters, readOwner(c, 'jobs'));
  const { counts, next } = await countJobs(query, listDeps(deps));
  const byType = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, numbers]) => ({ type, ...toCounts(numbers) }));
  const nextCursor = next === undefined ? null : encodeCursor(next, query);
  const answer: JobCountsResource = { counts: byType, isComplete: nextCursor === null, nextCursor };
  return answerTagged(c, answer);
}

function toCounts({ unfinished, succeeded, failed, cancelled }: EndCounts) {
  return { unfinished: unfinished ?? null, succeeded: succeeded ?? null, failed, cancelled };
}

/** What reading lists depends on. */
export function listDeps({ store, runtime, catalogue, typeStates }: ApiDeps): ListDeps {
  const knownTypes = async () => [...new Set([...catalogue.map(({ name }) => name), ...(await typeStates.knownTypes())])];
  return { store, runtime, knownTypes, partitionsToRead: () => typeStates.partitionsToRead() };
}

/**
 * Formats jobs until their texts reach the limit of an answer; the first always fits.
 * @returns also the last job, if others were left out
 */
export async function formatPage<Resource extends object>(jobs: readonly Job[], toResource: (job: Job) => Promise<Resource>) {
  const resources: Resource[] = [];
  let bytes = 0;
  let cut: ListPosition | undefined;
  for (const job of jobs) {
    const resource = await toResource(job);
    bytes += bytesInAnswer(resource);
    if (bytes > maxPageBytes && cut !== undefined) return { resources, cut };
    resources.push(resource);
    cut = job;
  }
  return { resources };
}

/** The answer's body is a text within the JSON that the function returns, so it is written as JSON twice. */
function bytesInAnswer(resource: object): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(resource)));
}
