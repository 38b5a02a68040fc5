/** The operations about job types. */
import * as z from 'zod';
import { stateBody } from '../request/body-schemas.ts';
import { bodyProblems, ifNoneMatch, type Operations, type Parameters, unchanged } from './operation.ts';

const jobType: Parameters = { type: { schema: z.string(), description: 'The name of a job type.' } };

export const jobTypeOperations: Operations = {
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
