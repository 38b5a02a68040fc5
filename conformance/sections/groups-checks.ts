/** Many jobs with one outcome. */
import * as z from 'zod';
import { expectProblem, instant, link, listShape, looseJob, shaped } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';
import type { Answer } from '../http-caller.ts';

const count = z.int().nonnegative();
const groupShape = z.looseObject({
  id: z.string().startsWith('job_'),
  status: z.string(),
  sealed: z.boolean(),
  batches: count,
  counts: z.looseObject({ total: count, unfinished: count, succeeded: count, failed: count, cancelled: count, refused: count }),
  createdAt: instant,
  links: z.looseObject({ self: link, job: link, jobs: link, cancel: link.nullable() }),
});
type Group = z.output<typeof groupShape>;
const batchAnswer = z.looseObject({
  group: z.string().nullable(),
  results: z.array(z.looseObject({ status: z.int(), job: looseJob.nullable() })),
});

function items(session: Session, number: number) {
  return Array.from({ length: number }, () => session.submission({ delaySeconds: 3_600 }));
}

async function sendBatch(
  session: Session,
  body: object,
  headers = {},
): Promise<{ readonly answer: Answer } & z.output<typeof batchAnswer>> {
  const answer = expectStatus(await session.caller.post('/v1/jobs/batch', body, headers), 200);
  const batch = shaped(answer, batchAnswer);
  for (const { job } of batch.results) if (job !== null) session.remember(job.id);
  if (batch.group !== null) session.remember(batch.group);
  return { answer, ...batch };
}

async function groupAt(session: Session, id: string | null): Promise<{ readonly answer: Answer; readonly group: Group }> {
  const answer = expectStatus(await session.caller.get(`/v1/groups/${id}`), 200);
  return { answer, group: shaped(answer, groupShape) };
}

/** @returns an open group */
async function makeOpen(session: Session): Promise<Group> {
  const answer = expectStatus(await session.caller.post('/v1/groups', { tags: { conformance: session.tag } }), 202);
  const group = shaped(answer, groupShape);
  session.remember(group.id);
  expectHeader(answer, 'location', new RegExp(`/v1/groups/${group.id}$`));
  expectSame([group.sealed, group.counts.total], [false, 0], 'sealed, and the number of members', answer);
  return group;
}

export const groups: Section = {
  title: 'Groups',
  checks: [
    {
      name: 'of-a-batch',
      says: 'A batch with "group": true is a sealed group, which its answer names; its members name it, and its counts have them all.',
      standard: 'Delegation',
      async run(session) {
        const { answer, group: id, results } = await sendBatch(session, { jobs: items(session, 2), group: true });
        expectHeader(answer, 'location', new RegExp(`/v1/groups/${id}$`));
        const { answer: shown, group } = await groupAt(session, id);
        expectSame([group.sealed, group.counts.total, group.counts.unfinished], [true, 2, 2], 'sealed, and the counts of members', shown);
        expectSame(
          new Set(results.map(({ job }) => job?.['group'])).size === 1 && results[0]?.job?.['group'] === id,
          true,
          'group of each member',
          answer,
        );
      },
    },
    {
      name: 'open',
      says: 'An open group takes batches until it is sealed, and none after that; its members are listed in the order of their submission.',
      standard: 'Delegation',
      async run(session) {
        const { id } = await makeOpen(session);
        const first = await sendBatch(session, { jobs: items(session, 2), group: id });
        const second = await sendBatch(session, { jobs: items(session, 1), group: id });
        expectStatus(await session.caller.send('POST', `/v1/groups/${id}/seal`), 200, 202);
        const refused = await session.caller.post('/v1/jobs/batch', { jobs: items(session, 1), group: id });
        expectThat(refused.status === 409 || refused.status === 422, 'A batch for a sealed group must be refused.', refused);
        const page = expectStatus(await session.caller.get(`/v1/groups/${id}/jobs`), 200);
        const ids = [...first.results, ...second.results].map(({ job }) => job?.id);
        expectSame(
          shaped(page, listShape).jobs.map((one) => one.id),
          ids,
          'The members',
          page,
        );
      },
    },
    {
      name: 'repeated',
      says: 'A batch that is sent again with its Idempotency-Key adds nothing to its group.',
      standard: 'draft-ietf-httpapi-idempotency-key-header-07',
      async run(session) {
        const { id } = await makeOpen(session);
        const headers = { 'idempotency-key': crypto.randomUUID() };
        const body = { jobs: items(session, 2), group: id };
        const [first, again] = [await sendBatch(session, body, headers), await sendBatch(session, body, headers)];
        expectSame(
          again.results.map(({ job }) => job?.id),
          first.results.map(({ job }) => job?.id),
          'The ids',
          again.answer,
        );
        const { answer, group } = await groupAt(session, id);
        expectSame([group.batches, group.counts.total], [1, 2], 'The numbers of batches and members', answer);
      },
    },
    {
      name: 'cancelled',
      says: 'Cancelling a group cancels its members that have not ended, and then ends it.',
      standard: 'Delegation',
      async run(session) {
        const { group: id, results } = await sendBatch(session, { jobs: items(session, 2), group: true });
        expectStatus(await session.caller.send('POST', `/v1/groups/${id}/cancel`), 200, 202);
        const ended = await session.ended(String(id));
        expectSame(ended.status, 'cancelled', 'The status of the group');
        for (const { job } of results) expectSame((await session.ended(String(job?.id))).status, 'cancelled', 'The status of a member');
      },
    },
    {
      name: 'unknown',
      says: "A group that does not exist, another owner's, and a job that is none are all answered with 404.",
      standard: 'RFC 9110 15.5.5',
      async run(session) {
        const { id } = await session.scheduled();
        const open = await makeOpen(session);
        const answers = [
          await session.caller.get(`/v1/groups/${id}`),
          await session.caller.get('/v1/groups/job_00000000000000000000000000'),
        ];
        answers.push(await session.otherCaller().get(`/v1/groups/${open.id}`));
        for (const answer of answers) expectProblem(answer, 404);
      },
    },
  ],
};
