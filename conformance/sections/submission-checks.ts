/** What a submission may hold, and what is refused. */
import { gzipSync } from 'node:zlib';
import { expectProblem, jobIn, listShape, shaped } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

const dayMs = 86_400_000;
const inDays = (days: number) => new Date(Date.now() + days * dayMs).toISOString();

/** Submits what must be refused, and compares where the answer points. */
async function expectRefused(session: Session, members: Readonly<Record<string, unknown>>, ...pointers: readonly string[]): Promise<void> {
  const answer = await session.submit({ members: { delaySeconds: 3_600, ...members } });
  const { errors = [] } = expectProblem(answer, 422, 'invalid-submission');
  const found = errors.map(({ pointer }) => pointer);
  for (const pointer of pointers)
    expectThat(found.includes(pointer), `errors must point at ${pointer} (points at ${found.join(', ')}).`, answer);
}

export const submission: Section = {
  title: 'Submission',
  checks: [
    {
      name: 'only-type-and-input',
      says: 'Only type and input are needed.',
      standard: 'Delegation',
      async run(session) {
        const { type, input } = session.subject;
        const answer = await session.submit({ members: { tags: undefined } });
        expectStatus(answer, 202);
        expectSame(jobIn(answer).type, type, 'type', answer);
        expectProblem(await session.caller.post('/v1/jobs', { input }), 422, 'invalid-submission');
        expectProblem(await session.caller.post('/v1/jobs', { type }), 422, 'invalid-submission');
      },
    },
    {
      name: 'unknown-member',
      says: 'Unknown members are refused, each with a pointer.',
      standard: 'RFC 6901 6',
      run: (session) => expectRefused(session, { unknownHere: 1, 'a/b~c': 2 }, '#/unknownHere', '#/a~1b~0c'),
    },
    {
      name: 'all-violations',
      says: 'All violations are named at once.',
      standard: 'RFC 9457 3',
      run: (session) =>
        expectRefused(session, { maxAttempts: 0, delaySeconds: -1, tags: { a: 1 } }, '#/maxAttempts', '#/delaySeconds', '#/tags/a'),
    },
    {
      name: 'start-and-delay',
      says: 'startAt and delaySeconds exclude each other.',
      standard: 'Delegation',
      run: (session) => expectRefused(session, { startAt: inDays(1), delaySeconds: 1 }, '#/delaySeconds'),
    },
    {
      name: 'one-year',
      says: 'startAt and delaySeconds reach up to a year ahead, and not beyond.',
      standard: 'Delegation',
      async run(session) {
        const answer = expectStatus(await session.submit({ members: { startAt: inDays(365) } }), 202);
        expectSame(jobIn(answer).status, 'scheduled', 'status', answer);
        await expectRefused(session, { startAt: inDays(367), delaySeconds: undefined }, '#/startAt');
        await expectRefused(session, { delaySeconds: 367 * 86_400 }, '#/delaySeconds');
      },
    },
    {
      name: 'times-have-offsets',
      says: 'A time without an offset is refused, one with any offset is accepted.',
      standard: 'RFC 3339 5.6',
      async run(session) {
        await expectRefused(session, { startAt: inDays(1).slice(0, -1), delaySeconds: undefined }, '#/startAt');
        const startAt = inDays(1).replace(/\.\d+Z$/, '+14:00');
        expectStatus(await session.submit({ members: { startAt } }), 202);
      },
    },
    {
      name: 'deadline',
      says: 'A deadline is shown on the job; one in the past, or before the start, is refused.',
      standard: 'Delegation',
      async run(session) {
        const deadline = inDays(1);
        const answer = expectStatus(await session.submitForLater({ members: { deadline } }), 202);
        expectSame(jobIn(answer)['deadline'], deadline, 'deadline', answer);
        await expectRefused(session, { deadline: inDays(-1) }, '#/deadline');
        await expectRefused(session, { deadline: new Date(Date.now() + 60_000).toISOString() }, '#/deadline');
      },
    },
    {
      name: 'not-before',
      says: 'A job that is submitted for later is scheduled, and notBefore says when it may start.',
      standard: 'Delegation',
      async run(session) {
        const startAt = inDays(1);
        const answer = expectStatus(await session.submit({ members: { startAt } }), 202);
        expectSame([jobIn(answer).status, jobIn(answer)['notBefore']], ['scheduled', startAt], 'status and notBefore', answer);
      },
    },
    {
      name: 'ten-tags',
      says: 'A job has at most 10 tags.',
      standard: 'Delegation',
      async run(session) {
        const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, session.tag]));
        const answer = expectStatus(await session.submitForLater({ members: { tags: tags(10) } }), 202);
        expectSame(jobIn(answer)['tags'], tags(10), 'tags', answer);
        await expectRefused(session, { tags: tags(11) }, '#/tags');
      },
    },
    {
      name: 'max-attempts',
      says: 'maxAttempts replaces the number of the job type.',
      standard: 'Delegation',
      async run(session) {
        const answer = expectStatus(await session.submitForLater({ members: { maxAttempts: 7 } }), 202);
        expectSame(jobIn(answer)['maxAttempts'], 7, 'maxAttempts', answer);
      },
    },
    {
      name: 'duplicate-member',
      says: 'A member that its object holds twice is refused with 400 duplicate-member, however it is spelled.',
      standard: 'RFC 8259 4',
      async run(session) {
        const body = JSON.stringify(session.submission({ delaySeconds: 3_600 }));
        for (const again of ['"delaySeconds":1', '"delay\\u0053econds":1']) {
          const answer = await session.caller.post('/v1/jobs', body.replace(/\}$/, `,${again}}`));
          const { errors } = expectProblem(answer, 400, 'duplicate-member');
          expectSame(
            errors?.map(({ pointer }) => pointer),
            ['#/delaySeconds'],
            'Pointers',
            answer,
          );
        }
      },
    },
    {
      name: 'lone-surrogate',
      says: 'Half of a surrogate pair is refused, since UTF-8 cannot hold it.',
      standard: 'RFC 8259 8.2',
      async run(session) {
        const body = JSON.stringify(session.submission({ delaySeconds: 3_600, tags: { a: '?' } })).replace('"?"', '"\\ud800"');
        expectProblem(await session.caller.post('/v1/jobs', body), 422, 'invalid-submission');
      },
    },
    {
      name: 'gzip',
      says: 'Content-Encoding: gzip is decompressed; another coding is 415 with Accept-Encoding.',
      standard: 'RFC 9110 12.5.3',
      async run(session) {
        const body = gzipSync(JSON.stringify(session.submission({ delaySeconds: 3_600 })));
        // Of any other type a gateway may take the bytes for text.
        const headers = { 'content-type': 'application/vnd.delegation+json', 'content-encoding': 'gzip' };
        const answer = expectStatus(await session.caller.post('/v1/jobs', body, headers), 202);
        await session.caller.send('POST', `/v1/jobs/${jobIn(answer).id}/cancel`);
        const refused = await session.caller.post('/v1/jobs', body, { ...headers, 'content-encoding': 'br' });
        expectProblem(refused, 415, 'unsupported-media-type');
        expectThat(/\bgzip\b/.test(refused.header('accept-encoding') ?? ''), 'Accept-Encoding must name gzip.', refused);
      },
    },
    {
      name: 'validate-only',
      says: '?validateOnly=true says all that can be said now, with the estimated cost, and writes nothing.',
      standard: 'AIP-163',
      async run(session) {
        const tags = { conformance: `${session.tag}-validated` };
        const answer = await session.submit({ query: '?validateOnly=true', members: { tags } });
        expectStatus(answer, 200);
        const { estimatedCost } = answer.json as { estimatedCost?: unknown };
        expectThat(typeof estimatedCost === 'object' && estimatedCost !== null, 'The answer must hold the estimated cost.', answer);
        expectThat(answer.header('location') === undefined, 'The answer must not have a Location, since there is no job.', answer);
        const list = await session.caller.get(`/v1/jobs?tag=conformance:${tags.conformance}`);
        expectSame(shaped(expectStatus(list, 200), listShape).jobs, [], 'Jobs with the tag', list);
        const refused = await session.submit({ query: '?validateOnly=true', members: { tags, maxAttempts: 0 } });
        expectProblem(refused, 422, 'invalid-submission');
      },
    },
    {
      name: 'unknown-parameter',
      says: 'An unknown query parameter of a submission is refused, since a caller who misspells validateOnly would make a job.',
      standard: 'Delegation',
      async run(session) {
        const answer = await session.submitForLater({ query: '?validateonly=true' });
        expectProblem(answer, 400, 'invalid-parameter');
      },
    },
  ],
};
