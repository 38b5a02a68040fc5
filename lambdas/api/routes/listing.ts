/** `GET /v1/jobs`: newest first, filtered while read, with an opaque cursor. @see https://google.aip.dev/158 */

import { instantProblem, isDay } from '../../core/contract/instant.ts';
import { isJobId, sha256Hex } from '../../core/job/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { JobStore, ListPosition } from '../../core/job/ports.ts';
import { type JobStatus, jobStatuses } from '../../core/job/states.ts';
import { truncate } from '../../text/truncate.ts';
import { ProblemError } from '../problem.ts';

export interface ListQuery {
  readonly status: JobStatus | undefined;
  readonly type: string | undefined;
  /** `name` or `name:value`. */
  readonly tag: string | undefined;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
  readonly limit: number;
  readonly after: ListPosition | undefined;
}

const known = ['status', 'type', 'tag', 'since', 'until', 'limit', 'cursor', 'owner'];
const defaultLimit = 20;
const maxLimit = 100;
/** A page stays below the 6 MB of a function's answer. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxPageBytes = 5 * 1024 * 1024;
/** One answer reads at most this many jobs, for a filter that matches few; the cursor continues from there. */
const maxReads = 1_000;

/** @throws ProblemError `invalid-parameter` or `invalid-cursor` */
export function parseListQuery(query: Readonly<Record<string, string>>, owner: string): ListQuery {
  const unknown = Object.keys(query).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(`There is no parameter "${truncate(unknown, 50)}". There are: ${known.join(', ')}.`);
  const { status, type, tag, cursor } = query;
  if (status !== undefined && !isStatus(status))
    throw invalid(`status must be one of ${jobStatuses.join(', ')} (was "${truncate(status, 50)}").`);
  const limit = Math.trunc(Number(query['limit'] ?? defaultLimit));
  if (Number.isNaN(limit)) throw invalid(`limit must be a number (was "${truncate(query['limit'] ?? '', 50)}").`);
  return {
    status,
    type,
    tag,
    sinceMs: parseTime('since', query['since']),
    untilMs: parseTime('until', query['until']),
    limit: Math.min(maxLimit, Math.max(1, limit)),
    after: cursor === undefined ? undefined : decodeCursor(cursor, owner),
  };
}

/**
 * @param toResource turns a job into what callers see
 * @returns at most `limit` jobs; fewer with a cursor when a filter passes few, or when the answer would become larger than Lambda allows
 */
export async function listJobs<Resource extends object>(
  { owner, query, nowMs }: { readonly owner: string; readonly query: ListQuery; readonly nowMs: number },
  store: JobStore,
  toResource: (job: Job) => Promise<Resource>,
): Promise<{ jobs: readonly Resource[]; nextCursor: string | null }> {
  const jobs: Resource[] = [];
  let bytes = 0;
  const { untilMs } = query;
  let after = query.after ?? (untilMs === undefined ? undefined : { createdAtMs: untilMs, id: '~' }); // '~' sorts behind every id
  for (let read = 0; read < maxReads; ) {
    const positions = await store.list(owner, maxLimit, after);
    read += positions.length;
    const page = new Map(
      (
        await store.getMany(
          positions.map(({ id }) => id),
          nowMs,
        )
      ).map((job) => [job.id, job]),
    );
    for (const position of positions) {
      if (query.sinceMs !== undefined && position.createdAtMs < query.sinceMs) return { jobs, nextCursor: null };
      const job = page.get(position.id);
      // The index may be behind, also with an entry of an earlier record under the same id.
      if (job?.createdAtMs === position.createdAtMs && matches(job, query)) {
        const resource = await toResource(job);
        bytes += bytesInAnswer(resource);
        if (bytes > maxPageBytes && jobs.length > 0 && after !== undefined) return { jobs, nextCursor: encodeCursor(after, owner) };
        jobs.push(resource);
      }
      after = position;
      if (jobs.length === query.limit) return { jobs, nextCursor: encodeCursor(position, owner) };
    }
    if (positions.length < maxLimit) return { jobs, nextCursor: null };
  }
  return { jobs, nextCursor: after === undefined ? null : encodeCursor(after, owner) };
}

/** The answer's body is a text within the JSON that the function returns, so it is written as JSON twice. */
function bytesInAnswer(resource: object): number {
  return Buffer.byteLength(JSON.stringify(JSON.stringify(resource)));
}

function matches(job: Job, { status, type, tag }: ListQuery): boolean {
  return (
    (status === undefined || job.status === status) &&
    (type === undefined || job.type === type) &&
    // Names and values may hold colons, too.
    (tag === undefined || Object.entries(job.tags).some(([name, value]) => tag === name || tag === `${name}:${value}`))
  );
}

/** The checksum binds a cursor to its owner and shows damage. It need not be secret, since a position gives no access to another owner's jobs. */
function encodeCursor({ createdAtMs, id }: ListPosition, owner: string): string {
  return Buffer.from(JSON.stringify([createdAtMs, id, checksum(createdAtMs, id, owner)])).toString('base64url');
}

function decodeCursor(cursor: string, owner: string): ListPosition {
  try {
    const [createdAtMs, id, sum] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof createdAtMs === 'number' && typeof id === 'string' && isJobId(id) && sum === checksum(createdAtMs, id, owner)) {
      return { createdAtMs, id };
    }
  } catch {
    // Damaged: answered as a cursor that was tampered with.
  }
  throw new ProblemError('invalid-cursor', { detail: 'The cursor is damaged or of another listing. Start again without it.' });
}

function checksum(createdAtMs: number, id: string, owner: string): string {
  return sha256Hex(JSON.stringify([owner, createdAtMs, id])).slice(0, 16);
}

/** The index writes times with 13 digits. */
const latestMs = 9_999_999_999_999;
const dayMs = 86_400_000;

/** A day, in UTC, is the whole day: `since` its first millisecond and `until` its last, or a list up to today would hold nothing of today. */
function parseTime(name: 'since' | 'until', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (isDay(text)) return Math.min(Date.parse(text) + (name === 'until' ? dayMs - 1 : 0), latestMs);
  const problem = instantProblem(text);
  if (problem !== undefined) throw invalid(`${name} ${problem}. A date alone, such as 2026-12-01, is that whole day in UTC.`);
  return Math.min(Date.parse(text), latestMs);
}

function isStatus(text: string): text is JobStatus {
  return (jobStatuses as readonly string[]).includes(text);
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid-parameter', { detail });
}
