/** The query parameters of lists and counts, and their cursors. @see https://google.aip.dev/158 */
import { instantProblem, isDay } from '../../core/contract/instant.ts';
import { isJobId, sha256Hex } from '../../core/job/ids.ts';
import { latestMs } from '../../core/job/list-key.ts';
import type { ListOrder, ListPosition } from '../../core/job/ports.ts';
import { type JobStatus, jobStatuses } from '../../core/job/states.ts';
import type { JobQuery } from '../../core/list/job-query.ts';
import { truncate } from '../../text/truncate.ts';
import { ProblemError } from '../problem.ts';

const countParameters = ['type', 'tag', 'since', 'until', 'cursor', 'owner'] as const;
const listParameters = ['status', ...countParameters, 'order', 'limit'] as const;

/** Every value of each parameter. */
export type Parameters = Readonly<Record<string, readonly string[]>>;

export interface ListQuery extends JobQuery {
  readonly limit: number;
}

const defaultLimit = 20;
const maxLimit = 100;
const maxTypes = 20;
const typeName = /^[a-z0-9-]{1,40}$/;
/** The key of an index holds the owner, and takes 2,048 bytes. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const maxOwnerBytes = 2_000;
/** A job has no more. */
const maxTags = 10;
const dayMs = 86_400_000;

/** @throws ProblemError `invalid-parameter` or `invalid-cursor` */
export function parseListQuery(given: Parameters, owner: string): ListQuery {
  const parameters = checkParameters(given, listParameters);
  const filter = parseFilter(parameters, owner);
  const query = { ...filter, statuses: parseStatuses(parameters['status']?.[0]), order: parseOrder(parameters['order']?.[0]) };
  const limit = Math.trunc(Number(parameters['limit']?.[0] ?? defaultLimit));
  if (Number.isNaN(limit)) throw invalid(`limit must be a number (was "${truncate(parameters['limit']?.[0] ?? '', 50)}").`);
  return { ...query, limit: Math.min(maxLimit, Math.max(1, limit)), after: parseCursor(parameters['cursor']?.[0], query) };
}

/** @throws ProblemError `invalid-parameter` or `invalid-cursor` */
export function parseCountQuery(given: Parameters, owner: string): JobQuery {
  const parameters = checkParameters(given, countParameters);
  const query: JobQuery = { ...parseFilter(parameters, owner), order: 'desc' };
  return { ...query, after: parseCursor(parameters['cursor']?.[0], query) };
}

/** Refuses a parameter that is not known, is empty, or is given twice: which value counts would be a guess. Only tags may be repeated. */
function checkParameters(given: Parameters, known: readonly string[]): Parameters {
  for (const [name, values] of Object.entries(given)) {
    if (!known.includes(name))
      throw invalid(`There is no parameter "${truncate(name, 50)}" here. There are: ${[...known].sort().join(', ')}.`);
    if (values.length > 1 && name !== 'tag') throw invalid(`${name} is given ${values.length} times.${severalByComma(name)}`);
    if (values.includes('')) throw invalid(`${name} is empty. Give it a value, or leave it out.`);
  }
  return given;
}

function severalByComma(name: string): string {
  return name === 'status' || name === 'type' ? ` Separate several values by commas: ${name}=one,other.` : '';
}

function parseFilter(parameters: Parameters, owner: string): Omit<JobQuery, 'order'> {
  const types = parameters['type'] && splitList('type', parameters['type'][0] ?? '');
  if (types !== undefined && types.length > maxTypes) throw invalid(`type takes at most ${maxTypes} values (was ${types.length}).`);
  const unnamed = types?.find((type) => !typeName.test(type));
  if (unnamed !== undefined) throw invalid(`type must be the name of a job type, or several (was "${truncate(unnamed, 50)}").`);
  const ownerBytes = Buffer.byteLength(owner);
  if (ownerBytes > maxOwnerBytes) throw invalid(`owner takes at most ${maxOwnerBytes} bytes (was ${ownerBytes}).`);
  const tags = [...new Set(parameters['tag'] ?? [])];
  if (tags.length > maxTags) throw invalid(`tag may be given at most ${maxTags} times (was ${tags.length}).`);
  const [sinceMs, untilMs] = [parseTime('since', parameters['since']?.[0]), parseTime('until', parameters['until']?.[0])];
  return { owner, types, tags, sinceMs, untilMs };
}

function parseStatuses(text: string | undefined): readonly JobStatus[] | undefined {
  const statuses = text === undefined ? undefined : splitList('status', text);
  const unknown = statuses?.find((status) => !isStatus(status));
  if (unknown !== undefined) throw invalid(`status must be one or several of ${jobStatuses.join(', ')} (was "${truncate(unknown, 50)}").`);
  return statuses?.filter(isStatus);
}

function parseOrder(text = 'desc'): ListOrder {
  if (text !== 'desc' && text !== 'asc') throw invalid(`order must be desc, the newest first, or asc (was "${truncate(text, 50)}").`);
  return text;
}

function splitList(name: string, text: string): readonly string[] {
  const values = text.split(',');
  if (values.includes('')) throw invalid(`${name} has an empty value in its list "${truncate(text, 50)}".`);
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
    const [createdAtMs, id, sum] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof createdAtMs === 'number' && typeof id === 'string' && isJobId(id) && sum === checksum({ createdAtMs, id }, query)) {
      return { createdAtMs, id };
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
