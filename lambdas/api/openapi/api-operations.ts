/** Every operation of the API as the OpenAPI document describes it: those about one job here, the others in the files beside. A test compares the table with the routes. */
import * as z from 'zod';
import { cancelBody, retryBody, webhookBody } from '../request/body-schemas.ts';
import { uploadBody } from '../request/upload-body.ts';
import { groupOperations } from './group-operations.ts';
import { jobTypeOperations } from './job-type-operations.ts';
import { linkOperations } from './link-operations.ts';
import { listJobs, manyJobsOperations, pageOfJobs } from './many-jobs-operations.ts';
import {
  accepted,
  bodyProblems,
  idempotencyKey,
  ifNoneMatch,
  type Operations,
  type Parameters,
  prefer,
  traceContext,
  unchanged,
  validateOnly,
} from './operation.ts';
import { scheduleOperations } from './schedule-operations.ts';
import { callerOperations, serviceOperations } from './service-operations.ts';

const jobId: Parameters = {
  id: { schema: z.string(), description: 'The id of a job, `job_…`. Any other text is answered as an unknown job.' },
};

/** By path and method, as the route table has them. */
export const operations: Operations = {
  ...serviceOperations,
  '/v1/jobs': {
    GET: listJobs,
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
          headers: ['Preference-Applied', 'Idempotent-Replayed', 'Unique-Joined', 'Delegation-Note', 'RateLimit', 'RateLimit-Policy'],
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
        'invalid-predecessor',
        'idempotency-key-reused',
        'over-quota',
      ],
    },
  },
  ...manyJobsOperations,
  ...groupOperations,
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
  '/v1/jobs/:id/children': {
    GET: {
      operationId: 'listChildren',
      summary: 'Lists the jobs that a job runs as parts of its own work, in the order in which it asked for them.',
      tag: 'jobs',
      path: jobId,
      query: pageOfJobs,
      headers: ifNoneMatch,
      responses: {
        200: { description: 'A page of jobs, without those that have expired.', schema: 'JobList', headers: ['ETag'] },
        304: unchanged,
      },
      problems: ['job-not-found', 'invalid-cursor'],
    },
  },
  '/v1/jobs/:id/events': {
    GET: {
      operationId: 'streamJobEvents',
      summary: 'Reports the changes of a job as server-sent events.',
      description:
        'Each `job` event holds the job in one line; `end` follows the last one. A deployed API holds the answer until a change, for 20 s at most, and `retry` says when to connect again; the local mode streams until the end of the job. Connect again with `Last-Event-ID`; 204 says that nothing more will come.',
      tag: 'jobs',
      path: jobId,
      headers: {
        'Last-Event-ID': {
          schema: z.string().optional(),
          description: 'The `id` of the last event. What it stands for is not sent again.',
          example: '0123456789abcdef0123456789abcdef',
        },
      },
      responses: {
        200: {
          description: 'Server-sent events, in the format of the HTML standard.',
          schema: 'any',
          mediaType: 'text/event-stream',
          headers: ['X-Accel-Buffering'],
          example: 'retry: 1000\nevent: job\nid: 0123456789abcdef0123456789abcdef\ndata: {"id":"job_…","status":"running"}\n\n',
        },
        204: { description: 'The job has ended, and the client knows: an `EventSource` does not connect again.' },
      },
      problems: ['job-not-found', 'not-acceptable'],
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
  '/v1/jobs/:id/signals/:name': {
    POST: {
      operationId: 'sendSignal',
      summary: 'Sends a signal to a job.',
      description:
        "The body is the signal's payload, `null` where it is left out; its schema is in `signalSchemas` of the job type. The job's code receives each signal once, in the order of acceptance, also one that comes before the code waits for it. With an `Idempotency-Key` repeating the request is safe.",
      tag: 'jobs',
      path: { ...jobId, name: { schema: z.string(), description: "The name of one of the job type's signals.", example: 'approve' } },
      headers: idempotencyKey,
      body: { schema: z.unknown(), isRequired: false, example: null },
      responses: {
        202: {
          description: 'The signal is kept for the job, and wakes it if it waits for it.',
          schema: 'Job',
          headers: ['Retry-After', 'Idempotent-Replayed'],
        },
      },
      problems: [
        ...bodyProblems,
        'malformed-idempotency-key',
        'job-not-found',
        'signal-not-found',
        'job-already-ended',
        'too-many-signals',
        'job-type-removed',
        'invalid-submission',
        'idempotency-key-reused',
      ],
    },
  },
  ...linkOperations,
  '/v1/jobs/:id/webhook': {
    POST: {
      operationId: 'sendWebhookAgain',
      summary: 'Sends the webhook of an ended job again.',
      description:
        'A new delivery with the same `webhook-id`, so that a receiver recognises what it has seen. The answer is the job that delivers. With an `Idempotency-Key` repeating the request is safe.',
      tag: 'jobs',
      path: jobId,
      headers: { ...idempotencyKey, ...prefer },
      body: { schema: webhookBody, isRequired: false, example: {} },
      responses: {
        200: {
          description: 'The delivery has ended: within the time of `Prefer: wait`, or before, where the request is repeated.',
          schema: 'Job',
          headers: ['Location', 'Vary', 'Preference-Applied', 'Idempotent-Replayed', 'Delegation-Note'],
        },
        202: accepted,
      },
      problems: [
        ...bodyProblems,
        'malformed-idempotency-key',
        'job-not-found',
        'job-not-finished',
        'no-webhook',
        'job-type-draining',
        'invalid-submission',
        'idempotency-key-reused',
      ],
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
  ...scheduleOperations,
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
  ...callerOperations,
  ...jobTypeOperations,
};
