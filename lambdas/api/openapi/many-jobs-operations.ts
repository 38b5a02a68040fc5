/** The operations about many jobs: lists, counts, batches, redrives and cancels by filter. */
import * as z from 'zod';
import { instantText } from '../../core/contract/instant.ts';
import { jobStatuses } from '../../core/job/states.ts';
import { bulkCancelBody, redriveBody } from '../request/bulk-body.ts';
import {
  accepted,
  bodyProblems,
  idempotencyKey,
  ifNoneMatch,
  type Operation,
  type Operations,
  ownerOf,
  type Parameters,
  prefer,
  traceContext,
  unchanged,
} from './operation.ts';

const cursor: Parameters = {
  cursor: {
    schema: z.string().min(1).optional(),
    description: '`nextCursor` of the answer before, with the same parameters but for `limit`.',
  },
};

/** The parameters of a page of jobs, besides those of its filter. */
export const pageOfJobs: Parameters = {
  ...cursor,
  limit: { schema: z.number().optional(), description: 'The number of jobs on a page, brought into 1 to 100. 20 where it is absent.' },
};

const countParameters: Parameters = {
  type: {
    schema: z
      .array(z.string().regex(/^[a-z0-9-]{1,40}$/))
      .min(1)
      .max(20)
      .optional(),
    description: 'Jobs of one of these types, separated by commas. The parameter may be repeated instead.',
    isCommaSeparated: true,
    example: ['run-query'],
  },
  tag: {
    schema: z.array(z.string().min(1)).max(10).optional(),
    description: 'Jobs with this tag: `name` or `name:value`. Repeated, jobs with all of these tags.',
    example: ['team:data'],
  },
  since: {
    schema: z.union([instantText, z.iso.date()]).optional(),
    description: 'Jobs accepted at this time or later; a date alone is that whole day in UTC.',
    example: '2026-12-01T06:00:00Z',
  },
  until: {
    schema: z.union([instantText, z.iso.date()]).optional(),
    description: 'Jobs accepted at this time or earlier; a date alone is that whole day in UTC.',
    example: '2026-12-01',
  },
  ...cursor,
  ...ownerOf('jobs'),
};

const listParameters: Parameters = {
  status: {
    schema: z.array(z.enum(jobStatuses)).min(1).optional(),
    description: 'Jobs with one of these statuses, separated by commas. The parameter may be repeated instead.',
    isCommaSeparated: true,
    example: ['failed', 'cancelled'],
  },
  ...countParameters,
  order: {
    schema: z.enum(['desc', 'asc']).optional(),
    description: '`desc`, the newest first, where it is absent; `asc`, the oldest first.',
  },
  ...pageOfJobs,
};

const bulkResponses: Operation['responses'] = {
  200: {
    description:
      'Of a dry run: what would be acted on. Otherwise the job, which has ended: within the time of `Prefer: wait`, or under this key.',
    schema: 'SelectionOrJob',
    optionalHeaders: ['Location', 'Vary'],
    headers: ['Preference-Applied', 'Idempotent-Replayed', 'Delegation-Note', 'RateLimit', 'RateLimit-Policy'],
  },
  202: accepted,
};

const bulkProblems = [
  ...bodyProblems,
  'malformed-idempotency-key',
  'forbidden',
  'invalid-submission',
  'idempotency-key-reused',
  'over-quota',
] as const;

/** `GET /v1/jobs`. */
export const listJobs: Operation = {
  operationId: 'listJobs',
  summary: 'Lists jobs by the time of their acceptance.',
  tag: 'jobs',
  query: listParameters,
  headers: ifNoneMatch,
  responses: { 200: { description: 'A page of jobs.', schema: 'JobList', headers: ['ETag'] }, 304: unchanged },
  problems: ['invalid-cursor', 'forbidden'],
};

export const manyJobsOperations: Operations = {
  '/v1/jobs/batch': {
    POST: {
      operationId: 'submitBatch',
      summary: 'Submits up to 100 jobs, each decided independently.',
      description:
        'Each submission may have an `idempotencyKey` of its own. An `Idempotency-Key` of the request covers the others, by their position. So repeating the request is safe. With `group` the jobs become members of a group, and have no keys of their own.',
      tag: 'jobs',
      headers: { ...idempotencyKey, ...traceContext },
      body: { schema: 'Batch', isRequired: true },
      responses: {
        200: {
          description: 'One result for each submission, in order.',
          schema: 'BatchResults',
          headers: ['RateLimit', 'RateLimit-Policy'],
          optionalHeaders: ['Location', 'Idempotent-Replayed'],
        },
      },
      problems: [
        ...bodyProblems,
        'malformed-idempotency-key',
        'forbidden',
        'invalid-submission',
        'group-not-found',
        'group-closed',
        'too-many-batches',
        'member-refused',
        'idempotency-key-reused',
        'over-quota',
      ],
    },
  },
  '/v1/jobs/counts': {
    GET: {
      operationId: 'countJobs',
      summary: 'Counts jobs by type and end.',
      description: 'The numbers of all answers, from cursor to cursor, add up. They lag some moments behind.',
      tag: 'jobs',
      query: countParameters,
      headers: ifNoneMatch,
      responses: { 200: { description: 'The numbers.', schema: 'JobCounts', headers: ['ETag'] }, 304: unchanged },
      problems: ['invalid-cursor', 'forbidden'],
    },
  },
  '/v1/jobs/redrive': {
    POST: {
      operationId: 'redriveJobs',
      summary: 'Retries many jobs by a filter, oldest first.',
      description:
        'Without `"dryRun": false` it only says which jobs that would be. With it, the answer is a job that retries them at a bounded rate; its progress, result and cancel are those of any job.',
      tag: 'jobs',
      headers: { ...idempotencyKey, ...prefer },
      body: { schema: redriveBody, isRequired: true, example: { filter: { type: ['run-query'], code: ['source_not_found'] } } },
      responses: bulkResponses,
      problems: bulkProblems,
    },
  },
  '/v1/jobs/cancel': {
    POST: {
      operationId: 'cancelJobs',
      summary: 'Cancels many jobs by a filter, oldest first.',
      description:
        'Without `"dryRun": false` it only says which jobs that would be. With it, the answer is a job that cancels them at a bounded rate.',
      tag: 'jobs',
      headers: { ...idempotencyKey, ...prefer },
      body: { schema: bulkCancelBody, isRequired: true, example: { filter: { status: ['queued'] }, reason: 'submitted by mistake' } },
      responses: bulkResponses,
      problems: bulkProblems,
    },
  },
};
