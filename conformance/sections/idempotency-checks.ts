/** One key, one job. */

import { expectProblem, instant, jobIn } from '../answer-shapes.ts';
import type { Session, SubmitOptions } from '../check-session.ts';
import { expectHeader, expectNoHeader, expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

const draft = 'draft-ietf-httpapi-idempotency-key-header-07';

/** Submissions at the same moment. */
const racers = 20;

const newKey = (session: Session) => `${session.tag}-${crypto.randomUUID()}`;
const withKey = (key: string, members: SubmitOptions['members'] = {}): SubmitOptions => ({ headers: { 'idempotency-key': key }, members });

const malformed = ['', '""', '"open', 'open"', 'two words', '"a";p=1', '"a", "b"', 'a,b', '"\\n"', `"${'x'.repeat(256)}"`, 'x'.repeat(256)];

export const idempotency: Section = {
  title: 'Idempotency',
  checks: [
    {
      name: 'replay',
      says: 'The same key with the same submission answers with the same job and Location, and Idempotent-Replayed: true.',
      standard: draft,
      async run(session) {
        const key = `"${newKey(session)}"`;
        const first = expectStatus(await session.submitForLater(withKey(key)), 202);
        expectNoHeader(first, 'idempotent-replayed');
        const again = expectStatus(await session.submitForLater(withKey(key)), 202);
        expectSame(again.json, first.json, 'The job', again);
        expectHeader(again, 'location', first.header('location') ?? '');
        expectHeader(again, 'idempotent-replayed', 'true');
      },
    },
    {
      name: 'bare-token',
      says: 'A bare token is accepted as a key, and is the same key as in quotes.',
      standard: draft,
      async run(session) {
        const key = newKey(session);
        const bare = jobIn(expectStatus(await session.submitForLater(withKey(key)), 202));
        const quoted = expectStatus(await session.submitForLater(withKey(`"${key}"`)), 202);
        expectSame(jobIn(quoted).id, bare.id, 'id', quoted);
      },
    },
    {
      name: 'longest-key',
      says: 'A key of 255 printable characters is accepted.',
      standard: draft,
      async run(session) {
        const key = newKey(session).padEnd(255, ' !#$%&/()=?;,<>[]{}|~');
        expectStatus(await session.submitForLater(withKey(`"${key}"`)), 202);
      },
    },
    {
      name: 'malformed',
      says: 'A malformed key is refused with 400 malformed-idempotency-key.',
      standard: draft,
      async run(session) {
        for (const key of malformed) expectProblem(await session.submitForLater(withKey(key)), 400, 'malformed-idempotency-key');
      },
    },
    {
      name: 'ended',
      says: 'A replay answers 200 once the job has ended, and says that a new attempt needs a new key.',
      standard: draft,
      async run(session) {
        const options = { ...withKey(newKey(session)) };
        const { id } = jobIn(expectStatus(await session.submitForLater(options), 202));
        expectStatus(await session.caller.send('POST', `/v1/jobs/${id}/cancel`), 200);
        const again = expectStatus(await session.submitForLater(options), 200);
        expectSame([jobIn(again).id, jobIn(again).status], [id, 'cancelled'], 'id and status', again);
        expectHeader(again, 'idempotent-replayed', 'true');
        expectHeader(again, 'delegation-note', /new/i);
      },
    },
    {
      name: 'reused',
      says: 'The same key with another submission is refused with 422 idempotency-key-reused.',
      standard: draft,
      async run(session) {
        const key = newKey(session);
        expectStatus(await session.submitForLater(withKey(key)), 202);
        expectProblem(await session.submitForLater(withKey(key, { maxAttempts: 3 })), 422, 'idempotency-key-reused');
      },
    },
    {
      name: 'canonical',
      says: 'The order of members and white space do not count.',
      standard: 'RFC 8785',
      async run(session) {
        const headers = { 'idempotency-key': newKey(session) };
        const { type, input, tags } = session.submission();
        const one = await session.caller.post('/v1/jobs', JSON.stringify({ type, input, tags, delaySeconds: 3_600 }), headers);
        const other = await session.caller.post(
          '/v1/jobs',
          ` ${JSON.stringify({ delaySeconds: 3_600, tags, input, type }, null, 2)}\n`,
          headers,
        );
        expectSame(jobIn(expectStatus(other, 202)).id, jobIn(expectStatus(one, 202)).id, 'id', other);
        await session.caller.send('POST', `/v1/jobs/${jobIn(one).id}/cancel`);
      },
    },
    {
      name: 'race',
      says: `Of ${racers} submissions with one key at one moment, all name one job, and one of them is not a replay.`,
      standard: draft,
      async run(session) {
        const options = withKey(newKey(session));
        const answers = await Promise.all(Array.from({ length: racers }, () => session.submitForLater(options)));
        const decided = answers.filter(({ status }) => status !== 409);
        for (const answer of answers) if (answer.status === 409) expectHeader(answer, 'retry-after', /^\d+$/);
        expectSame([...new Set(decided.map(({ status }) => status))], [202], 'The statuses');
        expectSame(new Set(decided.map((answer) => jobIn(answer).id)).size, 1, 'The number of jobs');
        const firsts = decided.filter((answer) => answer.header('idempotent-replayed') === undefined);
        expectSame(firsts.length, 1, 'The number of answers that are not replays');
      },
    },
    {
      name: 'refused-keeps-no-key',
      says: 'A submission that was refused does not take its key.',
      standard: draft,
      async run(session) {
        const key = newKey(session);
        expectProblem(await session.submitForLater(withKey(key, { maxAttempts: 0 })), 422, 'invalid-submission');
        expectNoHeader(expectStatus(await session.submitForLater(withKey(key)), 202), 'idempotent-replayed');
      },
    },
    {
      name: 'owners',
      says: 'Two owners with the same key have two jobs.',
      standard: draft,
      async run(session) {
        const other = session.otherCaller();
        const options = withKey(newKey(session));
        const [ours, theirs] = [await session.submitForLater(options), await session.submitForLater(options, other)];
        expectThat(jobIn(expectStatus(ours, 202)).id !== jobIn(expectStatus(theirs, 202)).id, 'There must be two jobs.', theirs);
        await other.send('POST', `/v1/jobs/${jobIn(theirs).id}/cancel`);
      },
    },
    {
      name: 'lifetime',
      says: 'A key lives as long as the record, whose expiresAt says when that is over.',
      standard: draft,
      async run(session) {
        const { expiresAt } = await session.cancelled();
        expectThat(
          instant.safeParse(expiresAt).success && Date.parse(String(expiresAt)) > Date.now(),
          `expiresAt must be a time to come (was ${expiresAt}).`,
        );
      },
    },
  ],
};
