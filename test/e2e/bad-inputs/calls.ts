/** Batches, retries, redrives, counts, cancels and schedules that are not valid. */
import { type BadInput, shown, validSubmission } from './bad-input.ts';

const mib = 1_048_576;
const missing = 'job_00000000000000000000000000';

const batch = (what: string, body: unknown, status = 422, code = 'invalid-submission'): BadInput => ({
  what: `a batch ${what}`,
  path: '/v1/jobs/batch',
  body,
  status,
  code,
});

const batches: readonly BadInput[] = [
  ...[[], {}, { jobs: null }, { jobs: {} }, { jobs: 'a' }, { jobs: [] }, { jobs: [validSubmission], more: 1 }].map((body) =>
    batch(shown(body), body),
  ),
  batch('of 101 jobs', { jobs: Array.from({ length: 101 }, () => validSubmission) }),
  batch('of 900,000 empty jobs', `{"jobs":[${'{},'.repeat(900_000)}{}]}`),
  batch('with a member __proto__', '{"jobs":[{}],"__proto__":1}'),
  batch('over 3 MB', { jobs: [{ ...validSubmission, fill: 'x'.repeat(3 * mib) }] }, 413, 'body-too-large'),
  batch('that is cut', '{"jobs":[{"type":', 400, 'malformed-json'),
  batch('too deep', `{"jobs":${'['.repeat(101)}${']'.repeat(101)}}`, 400, 'malformed-json'),
  batch('with a member twice', '{"jobs":[{"type":"a","type":"b"}]}', 400, 'duplicate-member'),
  {
    ...batch('with a malformed key', { jobs: [validSubmission] }, 400, 'malformed-idempotency-key'),
    headers: { 'idempotency-key': '"open' },
  },
];

const numbered = (text: string, count: number) => Array.from({ length: count }, (_, i) => `${text}${i}`);

const queries: readonly BadInput[] = [
  ...[
    'validateOnly=',
    'validateOnly=1',
    'validateOnly=TRUE',
    'validateOnly=true&validateOnly=true',
    'validateonly=true',
    'dryRun=true',
    '=1',
  ].map((query) => ({
    what: `a submission with ${query}`,
    path: `/v1/jobs?${query}`,
    body: validSubmission,
    status: 400,
    code: 'invalid-parameter',
  })),
  ...['status=failed', 'limit=1', 'type=', 'type=A', 'tag=', 'since=x', 'order=asc', 'colour=blue', 'type=a,,b'].map((query) => ({
    what: `counts with ${query}`,
    method: 'GET',
    path: `/v1/jobs/counts?${query}`,
    status: 400,
    code: 'invalid-parameter',
  })),
  ...[
    'order=',
    'order=up',
    'order=ASC',
    'status=failed,',
    'status=,',
    'status=failed,broken',
    `type=${numbered('a', 21).join(',')}`,
    numbered('tag=a', 11).join('&'),
  ].map((query) => ({
    what: `the list with ${shown(query)}`,
    method: 'GET',
    path: `/v1/jobs?${query}`,
    status: 400,
    code: 'invalid-parameter',
  })),
];

/** What other addresses take, or a caller may expect there: ignored, each of them would do what was only asked about. */
const strayQueries: readonly BadInput[] = [
  ...['/v1/jobs/batch', '/v1/jobs/redrive', '/v1/jobs/cancel', `/v1/jobs/${missing}/cancel`].map((path) => ({
    path: `${path}?validateOnly=true`,
    body: path.endsWith('batch') ? { jobs: [validSubmission] } : { filter: { status: ['failed'] }, dryRun: false },
  })),
  { path: '/v1/jobs/redrive?dryRun=true', body: { filter: { status: ['failed'] }, dryRun: false } },
  { path: '/v1/jobs/cancel?owner=somebody', body: { filter: { status: ['queued'] }, dryRun: false } },
  { path: `/v1/jobs/${missing}/retry?validateOnly=maybe`, body: {} },
  { path: `/v1/jobs/${missing}/retry?owner=somebody`, body: {} },
  { method: 'PUT', path: '/v1/schedules/a?owner=somebody', body: {} },
  { method: 'PUT', path: '/v1/job-types/run-query/state?reason=why', body: { state: 'active' } },
  ...['/healthz', '/openapi.json', '/problems/over-quota', '/v1/me', '/v1/job-types', '/v1/job-types/run-query'].map((path) => ({
    method: 'GET',
    path: `${path}?pretty=true`,
  })),
  ...['', '/input', '/result', '/files/a', '/events'].map((part) => ({ method: 'GET', path: `/v1/jobs/${missing}${part}?wait=20` })),
].map((call: Pick<BadInput, 'method' | 'path' | 'body'>) => ({
  ...{ what: `${call.method ?? 'POST'} ${call.path}`, status: 400, code: 'invalid-parameter' },
  ...call,
}));

const ofMissingJobs: readonly BadInput[] = ['retry', 'cancel', 'signals/approve'].flatMap((call) =>
  [undefined, {}].map((body) => ({
    what: `the ${call} of a job that is not there, with ${body === undefined ? 'no body' : '{}'}`,
    path: `/v1/jobs/${missing}/${call}`,
    ...(body === undefined ? {} : { body }),
    status: 404,
    code: 'job-not-found',
  })),
);

