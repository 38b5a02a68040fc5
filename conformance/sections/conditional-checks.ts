/** Entity tags. */

import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';

const strongTag = /^"[\x21\x23-\x7e]+"$/;

async function tagOf({ caller }: Session, path: string): Promise<string> {
  return expectHeader(expectStatus(await caller.get(path), 200), 'etag', strongTag);
}

export const conditional: Section = {
  title: 'Conditional requests',
  checks: [
    {
      name: 'etag',
      says: 'A job and a list have a strong ETag, the same one as long as they do not change.',
      standard: 'RFC 9110 8.8.3',
      async run(session) {
        const { links } = await session.later();
        for (const path of [links.self, '/v1/jobs?since=2099-01-01'])
          expectSame(await tagOf(session, path), await tagOf(session, path), 'ETag');
      },
    },
    {
      name: 'not-modified',
      says: 'If-None-Match with the current tag, in a list or weak, or *, answers 304 without a body and with the ETag.',
      standard: 'RFC 9110 13.1.2',
      async run(session) {
        for (const path of [(await session.scheduled()).links.self, '/v1/jobs?since=2099-01-01']) {
          const etag = await tagOf(session, path);
          for (const condition of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
            const answer = expectStatus(await session.caller.get(path, { 'if-none-match': condition }), 304);
            expectSame([answer.text, answer.header('etag')], ['', etag], 'Body and ETag', answer);
          }
        }
      },
    },
    {
      name: 'modified',
      says: 'If-None-Match with another tag answers 200.',
      standard: 'RFC 9110 13.1.2',
      async run(session) {
        const { links } = await session.scheduled();
        const etag = await tagOf(session, links.self);
        for (const condition of ['"other"', etag.slice(1, -1), `"${etag.slice(1, -2)}"`])
          expectStatus(await session.caller.get(links.self, { 'if-none-match': condition }), 200);
      },
    },
    {
      name: 'changes-with-the-job',
      says: 'The ETag changes exactly when the job does.',
      standard: 'RFC 9110 8.8.1',
      async run(session) {
        const { id, links } = await session.later();
        const before = await tagOf(session, links.self);
        await session.caller.send('POST', `/v1/jobs/${id}/cancel`);
        const after = await tagOf(session, links.self);
        expectThat(before !== after, 'The ETag must change with the status.');
        expectSame(await tagOf(session, links.self), after, 'ETag of a job that has ended');
      },
    },
    {
      name: 'list-changes',
      says: 'The ETag of a list changes when a job in it does.',
      standard: 'RFC 9110 8.8.1',
      async run(session) {
        const tag = `${session.tag}-etag`;
        const path = `/v1/jobs?tag=conformance:${tag}`;
        const { id } = (await session.submitForLater({ members: { tags: { conformance: tag } } })).json as { id: string };
        const before = await tagOf(session, path);
        await session.caller.send('POST', `/v1/jobs/${id}/cancel`);
        expectThat(before !== (await tagOf(session, path)), 'The ETag of the list must change when a job in it is cancelled.');
      },
    },
  ],
};
