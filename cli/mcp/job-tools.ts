/** Tools that look at jobs. */
import * as z from 'zod';
import { is } from '../../client/client-errors.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { queryOf } from '../../client/list-filter.ts';
import type { Job } from '../../client/shown-job.ts';
import { factsOf, sentenceOf } from './job-facts.ts';
import { defineTool, jobIdInput, jobTypeInput, type ToolCall } from './tool.ts';
import type { ToolAnswer } from './tool-answer.ts';
import { ToolRefusal } from './tool-error.ts';

const statuses = ['scheduled', 'queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
const cursorMembers: ReadonlySet<string> = new Set(['status', 'type', 'tag', 'since', 'until', 'order', 'limit', 'cursor']);
/** The longest wait in one call, in seconds: clients give up on an answer after a minute, unless they are set otherwise. */
const longestWaitSeconds = 60;

export const getJob = defineTool({
  name: 'get_job',
  title: 'Look at a job',
  description:
    'Shows a job: its status, why it is not running and until when, its attempts, timeline, tags and cost. get_result has its result.',
  input: z.strictObject({ job: jobIdInput }),
  run: async ({ client }, { job }, { signal }) => jobAnswer((await client.job(job, { signal })).job),
});

export const waitForJob = defineTool({
  name: 'wait_for_job',
  title: 'Wait for a job',
  description: `Waits until a job has ended, ${longestWaitSeconds} seconds at most, then shows it as get_job does. A job goes on without being watched: for one that takes long, do something else and look again later.`,
  input: z.strictObject({
    job: jobIdInput,
    seconds: z.number().min(1).max(longestWaitSeconds).default(25).describe('How long to wait at most.'),
  }),
  async run({ client }, { job, seconds }, call) {
    const handle = await client.job(job, { signal: call.signal });
    await waitForEnd(handle, seconds, call);
    return jobAnswer(handle.job);
  },
});

export const listJobs = defineTool({
  name: 'list_jobs',
  title: 'List jobs',
  description: 'Lists jobs, the newest first, by status, type, tags and time. A page may be short or empty and still have a nextCursor.',
  input: z.strictObject({
    status: z.array(z.enum(statuses)).min(1).optional().describe('Any of these.'),
    type: z.array(jobTypeInput).min(1).max(20).optional().describe('Any of these.'),
    tag: z.array(z.string().min(1)).min(1).max(10).optional().describe('All of these: name:value, or a name with any value.'),
    since: z
      .string()
      .min(1)
      .optional()
      .describe('Accepted at this time or later: 2026-12-01T06:00:00Z, 2026-12-01, or -2h (s, m, h, d) back from now.'),
    until: z.string().min(1).optional().describe('Accepted at this time or earlier, as since.'),
    order: z.enum(['asc', 'desc']).default('desc').describe('asc begins with the oldest.'),
    limit: z.int().min(1).max(50).default(20),
    cursor: z
      .string()
      .min(1)
      .max(8_000)
      .optional()
      .describe('The nextCursor of the page before. It holds the filter, so leave out everything else.'),
  }),
  async run({ client }, { cursor, ...filter }, { signal }) {
    const query = cursor === undefined ? queryOf(withoutUndefined(filter)) : continuedQuery(cursor);
    const { jobs, nextCursor } = (await client.request({ method: 'GET', path: `/v1/jobs${query}`, signal })) as {
      readonly jobs: readonly Job[];
      readonly nextCursor: string | null;
    };
    const rest = nextCursor === null ? 'That is all of them.' : 'There may be more: call it again with nextCursor as cursor.';
    return {
      says: [`${jobs.length} jobs. ${rest}`, ...jobs.map(sentenceOf)].join('\n'),
      facts: { jobs: jobs.map(factsOf), nextCursor: nextCursor === null ? null : cursorWith(query, nextCursor) },
      ...(jobs.length === 0 ? {} : { data: { what: 'What the jobs hold', value: jobs.map(textsOf) } }),
    };
  },
});

/** Waits until the job has ended or the time is over, and reports each change. */
export async function waitForEnd(handle: JobHandle, seconds: number, { signal, report }: ToolCall): Promise<void> {
  try {
    for await (const { job } of handle.changes({ timeoutMs: seconds * 1000, signal }))
      report(job.progress?.fraction ?? null, sentenceOf(job));
  } catch (error) {
    if (!is(error, 'still-running')) throw error;
  }
}

/** @returns the job with everything but its result, which may be large */
export function jobAnswer({ result: _result, ...job }: Job): ToolAnswer {
  return { says: sentenceOf(job as Job), facts: factsOf(job as Job), data: { what: `What ${job.id} holds`, value: job } };
}

/** What others wrote into a job and a list should show. */
function textsOf({ id, tags, reason, progress, error }: Job): object {
  return {
    id,
    tags,
    reason: reason?.detail ?? null,
    progress: progress?.message ?? null,
    error: error && { code: error.code, message: error.message },
  };
}

/** The API takes a cursor with its own filter alone, and a time such as -2h is another one at each call. So a cursor of this server is the whole query. */
function cursorWith(query: string, cursor: string): string {
  const next = new URLSearchParams(query);
  next.set('cursor', cursor);
  return next.toString();
}

/** @throws ToolRefusal for a cursor that this server did not make */
function continuedQuery(cursor: string): string {
  const query = new URLSearchParams(cursor);
  if (!query.has('cursor') || [...query.keys()].some((name) => !cursorMembers.has(name)))
    throw new ToolRefusal('invalid-arguments', 'The cursor must be the nextCursor of an answer of list_jobs, unchanged.');
  return `?${query}`;
}

function withoutUndefined<Filter extends object>(filter: Filter): { [Name in keyof Filter]: Exclude<Filter[Name], undefined> } {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as never;
}
