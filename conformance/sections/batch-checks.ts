/** Many submissions in one request. */

import * as z from 'zod';
import { expectProblem, looseJob, problemName, problemShape, shaped } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';
import type { Answer, HeaderValues } from '../http-caller.ts';

/** One of job and problem is null. */
const result = z.looseObject({ status: z.int(), job: looseJob.nullable(), problem: problemShape.nullable() });
const batchShape = z.looseObject({ results: z.array(result) });
type Result = z.output<typeof result>;

const maxJobs = 100;
const maxBytes = 3_000_000;

function items(session: Session, count: number, members: (index: number) => object = () => ({})) {
  return Array.from({ length: count }, (_, i) => session.submission({ delaySeconds: 3_600, ...members(i) }));
}

/** @returns the results, of which every accepted one is cancelled when `session` is closed */
async function send(
  session: Session,
  jobs: readonly object[],
  headers: HeaderValues = {},
): Promise<{ answer: Answer; results: readonly Result[] }> {
  const answer = expectStatus(await session.caller.post('/v1/jobs/batch', { jobs }, headers), 200);
  const { results } = shaped(answer, batchShape);
  for (const one of results) if (one.job !== null) session.remember(one.job.id);
  expectSame(results.length, jobs.length, 'The number of results', answer);
  return { answer, results };
}

const idOf = (one: Result | undefined) => one?.job?.id;
const statusesOf = (results: readonly Result[]) => results.map(({ status }) => status);

export const batch: Section = {
  title: 'Batch',
  checks: [
    {
      name: 'results',
      says: 'POST /v1/jobs/batch answers 200 with one result for each submission, in order, each with its status and its job.',
      standard: 'AIP-233',
      async run(session) {
        const { answer, results } = await send(
          session,
          items(session, 3, (i) => ({ maxAttempts: i + 1 })),
        );
        expectSame(statusesOf(results), [202, 202, 202], 'The statuses', answer);
        expectSame(
          results.map((one) => one.job?.['maxAttempts']),
          [1, 2, 3],
          'maxAttempts in the order sent',
          answer,
        );
        for (const one of results) expectStatus(await session.caller.get(`/v1/jobs/${idOf(one)}`), 200);
      },
    },
    {
      name: 'decided-independently',
      says: 'A bad submission among good ones is refused alone, with its problem and pointers into it, and shifts no other result.',
      standard: 'RFC 9457 3',
      async run(session) {
        const jobs = items(session, 4, (i) => ({ ...(i === 1 ? { maxAttempts: 0 } : {}), ...(i === 2 ? { type: 'none-of-these' } : {}) }));
        const { answer, results } = await send(session, jobs);
        expectSame(statusesOf(results), [202, 422, 422, 202], 'The statuses', answer);
        const problems = results.map((one) => (one.problem === null ? null : problemName(one.problem)));
        expectSame(problems, [null, 'invalid-submission', 'unknown-job-type', null], 'The problems', answer);
        const [, bad] = results;
        expectThat(bad?.problem?.errors?.[0]?.pointer.endsWith('/maxAttempts') === true, 'The pointer must end in /maxAttempts.', answer);
      },
    },
    {
      name: 'bounds',
      says: `A batch has 1 to ${maxJobs} submissions; beyond it nothing is accepted, and the number is named.`,
      standard: 'AIP-233',
      async run(session) {
        expectProblem(await session.caller.post('/v1/jobs/batch', { jobs: [] }), 422, 'invalid-submission');
        const answer = await session.caller.post('/v1/jobs/batch', { jobs: items(session, maxJobs + 1) });
        const { detail } = expectProblem(answer, 422, 'invalid-submission');
        expectThat(detail.includes(String(maxJobs)), `The detail must name the limit of ${maxJobs}.`, answer);
        for (const body of [{}, { jobs: {} }, { jobs: [], more: 1 }, []])
          expectProblem(await session.caller.post('/v1/jobs/batch', body), 422, 'invalid-submission');
      },
    },
    {
      name: 'largest',
      says: `A batch of ${maxJobs} submissions is accepted, across the limits of single calls of the store.`,
      standard: 'AIP-233',
      async run(session) {
        const { answer, results } = await send(session, items(session, maxJobs));
        expectSame([...new Set(statusesOf(results))], [202], 'The statuses', answer);
        expectSame(new Set(results.map(idOf)).size, maxJobs, 'The number of jobs', answer);
      },
    },
    {
      name: 'body-too-large',
      says: 'A batch over 3 MB is refused with 413 body-too-large.',
      standard: 'RFC 9110 15.5.14',
      async run(session) {
        const body = JSON.stringify({ jobs: [{ fill: 'x'.repeat(maxBytes) }] });
        expectProblem(await session.caller.post('/v1/jobs/batch', body), 413, 'body-too-large');
      },
    },
    {
      name: 'keys',
      says: 'Each submission may have an idempotencyKey; sent again, its job is reported as repeated, and the rest is accepted.',
      standard: 'draft-ietf-httpapi-idempotency-key-header-07',
      async run(session) {
        const keys = [crypto.randomUUID(), crypto.randomUUID(), crypto.randomUUID()];
        const jobs = items(session, 3, (i) => ({ idempotencyKey: keys[i] }));
        const first = await send(session, jobs.slice(0, 2));
        const again = await send(session, jobs);
        expectSame(again.results.slice(0, 2).map(idOf), first.results.map(idOf), 'The ids of repeated submissions', again.answer);
        expectSame(statusesOf(again.results), [202, 202, 202], 'The statuses', again.answer);
      },
    },
    {
      name: 'key-of-the-batch',
      says: 'The header Idempotency-Key covers the submissions without a key of their own: the same batch makes the same jobs.',
      standard: 'draft-ietf-httpapi-idempotency-key-header-07',
      async run(session) {
        const headers = { 'idempotency-key': crypto.randomUUID() };
        const jobs = items(session, 3);
        const [first, again] = [await send(session, jobs, headers), await send(session, jobs, headers)];
        expectSame(again.results.map(idOf), first.results.map(idOf), 'The ids', again.answer);
        expectSame(new Set(first.results.map(idOf)).size, 3, 'The number of jobs', first.answer);
      },
    },
    {
      name: 'same-key-twice',
      says: 'The same key twice within a batch is one job, in both places of the answer.',
      standard: 'draft-ietf-httpapi-idempotency-key-header-07',
      async run(session) {
        const idempotencyKey = crypto.randomUUID();
        const { answer, results } = await send(
          session,
          items(session, 2, () => ({ idempotencyKey })),
        );
        expectSame(statusesOf(results), [202, 202], 'The statuses', answer);
        expectSame(new Set(results.map(idOf)).size, 1, 'The number of jobs', answer);
      },
    },
  ],
};
