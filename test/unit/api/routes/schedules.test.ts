import { createApi } from '../../../../lambdas/api/app.ts';
import { scheduleListSchema, scheduleResourceSchema } from '../../../../lambdas/api/openapi/schedule-schemas.ts';
import { JobTypeStates } from '../../../../lambdas/core/control/job-type-states.ts';
import { greetings, hourMs, minuteMs, ScheduleBench } from '../../../support/schedule-bench.ts';

let bench: ScheduleBench;
beforeEach(() => {
  bench = new ScheduleBench();
  bench.catalogue = [
    { ...greetings, redact: ['password'], check: ({ text }) => (text === 'no' ? [{ pointer: '/text', detail: 'is not allowed' }] : []) },
  ];
});

async function request(
  method: string,
  path: string,
  { body, owner = 'ann', headers = {} }: { body?: unknown; owner?: string; headers?: object } = {},
) {
  const ports = bench.ports();
  const settings = { ...ports.settings, admins: ['olga'] };
  const app = createApi({ ...ports, settings, links: { sign: async (key) => key }, typeStates: new JobTypeStates(ports) });
  const init = {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const event = { headers: init.headers, requestContext: { authorizer: { lambda: { owner } } } };
  const response = await app.request(path, init, { event: event as never });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
}

const job = { type: 'greet', input: { text: 'hello' } };
const daily = { cron: '30 2 * * *', timeZone: 'Europe/Berlin', job };
const put = (name: string, body: unknown, owner?: string) =>
  request('PUT', `/v1/schedules/${name}`, { body, ...(owner === undefined ? {} : { owner }) });

it('makes a schedule with 201, replaces it with 200, and shows it with the next five times', async () => {
  const made = await put('nightly', daily);
  expect(made.status).toBe(201);
  expect(made.headers.get('location')).toBe('/v1/schedules/nightly');
  expect(scheduleResourceSchema.parse(made.body)).toEqual(made.body);
  expect(made.body).toEqual({
    name: 'nightly',
    owner: 'ann',
    cron: '30 2 * * *',
    timeZone: 'Europe/Berlin',
    every: null,
    note: null,
    job: {
      type: 'greet',
      input: { text: 'hello' },
      tags: {},
      maxAttempts: null,
      deadlineSeconds: null,
      webhookUrl: null,
      webhookEvents: null,
      concurrencyKey: null,
      priority: null,
    },
    overlap: 'skip',
    catchUp: 'last',
    jitterSeconds: 0,
    paused: false,
    startAt: null,
    endAt: null,
    nextTimes: ['27', '28', '29', '30'].map((day) => `2026-11-${day}T01:30:00.000Z`).concat('2026-12-01T01:30:00.000Z'),
    lastFiring: null,
    createdAt: '2026-11-26T12:00:30.000Z',
    updatedAt: '2026-11-26T12:00:30.000Z',
    links: { self: '/v1/schedules/nightly' },
  });
  expect((await request('GET', '/v1/schedules/nightly')).body).toEqual(made.body);
  bench.nowMs += minuteMs;
  const again = await put('nightly', { ...daily, timeZone: 'Europe/Berlin', overlap: 'skip', paused: false });
  expect([again.status, again.body]).toEqual([200, made.body]); // the defaults in words are the same content
  const changed = await put('nightly', { every: { minutes: 90 }, job, jitterSeconds: 60 });
  expect(changed.status).toBe(200);
  expect(changed.body).toMatchObject({
    cron: null,
    timeZone: null,
    every: { seconds: 0, minutes: 90, hours: 0, days: 0 },
    createdAt: '2026-11-26T12:00:30.000Z',
    updatedAt: '2026-11-26T12:01:30.000Z',
    nextTimes: expect.arrayContaining(['2026-11-26T13:30:30.000Z', '2026-11-26T15:00:30.000Z']),
  });
});

it('says that a day matches by either of two restricted fields', async () => {
  const { body } = await put('friday', { cron: '0 0 13 * FRI', job });
  expect(body.note).toContain('either its day of the month or its day of the week');
  expect(body.timeZone).toBe('UTC');
});

it('shows what became of the last firing, and on the job the schedule and the time that it stands for', async () => {
  await put('often', { cron: '*/5 * * * *', job });
  await bench.pass(5 * minuteMs);
  const { body } = await request('GET', '/v1/schedules/often');
  const { job: id } = body.lastFiring;
  expect(body.lastFiring).toEqual({ scheduledFor: '2026-11-26T12:05:00.000Z', job: id, skipped: null, links: { job: `/v1/jobs/${id}` } });
  const made = await request('GET', `/v1/jobs/${id}`);
  expect(made.body).toMatchObject({
    schedule: 'often',
    scheduledFor: '2026-11-26T12:05:00.000Z',
    createdAt: '2026-11-26T12:05:30.000Z',
    owner: 'ann',
  });
  await bench.pass(5 * minuteMs);
  expect((await request('GET', '/v1/schedules/often')).body.lastFiring).toEqual({
    scheduledFor: '2026-11-26T12:10:00.000Z',
    job: null,
    skipped: { code: 'previous_running', detail: expect.stringContaining(id) },
    links: { job: null },
  });
});

it('shows no times of a schedule that is paused or has ended', async () => {
  expect((await put('paused', { ...daily, paused: true })).body.nextTimes).toEqual([]);
  const endAt = new Date(bench.nowMs + 6 * minuteMs).toISOString();
  expect((await put('ends', { cron: '*/5 * * * *', endAt, job })).body.nextTimes).toEqual(['2026-11-26T12:05:00.000Z']);
  await bench.pass(hourMs);
  expect((await request('GET', '/v1/schedules/ends')).body).toMatchObject({
    nextTimes: [],
    lastFiring: { scheduledFor: '2026-11-26T12:05:00.000Z' },
  });
});

it('answers 304 while nothing has changed', async () => {
  await put('nightly', daily);
  const { headers } = await request('GET', '/v1/schedules/nightly');
  const known = { 'if-none-match': headers.get('etag') };
  expect((await request('GET', '/v1/schedules/nightly', { headers: known })).status).toBe(304);
  await put('nightly', { ...daily, overlap: 'allow' });
  expect((await request('GET', '/v1/schedules/nightly', { headers: known })).status).toBe(200);
});

it('lists the schedules of the caller by name, in pages with cursors that are bound to the owner', async () => {
  for (const name of ['c', 'a', 'b']) await put(name, daily);
  await put('z', daily, 'bob');
  const first = await request('GET', '/v1/schedules?limit=2');
  expect(scheduleListSchema.parse(first.body)).toEqual(first.body);
  expect(first.body.schedules.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
  const second = await request('GET', `/v1/schedules?limit=2&cursor=${first.body.nextCursor}`);
  expect([second.body.schedules.map(({ name }: { name: string }) => name), second.body.nextCursor]).toEqual([['c'], null]);
  for (const cursor of ['x', 'e30', `${first.body.nextCursor}x`, `${first.body.nextCursor}=`])
    expect((await request('GET', `/v1/schedules?cursor=${cursor}`)).body).toMatchObject({ status: 400, code: 'invalid-cursor' });
  expect((await request('GET', `/v1/schedules?cursor=${first.body.nextCursor}`, { owner: 'bob' })).body.code).toBe('invalid-cursor');
  for (const wrong of ['limit=x', 'limit=', 'limit=1&limit=2', 'order=desc', 'owner='])
    expect((await request('GET', `/v1/schedules?${wrong}`)).body).toMatchObject({ status: 400, code: 'invalid-parameter' });
});

it('deletes a schedule, whose jobs stay', async () => {
  await put('often', { cron: '*/5 * * * *', job });
  await bench.pass(5 * minuteMs);
  expect(await request('DELETE', '/v1/schedules/often')).toMatchObject({ status: 204, body: undefined });
  for (const method of ['GET', 'DELETE'])
    expect((await request(method, '/v1/schedules/often')).body).toMatchObject({ status: 404, code: 'schedule-not-found' });
  await bench.pass(10 * minuteMs);
  expect(bench.fired()).toEqual(['12:05']);
});

it("gives another owner the answer of a schedule that is not there, and admins every owner's", async () => {
  await put('nightly', daily);
  const [foreign, missing] = [await request('GET', '/v1/schedules/nightly', { owner: 'bob' }), await request('GET', '/v1/schedules/none')];
  expect({ ...foreign.body, instance: '' }).toEqual({ ...missing.body, instance: '' });
  expect((await request('DELETE', '/v1/schedules/nightly', { owner: 'bob' })).status).toBe(404);
  for (const method of ['GET', 'DELETE'])
    expect((await request(method, '/v1/schedules/nightly?owner=ann', { owner: 'bob' })).body.code).toBe('forbidden');
  expect((await request('GET', '/v1/schedules?owner=ann', { owner: 'bob' })).body.code).toBe('forbidden');
  expect((await request('GET', '/v1/schedules?owner=ann', { owner: 'olga' })).body.schedules).toHaveLength(1);
  expect((await request('GET', '/v1/schedules/nightly?owner=ann', { owner: 'olga' })).body.owner).toBe('ann');
  expect((await request('PUT', '/v1/schedules/nightly?owner=ann', { owner: 'olga', body: daily })).body.code).toBe('invalid-parameter');
  expect((await request('DELETE', '/v1/schedules/nightly?owner=ann', { owner: 'olga' })).status).toBe(204);
});

it('shows no secret of the input, and null for an input that is large', async () => {
  bench.catalogue = [{ ...greetings, redact: ['text'] }];
  expect((await put('secret', daily)).body.job.input).toEqual({ text: '[redacted]' });
  bench.catalogue = [greetings];
  expect((await put('large', { ...daily, job: { ...job, input: { text: 'x'.repeat(5_000) } } })).body.job.input).toBeNull();
  bench.catalogue = [];
  expect((await request('GET', '/v1/schedules/secret')).body.job.input).toBeNull();
});

const long = 'x'.repeat(65);
it.each(['a b', 'a%2Fb', 'a%23b', 'ä', '%00', 'a:b', '*', long, '%20'])('refuses the name %s', async (name) => {
  const { body } = await put(name, daily);
  expect(body).toMatchObject({
    status: 400,
    code: 'invalid-parameter',
    detail: expect.stringContaining('must be 1 to 64 letters, digits'),
  });
  expect((await request('GET', `/v1/schedules/${name}`)).body.code).toBe('schedule-not-found');
});
it.each(['a', 'A.b_c-9', '..a', 'constructor', '__proto__', long.slice(1)])('accepts the name %s', async (name) => {
  expect((await put(name, daily)).status).toBe(201);
  expect((await request('GET', `/v1/schedules/${name}`)).body.name).toBe(name);
});

const yearAhead = (days: number) => new Date(Date.UTC(2026, 10, 26, 12) + days * 24 * hourMs).toISOString();
it.each([
  [{ job }, '#/cron', 'is required, unless every is sent'],
  [{ ...daily, every: { hours: 1 } }, '#/every', 'excludes cron'],
  [{ every: { hours: 1 }, timeZone: 'UTC', job }, '#/timeZone', 'is for cron'],
  [{ ...daily, cron: '99 * * * *' }, '#/cron', 'has a minute that is outside 0 to 59 (was "99")'],
  [{ ...daily, cron: '0 0 31 2 *' }, '#/cron', 'describes a day that never comes'],
  [{ ...daily, cron: '' }, '#/cron', ''],
  [{ ...daily, cron: 5 }, '#/cron', ''],
  [{ ...daily, cron: '0 '.repeat(400) }, '#/cron', '300'],
  [{ ...daily, timeZone: 'Mars/Olympus' }, '#/timeZone', 'must be an IANA time zone such as Europe/Berlin (was "Mars/Olympus")'],
  [{ ...daily, timeZone: '+01:00' }, '#/timeZone', 'must be an IANA time zone'],
  [{ ...daily, timeZone: null }, '#/timeZone', ''],
  [{ every: {}, job }, '#/every', 'must be 60 seconds to 366 days (was 0 seconds)'],
  [{ every: { seconds: 59 }, job }, '#/every', 'must be 60 seconds to 366 days (was 59 seconds)'],
  [{ every: { days: 366, seconds: 1 }, job }, '#/every', 'must be 60 seconds to 366 days'],
  [{ every: { minutes: 1.5 }, job }, '#/every/minutes', ''],
  [{ every: { minutes: -1, hours: 1 }, job }, '#/every/minutes', ''],
  [{ every: { weeks: 1 }, job }, '#/every/weeks', 'is not a known member'],
  [{ every: '1h', job }, '#/every', ''],
  [{ ...daily, color: 'red' }, '#/color', 'is not a known member'],
  [{ ...daily, job: { ...job, startAt: yearAhead(1) } }, '#/job/startAt', 'is not a known member'],
  [{ ...daily, job: { type: 'greet' } }, '#/job/input', 'is required'],
  [{ ...daily, job: undefined }, '#/job', ''],
  [{ ...daily, job: { ...job, input: { text: 5 } } }, '#/job/input/text', ''],
  [{ ...daily, job: { ...job, input: { text: 'no' } } }, '#/job/input/text', 'is not allowed'],
  [{ ...daily, job: { ...job, maxAttempts: 0 } }, '#/job/maxAttempts', ''],
  [{ ...daily, job: { ...job, deadlineSeconds: 0 } }, '#/job/deadlineSeconds', ''],
  [{ ...daily, job: { ...job, deadlineSeconds: 367 * 86_400 } }, '#/job/deadlineSeconds', ''],
  [{ ...daily, job: { ...job, tags: { a: 5 } } }, '#/job/tags/a', ''],
  [{ ...daily, overlap: 'queue' }, '#/overlap', ''],
  [{ ...daily, catchUp: 'some' }, '#/catchUp', ''],
  [{ ...daily, jitterSeconds: 3_601 }, '#/jitterSeconds', '3600'],
  [{ ...daily, jitterSeconds: -1 }, '#/jitterSeconds', ''],
  [{ ...daily, jitterSeconds: 1.5 }, '#/jitterSeconds', ''],
  [{ ...daily, paused: 'yes' }, '#/paused', ''],
  [{ ...daily, startAt: '2026-12-01' }, '#/startAt', 'must have a time'],
  [{ ...daily, startAt: yearAhead(367) }, '#/startAt', 'must be at most a year ahead'],
  [{ ...daily, startAt: yearAhead(9), endAt: yearAhead(8) }, '#/endAt', 'must not be before startAt'],
  [{ ...daily, endAt: yearAhead(-1) }, '#/endAt', 'no time between now and endAt'],
  [{ ...daily, endAt: yearAhead(0.1) }, '#/endAt', 'no time between now and endAt'],
  [{ ...daily, endAt: yearAhead(-1), paused: true }, '#/endAt', 'no time between now and endAt'],
  [{ ...daily, startAt: '0000-01-01T00:00:00+01:00' }, '#/startAt', 'must be in the years 0000 to 9999 of UTC'],
  [{ ...daily, endAt: '9999-12-31T23:59:59-01:00' }, '#/endAt', 'must be in the years 0000 to 9999 of UTC'],
])('refuses %j with a pointer to %s', async (body, pointer, detail) => {
  const answer = await put('nightly', body);
  expect(answer.body).toMatchObject({ status: 422, code: 'invalid-schedule' });
  expect(answer.body.errors).toContainEqual({ pointer, detail: expect.stringContaining(detail) });
  expect(bench.schedules.rows.size).toBe(0);
});

it('names every violation at once, and an unknown type as such', async () => {
  const answer = await put('x', { cron: '99 * * * *', timeZone: 'Nowhere', job: { type: 'none', input: {} }, overlap: 'x' });
  expect(answer.body.code).toBe('unknown-job-type');
  expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
    '#/cron',
    '#/job/type',
    '#/overlap',
    '#/timeZone',
  ]);
});

