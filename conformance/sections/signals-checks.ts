/** What callers send to a job for its code to receive. */
import { randomUUID } from 'node:crypto';
import { expectProblem, jobIn, type LooseJob } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectStatus, expectThat, type Section, Skip } from '../contract-check.ts';

/** @throws Skip where no signal was named */
function signalOf({ subject: { signal } }: Session) {
  if (signal === undefined) throw new Skip('needs a signal of the job type: --signal and --signal-payload');
  return signal;
}

const pathOf = (job: LooseJob, name: string) => `${job.links.self}/signals/${name}`;
const signalled = (job: LooseJob) =>
  (job['timeline'] as readonly { readonly event: string; readonly detail?: string }[]).filter(({ event }) => event === 'signalled');

export const signals: Section = {
  title: 'Signals',
  checks: [
    {
      name: 'unknown',
      says: 'A name that the type does not have is 404 signal-not-found, whose detail says which there are.',
      standard: 'RFC 9110 15.5.5',
      async run(session) {
        const answer = await session.caller.post(pathOf(await session.scheduled(), `none-${session.tag}`), {});
        const { detail } = expectProblem(answer, 404, 'signal-not-found');
        expectThat(/It has(:| none)/.test(detail), 'The detail must say which signals the type has.', answer);
      },
    },
    {
      name: 'strangers',
      says: "Another owner's job is 404, regardless of the signal.",
      standard: 'Delegation',
      async run(session) {
        const answer = await session.otherCaller().post(pathOf(await session.scheduled(), 'go'), {});
        expectProblem(answer, 404, 'job-not-found');
      },
    },
    {
      name: 'kept',
      says: 'A signal is answered with 202 and the job, whose timeline shows its name and sender, and nothing of its payload.',
      standard: 'Delegation',
      async run(session) {
        const { name, payload } = signalOf(session);
        const answer = expectStatus(await session.caller.post(pathOf(await session.later(), name), payload), 202);
        const [entry, ...more] = signalled(jobIn(answer));
        expectSame([entry?.detail, more.length], [name, 0], 'What was signalled, and the number of others', answer);
        expectThat(!JSON.stringify(entry).includes(JSON.stringify(payload)), 'The timeline must not hold the payload.', answer);
      },
    },
    {
      name: 'repeated',
      says: 'With an Idempotency-Key a repeated request adds nothing and says Idempotent-Replayed: true.',
      standard: 'draft-ietf-httpapi-idempotency-key-header-07',
      async run(session) {
        const { name, payload } = signalOf(session);
        const job = await session.later();
        const headers = { 'idempotency-key': randomUUID() };
        const send = (body: unknown) => session.caller.post(pathOf(job, name), body, headers);
        expectStatus(await send(payload), 202);
        const replay = expectStatus(await send(payload), 202);
        expectHeader(replay, 'idempotent-replayed', 'true');
        expectSame(signalled(jobIn(replay)).length, 1, 'The number of signals', replay);
      },
    },
    {
      name: 'schema',
      says: 'A payload that the schema of the signal refuses is 422 with pointers.',
      standard: 'RFC 9457 3.2',
      async run(session) {
        const { name, refusedPayload } = signalOf(session);
        if (refusedPayload === undefined) throw new Skip('needs a payload that is refused: --refused-signal-payload');
        const answer = await session.caller.post(pathOf(await session.scheduled(), name), refusedPayload);
        const { errors = [] } = expectProblem(answer, 422, 'invalid-submission');
        expectThat(
          errors.length > 0 && errors.every(({ pointer }) => pointer.startsWith('#')),
          'Each violation must have a pointer.',
          answer,
        );
      },
    },
    {
      name: 'ended',
      says: 'A job that has ended takes none: 409 job-already-ended.',
      standard: 'RFC 9110 15.5.10',
      async run(session) {
        const { name, payload } = signalOf(session);
        expectProblem(await session.caller.post(pathOf(await session.cancelled(), name), payload), 409, 'job-already-ended');
      },
    },
  ],
};
