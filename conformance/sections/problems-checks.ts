/** The one form of every error. */

import { expectProblem } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectStatus, expectThat, type Section, Skip } from '../contract-check.ts';
import type { Answer } from '../http-caller.ts';

const missing = 'job_00000000000000000000000000';
const maxBodyBytes = 1_048_576;

/** One answer of each kind that is easy to get, with the problem that it must be. */
function refused(session: Session) {
  const { caller } = session;
  const body = session.submission({ delaySeconds: 3_600 });
  const calls = {
    'malformed-json': caller.post('/v1/jobs', '{"type":'),
    'invalid-parameter': caller.get('/v1/jobs?status=broken'),
    'not-found': caller.get('/v1/nothing-here'),
    'job-not-found': caller.get(`/v1/jobs/${missing}`),
    'method-not-allowed': caller.send('DELETE', '/v1/jobs'),
    'unsupported-media-type': caller.post('/v1/jobs', body, { 'content-type': 'text/plain' }),
    'invalid-submission': caller.post('/v1/jobs', { ...body, maxAttempts: 0 }),
    'unknown-job-type': caller.post('/v1/jobs', { ...body, type: 'none-of-these' }),
  };
  return Promise.all(Object.entries(calls).map(async ([name, answer]) => [name, await answer] as const));
}

const sameButForTheId = ({ text }: Answer, id: string) => text.replaceAll(id, missing);

