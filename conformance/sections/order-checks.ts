/** Jobs that wait for other jobs: those after others, and those that are the only one under a key. */
import { expectProblem, jobIn } from '../answer-shapes.ts';
import { expectHeader, expectNoHeader, expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

export const order: Section = {
  title: 'Order',
  checks: [
    {
      name: 'after',
      says: 'A job with after is waiting with the reason waiting_for_job while one of those jobs has not ended, and does not start.',
      standard: 'Delegation',
      async run(session) {
        const before = await session.later();
        const { id } = jobIn(expectStatus(await session.submit({ members: { after: [before.id] } }), 202));
        const job = await session.until(id, ({ status }) => status === 'waiting');
        expectSame([job['after'], job['afterFailure'], job['startedAt']], [[before.id], 'fail', null], 'after, afterFailure and startedAt');
        expectSame((job['reason'] as { code?: unknown } | null)?.code, 'waiting_for_job', 'The code of its reason');
      },
    },
    {
      name: 'failure',
      says: 'It fails with predecessor_failed when one of them is cancelled, and runs all the same with afterFailure "run".',
      standard: 'Delegation',
      async run(session) {
        const before = await session.later();
        const [fails, runs] = [
          jobIn(expectStatus(await session.submit({ members: { after: [before.id] } }), 202)),
          jobIn(expectStatus(await session.submit({ members: { after: [before.id], afterFailure: 'run' } }), 202)),
        ];
        expectStatus(await session.caller.send('POST', `/v1/jobs/${before.id}/cancel`), 200, 202);
        const failed = await session.ended(fails.id);
        expectSame([failed.status, failed.error?.code], ['failed', 'predecessor_failed'], 'The end after a failure');
        expectSame((await session.ended(runs.id)).status, 'succeeded', 'The end with afterFailure "run"');
      },
    },
    {
      name: 'unknown',
      says: 'A job that does not exist is refused in after, as is another owner’s, with a pointer and the same problem.',
      standard: 'RFC 9457 3',
      async run(session) {
        const unknown = await session.submitForLater({ members: { after: ['job_00000000000000000000000000'] } });
        const { errors } = expectProblem(unknown, 422, 'invalid-predecessor');
        expectThat(errors?.[0]?.pointer === '#/after/0', 'The pointer must be #/after/0.', unknown);
        const other = jobIn(expectStatus(await session.submitForLater({}, session.otherCaller()), 202));
        expectProblem(await session.submitForLater({ members: { after: [other.id] } }), 422, 'invalid-predecessor');
        await session.otherCaller().send('POST', `/v1/jobs/${other.id}/cancel`);
      },
    },
    {
      name: 'unique',
      says: 'A submission with the uniqueKey of an unfinished job is answered with that job and Unique-Joined: true; once it has ended, it makes another one.',
      standard: 'Delegation',
      async run(session) {
        const members = { uniqueKey: `conformance ${crypto.randomUUID()}` };
        const first = expectStatus(await session.submitForLater({ members }), 202);
        expectNoHeader(first, 'unique-joined');
        const joined = expectStatus(await session.submitForLater({ members }), 202);
        expectHeader(joined, 'unique-joined', 'true');
        expectSame(jobIn(joined).id, jobIn(first).id, 'The job', joined);
        expectStatus(await session.caller.send('POST', `/v1/jobs/${jobIn(first).id}/cancel`), 200);
        const next = expectStatus(await session.submitForLater({ members }), 202);
        expectNoHeader(next, 'unique-joined');
        expectThat(jobIn(next).id !== jobIn(first).id, 'It must be another job.', next);
      },
    },
    {
      name: 'replaced',
      says: 'With onDuplicate "replace" a job that has not started is cancelled, and the new one has its key.',
      standard: 'Delegation',
      async run(session) {
        const members = { uniqueKey: `conformance ${crypto.randomUUID()}`, onDuplicate: 'replace' };
        const [first, second] = [
          jobIn(expectStatus(await session.submitForLater({ members }), 202)),
          jobIn(expectStatus(await session.submitForLater({ members }), 202)),
        ];
        expectThat(first.id !== second.id, 'The second submission must make a job.');
        expectSame((await session.ended(first.id)).status, 'cancelled', 'The status of the first job');
      },
    },
  ],
};
