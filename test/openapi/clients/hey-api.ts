/** An app of somebody else, over the client that @hey-api/openapi-ts writes from the document. */

import { client } from './client/client.gen.ts';
import { getJob, listJobs, submitJob } from './client/sdk.gen.ts';
import type { Job, Problem } from './client/types.gen.ts';

client.setConfig({ baseUrl: process.argv[2] ?? '' });

const { data: accepted, response } = await submitJob({
  body: { type: 'run-query', input: { sql: 'SELECT 1 AS one' }, tags: { client: 'hey-api' } },
  headers: { 'Idempotency-Key': 'hey-api' },
  throwOnError: true,
});
if (response.status !== 202 || !('id' in accepted)) throw new Error(`The status was ${response.status}.`);
let job: Job = accepted;
while (job.finishedAt === null) job = (await getJob({ path: { id: job.id }, throwOnError: true })).data;

const { data: page } = await listJobs({ query: { tag: ['client:hey-api'], status: ['succeeded', 'failed'] }, throwOnError: true });
const { error } = await submitJob({ body: { type: 'run-query', input: { sql: '' } } });
const problem = error as Problem;
console.log(JSON.stringify({ status: job.status, listed: page.jobs.length, code: problem.code }));
