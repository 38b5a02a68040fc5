/** The operations of links that send a signal. */
import * as z from 'zod';
import { bodyProblems, type Operations, type Parameters } from './operation.ts';

const path: Parameters = { id: { schema: z.string(), description: 'The id of the job that the link belongs to.' } };
const query: Parameters = {
  token: {
    schema: z.string().min(1).optional(),
    description: 'The secret of the link. Other parameters are passed over: programs that send mails add some to links.',
  },
};
const asPage = 'A browser, whose `Accept` names `text/html`, gets a page, and errors as pages, too.';

export const linkOperations: Operations = {
  '/v1/links/:id': {
    GET: {
      operationId: 'showSignalLink',
      summary: 'Shows what a link would send. It sends nothing.',
      description: `The address comes from \`ctx.signalUrl\` of a worker, and needs no credentials: whoever has it may send this one signal. ${asPage}`,
      tag: 'jobs',
      isPublic: true,
      hasPages: true,
      path,
      query,
      responses: { 200: { description: 'What the link would send.', schema: 'SignalLink' } },
      problems: ['link-not-found', 'link-used', 'link-expired', 'job-already-ended', 'job-type-removed', 'signal-not-found', 'unavailable'],
    },
    POST: {
      operationId: 'useSignalLink',
      summary: 'Sends the signal of a link.',
      description: `The body is the payload of the signal, as JSON or as the fields of a form; it must be left out where the payload is fixed. A link works once: the same request again gets the same answer and sends nothing. ${asPage}`,
      tag: 'jobs',
      isPublic: true,
      hasPages: true,
      path,
      query,
      body: { schema: z.unknown(), isRequired: false, example: null },
      responses: {
        202: {
          description: 'The signal is kept for the job, and wakes it if it waits for it.',
          schema: 'SignalLink',
          headers: ['Idempotent-Replayed'],
        },
      },
      problems: [
        ...bodyProblems,
        'link-not-found',
        'link-used',
        'link-used-otherwise',
        'link-expired',
        'job-already-ended',
        'too-many-signals',
        'job-type-removed',
        'signal-not-found',
        'invalid-submission',
        'unavailable',
      ],
    },
  },
};