it('refuses what is not JSON, and one schedule more than an owner may have', async () => {
  expect((await put('x', '{')).body.code).toBe('malformed-json');
  expect((await put('x', '{"cron":"* * * * *","cron":"* * * * *"}')).body.code).toBe('duplicate-member');
  expect((await request('PUT', '/v1/schedules/x', { body: daily, headers: { 'content-type': 'text/plain' } })).status).toBe(415);
  expect((await put('x', [])).status).toBe(422);
  expect((await put('x', 'null')).status).toBe(422);
  await put('x', daily);
  const row = [...bench.schedules.rows.values()][0];
  if (row === undefined) throw new Error('no schedule');
  for (let i = 1; i < 1_000; i++) bench.schedules.rows.set(`s${i}`, { ...row, schedule: { ...row.schedule, name: `s${i}` } });
  expect((await put('y', daily)).body).toMatchObject({ status: 409, code: 'too-many-schedules' });
});

it('a pause does not keep a schedule from being changed, or from its end', async () => {
  const endAt = yearAhead(30);
  expect((await put('ends', { ...daily, endAt })).status).toBe(201);
  expect((await put('ends', { ...daily, endAt, paused: true })).body.nextTimes).toEqual([]);
  expect((await put('ends', { ...daily, endAt })).body.nextTimes).toHaveLength(5);
  bench.nowMs += 31 * 24 * hourMs;
  // What is set already is set, also after its end.
  expect((await put('ends', { ...daily, endAt })).status).toBe(200);
  expect((await put('ends', { ...daily, endAt, paused: true })).body.code).toBe('invalid-schedule');
});

