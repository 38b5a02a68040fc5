/** The calls that every caller needs: submit, look, list, cancel, and what the service says about itself. */

import { expectProblem, jobIn, listShape, shaped } from '../answer-shapes.ts';
import { expectHeader, expectNoHeader, expectSame, expectStatus, expectThat, type Section, Skip } from '../contract-check.ts';
import { fetchBare } from '../http-caller.ts';

export const resources: Section = {
  title: 'Resources',
  checks: [
    {
      name: 'submit',
      says: 'POST /v1/jobs answers 202 with Location, Retry-After and the job.',
      standard: 'RFC 9110 15.3.3',
      async run(session) {
        const answer = expectStatus(await session.submitForLater(), 202);
        const job = jobIn(answer);
        expectHeader(answer, 'location', `/v1/jobs/${job.id}`);
        expectHeader(answer, 'retry-after', /^[1-9]\d*$/);
        expectSame(job.type, session.subject.type, 'type', answer);
      },
    },
    {
      name: 'found-at-location',
      says: 'A caller who got 202 finds the job at its Location at once.',
      standard: 'RFC 9110 15.3.3',
      async run(session) {
        const accepted = expectStatus(await session.submitForLater(), 202);
        const found = expectStatus(await session.caller.get(accepted.header('location') ?? ''), 200);
        expectSame(jobIn(found).id, jobIn(accepted).id, 'id', found);
      },
    },
    {
      name: 'retry-after',
      says: 'GET of a job has Retry-After in whole seconds until the job has ended, and none afterwards.',
      standard: 'RFC 9110 10.2.3',
      async run(session) {
        const [waiting, ended] = [await session.scheduled(), await session.succeeded()];
        expectHeader(await session.caller.get(waiting.links.self), 'retry-after', /^[1-9]\d*$/);
        expectNoHeader(await session.caller.get(ended.links.self), 'retry-after');
      },
    },
    {
      name: 'result',
      says: 'GET of a result answers 200 with the result alone.',
      standard: 'RFC 9110 15.3.1',
      async run(session) {
        const job = await session.succeeded();
        const answer = expectStatus(await session.caller.get(`/v1/jobs/${job.id}/result`), 200);
        expectSame(answer.json, job.result, 'The result', answer);
      },
    },
    {
      name: 'large-result',
      says: 'A large result is answered with 303 and a short-lived link that works without any authorisation.',
      standard: 'RFC 9110 15.4.4',
      async run(session) {
        const { largeResultInput } = session.subject;
        if (largeResultInput === undefined) throw new Skip('needs an input of a job with a large result: --large-result-input');
        const job = await session.end(largeResultInput, 'succeeded');
        expectSame(job.result, null, 'result of the job');
        const answer = expectStatus(await session.caller.get(job.links.result ?? ''), 303);
        const location = expectHeader(answer, 'location', /^https?:\/\//);
        expectSame(answer.json, { location }, 'The body', answer);
        const file = expectStatus(await fetchBare(new URL(location)), 200);
        expectThat(typeof file.json === 'object' && file.json !== null, 'The link must lead to the JSON of the result.', file);
      },
    },
    {
      name: 'result-before-the-end',
      says: 'GET of a result before the end of the job answers 409 job-not-finished with Retry-After.',
      standard: 'RFC 9110 15.5.10',
      async run(session) {
        const { id } = await session.scheduled();
        const answer = await session.caller.get(`/v1/jobs/${id}/result`);
        expectProblem(answer, 409, 'job-not-finished');
        expectHeader(answer, 'retry-after', /^[1-9]\d*$/);
      },
    },
    {
      name: 'result-of-a-failed-job',
      says: 'GET of the result of a failed job answers 409 job-failed, of a cancelled one 409 job-cancelled.',
      standard: 'RFC 9110 15.5.10',
      async run(session) {
        const [failed, cancelled] = [await session.failed(), await session.cancelled()];
        expectProblem(await session.caller.get(`/v1/jobs/${failed.id}/result`), 409, 'job-failed');
        expectProblem(await session.caller.get(`/v1/jobs/${cancelled.id}/result`), 409, 'job-cancelled');
      },
    },
    {
      name: 'input',
      says: 'GET of an input answers 200 with the input alone, as it was sent.',
      standard: 'Delegation',
      async run(session) {
        const { id } = await session.scheduled();
        const answer = expectStatus(await session.caller.get(`/v1/jobs/${id}/input`), 200);
        expectSame(answer.json, session.subject.input, 'The input', answer);
      },
    },
    {
      name: 'list',
      says: 'GET /v1/jobs answers {"jobs": […], "nextCursor": …}.',
      standard: 'AIP-158',
      async run(session) {
        const { id } = await session.later();
        const answer = expectStatus(await session.caller.get(`/v1/jobs?tag=conformance:${session.tag}&limit=100`), 200);
        const { jobs } = shaped(answer, listShape);
        expectThat(
          jobs.some((job) => job.id === id),
          `The list must hold the job ${id}, which was accepted before.`,
          answer,
        );
      },
    },
    {
      name: 'counts',
      says: 'GET /v1/jobs/counts answers with numbers of jobs by type and end.',
      standard: 'Delegation',
      async run(session) {
        const { type } = await session.scheduled();
        const answer = expectStatus(await session.caller.get(`/v1/jobs/counts?tag=conformance:${session.tag}`), 200);
        const { counts = [] } = answer.json as { counts?: readonly Readonly<Record<string, unknown>>[] };
        const found = counts.find((one) => one['type'] === type);
        expectThat(Number(found?.['unfinished']) >= 1, `At least one job of ${type} is unfinished (was ${JSON.stringify(found)}).`, answer);
      },
    },
    {
      name: 'cancel',
      says: 'POST …/cancel of a job that no worker has answers 200 with the cancelled job, and 409 job-already-ended when it is repeated.',
      standard: 'RFC 9110 9.3.3',
      async run(session) {
        const { id } = await session.later();
        const cancelled = jobIn(expectStatus(await session.caller.send('POST', `/v1/jobs/${id}/cancel`), 200));
        expectSame([cancelled.status, cancelled.links.cancel], ['cancelled', null], 'status and links.cancel');
        expectProblem(await session.caller.send('POST', `/v1/jobs/${id}/cancel`), 409, 'job-already-ended');
      },
    },
    {
      name: 'cancel-running',
      says: 'POST …/cancel of a running job answers 202, shows cancelRequestedAt, and the job ends as cancelled.',
      standard: 'RFC 9110 15.3.3',
      async run(session) {
        const { slowInput } = session.subject;
        if (slowInput === undefined) throw new Skip('needs an input of a job that runs until it is cancelled: --slow-input');
        const { id } = jobIn(expectStatus(await session.submit({ members: { input: slowInput } }), 202));
        await session.until(id, ({ status }) => status === 'running');
        const answer = expectStatus(await session.caller.send('POST', `/v1/jobs/${id}/cancel`), 202);
        expectThat(typeof jobIn(answer)['cancelRequestedAt'] === 'string', 'cancelRequestedAt must be a time.', answer);
        expectSame((await session.ended(id)).status, 'cancelled', 'status at the end');
      },
    },
    {
      name: 'cancel-reason',
      says: 'The reason of a cancel is kept on the timeline, with who cancelled and when.',
      standard: 'Delegation',
      async run(session) {
        const { id } = await session.later();
        const reason = `conformance ${session.tag}`;
        const answer = expectStatus(await session.caller.post(`/v1/jobs/${id}/cancel`, { reason }), 200);
        const { timeline = [], owner } = jobIn(answer) as { timeline?: readonly Readonly<Record<string, unknown>>[]; owner?: unknown };
        const entry = timeline.find(({ event }) => event === 'cancel_requested');
        expectSame([entry?.['by'], entry?.['detail']], [owner, reason], 'by and detail of cancel_requested on the timeline', answer);
      },
    },
    {
      name: 'job-types',
      says: 'GET /v1/job-types and /v1/job-types/{type} describe what may be submitted: description, JSON Schemas, limits, and what is queued.',
      standard: 'JSON Schema 2020-12',
      async run(session) {
        const { jobTypes } = expectStatus(await session.caller.get('/v1/job-types'), 200).json as { jobTypes: readonly object[] };
        const { type } = session.subject;
        const listed = jobTypes.find((one) => (one as { name?: unknown }).name === type);
        const members = ['name', 'description', 'state', 'schemaHash', 'queue', 'links'];
        expectSame(
          members.filter((name) => !(listed && name in listed)),
          [],
          `Members that ${type} lacks in the list`,
        );
        const answer = expectStatus(await session.caller.get(`/v1/job-types/${type}`), 200);
        const one = answer.json as { inputSchema?: unknown; resultSchema?: unknown; limits?: object };
        expectThat(typeof one.inputSchema === 'object' && typeof one.resultSchema === 'object', 'It must have both schemas.', answer);
        expectThat(typeof one.limits === 'object', 'It must have limits.', answer);
      },
    },
    {
      name: 'job-type-not-found',
      says: 'GET of a job type that does not exist answers 404 job-type-not-found.',
      standard: 'RFC 9110 15.5.5',
      run: async ({ caller }) => void expectProblem(await caller.get('/v1/job-types/none-of-these'), 404, 'job-type-not-found'),
    },
    {
      name: 'me',
      says: 'GET /v1/me says who calls, whether as an admin, what is allowed, and the deployment with its version.',
      standard: 'Delegation',
      async run(session) {
        const answer = expectStatus(await session.caller.get('/v1/me'), 200);
        const { owner, isAdmin, deployment, version } = answer.json as Readonly<Record<string, unknown>>;
        expectSame(
          [typeof owner, typeof isAdmin, typeof version],
          ['string', 'boolean', 'string'],
          'Kinds of owner, isAdmin, version',
          answer,
        );
        expectThat(deployment !== undefined, 'deployment must be there.', answer);
        expectSame((await session.scheduled())['owner'], owner, 'owner of a job of this caller', answer);
      },
    },
    {
      name: 'healthz',
      says: 'GET /healthz answers 200 without authentication.',
      standard: 'Delegation',
      run: async ({ anonymous }) => void expectStatus(await anonymous.get('/healthz'), 200),
    },
  ],
};
