/** The query parameters of lists and counts, and their cursors. @see https://google.aip.dev/158 */
import { instantProblem, isDay } from '../../core/contract/instant.ts';
import { isJobId, sha256Hex } from '../../core/job/ids.ts';
import { latestMs } from '../../core/job/list-key.ts';
import type { ListOrder, ListPosition } from '../../core/job/ports.ts';
import { type JobStatus, jobStatuses } from '../../core/job/states.ts';
import type { JobQuery } from '../../core/list/job-query.ts';
import { truncate } from '../../text/truncate.ts';
import { ProblemError } from '../problem.ts';
import type { Parameters } from '../request/query-parameters.ts';

export interface ListQuery extends JobQuery {
  readonly limit: number;
}

const defaultLimit = 20;
const maxLimit = 100;
const maxTypes = 20;
const typeName = /^[a-z0-9-]{1,40}$/;
/** A job has no more. */
const maxTags = 10;
const dayMs = 86_400_000;

/** @throws ProblemError `invalid-parameter` or `invalid-cursor` */
export function parseListQuery(parameters: Parameters, owner: string): ListQuery {
  const filter = parseFilter(parameters, owner);
  const query = { ...filter, statuses: parseStatuses(parameters['status']), order: parseOrder(parameters['order']?.[0]) };
  return { ...query, limit: parseLimit(parameters), after: parseCursor(parameters['cursor']?.[0], query) };
}

/**
 * @param ids of the children, in their order
 * @returns the number of children on the page, and the position of its first one. A cursor is the id of the last child of the page before
 * @throws ProblemError `invalid-parameter` or `invalid-cursor`
 */
export function parseChildrenQuery(parameters: Parameters, ids: readonly string[]): { readonly limit: number; readonly from: number } {
  const limit = parseLimit(parameters);
  const cursor = parameters['cursor']?.[0];
  if (cursor === undefined) return { limit, from: 0 };
  if (!ids.includes(cursor))
    throw new ProblemError('invalid-cursor', { detail: 'The cursor is none of a page of this job. Start again without it.' });
  return { limit, from: ids.indexOf(cursor) + 1 };
}

/** @param total the number of members of the group @returns where the page starts. @throws ProblemError `invalid-parameter` or `invalid-cursor` */
export function parseMembersQuery(parameters: Parameters, total: number): { readonly limit: number; readonly from: number } {
  const limit = parseLimit(parameters);
  const cursor = parameters['cursor']?.[0] ?? '0';
  if (!/^(0|[1-9]\d{0,4})$/.test(cursor) || (Number(cursor) >= total && cursor !== '0'))
    throw new ProblemError('invalid-cursor', { detail: 'The cursor is none of a page of this group. Start again without it.' });
  return { limit, from: Number(cursor) };
}

function parseLimit(parameters: Parameters): number {
  const text = parameters['limit']?.[0];
  const limit = Math.trunc(Number(text ?? defaultLimit));
  if (Number.isNaN(limit)) throw invalid(`limit must be a number (was "${truncate(text ?? '', 50)}").`);
  return Math.min(maxLimit, Math.max(1, limit));
}

/** @throws ProblemError `invalid-parameter` or `invalid-cursor` */
export function parseCountQuery(parameters: Parameters, owner: string): JobQuery {
  const query: JobQuery = { ...parseFilter(parameters, owner), order: 'desc' };
  return { ...query, after: parseCursor(parameters['cursor']?.[0], query) };
}

function parseFilter(parameters: Parameters, owner: string): Omit<JobQuery, 'order'> {
  const types = parameters['type'] && splitList('type', parameters['type']);
  if (types !== undefined && types.length > maxTypes) throw invalid(`type takes at most ${maxTypes} values (was ${types.length}).`);
  const unnamed = types?.find((type) => !typeName.test(type));
  if (unnamed !== undefined) throw invalid(`type must be the name of a job type, or several (was "${truncate(unnamed, 50)}").`);
  const tags = [...new Set(parameters['tag'] ?? [])];
  if (tags.length > maxTags) throw invalid(`tag may be given at most ${maxTags} times (was ${tags.length}).`);
  const [sinceMs, untilMs] = [parseTime('since', parameters['since']?.[0]), parseTime('until', parameters['until']?.[0])];
  return { owner, types, tags, sinceMs, untilMs };
}

function parseStatuses(texts: readonly string[] | undefined): readonly JobStatus[] | undefined {
  const statuses = texts && splitList('status', texts);
  const unknown = statuses?.find((status) => !isStatus(status));
  if (unknown !== undefined) throw invalid(`status must be one or several of ${jobStatuses.join(', ')} (was "${truncate(unknown, 50)}").`);
  return statuses?.filter(isStatus);
}

function parseOrder(text = 'desc'): ListOrder {
  if (text !== 'desc' && text !== 'asc') throw invalid(`order must be desc, the newest first, or asc (was "${truncate(text, 50)}").`);
  return text;
}

/** Several values come with commas between them, or as a parameter that is repeated, which generated clients do. */
function splitList(name: string, texts: readonly string[]): readonly string[] {
  const values = texts.flatMap((text) => text.split(','));
  if (values.includes('')) throw invalid(`${name} has an empty value in its list "${truncate(texts.join(), 50)}".`);
  return [...new Set(values)];
}

/** A day, in UTC, is the whole day: `since` its first millisecond and `until` its last, or a list up to today would hold nothing of today. */
function parseTime(name: 'since' | 'until', text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (isDay(text)) return Math.min(Date.parse(text) + (name === 'until' ? dayMs - 1 : 0), latestMs);
  const problem = instantProblem(text);
  if (problem !== undefined) throw invalid(`${name} ${problem}. A date alone, such as 2026-12-01, is that whole day in UTC.`);
  return Math.min(Date.parse(text), latestMs);
}

/**
 * @param query whose page ended at the position
 * @returns an opaque cursor. Its checksum binds it to the owner, the filters and the order, and shows damage. It need not be secret, since a
 * position gives no access to another owner's jobs
 */
export function encodeCursor({ createdAtMs, id }: ListPosition, query: JobQuery): string {
  return Buffer.from(JSON.stringify([createdAtMs, id, checksum({ createdAtMs, id }, query)])).toString('base64url');
}

function parseCursor(cursor: string | undefined, query: JobQuery): ListPosition | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [createdAtMs, id] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof createdAtMs === 'number' && typeof id === 'string' && isJobId(id)) {
      // The whole text is compared: Base64 has several texts for the same bytes, and JSON for the same values.
      if (encodeCursor({ createdAtMs, id }, query) === cursor) return { createdAtMs, id };
    }
  } catch {
    // Damaged: answered as a cursor that was tampered with.
  }
  throw new ProblemError('invalid-cursor', {
    detail:
      'The cursor is damaged, or belongs to a list with another owner, filter or order. Send it with the parameters that it came from, or start again without it.',
  });
}

function checksum({ createdAtMs, id }: ListPosition, { owner, statuses, types, tags, sinceMs, untilMs, order }: JobQuery): string {
  const sets = [statuses, types, tags].map((values) => values && [...values].sort());
  return sha256Hex(JSON.stringify([owner, order, ...sets, sinceMs, untilMs, createdAtMs, id])).slice(0, 16);
}

function isStatus(text: string): text is JobStatus {
  return (jobStatuses as readonly string[]).includes(text);
}

function invalid(detail: string): ProblemError {
  return new ProblemError('invalid-parameter', { detail });
}
