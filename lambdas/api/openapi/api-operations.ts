/** Every operation of the API as the OpenAPI document describes it. A test compares this table with the routes. */
import * as z from 'zod';
import { instantText } from '../../core/contract/instant.ts';
import { maxOwnerBytes } from '../../core/job/owner.ts';
import { jobStatuses } from '../../core/job/states.ts';
import { scheduleNamePattern } from '../../core/schedule/schedule-record.ts';
import type { ProblemName } from '../problems.ts';
import { cancelBody, retryBody, stateBody } from '../request/body-schemas.ts';
import { bulkCancelBody, redriveBody } from '../request/bulk-body.ts';
import { scheduleSchema } from '../request/schedule-body.ts';
import { uploadBody } from '../request/upload-body.ts';
import type { HeaderName } from './answer-headers.ts';
import type { ResourceName } from './resource-schemas.ts';

export interface Parameter {
  readonly schema: z.ZodType;
  readonly description: string;
  readonly example?: string | number | readonly string[];
  /** Whether several values are described as one text with commas; otherwise the parameter is repeated. */
  readonly isCommaSeparated?: boolean;
}

type Parameters = Readonly<Record<string, Parameter>>;

export interface ResponseDescription {
  readonly description: string;
  /** The schema of the body: that of a resource, one of several, the result of a job, or any JSON; without it there is no body. */
  readonly schema?: ResourceName | readonly ResourceName[] | 'Result' | 'any';
  /** @default application/json */
  readonly mediaType?: string;
  /** Headers besides those that every answer has. */
  readonly headers?: readonly HeaderName[];
  /** Headers that only some of these answers have. */
  readonly optionalHeaders?: readonly HeaderName[];
  readonly example?: unknown;
}

export interface RequestBody {
  /** A zod schema, or the submission of a job of any type that the deployment has, or a batch of them. */
  readonly schema: z.ZodType | 'Submission' | 'Batch';
  readonly isRequired: boolean;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tag: 'jobs' | 'schedules' | 'job types' | 'service';
  /** Whether no caller is needed. @default false */
  readonly isPublic?: boolean;
  readonly path?: Parameters;
  readonly query?: Parameters;
  readonly headers?: Parameters;
  readonly body?: RequestBody;
  /** The answers without an error, by status. */
  readonly responses: Readonly<Record<number, ResponseDescription>>;
  /** Besides those that every operation has. */
  readonly problems: readonly ProblemName[];
}

/** The problems of a request body that is read as JSON. */
const bodyProblems = ['malformed-json', 'malformed-encoding', 'duplicate-member', 'body-too-large', 'unsupported-media-type'] as const;

const jobId: Parameters = {
  id: { schema: z.string(), description: 'The id of a job, `job_…`. Any other text is answered as an unknown job.' },
};
const jobType: Parameters = { type: { schema: z.string(), description: 'The name of a job type.' } };

const scheduleName: Parameters = {
  name: {
    schema: z.string().regex(scheduleNamePattern),
    description: 'The name of a schedule: 1 to 64 letters, digits, `-`, `_` and `.`, but neither `.` nor `..`.',
    example: 'nightly-report',
  },
};
const scheduleOwner: Parameters = {
  owner: { schema: z.string().min(1).max(maxOwnerBytes).optional(), description: "Another owner's schedules, for admins." },
};
const scheduleExample = {
  cron: '30 2 * * 1-5',
  timeZone: 'Europe/Berlin',
  job: { type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: [{ id: 'nightly' }] } },
};

const idempotencyKey: Parameters = {
  'Idempotency-Key': {
    // A quoted string, or a bare token without quotes, commas and semicolons.
    schema: z
      .string()
      .regex(/^("([\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255}"|[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]{1,255})$/)
      .optional(),
    description:
      'The same key with the same submission returns the same job (draft-ietf-httpapi-idempotency-key-header): 1 to 255 printable characters, quoted or a bare token.',
    example: '"order-17"',
  },
};

const prefer: Parameters = {
  Prefer: {
    schema: z.string().optional(),
    description:
      '`wait=N` waits up to N seconds, at most 20, for the end of the job; with If-None-Match for any change. Other preferences are ignored (RFC 7240).',
    example: 'wait=10',
  },
};

