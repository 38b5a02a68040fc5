/** A new job in place of one that ended, one by one and by filter. */

import { expectProblem, jobIn } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectNoHeader, expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

/** @returns a job of its own that was cancelled */
async function cancelledJob(session: Session) {
  const { id } = await session.later();
  return jobIn(expectStatus(await session.caller.send('POST', `/v1/jobs/${id}/cancel`), 200));
}

/** Retries for later, so that no worker does anything. */
const later = () => ({ delaySeconds: 3_600 });

async function retry(session: Session, id: string, body: unknown) {
  const answer = await session.caller.post(`/v1/jobs/${id}/retry`, body);
  const made = (answer.json as { id?: string } | undefined)?.id;
  if (answer.status === 202 && made !== undefined) session.remember(made);
  return answer;
}

/** A body of a request by filter, for jobs of this run alone. */
const filter = (session: Session, members: object = {}) => ({ filter: { tag: [`conformance:${session.tag}`], ...members } });

export const retryAndRedrive: Section = {
  title: 'Retry and redrive',
  checks: [
    {
      name: 'new-job',
      says: 'POST …/retry answers 202 with a new job whose retryOf is the old one, and whose Location leads to it.',
      standard: 'RFC 9110 15.3.3',
      async run(session) {
        const old = await cancelledJob(session);
        const answer = expectStatus(await retry(session, old.id, {}), 202);
        const made = jobIn(answer);
        expectSame([made.id === old.id, made['retryOf'], made.type], [false, old.id, old.type], 'Same id, retryOf, type', answer);
        expectHeader(answer, 'location', `/v1/jobs/${made.id}`);
        expectStatus(await session.caller.get(made.links.self), 200);
      },
    },
    {
      name: 'old-job-stays',
      says: 'The old job stays as it ended, and shows retriedBy.',
      standard: 'Delegation',
      async run(session) {
        const old = await cancelledJob(session);
        const made = jobIn(expectStatus(await retry(session, old.id, {}), 202));
        const answer = await session.caller.get(old.links.self);
        expectSame(jobIn(answer)['retriedBy'], made.id, 'retriedBy', answer);
        expectSame({ ...jobIn(answer), retriedBy: null }, { ...old, retriedBy: null }, 'The rest of the old job', answer);
      },
    },
    {
      name: 'replaced',
      says: 'Input, tags and deadline may be replaced; an input is checked like a submission.',
      standard: 'Delegation',
      async run(session) {
        const old = await cancelledJob(session);
        const refused = await retry(session, old.id, { tags: { a: 1 } });
        expectProblem(refused, 422, 'invalid-submission');
        const deadline = new Date(Date.now() + 86_400_000).toISOString();
        const answer = expectStatus(
          await retry(session, old.id, { input: session.subject.input, tags: { again: session.tag }, deadline }),
          202,
        );
        const { input, tags, ...made } = jobIn(answer);
        expectSame(
          [input, tags, made['deadline']],
          [session.subject.input, { again: session.tag }, deadline],
          'input, tags, deadline',
          answer,
        );
      },
    },
    {
      name: 'twice',
      says: 'Two retries at one moment make one job; a later one with other content is refused with 409 already-retried, which names the job.',
      standard: 'Delegation',
      async run(session) {
        const old = await cancelledJob(session);
        const answers = await Promise.all([retry(session, old.id, {}), retry(session, old.id, {}), retry(session, old.id, {})]);
        const ids = answers.map((answer) => jobIn(expectStatus(answer, 202, 200)).id);
        expectSame(new Set(ids).size, 1, 'The number of jobs');
        const other = await retry(session, old.id, { tags: { other: session.tag } });
        const { detail } = expectProblem(other, 409, 'already-retried');
        expectThat(detail.includes(String(ids[0])), 'The detail must name the job.', other);
      },
    },
    {
      name: 'not-ended',
      says: 'A job that has not ended cannot be retried: 409 job-not-finished, and it stays as it is.',
      standard: 'RFC 9110 15.5.10',
      async run(session) {
        const { id, links } = await session.scheduled();
        const before = await session.caller.get(links.self);
        expectProblem(await retry(session, id, later()), 409, 'job-not-finished');
        expectSame((await session.caller.get(links.self)).json, before.json, 'The job');
      },
    },
    {
      name: 'succeeded',
      says: 'A job that succeeded cannot be retried: 409.',
      standard: 'RFC 9110 15.5.10',
      async run(session) {
        const { id, links } = await session.succeeded();
        const before = await session.caller.get(links.self);
        expectProblem(await retry(session, id, {}), 409);
        expectSame((await session.caller.get(links.self)).json, before.json, 'The job');
      },
    },
    {
      name: 'redrive-dry-run',
      says: 'POST /v1/jobs/redrive counts what its filter finds and shows the first, and makes nothing unless dryRun is false.',
      standard: 'Delegation',
      async run(session) {
        const failed = await session.failed();
        const before = await session.caller.get(failed.links.self);
        const answer = expectStatus(await session.caller.post('/v1/jobs/redrive', filter(session, { status: ['failed'] })), 200);
        expectNoHeader(answer, 'location');
        const { count, jobs } = answer.json as { count?: number; jobs?: readonly { readonly id?: string }[] };
        expectThat(typeof count === 'number' && count >= 1, `count must be the number of jobs (was ${count}).`, answer);
        expectThat(jobs?.some(({ id }) => id === failed.id) === true, `jobs must hold ${failed.id}.`, answer);
        expectSame((await session.caller.get(failed.links.self)).json, before.json, 'The job that was found');
      },
    },
    {
      name: 'cancel-dry-run',
      says: 'POST /v1/jobs/cancel counts what its filter finds, and cancels nothing unless dryRun is false.',
      standard: 'Delegation',
      async run(session) {
        const { id, links } = await session.later();
        const answer = expectStatus(await session.caller.post('/v1/jobs/cancel', filter(session, { status: ['scheduled'] })), 200);
        expectThat(Number((answer.json as { count?: number }).count) >= 1, 'count must be at least 1.', answer);
        expectSame(jobIn(await session.caller.get(links.self)).status, 'scheduled', `The status of ${id}`);
      },
    },
    {
      name: 'cancel-by-filter',
      says: 'A cancel by filter that is not a dry run is itself a job, with progress and a result.',
      standard: 'RFC 9110 15.3.3',
      async run(session) {
        const tag = crypto.randomUUID();
        const { links } = jobIn(expectStatus(await session.submitForLater({ members: { tags: { cancelled: tag } } }), 202));
        const body = { filter: { tag: [`cancelled:${tag}`] }, dryRun: false };
        const answer = expectStatus(await session.caller.post('/v1/jobs/cancel', body), 202);
        expectSame((await session.ended(jobIn(answer).id)).status, 'succeeded', 'The status of the cancelling job', answer);
        expectSame(jobIn(await session.caller.get(links.self)).status, 'cancelled', 'The status of the job that was found');
      },
    },
    {
      name: 'no-filter',
      says: 'An empty filter is refused: nothing is not everything.',
      standard: 'Delegation',
      async run({ caller }) {
        for (const path of ['/v1/jobs/redrive', '/v1/jobs/cancel'])
          for (const body of [{}, { filter: {} }, { filter: { type: [] } }])
            expectProblem(await caller.post(path, body), 422, 'invalid-submission');
      },
    },
  ],
};
