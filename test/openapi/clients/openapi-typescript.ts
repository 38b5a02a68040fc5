/** An app of somebody else, over the types that openapi-typescript writes from the document. */
import createClient from 'openapi-fetch';
import type { paths } from './schema.ts';

const client = createClient<paths>({ baseUrl: process.argv[2] ?? '' });

const submitted = await client.POST('/v1/jobs', {
  body: { type: 'run-query', input: { sql: 'SELECT 1 AS one' }, tags: { client: 'openapi-typescript' } },
  params: { header: { 'Idempotency-Key': 'openapi-typescript' } },
});
if (submitted.data === undefined || !('id' in submitted.data)) throw new Error(JSON.stringify(submitted.error));
let job = submitted.data;
while (job.finishedAt === null) {
  const { data } = await client.GET('/v1/jobs/{id}', { params: { path: { id: job.id } } });
  if (data !== undefined) job = data;
}

const { data: page } = await client.GET('/v1/jobs', {
  params: { query: { tag: ['client:openapi-typescript'], status: ['succeeded', 'failed'] } },
});
const { error } = await client.POST('/v1/jobs', { body: { type: 'run-query', input: { sql: '' } } });
const code = error !== undefined && 'code' in error ? error.code : undefined;
console.log(JSON.stringify({ status: job.status, listed: page?.jobs.length, code }));
