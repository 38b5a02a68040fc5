/** The operations of groups. */
import * as z from 'zod';
import { cancelBody, emptyBody, groupBody } from '../request/body-schemas.ts';
import { pageOfJobs } from './many-jobs-operations.ts';
import {
  bodyProblems,
  idempotencyKey,
  ifNoneMatch,
  type Operation,
  type Operations,
  type Parameters,
  prefer,
  traceContext,
  unchanged,
} from './operation.ts';

const groupId: Parameters = {
  id: { schema: z.string(), description: 'The id of a group, `job_…`. Any other text is answered as an unknown group.' },
};

const changed: Operation['responses'] = {
  200: { description: 'The group, which has ended.', schema: 'Group' },
  202: { description: 'The group.', schema: 'Group', headers: ['Retry-After'] },
};

export const groupOperations: Operations = {
  '/v1/groups': {
    POST: {
      operationId: 'createGroup',
      summary: 'Makes an open group.',
      description:
        'Batches are added to it with `group` in `POST /v1/jobs/batch`, up to 100, until it is sealed. One that is never sealed fails at its deadline. For a group of one batch, send that batch with `"group": true`.',
      tag: 'jobs',
      headers: { ...idempotencyKey, ...traceContext },
      body: { schema: groupBody, isRequired: false, example: { tags: { run: '2026-12-01' } } },
      responses: {
        200: {
          description: 'The group of this key, which has ended.',
          schema: 'Group',
          headers: ['Location', 'Idempotent-Replayed', 'RateLimit', 'RateLimit-Policy'],
        },
        202: {
          description: 'The group.',
          schema: 'Group',
          headers: ['Location', 'Retry-After', 'Idempotent-Replayed', 'RateLimit', 'RateLimit-Policy'],
        },
      },
      problems: [...bodyProblems, 'malformed-idempotency-key', 'invalid-submission', 'idempotency-key-reused', 'over-quota'],
    },
  },
  '/v1/groups/:id': {
    GET: {
      operationId: 'getGroup',
      summary: 'Shows a group with the counts of its members.',
      tag: 'jobs',
      path: groupId,
      headers: { ...prefer, ...ifNoneMatch },
      responses: {
        200: { description: 'The group.', schema: 'Group', headers: ['Retry-After', 'ETag', 'Vary', 'Preference-Applied'] },
        304: { ...unchanged, headers: ['ETag', 'Retry-After', 'Vary', 'Preference-Applied'] },
      },
      problems: ['group-not-found'],
    },
  },
  '/v1/groups/:id/jobs': {
    GET: {
      operationId: 'listGroupJobs',
      summary: 'Lists the members of a group in the order of their submission.',
      description: 'Those that were refused, and those whose records have expired, are left out.',
      tag: 'jobs',
      path: groupId,
      query: pageOfJobs,
      headers: ifNoneMatch,
      responses: { 200: { description: 'A page of jobs.', schema: 'JobList', headers: ['ETag'] }, 304: unchanged },
      problems: ['group-not-found', 'invalid-cursor'],
    },
  },
  '/v1/groups/:id/seal': {
    POST: {
      operationId: 'sealGroup',
      summary: 'Lets no more jobs be added to a group.',
      description: 'From then on the group ends with its last member; at once if it has none. Repeating it changes nothing.',
      tag: 'jobs',
      path: groupId,
      body: { schema: emptyBody, isRequired: false },
      responses: changed,
      problems: [...bodyProblems, 'group-not-found', 'group-closed', 'invalid-submission'],
    },
  },
  '/v1/groups/:id/cancel': {
    POST: {
      operationId: 'cancelGroup',
      summary: 'Cancels a group and all of its members that have not ended.',
      description: 'The members are cancelled one after the other, and the group ends as cancelled once all were asked.',
      tag: 'jobs',
      path: groupId,
      body: { schema: cancelBody, isRequired: false, example: { reason: 'the input was wrong' } },
      responses: changed,
      problems: [...bodyProblems, 'group-not-found', 'job-already-ended', 'invalid-submission'],
    },
  },
};