/** A browser's `EventSource` sends neither; other clients may mean to. */
const streams: readonly BadInput[] = [
  { what: 'the events of a job that is not there', path: `/v1/jobs/${missing}/events`, status: 404, code: 'job-not-found' },
  { what: 'the events of a text that is not an id', path: '/v1/jobs/%00/events', status: 404, code: 'job-not-found' },
  ...['application/json', 'text/event-stream;q=0', 'text/html, */*;q=0', ';', 'x'.repeat(4_000)].map((accept) => ({
    what: `the events of a job with Accept: ${shown(accept)}`,
    path: `/v1/jobs/${missing}/events`,
    headers: { accept },
    status: 406,
    code: 'not-acceptable',
  })),
  { what: 'events sent to a job', method: 'POST', path: `/v1/jobs/${missing}/events`, body: {}, status: 405, code: 'method-not-allowed' },
].map((call) => ({ method: 'GET', ...call }));

const validSchedule = { cron: '30 2 1 1 *', timeZone: 'Europe/Berlin', job: { type: 'run-query', input: { sql: 'SELECT 1' } } };
const schedule = (members: object): BadInput => ({
  what: `a schedule with ${shown(members)}`,
  method: 'PUT',
  path: '/v1/schedules/bad',
  body: { ...validSchedule, ...members },
  status: 422,
  code: 'invalid-schedule',
});

const crons = [
  ...[
    '',
    '*',
    '* * * *',
    '* * * * * *',
    '* * * * * * *',
    '@reboot',
    '@daily',
    '60 * * * *',
    '-1 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * 32 * *',
    '* * * 0 *',
    '* * * 13 *',
  ],
  ...[
    '* * * * 8',
    '0 0 31 2 *',
    '0 0 30 2 *',
    '0 0 31 4 *',
    '*/0 * * * *',
    '5-1 * * * *',
    'a * * * *',
    '* * * JANUARY *',
    '1,, * * * *',
    '1-2-3 * * * *',
    '１ * * * *',
    'x'.repeat(5_000),
  ],
];
const schedules: readonly BadInput[] = [
  ...crons.map((cron) => schedule({ cron })),
  ...[null, 1, [], {}].map((cron) => schedule({ cron })),
  ...['', 'Europe/Atlantis', 'europe', '+25:00', '../etc/passwd', null, 1].map((timeZone) => schedule({ timeZone })),
  ...[{ seconds: 0 }, {}, { minutes: -1 }, { fortnights: 1 }, 60, null].map((every) =>
    schedule({ cron: undefined, timeZone: undefined, every }),
  ),
  schedule({ every: { hours: 1 } }),
  schedule({ cron: undefined }),
  schedule({ overlap: 'sometimes' }),
  schedule({ catchUp: 'never' }),
  schedule({ jitterSeconds: -1 }),
  schedule({ jitterSeconds: 1e9 }),
  schedule({ paused: 'yes' }),
  schedule({ startAt: 'tomorrow' }),
  schedule({ endAt: '2001-01-01' }),
  schedule({ more: 1 }),
  schedule({ job: null }),
  schedule({ job: { type: 'run-query' } }),
  ...['a b', 'a/b', '%00', 'ä', 'x'.repeat(65), '😀'].map((name) => ({
    what: `the schedule ${shown(name)}`,
    method: 'GET',
    path: `/v1/schedules/${encodeURIComponent(name)}`,
    status: 404,
    code: 'schedule-not-found',
  })),
];

const filters = [
  ...['0000-01-01T00:00:00+00:01', '9999-12-31T23:59:59-00:01', '+10000-01-01T00:00:00Z', '-0001-01-01T00:00:00Z'].map((since) => ({
    filter: { since },
  })),
  ...['x'.repeat(2_001), 'é'.repeat(1_001), '名'.repeat(700), '\ud800'].map((owner) => ({ filter: { status: [] }, owner })),
  {},
  { filter: null },
  { filter: {} },
  { filter: { status: [] } },
  { filter: { status: ['broken'] } },
  { filter: { colour: ['blue'] } },
  { filter: { status: 'failed' } },
];
const bulk: readonly BadInput[] = ['redrive', 'cancel'].flatMap((call) => [
  ...[...filters, { filter: { type: ['run-query'] }, jobsPerSecond: 0 }, { filter: { type: ['run-query'] }, dryRun: 'no' }].map((body) => ({
    what: `a ${call} by ${shown(body)}`,
    path: `/v1/jobs/${call}`,
    body,
    status: 422,
    code: 'invalid-submission',
  })),
  {
    what: `a dry run of a ${call} with a malformed key`,
    path: `/v1/jobs/${call}`,
    body: { filter: { type: ['run-query'] } },
    headers: { 'idempotency-key': '"open' },
    status: 400,
    code: 'malformed-idempotency-key',
  },
]);

export const badCalls: readonly BadInput[] = [...batches, ...bulk, ...queries, ...strayQueries, ...ofMissingJobs, ...streams, ...schedules];
