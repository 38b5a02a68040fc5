/** What a 202 promises, and how a caller asks to wait. */
import { setTimeout as sleep } from 'node:timers/promises';
import { jobIn, terminalStatuses } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectStatus, expectThat, type Section, Skip } from '../contract-check.ts';
import type { Answer } from '../http-caller.ts';

const hasEnded = (answer: Answer) => terminalStatuses.includes(jobIn(answer).status);

/** @throws Failure unless the answer came after this many seconds, give or take what a slow machine and a network add */
function expectWait(answer: Answer, seconds: number): void {
  const [min, max] = [seconds * 1000 - 250, seconds * 1000 + 8_000];
  const tookMs = Math.round(answer.tookMs);
  expectThat(tookMs >= min && tookMs <= max, `The answer must take about ${seconds} s (took ${tookMs} ms).`, answer);
}

/** @returns the preferences that were applied */
const applied = (answer: Answer) => (answer.header('preference-applied') ?? '').toLowerCase().split(/\s*,\s*/);

/** Waits for a change of a job that does not change. */
async function waitForChange(session: Session, prefer: string): Promise<Answer> {
  const { links } = await session.scheduled();
  const etag = expectHeader(await session.caller.get(links.self), 'etag', /^"/);
  return expectStatus(await session.caller.get(links.self, { prefer, 'if-none-match': etag }), 304);
}

export const accepted: Section = {
  title: 'Accepted',
  checks: [
    {
      name: 'monitor',
      says: '202 describes the current status and points to where it can be followed.',
      standard: 'RFC 9110 15.3.3',
      async run(session) {
        const answer = expectStatus(await session.submitForLater(), 202);
        expectThat(!hasEnded(answer), 'The job in a 202 must not have ended.', answer);
        expectSame(jobIn(answer).links.self, expectHeader(answer, 'location', /^\/v1\/jobs\/job_/), 'links.self', answer);
      },
    },
    {
      name: 'wait',
      says: 'Prefer: wait=N answers 200 with the job if it ends within N seconds, with Preference-Applied.',
      standard: 'RFC 7240 4.3',
      async run(session) {
        const answer = expectStatus(await session.submit({ headers: { prefer: 'wait=20' } }), 200, 202);
        expectThat(applied(answer).includes('wait=20'), 'Preference-Applied must be wait=20.', answer);
        if (answer.status === 202 && !hasEnded(answer) && answer.tookMs > 19_000) throw new Skip('the job took longer than 20 s');
        expectSame([answer.status, hasEnded(answer)], [200, true], 'The status, and whether the job has ended', answer);
        expectHeader(answer, 'location', `/v1/jobs/${jobIn(answer).id}`);
      },
    },
    {
      name: 'wait-over',
      says: 'Prefer: wait=N answers 202 after N seconds if the job goes on.',
      standard: 'RFC 7240 4.3',
      async run(session) {
        const { slowInput } = session.subject;
        if (slowInput === undefined) throw new Skip('needs an input of a job that runs until it is cancelled: --slow-input');
        const options = { headers: { prefer: 'wait=2' }, members: { input: slowInput } };
        const answer = expectStatus(await session.submit(options), 202);
        await session.caller.send('POST', `/v1/jobs/${jobIn(answer).id}/cancel`);
        expectWait(answer, 2);
        expectThat(applied(answer).includes('wait=2'), 'Preference-Applied must be wait=2.', answer);
        expectHeader(answer, 'retry-after', /^[1-9]\d*$/);
      },
    },
    {
      name: 'wait-capped',
      says: 'A wait is capped at 20 seconds, however many digits it has, and Preference-Applied says so.',
      standard: 'RFC 7240 3',
      async run(session) {
        const answer = await waitForChange(session, 'wait=99999999999');
        expectThat(applied(answer).includes('wait=20'), 'Preference-Applied must be wait=20.', answer);
        expectWait(answer, 20);
      },
    },
    {
      name: 'respond-async',
      says: 'Prefer: respond-async answers 202 at once, with Preference-Applied.',
      standard: 'RFC 7240 4.1',
      async run(session) {
        const answer = expectStatus(await session.submitForLater({ headers: { prefer: 'respond-async' } }), 202);
        expectThat(applied(answer).includes('respond-async'), 'Preference-Applied must be respond-async.', answer);
      },
    },
    {
      name: 'vary',
      says: 'Where Prefer changes the answer, Vary: Prefer says so.',
      standard: 'RFC 9110 12.5.5',
      async run(session) {
        const answers = [await session.submitForLater(), await session.caller.get((await session.scheduled()).links.self)];
        for (const answer of answers) expectHeader(answer, 'vary', /(^|,)\s*prefer\s*(,|$)/i);
      },
    },
    {
      name: 'unknown-preferences',
      says: 'Unknown preferences are ignored, also with parameters, and so is a wait that is not a number.',
      standard: 'RFC 7240 2',
      async run(session) {
        for (const prefer of ['handling=lenient; a="b,wait=20"', 'wait', 'wait=soon', 'wait=-1', 'return=minimal', 'x="']) {
          const answer = expectStatus(await session.submitForLater({ headers: { prefer } }), 202);
          const names = applied(answer).filter((one) => one.startsWith('wait'));
          expectSame(names, [], `The applied waits of Prefer: ${prefer}`, answer);
          expectWait(answer, 0);
        }
      },
    },
    {
      name: 'first-preference',
      says: 'The first of duplicate preferences wins, in upper or lower case, quoted or not.',
      standard: 'RFC 7240 2',
      async run(session) {
        const answer = await waitForChange(session, 'other; q=1, WAIT="1", wait=20');
        expectThat(applied(answer).includes('wait=1'), 'Preference-Applied must be wait=1.', answer);
        expectWait(answer, 1);
      },
    },
    {
      name: 'get-wait',
      says: 'GET of a job with Prefer: wait=N waits for its end.',
      standard: 'RFC 7240 4.3',
      async run(session) {
        const { links } = jobIn(expectStatus(await session.submit(), 202));
        const answer = expectStatus(await session.caller.get(links.self, { prefer: 'wait=20' }), 200);
        if (!hasEnded(answer) && answer.tookMs > 19_000) throw new Skip('the job took longer than 20 s');
        expectThat(hasEnded(answer), 'The job must have ended.', answer);
      },
    },
    {
      name: 'get-later',
      says: 'GET with Prefer: wait=N answers at once about a job that starts later than the wait would last.',
      standard: 'Delegation',
      async run(session) {
        const { links } = await session.scheduled();
        expectWait(expectStatus(await session.caller.get(links.self, { prefer: 'wait=20' }), 200), 0);
      },
    },
    {
      name: 'get-wait-for-change',
      says: 'GET with If-None-Match and Prefer: wait=N waits for any change of the job, and answers 304 without one.',
      standard: 'RFC 7240 4.3',
      async run(session) {
        const { id, links } = await session.later();
        const etag = expectHeader(await session.caller.get(links.self), 'etag', /^"/);
        const unchanged = await session.caller.get(links.self, { prefer: 'wait=1', 'if-none-match': etag });
        expectStatus(unchanged, 304);
        expectWait(unchanged, 1);
        const waiting = session.caller.get(links.self, { prefer: 'wait=15', 'if-none-match': etag });
        await sleep(500);
        await session.caller.send('POST', `/v1/jobs/${id}/cancel`);
        const changed = expectStatus(await waiting, 200);
        expectSame(jobIn(changed).status, 'cancelled', 'status', changed);
        expectThat(changed.tookMs < 14_000, `The answer must come with the change (took ${Math.round(changed.tookMs)} ms).`, changed);
      },
    },
  ],
};
