import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { callWithToken, clockRuns, functions, health, signedCall, triggers } from '../../../../lib/doctor/checks/health.ts';
import { credentials, inShort, stackOf, withAws } from '../../../support/doctor-clients.ts';

/** The answer of the test's API, which behaves as a deployed one. */
let answer: { readonly status: number; readonly body: string; readonly headers?: Record<string, string> };
let seen: Record<string, unknown> = {};
let server: Server;
let url = '';
beforeAll(async () => {
  server = createServer((request, response) => {
    seen = { path: request.url, authorization: request.headers.authorization };
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const types = { status: 200, body: JSON.stringify({ jobTypes: [{ type: 'run-query' }, { type: 'probe' }] }) };

it('reports that the API answers, or its other response', async () => {
  answer = { status: 200, body: '{}' };
  expect(inShort(await health(url))).toEqual([`ok: ${url} answers.`]);
  expect(seen).toMatchObject({ path: '/healthz' });
  answer = { status: 500, body: 'no' };
  expect(inShort(await health(url))).toEqual([`problem: ${url}/healthz answers 500: no`]);
  expect(inShort(await health('http://127.0.0.1:2'))).toEqual([
    expect.stringMatching(/^problem: http:\/\/127\.0\.0\.1:2\/healthz does not answer: ECONNREFUSED/),
  ]);
});

it('knows why a domain does not answer: no record points to it yet', async () => {
  const finding = await health('https://jobs.invalid');
  expect(finding).toMatchObject({ status: 'problem', advice: expect.stringContaining('Point the name at the output DomainTarget') });
});

it('signs a call to the API', async () => {
  answer = types;
  expect(inShort(await signedCall(url, credentials, 'eu-central-1'))).toEqual(['ok: A signed call succeeds: 2 job types.']);
  expect(seen).toMatchObject({
    path: '/v1/job-types',
    authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 Credential=test\/\d{8}\/eu-central-1\/execute-api\//),
  });
  answer = { status: 403, body: '{"message":"Forbidden"}' };
  expect((await signedCall(url, credentials, 'eu-central-1')).status).toBe('warning');
  answer = { status: 503, body: 'busy' };
  expect(inShort(await signedCall(url, credentials, 'eu-central-1'))).toEqual([
    'problem: A signed call of /v1/job-types answers 503: busy',
  ]);
});

it('calls the API with a token, and without', async () => {
  answer = { status: 401, body: '' };
  expect((await callWithToken(url, undefined)).status).toBe('ok');
  answer = types;
  expect((await callWithToken(url, undefined)).status).toBe('problem');
  expect(inShort(await callWithToken(url, 'a.b.c'))).toEqual(['ok: A call with the token succeeds: 2 job types.']);
  expect(seen).toMatchObject({ authorization: 'Bearer a.b.c' });
  answer = { status: 401, body: '', headers: { 'www-authenticate': 'Bearer error="invalid_token"' } };
  expect(inShort(await callWithToken(url, 'a.b.c'))).toEqual(['problem: A call with the token answers 401: Bearer error="invalid_token"']);
});

it.each(['eyJa.eyJb.c\nxyzzy', 'eyJa.eyJb.c\0', 'Bearer eyJa.eyJb.c', 'xyzzy'])(
  'does not repeat a text that is not a token: %j',
  async (token) => {
    const finding = await callWithToken(url, token);
    expect(finding.status).toBe('problem');
    expect(JSON.stringify(finding)).not.toMatch(/eyJ|xyzzy/);
  },
);

describe('the clock', () => {
  const now = new Date('2026-11-26T12:00:00Z');
  const seconds = (time: string) => new Date(time).getTime() / 1000;
  const look = (runs: readonly string[], errors: readonly string[], createdAt = new Date(0)) =>
    withAws(
      {
        GetMetricStatistics: (input) => ({
          Datapoints: ((input as Record<string, unknown>)['MetricName'] === 'Errors' ? errors : runs).map((time) => ({
            Timestamp: seconds(time),
            Sum: 1,
          })),
        }),
      },
      ({ cloudWatch }) => clockRuns(cloudWatch, { functionName: 'clock', ruleName: 'rule', stack: stackOf([], createdAt) }, now),
    );

  it('runs', async () =>
    expect(inShort(await look(['2026-11-26T11:57:00Z', '2026-11-26T11:58:00Z'], []))).toEqual([
      'ok: The clock ran 120 s ago (2026-11-26T11:58:00.000Z).',
    ]));
  it('fails', async () =>
    expect(inShort(await look(['2026-11-26T11:58:00Z'], ['2026-11-26T11:58:00Z']))[0]).toMatch(
      /^problem: .*runs of the last minutes failed/,
    ));
  it('has stopped', async () => expect((await look([], [])).status).toBe('problem'));
  it('has not run yet', async () => expect((await look([], [], new Date('2026-11-26T11:55:00Z'))).status).toBe('warning'));
});

const uuid = '01234567-89ab-cdef-0123-456789abcdef';
it.each([
  ['Enabled', 'ok'],
  ['Updating', 'ok'],
  ['Disabled', 'problem'],
  ['Disabling', 'problem'],
])('reports a trigger that is %s', async (State, status) => {
  const answers = {
    [`GET /2015-03-31/event-source-mappings/${uuid}`]: { UUID: uuid, State, EventSourceArn: 'arn:aws:sqs:eu-central-1:1:queue' },
  };
  const finding = await withAws(answers, ({ lambda }) => triggers(lambda, stackOf([['T', 'AWS::Lambda::EventSourceMapping', uuid]])));
  expect(finding.status).toBe(status);
  if (status === 'problem') expect(finding.commands).toEqual([`aws lambda update-event-source-mapping --uuid ${uuid} --enabled`]);
});

it.each([
  [{ State: 'Active', LastUpdateStatus: 'Successful' }, 'ok'],
  [{ State: 'Inactive' }, 'ok'],
  [{ State: 'Failed', StateReason: 'The key is disabled' }, 'problem'],
  [{ State: 'Active', LastUpdateStatus: 'Failed', LastUpdateStatusReason: 'No role' }, 'problem'],
])('reports a function that is %j', async (state, status) => {
  const answers = { 'GET /2015-03-31/functions/api/configuration': { FunctionName: 'api', ...state } };
  expect((await withAws(answers, ({ lambda }) => functions(lambda, stackOf([['F', 'AWS::Lambda::Function', 'api']])))).status).toBe(status);
});