describe('the state of a schedule', () => {
  const setState = (name: string, state: unknown) => request('PUT', `/v1/schedules/${name}/state`, { body: { state } });

  it('pauses and resumes it, and leaves what is set, also what is not shown', async () => {
    const secret = { ...daily, job: { ...job, input: { text: 'x'.repeat(5_000) } } };
    const before = (await put('kept', secret)).body;
    const objects = bench.bucket.objects.size;
    expect((await setState('kept', 'paused')).body).toMatchObject({ paused: true, nextTimes: [] });
    bench.nowMs += 30 * 24 * hourMs;
    const { body } = await setState('kept', 'active');
    expect(body).toMatchObject({ paused: false, job: before.job, cron: before.cron, createdAt: before.createdAt });
    expect(Date.parse(body.nextTimes[0])).toBeGreaterThan(bench.nowMs);
    expect(bench.bucket.objects.size).toBe(objects);
  });

  it('writes nothing where it is so already, and takes what was set before for a change', async () => {
    await put('same', daily);
    const revision = () => [...bench.schedules.rows.values()][0]?.schedule.revision;
    const first = revision();
    await setState('same', 'active');
    expect(revision()).toBe(first);
    await setState('same', 'paused');
    expect((await put('same', daily)).body.paused).toBe(false);
  });

  it('refuses one that is not there, another state, and to resume what would never fire', async () => {
    expect((await setState('nothing', 'paused')).body.code).toBe('schedule-not-found');
    await put('ends', { ...daily, endAt: yearAhead(30) });
    expect((await setState('ends', 'draining')).body).toMatchObject({ status: 422, errors: [{ pointer: '#/state' }] });
    await setState('ends', 'paused');
    bench.nowMs += 31 * 24 * hourMs;
    expect((await setState('ends', 'active')).body.code).toBe('invalid-schedule');
  });
});

