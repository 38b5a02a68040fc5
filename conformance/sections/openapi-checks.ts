/** The document that describes the API, and whether the API does what it says. */

import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';
import { type Document, describes, operationsOf } from '../openapi-document.ts';

async function documentOf({ caller }: Session): Promise<Document> {
  const answer = expectStatus(await caller.get('/openapi.json'), 200);
  expectThat(typeof answer.json === 'object' && answer.json !== null, 'The document must be a JSON object.', answer);
  return answer.json as Document;
}

/** The calls of the contract. */
const calls = [
  'POST /v1/jobs',
  'POST /v1/jobs/batch',
  'GET /v1/jobs/{id}',
  'GET /v1/jobs/{id}/input',
  'GET /v1/jobs/{id}/result',
  'GET /v1/jobs/{id}/files/{name}',
  'GET /v1/jobs',
  'GET /v1/jobs/counts',
  'POST /v1/jobs/{id}/cancel',
  'POST /v1/jobs/{id}/retry',
  'POST /v1/jobs/redrive',
  'POST /v1/jobs/cancel',
  'PUT /v1/schedules/{name}',
  'GET /v1/schedules/{name}',
  'DELETE /v1/schedules/{name}',
  'GET /v1/schedules',
  'GET /v1/me',
  'POST /v1/uploads',
  'GET /v1/job-types',
  'GET /v1/job-types/{type}',
  'PUT /v1/job-types/{type}/state',
  'GET /openapi.json',
  'GET /healthz',
];

export const openapi: Section = {
  title: 'OpenAPI',
  checks: [
    {
      name: 'version',
      says: 'GET /openapi.json answers with an OpenAPI 3.1 document.',
      standard: 'OpenAPI 3.1 4.8.1',
      async run(session) {
        const document = await documentOf(session);
        expectThat(/^3\.1\.\d+$/.test(document.openapi ?? ''), `openapi must be 3.1 (was ${document.openapi}).`);
        expectThat(
          typeof document.info?.title === 'string' && typeof document.info.version === 'string',
          'info must have title and version.',
        );
      },
    },
    {
      name: 'calls',
      says: 'The document describes every call of the contract, each with an operationId of its own.',
      standard: 'OpenAPI 3.1 4.8.10',
      async run(session) {
        const operations = operationsOf(await documentOf(session));
        const described = operations.map(({ method, path }) => `${method} ${path.replaceAll(/\{[^}]*\}/g, '{}')}`);
        const missing = calls.filter((call) => !described.includes(call.replaceAll(/\{[^}]*\}/g, '{}')));
        expectSame(missing, [], 'Calls that are not described');
        const ids = operations.map(({ operation }) => operation.operationId);
        expectSame([ids.includes(undefined), new Set(ids).size], [false, ids.length], 'Whether an id is missing, and how many there are');
      },
    },
    {
      name: 'job-types',
      says: 'A submission is a oneOf by type, with the job types of this deployment.',
      standard: 'OpenAPI 3.1 4.8.25',
      async run(session) {
        const text = JSON.stringify(await documentOf(session));
        const { jobTypes } = (await session.caller.get('/v1/job-types')).json as { jobTypes: readonly { readonly name: string }[] };
        expectThat(text.includes('"oneOf"') && text.includes('"discriminator"'), 'The document must have a oneOf with a discriminator.');
        for (const { name } of jobTypes) expectThat(text.includes(JSON.stringify(name)), `The document must name the job type ${name}.`);
      },
    },
    {
      name: 'described',
      says: 'Every answer of this run is described: its status, media type and headers, and the form of its body.',
      standard: 'OpenAPI 3.1 4.8.16',
      async run(session) {
        const document = await documentOf(session);
        for (const answer of session.answers) {
          const fault = describes(document, answer);
          expectThat(fault === undefined, `The document does not describe this answer: ${fault}`, answer);
        }
      },
    },
  ],
};
