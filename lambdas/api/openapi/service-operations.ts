/** The operations about the service itself. */
import * as z from 'zod';
import type { Operations } from './operation.ts';

export const serviceOperations: Operations = {
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
};

/** The operation about the caller. */
export const callerOperations: Operations = {
  '/v1/me': {
    GET: {
      operationId: 'getCaller',
      summary: 'Shows who calls, and what is allowed.',
      tag: 'service',
      responses: { 200: { description: 'The caller.', schema: 'Me' } },
      problems: [],
    },
  },
};