describe('a stored input that is lost', () => {
  const large = { ...daily, job: { ...job, input: { text: 'x'.repeat(5_000) } } };
  const inputOf = () => [...bench.bucket.objects.keys()];

  it.each([
    ['gone', () => bench.bucket.objects.clear()],
    [
      'changed',
      () => {
        for (const key of inputOf()) bench.bucket.put(key, { body: '{}', contentType: 'application/json' });
      },
    ],
  ])('since it is %s, is stored again by the same PUT', async (_, lose) => {
    await put('large', large);
    lose();
    await bench.pass(24 * hourMs);
    expect((await request('GET', '/v1/schedules/large')).body.lastFiring.skipped.code).toBe('input_lost');
    expect((await put('large', large)).status).toBe(200);
    await bench.pass(24 * hourMs);
    expect((await request('GET', '/v1/schedules/large')).body.lastFiring.skipped).toBeNull();
  });

  it('is not written while it is there, and a firing that is due stays due when it is written', async () => {
    await put('large', large);
    const { revision, input } = bench.get('large', 'ann');
    const puts: string[] = [];
    const write = bench.bucket.put.bind(bench.bucket);
    bench.bucket.put = (key, object) => {
      puts.push(key);
      write(key, object);
    };
    await put('large', large);
    expect([bench.get('large', 'ann').revision, puts]).toEqual([revision, []]);
    bench.bucket.objects.clear();
    bench.nowMs = Date.UTC(2026, 10, 27, 1, 30, 30);
    await put('large', large);
    expect([bench.get('large', 'ann').input, puts.length]).toEqual([input, 1]);
    await bench.clock();
    expect(bench.fired()).toEqual(['01:30']);
  });
});

it('200 requests for one schedule at the same moment leave one', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => put('nightly', daily)));
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(199);
  expect(bench.schedules.rows.size).toBe(1);
});
