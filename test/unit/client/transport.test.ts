/** What the client does with answers of every kind, against a server that gives them in a given order. */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { bearer, type ClientOptions, createClient, type DelegationError, is } from '../../../client/index.ts';

interface Script {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The connection is cut in place of an answer. */
  readonly isCut?: boolean;
  /** The answer comes after this time. */
  readonly afterMs?: number;
}
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}
let server: Server;
let url = '';
let script: Script[] = [];
let seen: Seen[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: await text(request) });
    const { status, headers = {}, body, isCut = false, afterMs = 0 } = script.shift() ?? { status: 500, body: {} };
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    if (isCut) return request.socket.destroy();
    const content = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    return response.writeHead(status, headers).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  script = [];
  seen = [];
});

const job = (changes: object = {}) => ({ id: 'job_1', type: 'work', status: 'queued', reason: null, links: {}, error: null, ...changes });
const problem = (status: number, code: string, more: object = {}) => ({
  status,
  body: { type: `http://x/problems/${code}`, code, title: 'Refused', status, detail: 'Because.', ...more },
});
const failure = async (promise: Promise<unknown>): Promise<DelegationError> =>
  promise.then(
    () => {
      throw new Error('It did not fail.');
    },
    (error: unknown) => error as DelegationError,
  );

describe('a request', () => {
  it('is sent again after a lost connection, 502, 503 and 429, with the same key, and no more once it is answered', async () => {
    script = [
      { status: 0, isCut: true },
      { status: 502, body: 'bad gateway' },
      problem(503, 'unavailable'),
      problem(429, 'over-quota'),
      { status: 202, body: job() },
    ];
    expect((await createClient({ url }).submit('work', {})).id).toBe('job_1');
    expect(seen).toHaveLength(5);
    expect(new Set(seen.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
    expect(new Set(seen.map(({ body }) => body)).size).toBe(1);
  });

  it('waits as long as Retry-After says', async () => {
    script = [
      { ...problem(503, 'unavailable'), headers: { 'retry-after': '1' } },
      { status: 202, body: job() },
    ];
    const startedMs = performance.now();
    await createClient({ url }).submit('work', {});
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(1_000);
  });

  it.each(['61', new Date(Date.now() + 3_600_000).toUTCString()])(
    'is not sent again where Retry-After is over a minute: %s',
    async (after) => {
      script = [{ ...problem(429, 'over-quota'), headers: { 'retry-after': after } }];
      const error = await failure(createClient({ url }).submit('work', {}));
      expect([is(error, 'over-quota') && (error.retryAfterSeconds ?? 0) > 60, seen.length]).toEqual([true, 1]);
    },
  );

  it('to any path has a key where it makes something, the same at each try, and keeps its own', async () => {
    script = [problem(503, 'unavailable'), { status: 0, isCut: true }, { status: 202, body: {} }, { status: 202 }, { status: 200 }];
    const client = createClient({ url });
    await client.request({ method: 'POST', path: '/v1/groups' });
    await client.request({ method: 'POST', path: '/v1/groups', headers: { 'Idempotency-Key': '"own"' } });
    await client.request({ method: 'GET', path: '/v1/me' });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    expect(keys).toEqual([expect.stringMatching(/^"[0-9a-f-]{36}"$/), keys[0], keys[0], '"own"', undefined]);
  });

  it('that is wrong is refused at once, with pointers, and recognised without its class', async () => {
    script = [problem(422, 'invalid-submission', { errors: [{ pointer: '#/input/n', detail: 'must be a number' }] })];
    const error = await failure(createClient({ url }).submit('work', { n: 'x' }));
    expect(seen).toHaveLength(1);
    expect([is(error), is(error, 'problem'), is(error, 'invalid-submission'), is(error, 'over-quota'), is(new Error('x'))]).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(error).toMatchObject({
      code: 'invalid-submission',
      status: 422,
      errors: [{ pointer: '#/input/n', detail: 'must be a number' }],
    });
    expect(error.message).toContain('#/input/n: must be a number');
  });

  it('gives up after its tries, and says why no answer came', async () => {
    script = [
      { status: 0, isCut: true },
      { status: 0, isCut: true },
    ];
    const error = await failure(createClient({ url, maxTries: 2 }).me());
    expect([seen.length, is(error, 'unreachable')]).toEqual([2, true]);
    expect(error.message).toContain(`GET ${url}/v1/me was not answered`);
  });

  it('of a gateway that answers no problem is shown as it is', async () => {
    script = [{ status: 403, body: { message: 'Forbidden' } }];
    expect(await failure(createClient({ url }).me())).toMatchObject({ code: 'http-403', status: 403, detail: '{"message":"Forbidden"}' });
  });

  it('ends with its signal, also between two tries', async () => {
    script = [{ ...problem(503, 'unavailable'), headers: { 'retry-after': '30' } }];
    const startedMs = performance.now();
    const reason = new Error('no longer needed');
    const signal = AbortSignal.any([AbortSignal.timeout(200)]);
    const error = await failure(createClient({ url }).submit('work', {}, { signal }));
    expect(error.name).toBe('TimeoutError');
    expect(performance.now() - startedMs).toBeLessThan(25_000);
    expect(await failure(createClient({ url }).submit('work', {}, { signal: AbortSignal.abort(reason) }))).toBe(reason);
    expect(seen).toHaveLength(1);
  });

  it('has the token that is valid at each try, and a key as RFC 9651 writes it', async () => {
    script = [problem(503, 'unavailable'), { status: 202, body: job() }];
    let number = 0;
    await createClient({ url: `${url}/`, auth: bearer(() => `t${++number}`) }).submit('work', {}, { key: 'a "b" \\' });
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer t1', 'Bearer t2']);
    expect(seen[0]).toMatchObject({ url: '/v1/jobs', headers: { 'idempotency-key': '"a \\"b\\" \\\\"' } });
  });

  it('keeps numbers that no double holds, both ways', async () => {
    script = [
      { status: 202, body: '{"id":"job_1","type":"work","status":"succeeded","result":null}' },
      { status: 200, body: '{"big":12345678901234567890,"fine":0.10000000000000000001,"same":[1e3,-0,1.50,9007199254740993]}' },
    ];
    const done = await createClient({ url }).submit('work', { id: 12345678901234567890n });
    expect(seen[0]?.body).toContain('"id":12345678901234567890');
    const result = (await done.result()) as { big: unknown; fine: { text: string }; same: unknown[] };
    expect([result.big, result.fine.text, Number(result.fine), result.same]).toEqual([
      12345678901234567890n,
      '0.10000000000000000001',
      0.1,
      [1_000, -0, 1.5, 9007199254740993n],
    ]);
  });
});

describe('a link', () => {
  const place = () => ({
    status: 200,
    body: { source: 'upload://upl_1', url: `${url}/bucket?permission=1`, headers: { 'x-checksum': 'c' } },
  });
  const upload = (options: Partial<ClientOptions> = {}, content = 'n') =>
    createClient({ url, auth: bearer('t'), ...options }).upload(content, { contentType: 'text/csv' });

  it('is uploaded to through the given fetch, as often as other requests are sent, and without credentials', async () => {
    script = [place(), { status: 0, isCut: true }, { status: 503, body: 'slow down' }, { status: 200 }];
    let calls = 0;
    const counting: typeof fetch = (...args) => {
      calls++;
      return fetch(...args);
    };
    expect(await upload({ fetch: counting })).toBe('upload://upl_1');
    expect([calls, seen.length]).toEqual([4, 4]);
    for (const { method, url: path, headers, body } of seen.slice(1)) {
      expect([method, path, headers['x-checksum'], body]).toEqual(['PUT', '/bucket?permission=1', 'c', 'n']);
      expect(headers.authorization).toBeUndefined();
    }
  });

  it('that has the bytes already is done, and one that refuses them is not asked again', async () => {
    script = [place(), { status: 412 }, place(), { status: 403, body: '<Code>AccessDenied</Code>' }];
    expect(await upload()).toBe('upload://upl_1');
    expect((await failure(upload())).message).toBe('The upload was refused with 403: <Code>AccessDenied</Code>');
    expect(seen).toHaveLength(4);
  });

  it('that does not answer in time is given up, without its permission in the message', async () => {
    script = [place(), { status: 200, afterMs: 2_000 }];
    const error = await failure(upload({ maxTries: 1, timeoutMs: 200 }));
    expect([is(error, 'unreachable'), error.message]).toEqual([true, `PUT ${url}/bucket was not answered: no answer came in time`]);
  });

  it('has a second more for each 128 KB', async () => {
    script = [place(), { status: 200, afterMs: 600 }];
    expect(await upload({ maxTries: 1, timeoutMs: 200 }, 'x'.repeat(128_000))).toBe('upload://upl_1');
  });

  it('to a large result is followed through the given fetch, again after a failure, and without credentials', async () => {
    script = [
      { status: 202, body: job({ status: 'succeeded' }) },
      { status: 303, headers: { location: `${url}/bucket?permission=1` } },
      { status: 503, headers: { 'retry-after': '0' }, body: 'slow down' },
      { status: 200, body: '{"n":12345678901234567890}' },
    ];
    let calls = 0;
    const counting: typeof fetch = (...args) => {
      calls++;
      return fetch(...args);
    };
    const done = await createClient({ url, auth: bearer('t'), fetch: counting }).submit('work', {});
    expect(await done.result()).toEqual({ n: 12345678901234567890n });
    expect([calls, seen.map(({ headers }) => headers.authorization)]).toEqual([4, ['Bearer t', 'Bearer t', undefined, undefined]]);
  });
});

describe('a job that is followed', () => {
  it('is asked for when the API says so, by its entity tag, and seen once for each change', async () => {
    script = [
      { status: 202, body: job() },
      { status: 200, headers: { etag: '"1"', 'retry-after': '1' }, body: job({ status: 'running' }) },
      { status: 304, headers: { etag: '"1"', 'retry-after': '1' } },
      {
        status: 200,
        headers: { etag: '"2"' },
        body: job({ status: 'failed', error: { code: 'no_such_table', message: 'no table', details: { table: 't' } } }),
      },
    ];
    const submitted = await createClient({ url }).submit('work', {});
    const statuses: string[] = [];
    for await (const change of submitted.changes()) statuses.push(change.status);
    expect(statuses).toEqual(['queued', 'running', 'failed']);
    expect(seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined, '"1"', '"1"']);
    const error = await failure(submitted.result());
    expect(is(error, 'job-failed') && [error.code, error.details]).toEqual(['no_such_table', { table: 't' }]);
    expect(seen).toHaveLength(4);
  });

  it('is asked for at least as often as somebody who looks on says', async () => {
    script = [
      { status: 202, body: job() },
      { status: 200, headers: { 'retry-after': '60' }, body: job({ status: 'running' }) },
      { status: 200, body: job({ status: 'succeeded' }) },
    ];
    const submitted = await createClient({ url }).submit('work', {});
    const statuses: string[] = [];
    for await (const { status } of submitted.changes({ atLeastEveryMs: 20 })) statuses.push(status);
    expect(statuses).toEqual(['queued', 'running', 'succeeded']);
  });

  it('goes on after the time to wait for it, which the error says', async () => {
    script = [
      { status: 202, body: job() },
      { status: 200, body: job({ status: 'waiting', reason: { code: 'sleeping', detail: 'nap', until: null } }) },
      { status: 200, body: job({ status: 'waiting', reason: { code: 'sleeping', detail: 'nap', until: null } }) },
    ];
    const submitted = await createClient({ url }).submit('work', {});
    const error = await failure(submitted.result({ timeoutMs: 700 }));
    expect([is(error, 'still-running'), error.message]).toEqual([
      true,
      'work job_1 is waiting (sleeping: nap) and goes on; ask for its result again later.',
    ]);
  });

  it('that was cancelled has no result', async () => {
    script = [
      { status: 202, body: job() },
      { status: 200, body: job({ status: 'cancelled' }) },
    ];
    const submitted = await createClient({ url }).submit('work', {});
    await submitted.cancel({ reason: 'not needed' });
    expect(seen[1]).toMatchObject({ method: 'POST', url: '/v1/jobs/job_1/cancel', body: '{"reason":"not needed"}' });
    expect(is(await failure(submitted.result()), 'job-cancelled')).toBe(true);
  });

  it('is left as it is by a cancel that comes too late', async () => {
    script = [{ status: 202, body: job() }, problem(409, 'job-already-ended'), { status: 200, body: job({ status: 'succeeded' }) }];
    expect((await (await createClient({ url }).submit('work', {})).cancel()).status).toBe('succeeded');
  });
});

describe('a group', () => {
  it('is opened, filled, sealed and listed, with the members that it takes', async () => {
    const group = { id: 'job_g', status: 'waiting', sealed: false };
    const answer = { status: 202, body: group };
    script = [
      answer,
      { status: 200, body: { group: 'job_g', results: [{ isReplay: false, job: job(), problem: null }] } },
      { status: 200, body: { group: 'job_h', results: [] } },
      answer,
      { status: 200, body: { jobs: [job()], nextCursor: null } },
    ];
    const client = createClient({ url });
    const { groups } = client;
    const opened = await groups.open({ tags: { run: '1' }, deadline: new Date(0), webhookUrl: null, key: 'k' });
    const { group: id, results } = await client.batch([{ type: 'work', input: 1, deadline: new Date(0) }], { group: opened.id });
    const own = await client.batch([{ type: 'work', input: 1 }], { group: { deadline: new Date(0) } });
    await groups.seal(opened.id);
    expect([opened.id, id, results[0]?.job?.id, own.group]).toEqual(['job_g', 'job_g', 'job_1', 'job_h']);
    expect((await groups.jobs(opened.id, { limit: 5 })).items.map((one) => one.id)).toEqual(['job_1']);
    const deadline = '1970-01-01T00:00:00.000Z';
    expect(seen.map(({ method, url: path, body }) => [method, path, body === '' ? undefined : JSON.parse(body)])).toEqual([
      ['POST', '/v1/groups', { tags: { run: '1' }, deadline, webhookUrl: null }],
      ['POST', '/v1/jobs/batch', { group: 'job_g', jobs: [{ type: 'work', input: 1, deadline }] }],
      ['POST', '/v1/jobs/batch', { group: { deadline }, jobs: [{ type: 'work', input: 1 }] }],
      ['POST', '/v1/groups/job_g/seal', undefined],
      ['GET', '/v1/groups/job_g/jobs?limit=5', undefined],
    ]);
    expect(seen.map(({ headers }) => headers['idempotency-key'] !== undefined)).toEqual([true, true, true, false, false]);
  });

  it('that has ended is left as it is by a cancel', async () => {
    script = [problem(409, 'job-already-ended'), { status: 200, body: { id: 'job_g', status: 'succeeded' } }];
    expect((await createClient({ url }).groups.cancel('job_g', { reason: 'late' })).status).toBe('succeeded');
    expect(seen.map(({ method, url: path, body }) => [method, path, body])).toEqual([
      ['POST', '/v1/groups/job_g/cancel', '{"reason":"late"}'],
      ['GET', '/v1/groups/job_g', ''],
    ]);
  });
});

describe('a retry', () => {
  it('may change the webhook and the deadline', async () => {
    script = [
      { status: 202, body: job({ status: 'failed' }) },
      { status: 202, body: job({ id: 'job_2' }) },
    ];
    const failed = await createClient({ url }).submit('work', {}, { webhookUrl: null });
    await failed.retry({ deadline: new Date(0), webhookUrl: null, webhookEvents: ['ended'] });
    expect(seen.map(({ body }) => JSON.parse(body))).toEqual([
      { type: 'work', input: {}, webhookUrl: null },
      { deadline: '1970-01-01T00:00:00.000Z', webhookUrl: null, webhookEvents: ['ended'] },
    ]);
  });
});

describe('a list', () => {
  it('is its first page where it is awaited, and everything where it is iterated', async () => {
    const page = (ids: readonly string[], nextCursor: string | null) => ({
      status: 200,
      body: { jobs: ids.map((id) => job({ id })), nextCursor },
    });
    script = [page(['a', 'b'], 'c 1'), page(['a', 'b'], 'c 1'), page(['c'], null)];
    const list = createClient({ url }).jobs({ status: ['failed', 'cancelled'], tag: 'team:data', since: new Date(0), limit: 2 });
    expect((await list).items.map(({ id }) => id)).toEqual(['a', 'b']);
    const ids: string[] = [];
    for await (const one of list) ids.push(one.id);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(seen[2]?.url).toBe(
      '/v1/jobs?status=failed&status=cancelled&tag=team%3Adata&limit=2&since=1970-01-01T00%3A00%3A00.000Z&cursor=c%201',
    );
  });

  it('takes times back from now', async () => {
    script = [{ status: 200, body: { jobs: [], nextCursor: null } }];
    await createClient({ url }).jobs({ since: '-2h' });
    const since = new URL(seen[0]?.url ?? '', url).searchParams.get('since') ?? '';
    expect(Math.abs(Date.now() - 7_200_000 - Date.parse(since))).toBeLessThan(5_000);
  });
});

describe('another server', () => {
  it.each<readonly [what: string, answer: Script, message: RegExp]>([
    ['a page of HTML', { status: 200, body: '<html>' }, /is not JSON/],
    [
      'a redirect',
      { status: 302, headers: { location: 'https://elsewhere.example/login?next=secret' } },
      /redirect to https:\/\/elsewhere\.example\/login, which/,
    ],
    ['no body', { status: 200 }, /not a list of jobs/],
    ['a list of something else', { status: 200, body: [] }, /not a list of jobs/],
  ])('that answers with %s is named, and asked once', async (_what, answer, message) => {
    script = [answer];
    const list = async () => {
      for await (const _job of createClient({ url }).jobs());
    };
    const error = await failure(list());
    expect([error.kind, error.message]).toEqual(['unreachable', expect.stringMatching(message)]);
    expect(seen).toHaveLength(1);
  });
});
