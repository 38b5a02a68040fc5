/** Headers and methods that every answer has. */

import { jobIn } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectNoHeader, expectSame, expectStatus, expectThat, type Section, Skip } from '../contract-check.ts';
import type { Answer } from '../http-caller.ts';

export const headers: Section = {
  title: 'Headers and methods',
  checks: [
    {
      name: 'content-type',
      says: 'JSON is application/json.',
      standard: 'RFC 8259 11',
      async run(session) {
        for (const path of [(await session.scheduled()).links.self, '/v1/jobs', '/v1/job-types'])
          expectHeader(await session.caller.get(path), 'content-type', /^application\/json\s*(;|$)/);
      },
    },
    {
      name: 'nosniff',
      says: 'X-Content-Type-Options: nosniff is on each answer of the service.',
      standard: 'WHATWG Fetch',
      async run(session) {
        for (const path of [(await session.scheduled()).links.self, '/v1/jobs', '/v1/jobs/none', '/healthz'])
          expectHeader(await session.caller.get(path), 'x-content-type-options', 'nosniff');
      },
    },
    {
      name: 'cache-control',
      says: "Cache-Control keeps jobs and lists out of shared caches; errors aren't stored.",
      standard: 'RFC 9111 5.2.2',
      async run(session) {
        for (const path of [(await session.scheduled()).links.self, '/v1/jobs'])
          expectHeader(await session.caller.get(path), 'cache-control', /\b(no-store|private)\b/);
        expectHeader(await session.caller.get('/v1/jobs/none'), 'cache-control', /\bno-store\b/);
      },
    },
    {
      name: 'request-id',
      says: 'Each answer names its request in X-Request-Id; a caller who sends one finds it there.',
      standard: 'Delegation',
      async run({ caller }) {
        const [one, two] = [await caller.get('/v1/jobs'), await caller.get('/v1/jobs/none')];
        const ids = [expectHeader(one, 'x-request-id', /^[\w.:=-]+$/), expectHeader(two, 'x-request-id', /^[\w.:=-]+$/)];
        expectThat(ids[0] !== ids[1], 'Two answers must have two ids.', two);
        expectHeader(await caller.get('/v1/jobs', { 'x-request-id': 'conformance-1' }), 'x-request-id', 'conformance-1');
      },
    },
    {
      name: 'traceparent',
      says: 'A valid traceparent is kept with the job, a malformed one is ignored.',
      standard: 'W3C Trace Context 3.2',
      async run(session) {
        const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
        const zeros = trace.replace('b7ad6b7169203331', '0000000000000000');
        for (const traceparent of [trace, zeros, trace.toUpperCase(), trace.replace('00-', 'ff-'), `${trace}-x`, 'nonsense']) {
          const answer = expectStatus(await session.submitForLater({ headers: { traceparent } }), 202);
          expectSame(jobIn(answer)['traceparent'], traceparent === trace ? trace : null, 'traceparent of the job', answer);
        }
      },
    },
    {
      name: 'head',
      says: 'HEAD answers like GET, without the body.',
      standard: 'RFC 9110 9.3.2',
      async run(session) {
        const { links } = await session.scheduled();
        for (const path of [links.self, '/v1/job-types', '/v1/jobs?since=2099-01-01', '/healthz']) await expectHeadLikeGet(session, path);
      },
    },
    {
      name: 'options',
      says: 'OPTIONS answers with Allow and without a body.',
      standard: 'RFC 9110 9.3.7',
      async run({ caller }) {
        const answer = expectStatus(await caller.send('OPTIONS', '/v1/jobs'), 200, 204);
        const allow = expectHeader(answer, 'allow', /./).split(/\s*,\s*/);
        for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) expectThat(allow.includes(method), `Allow must name ${method}.`, answer);
        expectSame(answer.text, '', 'The body', answer);
      },
    },
    {
      name: 'cors',
      says: 'Web pages of other origins may read nothing, unless the deployer allows them.',
      standard: 'WHATWG Fetch 3.3',
      async run({ caller }) {
        const origin = 'https://conformance.example';
        const answer = await caller.get('/v1/jobs', { origin });
        const allowed = answer.header('access-control-allow-origin');
        if (allowed === origin || allowed === '*') throw new Skip('the deployer allows this origin');
        expectNoHeader(answer, 'access-control-allow-origin');
        const preflight = await caller.send('OPTIONS', '/v1/jobs', { headers: { origin, 'access-control-request-method': 'POST' } });
        expectNoHeader(preflight, 'access-control-allow-origin');
      },
    },
  ],
};

/**
 * Compares HEAD with the GETs around it. What a service says of a queue changes meanwhile, and its instances may remember several moments of it:
 * one of five tries must find the tag of HEAD with a GET. Two GETs follow each HEAD, so that two instances in turns do not answer one method each.
 */
async function expectHeadLikeGet({ caller }: Session, path: string): Promise<void> {
  const tags = new Set([(await caller.get(path)).header('etag')]);
  let head: Answer;
  let tries = 0;
  do {
    head = await caller.send('HEAD', path);
    for (const get of [await caller.get(path), await caller.get(path)]) {
      expectSame([head.status, head.text], [get.status, ''], 'Status and body', head);
      expectSame(head.header('content-type'), get.header('content-type'), 'content-type', head);
      tags.add(get.header('etag'));
    }
    tries += 1;
  } while (!tags.has(head.header('etag')) && tries < 5);
  expectThat(tags.has(head.header('etag')), `etag must be that of a GET: ${[...tags].join(' or ')} (was ${head.header('etag')}).`, head);
}