const traceContext: Parameters = {
  traceparent: {
    schema: z.string().optional(),
    description: 'The trace that the job belongs to (W3C Trace Context); one that is not valid is ignored.',
    example: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
};

const validateOnly: Parameters = {
  validateOnly: {
    schema: z.enum(['true', 'false']).optional(),
    description: 'With `true` everything is checked, nothing is written, and the answer is a Validation instead of a job.',
  },
};

const ifNoneMatch: Parameters = {
  'If-None-Match': {
    schema: z.string().optional(),
    description: 'The `ETag` of an earlier answer. If nothing has changed, the answer is 304.',
  },
};

const unchanged: ResponseDescription = { description: 'Nothing has changed since the answer with this `ETag`.', headers: ['ETag'] };

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
  cursor: {
    schema: z.string().min(1).optional(),
    description: '`nextCursor` of the answer before, with the same parameters but for `limit`.',
  },
  owner: { schema: z.string().min(1).max(maxOwnerBytes).optional(), description: "Another owner's jobs, for admins." },
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
  limit: { schema: z.number().optional(), description: 'The number of jobs on a page, brought into 1 to 100. 20 where it is absent.' },
};

const accepted: ResponseDescription = {
  description: 'Accepted: the job is kept, and reaches an end. `Location` is where to ask about it.',
  schema: 'Job',
  headers: [
    'Location',
    'Retry-After',
    'Vary',
    'Preference-Applied',
    'Idempotent-Replayed',
    'Delegation-Note',
    'RateLimit',
    'RateLimit-Policy',
  ],
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

/** By path and method, as the route table has them. */
export const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/healthz': {
    GET: {
      operationId: 'checkHealth',
      summary: 'Says that the API answers.',
      tag: 'service',
      isPublic: true,
      responses: { 200: { description: 'It does.', schema: 'Health' } },
      problems: [],
    },
  },
  '/problems/:name': {
    GET: {
      operationId: 'explainProblem',
      summary: 'A page about one problem, for people.',
      tag: 'service',
      isPublic: true,
      path: { name: { schema: z.string(), description: 'The code of a problem.', example: 'over-quota' } },
      responses: {
        200: { description: 'What happened, and what to do.', mediaType: 'text/html', schema: 'any', headers: ['Content-Security-Policy'] },
      },
      problems: ['not-found'],
    },
  },
  '/openapi.json': {
    GET: {
      operationId: 'describeApi',
      summary: 'This document, with the job types of the deployment.',
      tag: 'service',
      responses: { 200: { description: 'OpenAPI 3.1.', schema: 'any' } },
      problems: [],
    },
  },
  '/v1/jobs': {
    GET: {
      operationId: 'listJobs',
      summary: 'Lists jobs by the time of their acceptance.',
      tag: 'jobs',
      query: listParameters,
      headers: ifNoneMatch,
      responses: { 200: { description: 'A page of jobs.', schema: 'JobList', headers: ['ETag'] }, 304: unchanged },
      problems: ['invalid-cursor', 'forbidden'],
    },
    POST: {
      operationId: 'submitJob',
      summary: 'Submits a job.',
      description: 'The answer comes at once, before the work is done. With an `Idempotency-Key` repeating the request is safe.',
      tag: 'jobs',
      query: validateOnly,
      headers: { ...idempotencyKey, ...prefer, ...traceContext },
      body: { schema: 'Submission', isRequired: true },
      responses: {
        200: {
          description:
            'The job has ended: within the time of `Prefer: wait`, or before, under the same key; then nothing more will happen under this key. With `validateOnly` it is a Validation.',
          schema: ['Job', 'Validation'],
          optionalHeaders: ['Location', 'Vary'],
          headers: ['Preference-Applied', 'Idempotent-Replayed', 'Delegation-Note', 'RateLimit', 'RateLimit-Policy'],
        },
        202: accepted,
      },
      problems: [
        ...bodyProblems,
        'malformed-idempotency-key',
        'job-type-draining',
        'invalid-submission',
        'unknown-job-type',
        'upload-not-found',
        'idempotency-key-reused',
        'over-quota',
      ],
    },
  },
  '/v1/jobs/batch': {
    POST: {
      operationId: 'submitBatch',
      summary: 'Submits up to 100 jobs, each decided independently.',
      description:
        'Each submission may have an `idempotencyKey` of its own. An `Idempotency-Key` of the request covers the others, by their position. So repeating the request is safe.',
      tag: 'jobs',
      headers: { ...idempotencyKey, ...traceContext },
      body: { schema: 'Batch', isRequired: true },
      responses: {
        200: {
          description: 'One result for each submission, in order.',
          schema: 'BatchResults',
          headers: ['RateLimit', 'RateLimit-Policy'],
        },
      },
      problems: [...bodyProblems, 'malformed-idempotency-key', 'invalid-submission'],
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
  '/v1/jobs/:id': {
    GET: {
      operationId: 'getJob',
      summary: 'Shows a job.',
      tag: 'jobs',
      path: jobId,
      headers: { ...prefer, ...ifNoneMatch },
      responses: {
        200: { description: 'The job.', schema: 'Job', headers: ['Retry-After', 'ETag', 'Vary', 'Preference-Applied'] },
        304: { ...unchanged, headers: ['ETag', 'Retry-After', 'Vary', 'Preference-Applied'] },
      },
      // Where the id is the last part of an address of its own, such as `batch`.
      problems: ['job-not-found', 'method-not-allowed'],
    },
  },
  '/v1/jobs/:id/input': {
    GET: {
      operationId: 'getJobInput',
      summary: 'Shows the input of a job as it was accepted, without secrets.',
      tag: 'jobs',
      path: jobId,
      responses: { 200: { description: 'The input.', schema: 'any' } },
      problems: ['job-not-found', 'input-not-shown'],
    },
  },
  '/v1/jobs/:id/result': {
    GET: {
      operationId: 'getJobResult',
      summary: 'Shows the result of a job, or says where it is.',
      tag: 'jobs',
      path: jobId,
      responses: {
        200: { description: 'The result.', schema: 'Result' },
        303: {
          description: 'The result is large: request `Location` without the headers that sign requests to this API.',
          schema: 'Link',
          headers: ['Location'],
        },
      },
      problems: ['job-not-found', 'job-not-finished', 'job-failed', 'job-cancelled'],
    },
  },
  '/v1/jobs/:id/files/:name': {
    GET: {
      operationId: 'getJobFile',
      summary: 'Says where a file of a job is.',
      tag: 'jobs',
      path: { ...jobId, name: { schema: z.string(), description: 'The name of a file that the worker wrote.' } },
      responses: {
        303: {
          description: 'Request `Location` without the headers that sign requests to this API.',
          schema: 'Link',
          headers: ['Location'],
        },
      },
      problems: ['job-not-found', 'file-not-found'],
    },
  },
  '/v1/jobs/:id/cancel': {
    POST: {
      operationId: 'cancelJob',
      summary: 'Cancels a job.',
      tag: 'jobs',
      path: jobId,
      body: { schema: cancelBody, isRequired: false, example: { reason: 'submitted by mistake' } },
      responses: {
        200: { description: 'The job is cancelled.', schema: 'Job' },
        202: { description: 'The worker is asked to stop, or to clean up first.', schema: 'Job', headers: ['Retry-After'] },
      },
      problems: [...bodyProblems, 'job-not-found', 'job-already-ended', 'invalid-submission'],
    },
  },
  '/v1/jobs/:id/retry': {
    POST: {
      operationId: 'retryJob',
      summary: 'Retries a job that failed or was cancelled.',
      description:
        'A new job repeats it, with what the body replaces. The ended job never changes, and shows the new one in `retriedBy`. Repeating the request is safe: a job is retried once.',
      tag: 'jobs',
      path: jobId,
      query: validateOnly,
      headers: { ...prefer, ...traceContext },
      body: { schema: retryBody, isRequired: false, example: { maxAttempts: 5 } },
      responses: {
        200: {
          description:
            'The retry has ended: within the time of `Prefer: wait`, or before, where the request is repeated. With `validateOnly` it is a Validation.',
          schema: ['Job', 'Validation'],
          optionalHeaders: ['Location', 'Vary'],
          headers: ['Preference-Applied', 'Idempotent-Replayed', 'Delegation-Note', 'RateLimit', 'RateLimit-Policy'],
        },
        202: accepted,
      },
      problems: [
        ...bodyProblems,
        'job-not-found',
        'job-not-finished',
        'not-retryable',
        'already-retried',
        'input-lost',
        'job-type-removed',
        'job-type-draining',
        'invalid-submission',
        'upload-not-found',
        'over-quota',
      ],
    },
  },
  '/v1/schedules': {
    GET: {
      operationId: 'listSchedules',
      summary: 'Lists schedules, by name.',
      tag: 'schedules',
      query: {
        limit: {
          schema: z.number().optional(),
          description: 'The number of schedules on a page, brought into 1 to 100. 20 where it is absent.',
        },
        cursor: { schema: z.string().min(1).optional(), description: '`nextCursor` of the page before.' },
        ...scheduleOwner,
      },
      headers: ifNoneMatch,
      responses: { 200: { description: 'A page of schedules.', schema: 'ScheduleList', headers: ['ETag'] }, 304: unchanged },
      problems: ['invalid-cursor', 'forbidden'],
    },
  },
  '/v1/schedules/:name': {
    GET: {
      operationId: 'getSchedule',
      summary: 'Shows a schedule, with the next five times that it fires for.',
      tag: 'schedules',
      path: scheduleName,
      query: scheduleOwner,
      headers: ifNoneMatch,
      responses: { 200: { description: 'The schedule.', schema: 'Schedule', headers: ['ETag'] }, 304: unchanged },
      problems: ['forbidden', 'schedule-not-found'],
    },
    PUT: {
      operationId: 'setSchedule',
      summary: 'Makes a schedule, or replaces the one of this name.',
      description: 'Repeating the request is safe: what is set already is not written again.',
      tag: 'schedules',
      path: scheduleName,
      body: { schema: scheduleSchema, isRequired: true, example: scheduleExample },
      responses: {
        200: { description: 'The schedule was replaced, or was as it is.', schema: 'Schedule', headers: ['Location'] },
        201: { description: 'The schedule was made.', schema: 'Schedule', headers: ['Location'] },
      },
      problems: [...bodyProblems, 'too-many-schedules', 'invalid-schedule', 'unknown-job-type'],
    },
    DELETE: {
      operationId: 'deleteSchedule',
      summary: 'Deletes a schedule. The jobs that it made stay.',
      tag: 'schedules',
      path: scheduleName,
      query: scheduleOwner,
      responses: { 204: { description: 'The schedule is deleted.' } },
      problems: ['forbidden', 'schedule-not-found'],
    },
  },
  '/v1/uploads': {
    POST: {
      operationId: 'createUpload',
      summary: 'Signs a place for an input that is too large for a request.',
      description:
        'Send the bytes with `PUT` to `url` before `expiresAt`, with exactly these `headers` and none of the headers that sign requests to this API. Then name `source` in the input of a job. What no job uses is deleted after 7 days.',
      tag: 'jobs',
      body: {
        schema: uploadBody,
        isRequired: true,
        example: { sizeBytes: 13, sha256: '9NQ2vlp0B0k7KrkhXIbVAlzqqFZVMYSgFCp+xAqpnx4=', contentType: 'text/csv' },
      },
      responses: {
        201: {
          description: 'The place. It takes these bytes alone, and once: 412 of a repeated `PUT` means that they are there.',
          schema: 'Upload',
        },
      },
      problems: [...bodyProblems, 'invalid-submission'],
    },
  },
  '/v1/me': {
    GET: {
      operationId: 'getCaller',
      summary: 'Shows who calls, and what is allowed.',
      tag: 'service',
      responses: { 200: { description: 'The caller.', schema: 'Me' } },
      problems: [],
    },
  },
  '/v1/job-types': {
    GET: {
      operationId: 'listJobTypes',
      summary: 'Lists what may be delegated.',
      tag: 'job types',
      headers: ifNoneMatch,
      responses: { 200: { description: 'The job types.', schema: 'JobTypeList', headers: ['ETag'] }, 304: unchanged },
      problems: [],
    },
  },
  '/v1/job-types/:type': {
    GET: {
      operationId: 'getJobType',
      summary: 'Shows a job type with its JSON Schemas.',
      tag: 'job types',
      path: jobType,
      headers: ifNoneMatch,
      responses: { 200: { description: 'The job type.', schema: 'JobType', headers: ['ETag'] }, 304: unchanged },
      problems: ['job-type-not-found'],
    },
  },
  '/v1/job-types/:type/state': {
    PUT: {
      operationId: 'setJobTypeState',
      summary: 'Pauses, drains or activates a job type; for admins.',
      tag: 'job types',
      path: jobType,
      body: { schema: stateBody, isRequired: true, example: { state: 'paused', reason: 'The table is being restored.' } },
      responses: { 200: { description: 'The job type in its new state.', schema: 'JobType' } },
      problems: [...bodyProblems, 'forbidden', 'job-type-not-found', 'invalid-submission'],
    },
  },
};