export const problems: Section = {
  title: 'Problems',
  checks: [
    {
      name: 'form',
      says: 'Every error is application/problem+json with type, title, status, detail and instance.',
      standard: 'RFC 9457 3',
      async run(session) {
        for (const [name, answer] of await refused(session)) {
          const { status, instance } = expectProblem(answer, answer.status, name);
          expectSame([status, instance], [answer.status, answer.request.path.split('?')[0]], 'status and instance', answer);
        }
      },
    },
    {
      name: 'code',
      says: 'code is the name of the problem.',
      standard: 'RFC 9457 3.2',
      async run(session) {
        for (const [name, answer] of await refused(session)) {
          const problem = expectProblem(answer, answer.status);
          expectSame(problem['code'], name, 'code', answer);
        }
      },
    },
    {
      name: 'unknown-link',
      says: 'A link for a signal that there is not is answered the same for a job that exists and one that does not, and no cache, frame or referrer gets it.',
      standard: 'W3C Capability URLs',
      async run(session) {
        const { id } = await session.scheduled();
        for (const method of ['GET', 'POST'])
          for (const job of [id, missing]) {
            const answer = await session.caller.send(method, `/v1/links/${job}?token=${'0'.repeat(48)}`);
            expectProblem(answer, 404, 'link-not-found');
            expectHeader(answer, 'cache-control', /\bno-store\b/);
            expectHeader(answer, 'referrer-policy', 'no-referrer');
            expectHeader(answer, 'content-security-policy', /frame-ancestors 'none'/);
            const texts = answer.text.replaceAll(job, missing);
            expectThat(!texts.includes(id), 'The answer must say nothing of the job.', answer);
          }
      },
    },
    {
      name: 'type-is-a-page',
      says: 'type is the absolute URL of a page that explains the problem.',
      standard: 'RFC 9457 3.1.1',
      async run(session) {
        for (const [name, answer] of await refused(session)) {
          const problem = expectProblem(answer, answer.status);
          const url = URL.parse(problem.type);
          expectThat(/^https?:$/.test(url?.protocol ?? ''), `type must be an absolute URL (was ${problem.type}).`, answer);
          const page = expectStatus(await session.anonymous.get(`${url?.pathname}`), 200);
          expectThat(page.text.includes(name), `The page of the problem must name it (${name}).`, page);
        }
      },
    },
    {
      name: 'pointers',
      says: 'Invalid input is 422 with errors, each with detail and a pointer into the body.',
      standard: 'RFC 6901 6',
      async run(session) {
        const answer = await session.submitForLater({ members: { maxAttempts: 0, tags: { 'a/b': 1 } } });
        const { errors = [] } = expectProblem(answer, 422, 'invalid-submission');
        expectSame(errors.map(({ pointer }) => pointer).toSorted(), ['#/maxAttempts', '#/tags/a~1b'], 'Pointers', answer);
      },
    },
    {
      name: 'malformed-json',
      says: 'A body that is not JSON is refused with 400 malformed-json.',
      standard: 'RFC 8259 8.1',
      async run({ caller }) {
        const bodies = ['', '{"type":', "{'type':1}", '{"a":1}{"b":2}', 'NaN', '[1,]'];
        for (const body of bodies) expectProblem(await caller.post('/v1/jobs', body), 400, 'malformed-json');
      },
    },
    {
      name: 'not-utf8',
      says: 'A body that is not UTF-8 is refused with 400 malformed-json.',
      standard: 'RFC 8259 8.1',
      async run({ caller }) {
        const notUtf8 = Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
        // As a type whose bytes no gateway takes for text.
        const answer = await caller.post('/v1/jobs', notUtf8, { 'content-type': 'application/vnd.delegation+json' });
        expectProblem(answer, 400, 'malformed-json');
      },
    },
    {
      name: 'body-too-large',
      says: 'A submission over 1 MiB is refused with 413 body-too-large, one of 1 MiB is read.',
      standard: 'RFC 9110 15.5.14',
      async run({ caller }) {
        const body = (bytes: number) => JSON.stringify({ unknownHere: 'x'.repeat(bytes - '{"unknownHere":""}'.length) });
        expectProblem(await caller.post('/v1/jobs', body(maxBodyBytes)), 422, 'invalid-submission');
        expectProblem(await caller.post('/v1/jobs', body(maxBodyBytes + 1)), 413, 'body-too-large');
      },
    },
    {
      name: 'not-json',
      says: 'A body that is not sent as JSON is refused with 415 and Accept.',
      standard: 'RFC 9110 15.5.16',
      async run(session) {
        for (const contentType of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', null]) {
          const answer = await session.submitForLater({ headers: { 'content-type': contentType } });
          expectProblem(answer, 415, 'unsupported-media-type');
          expectHeader(answer, 'accept', /application\/json/);
        }
      },
    },
    {
      name: 'job-not-found',
      says: 'An unknown job and an id that is not one are answered with 404 job-not-found.',
      standard: 'RFC 9110 15.5.5',
      async run({ caller }) {
        for (const id of [missing, 'nonsense', 'job_', missing.toUpperCase(), 'x'.repeat(300)])
          expectProblem(await caller.get(`/v1/jobs/${id}`), 404, 'job-not-found');
      },
    },
    {
      name: 'others-jobs',
      says: "Another owner's job is answered like one that does not exist, byte for byte but for the id.",
      standard: 'RFC 9110 15.5.5',
      async run(session) {
        const other = session.otherCaller();
        const { id } = await session.scheduled();
        const calls = [
          ['GET', ''],
          ['GET', '/result'],
          ['GET', '/input'],
          ['GET', '/files/x'],
          ['POST', '/cancel'],
          ['POST', '/retry'],
        ] as const;
        for (const [method, path] of calls) {
          const [theirs, none] = [
            await other.send(method, `/v1/jobs/${id}${path}`),
            await other.send(method, `/v1/jobs/${missing}${path}`),
          ];
          expectProblem(theirs, 404, 'job-not-found');
          expectSame(sameButForTheId(theirs, id), none.text, 'The answer', theirs);
          expectSame(Object.keys(theirs.headers).toSorted(), Object.keys(none.headers).toSorted(), 'The names of the headers', theirs);
        }
      },
    },
    {
      name: 'method-not-allowed',
      says: 'A method that an address does not have is answered with 405 and Allow.',
      standard: 'RFC 9110 15.5.6',
      async run(session) {
        const { id } = await session.scheduled();
        const paths = ['/v1/jobs', `/v1/jobs/${id}`, `/v1/jobs/${id}/result`, `/v1/jobs/${id}/cancel`, '/v1/job-types'];
        for (const path of paths) {
          const answer = await session.caller.send('PATCH', path);
          expectProblem(answer, 405, 'method-not-allowed');
          expectHeader(answer, 'allow', /^[A-Z]+(, [A-Z]+)*$/);
        }
      },
    },
    {
      name: 'unauthenticated',
      says: 'A call without authorisation is refused; only the health check and the pages about problems need none.',
      standard: 'RFC 9110 15.5.2',
      async run(session) {
        const { anonymous, caller } = session;
        const own = await anonymous.get('/v1/jobs');
        if (own.status === 200 && (await caller.get('/v1/jobs')).status === 200)
          throw new Skip('this deployment trusts every caller (local mode)');
        // The gateway answers before the service is asked, with a body of its own.
        for (const path of ['/v1/jobs', '/v1/job-types', '/v1/me', '/openapi.json']) expectStatus(await anonymous.get(path), 401, 403);
      },
    },
    {
      name: 'unavailable',
      says: 'A store that cannot be reached is answered with 503 unavailable and Retry-After.',
      standard: 'RFC 9110 15.6.4',
      run: () => Promise.reject(new Skip('cannot be caused from outside')),
    },
  ],
};

/** Runs after all others, over what they saw. */
export const allErrors: Section = {
  title: 'Problems',
  checks: [
    {
      name: 'nothing-internal',
      says: 'No error shows a stack, a file, or the name of a resource behind the API.',
      standard: 'RFC 9457 5',
      run(session) {
        const errors = session.answers.filter(({ status }) => status >= 400);
        const leak =
          /\bat .+:\d+:\d+|node_modules|\/var\/task|\.(ts|js|mjs):\d|arn:aws:(dynamodb|sqs|s3|lambda)|AccessDenied|DynamoDB|Exception\b/;
        for (const answer of errors)
          expectThat(!leak.test(answer.text), `The error shows what is internal: ${leak.exec(answer.text)?.[0]}.`, answer);
        return Promise.resolve();
      },
    },
  ],
};
