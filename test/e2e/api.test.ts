import { gzipSync } from 'node:zlib';
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { JobAnswer } from '../support/http-client.ts';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment();
const { client } = deployment;

interface Problem {
  readonly type: string;
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}
const oneRow = (id: string) => ({ table: 'scratch', operation: 'put', rows: [{ id, n: 1 }] });

describe('accepting', () => {
  it('answers 202 with the place of the job, when to ask again, and the job', async () => {
    const { status, headers, body } = await client.submit('write-batch', oneRow('accept'), { tags: { team: 'data' } });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(body).toMatchObject({
      type: 'write-batch',
      attempt: 0,
      maxAttempts: 5,
      result: null,
      error: null,
      tags: { team: 'data' },
      traceparent: null,
      cost: { invocations: 0, runSeconds: 0, gigabyteSeconds: 0, recordWrites: 1 },
    });
    expect(Object.keys(body)).toEqual([
      ...[
        'id',
        'type',
        'owner',
        'retryOf',
        'retriedBy',
        'parent',
        'children',
        'uniqueKey',
        'after',
        'afterFailure',
        'concurrencyKey',
        'priority',
        'group',
        'status',
        'input',
        'reason',
        'progress',
        'attempt',
        'maxAttempts',
        'result',
        'error',
        'createdAt',
        'notBefore',
        'deadline',
        'startedAt',
        'finishedAt',
      ],
      ...['expiresAt', 'cancelRequestedAt', 'tags', 'schedule', 'scheduledFor'],
      ...['webhook', 'timeline', 'traceparent', 'cost', 'links'],
    ]);
  });

  it('keeps what it accepted: done, with result, times, timeline and expiry', async () => {
    const job = await client.run('write-batch', oneRow('kept'));
    expect(job).toMatchObject({ status: 'succeeded', reason: null, attempt: 1, error: null });
    expect(job.result).toEqual({ written: 1, deleted: 0, rejected: 0, rejectedRowsUrl: null });
    expect(job.timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'succeeded']);
    expect(Date.parse(String(job['expiresAt'])) - Date.parse(String(job['finishedAt']))).toBeGreaterThan(29 * 86_400_000);
    expect((await client.get(job.links.result ?? '')).body).toEqual(job.result);
  });

  it('makes one job of a repeated key, in any order of its members, and says that it was repeated', async () => {
    const first = await client.submit('write-batch', oneRow('replay'), { key: 'once' });
    const again = await client.request('POST', '/v1/jobs', {
      body: ' {"input": {"rows": [{"n": 1.0, "id": "replay"}], "operation": "put", "table": "scratch"},\n "type": "write-batch"}',
      headers: { 'idempotency-key': 'once' },
    });
    // 200 where the job has ended meanwhile.
    expect([202, again.body.finishedAt === null ? undefined : 200]).toContain(again.status);
    expect([again.body.id, again.headers.get('location')]).toEqual([first.body.id, first.headers.get('location')]);
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([null, 'true']);
  });

  it('answers a repeated key with 200 once the job has ended, and says that a new key makes a new attempt', async () => {
    const failing = { sql: 'SELECT nonsense' };
    const { body: first } = await client.submit('run-query', failing, { key: 'fails' });
    await client.ended(first.id);
    const again = await client.submit('run-query', failing, { key: 'fails' });
    expect(again).toMatchObject({ status: 200, body: { id: first.id, status: 'failed', error: { code: 'sql_error' } } });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.headers.get('delegation-note')).toBe(
      'The job of this Idempotency-Key has ended as failed. Send a new key to create a new job.',
    );
    const other = await client.submit('run-query', failing, { key: 'fails-2' });
    expect([other.status, other.body.id === first.id, other.headers.get('delegation-note')]).toEqual([202, false, null]);
  });

  it('takes a body that is compressed with gzip', async () => {
    const body = new Uint8Array(gzipSync(JSON.stringify({ type: 'write-batch', input: oneRow('gzip') })));
    // A gateway may take application/json for text; of any other type it leaves the bytes as they are.
    for (const type of ['application/vnd.delegation+json', ...(deployment.isLocal ? ['application/json'] : [])]) {
      const { status, body: job } = await client.request('POST', '/v1/jobs', {
        body,
        headers: { 'content-type': type, 'content-encoding': 'gzip' },
      });
      expect([status, (await client.ended(job.id)).result]).toMatchObject([202, { written: 1 }]);
    }
  });

  it('keeps numbers that no double holds, from the request to the table', async () => {
    const number = '12345678901234567890123456789012345678';
    const body = `{"type":"write-batch","input":{"table":"scratch","operation":"put","rows":[{"id":"exact","n":${number}}]}}`;
    const { body: job } = await client.request('POST', '/v1/jobs', { body });
    await client.ended(job.id);
    const table = new DynamoDBClient(deployment.aws('dynamodb'));
    const { Item } = await table.send(new GetItemCommand({ TableName: 'scratch', Key: { id: { S: 'exact' } } }));
    expect(Item?.['n']).toEqual({ N: number });
  });

  it('starts nothing before its time', async () => {
    const { body } = await client.submit('write-batch', oneRow('later'), { delaySeconds: 2 });
    expect(body).toMatchObject({ status: 'scheduled', reason: { code: 'scheduled' } });
    const job = await client.ended(body.id);
    expect(Date.parse(String(job['startedAt'])) - Date.parse(String(job['createdAt']))).toBeGreaterThanOrEqual(2_000);
  });
});

describe('bad input', () => {
  const cases: readonly [string, string | object, number, string, (readonly string[])?][] = [
    ['malformed JSON', '{"type":', 400, 'malformed-json'],
    ['nothing', '', 400, 'malformed-json'],
    ['JSON that is not an object', '[]', 422, 'invalid-submission', ['#']],
    ['JSON that is far too deep', `{"type":"write-batch","input":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 400, 'malformed-json'],
    ['an unknown type', { type: 'no-such', input: {} }, 422, 'unknown-job-type', ['#/type']],
    ['no type', { input: {} }, 422, 'invalid-submission', ['#/type']],
    ['no input', { type: 'write-batch' }, 422, 'invalid-submission', ['#/input']],
    ['an unknown member', { type: 'write-batch', input: oneRow('x'), webhook: 1 }, 422, 'invalid-submission', ['#/webhook']],
    [
      'an unknown member of the input',
      { type: 'write-batch', input: { ...oneRow('x'), a: 1, 'b/c~': 2 } },
      422,
      'invalid-submission',
      ['#/input/a', '#/input/b~1c~0'],
    ],
    [
      'several violations, all reported at once',
      { type: 'write-batch', input: { table: 'scratch', operation: 'burn', rows: [] }, delaySeconds: -1, tags: { a: 1 } },
      422,
      'invalid-submission',
      ['#/delaySeconds', '#/tags/a', '#/input/operation', '#/input/rows'],
    ],
    [
      'both startAt and delaySeconds',
      { type: 'write-batch', input: oneRow('x'), startAt: '2099-01-01T00:00:00Z', delaySeconds: 1 },
      422,
      'invalid-submission',
    ],
    [
      'a deadline in the past',
      { type: 'write-batch', input: oneRow('x'), deadline: '2001-01-01T00:00:00Z' },
      422,
      'invalid-submission',
      ['#/deadline'],
    ],
    [
      'a table that is not allowed',
      { type: 'write-batch', input: { ...oneRow('x'), table: 'delegation-jobs' } },
      422,
      'invalid-submission',
      ['#/input/table'],
    ],
    [
      'eleven tags',
      { type: 'write-batch', input: oneRow('x'), tags: Object.fromEntries([...'abcdefghijk'].map((t) => [t, t])) },
      422,
      'invalid-submission',
      ['#/tags'],
    ],
    [
      'times without an offset, and one far off',
      { type: 'write-batch', input: oneRow('x'), startAt: '2026-12-01T06:00:00', deadline: '9999-12-31T23:59:59Z' },
      422,
      'invalid-submission',
      ['#/startAt', '#/deadline'],
    ],
    [
      'a member twice',
      '{"type":"write-batch","delaySeconds":3600,"delaySeconds":0,"input":{}}',
      400,
      'duplicate-member',
      ['#/delaySeconds'],
    ],
    [
      'a member twice, deep within',
      '{"type":"write-batch","input":{"table":"scratch","operation":"put","rows":[{"id":"dup","n":1,"n":2}]}}',
      400,
      'duplicate-member',
      ['#/input/rows/0/n'],
    ],
    [
      'half of a surrogate pair',
      '{"type":"write-batch","input":{"table":"scratch","operation":"put","rows":[{"id":"\\ud800"}]}}',
      422,
      'invalid-submission',
      ['#/input/rows/0/id'],
    ],
    [
      'a time that is wrong beside another fault',
      { type: 'write-batch', input: oneRow('x'), maxAttempts: 0, startAt: '2099-01-01T00:00:00Z', delaySeconds: 1 },
      422,
      'invalid-submission',
      ['#/maxAttempts', '#/delaySeconds', '#/startAt'],
    ],
    [
      'a source of an unknown form, reported as a violation of the nearest known form',
      {
        type: 'run-query',
        input: { sql: 'FROM a', sources: { a: { url: 's3://delegation-local/c', format: 'xls' }, b: { rows: [1] }, '1': { rows: [{}] } } },
      },
      422,
      'invalid-submission',
      ['#/input/sources/1', '#/input/sources/a/format', '#/input/sources/b/rows/0'],
    ],
    [
      'columns that SQL cannot distinguish',
      { type: 'run-query', input: { sql: 'FROM a', sources: { a: { rows: [{ A: 1 }, { a: 2 }] } } } },
      422,
      'invalid-submission',
      ['#/input/sources/a/rows'],
    ],
    [
      'a name that would be lost',
      '{"type":"run-query","input":{"sql":"FROM n","sources":{"n":{"rows":[{"b":1},{"__proto__":1,"b":2}]}},"parameters":{"__proto__":1}}}',
      422,
      'invalid-submission',
      ['#/input/sources/n/rows/1/__proto__', '#/input/parameters/__proto__'],
    ],
  ];

  it.each(cases)('%s is answered with a problem', async (...[, body, status, name, pointers]) => {
    // A fifth parameter that a row leaves out would be Jest's `done`.
    const answer = await client.request<Problem>('POST', '/v1/jobs', { body });
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.body).toMatchObject({ type: `${deployment.origin}/problems/${name}`, code: name, status, instance: '/v1/jobs' });
    expect(answer.status).toBe(status);
    expect(answer.body.title).not.toBe('');
    if (pointers !== undefined) expect(answer.body.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
  });

  it('a body over 1 MiB is too large, one just below it is not', async () => {
    const body = (bytes: number) => {
      const text = (fill: string) => JSON.stringify({ type: 'write-batch', input: { ...oneRow('big'), rows: [{ id: 'big', fill }] } });
      return text('x'.repeat(bytes - text('').length));
    };
    const over = await client.request<Problem>('POST', '/v1/jobs', { body: body(1_048_577) });
    expect([over.status, over.body.code]).toEqual([413, 'body-too-large']);
    expect((await client.request('POST', '/v1/jobs', { body: body(1_048_576) })).status).toBe(202);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', ''])('the content type %j is not supported', async (type) => {
    const answer = await client.request<Problem>('POST', '/v1/jobs', {
      body: { type: 'write-batch', input: oneRow('x') },
      headers: { 'content-type': type },
    });
    expect([answer.status, answer.body.code]).toEqual([415, 'unsupported-media-type']);
  });

  it('a malformed idempotency key, and one of another submission', async () => {
    const submission = { type: 'write-batch', input: oneRow('key') };
    const malformed = await client.request<Problem>('POST', '/v1/jobs', { body: submission, headers: { 'idempotency-key': '"open' } });
    expect([malformed.status, malformed.body.code]).toEqual([400, 'malformed-idempotency-key']);
    const empty = await client.request<Problem>('POST', '/v1/jobs', { body: submission, headers: { 'idempotency-key': '' } });
    expect(empty.status).toBe(400);
    await client.submit('write-batch', oneRow('key'), { key: 'mine' });
    const reused = await client.request<Problem>('POST', '/v1/jobs', {
      body: { ...submission, maxAttempts: 2 },
      headers: { 'idempotency-key': 'mine' },
    });
    expect([reused.status, reused.body.code]).toEqual([422, 'idempotency-key-reused']);
  });

  it.each([
    ['br', 415, 'unsupported-media-type'],
    ['gzip', 400, 'malformed-encoding'],
  ])('a body that is not in its encoding, %s', async (encoding, status, name) => {
    const answer = await client.request<Problem>('POST', '/v1/jobs', {
      body: { type: 'write-batch', input: oneRow('x') },
      headers: { 'content-encoding': encoding },
    });
    expect([answer.status, answer.body.code]).toEqual([status, name]);
    expect(answer.headers.get('accept-encoding')).toBe(status === 415 ? 'gzip, identity' : null);
  });

  it('a hundred faults of many, with their number', async () => {
    const input = Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`m${i}`, 0]));
    const answer = await client.request<Problem>('POST', '/v1/jobs', { body: { type: 'write-batch', input } });
    expect([answer.status, answer.body.errors?.length]).toEqual([422, 100]);
    expect(answer.body.detail).toMatch(/^The submission has 5\d{4} violations; the first 100 are in errors\.$/);
    expect(answer.text.length).toBeLessThan(20_000);
  });

  it.each<readonly [given: string, meant: string]>([
    ['/v1/jobs/', '/v1/jobs'],
    // The emulated account drops the slash before the function is asked.
    ...(deployment.isLocal ? [['//v1/jobs', '/v1/jobs'] as const] : []),
    ['/v1/job-types/write-batch//', '/v1/job-types/write-batch'],
  ])('the address %s, which is not that of %s, and the answer names it', async (given, meant) => {
    for (const method of ['GET', 'POST']) {
      const answer = await client.request<Problem>(method, new URL(`${deployment.url}${given}`).href);
      expect([answer.status, answer.body.code]).toEqual([404, 'not-found']);
      expect(answer.body.detail).toBe(`There is nothing at ${given}. Without the extra slash there is: ${meant}.`);
    }
  });

  it('the wrong method, and a wrong address', async () => {
    const wrong = await client.request<Problem>('DELETE', '/v1/jobs');
    expect([wrong.status, wrong.headers.get('allow'), wrong.body.code, wrong.body.detail]).toEqual([
      405,
      'GET, HEAD, POST, OPTIONS',
      'method-not-allowed',
      'DELETE is not allowed here. Allowed: GET, HEAD, POST, OPTIONS.',
    ]);
    const oneAllowed = await client.request<Problem>('DELETE', '/v1/job-types/write-batch/state');
    expect(oneAllowed.body.detail).toBe('DELETE is not allowed here. Allowed: PUT, OPTIONS.');
    expect((await client.get<Problem>('/v2/jobs')).body).toMatchObject({ status: 404, code: 'not-found' });
  });
});

describe('owners', () => {
  it("do not see each other's jobs: the answer is that of a job that does not exist", async () => {
    const { body: job } = await client.submit('write-batch', oneRow('secret'));
    const eve = client.as('eve');
    const missing = 'job_00000000000000000000000000';
    for (const path of ['', '/result', '/files/x', '/cancel']) {
      const method = path === '/cancel' ? 'POST' : 'GET';
      const theirs = await eve.request<Problem>(method, `/v1/jobs/${job.id}${path}`);
      const none = await eve.request<Problem>(method, `/v1/jobs/${missing}${path}`);
      expect([theirs.status, theirs.text.replaceAll(job.id, missing)]).toEqual([404, none.text]);
    }
    expect((await eve.get<{ jobs: unknown[] }>('/v1/jobs')).body.jobs).toEqual([]);
  });

  it('are seen by admins, and by no other owner', async () => {
    const ann = client.as('ann');
    const { body: job } = await ann.submit('write-batch', oneRow('seen'), { delaySeconds: 3_600 });
    expect((await client.get(job.links.self)).body).toMatchObject({ id: job.id, owner: job['owner'] });
    const listing = `/v1/jobs?owner=${encodeURIComponent(String(job['owner']))}`;
    expect((await client.get<{ jobs: { id: string }[] }>(listing)).body.jobs.map(({ id }) => id)).toContain(job.id);
    expect((await ann.get(listing)).status).toBe(200);
    expect((await client.as('eve').get<Problem>(listing)).body).toMatchObject({ status: 403, code: 'forbidden' });
    expect((await client.request('POST', job.links.cancel ?? '')).body.status).toBe('cancelled');
  });

  it('may use the same idempotency key', async () => {
    const ann = await client.as('ann').submit('write-batch', oneRow('a'), { key: 'same' });
    const bob = await client.as('bob').submit('write-batch', oneRow('b'), { key: 'same' });
    expect([ann.status, bob.status]).toEqual([202, 202]);
    expect(ann.body.id).not.toBe(bob.body.id);
  });
});

describe('listing', () => {
  const lister = client.as('lister');
  let ids: readonly string[] = [];
  beforeAll(async () => {
    const made: string[] = [];
    for (let i = 0; i < 7; i++) {
      const { body } = await lister.submit('write-batch', oneRow(`list-${i}`), { tags: { even: String(i % 2 === 0), 'a:b': 'c:d' } });
      made.unshift(body.id);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    ids = made;
  });

  it('is newest first, in pages that neither leave out nor repeat', async () => {
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: { jobs: { id: string }[]; nextCursor: string | null } = (
        await lister.get<{ jobs: { id: string }[]; nextCursor: string | null }>(`/v1/jobs?limit=3${cursor && `&cursor=${cursor}`}`)
      ).body;
      seen.push(...page.jobs.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(ids);
  });

  it('finds by tag, type, status and time', async () => {
    const found = async (query: string) =>
      (await lister.get<{ jobs: { id: string }[] }>(`/v1/jobs?${query}`)).body.jobs.map(({ id }) => id);
    expect(await found('tag=even:true')).toEqual(ids.filter((_, i) => i % 2 === 0));
    expect(await found('tag=even')).toEqual(ids);
    for (const tag of ['a:b', 'a:b:c:d']) expect(await found(`tag=${tag}`)).toEqual(ids);
    for (const tag of ['a', 'a:b:c', 'b']) expect(await found(`tag=${tag}`)).toEqual([]);
    expect(await found('type=run-query')).toEqual([]);
    expect(await found('status=cancelled')).toEqual([]);
    expect(await found('since=2099-01-01')).toEqual([]);
    expect(await found('until=2001-01-01')).toEqual([]);
    const today = new Date().toISOString().slice(0, 10);
    expect(await found(`since=${today}&until=${today}`)).toEqual(ids);
    expect(await found(`until=${new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)}`)).toEqual([]);
    expect(await found('limit=100000')).toEqual(ids);
    expect(await found('limit=0')).toEqual(ids.slice(0, 1));
  });

  it('takes several statuses and types by comma, several tags by repetition, and either order', async () => {
    const found = async (query: string) =>
      (await lister.get<{ jobs: { id: string }[] }>(`/v1/jobs?${query}`)).body.jobs.map(({ id }) => id);
    expect(await found('type=run-query,write-batch')).toEqual(ids);
    expect(await found('status=scheduled,queued,running,waiting,succeeded,failed')).toEqual(ids);
    expect(await found('status=failed,cancelled')).toEqual([]);
    expect(await found('tag=even:true&tag=a:b')).toEqual(ids.filter((_, i) => i % 2 === 0));
    expect(await found('tag=even:true&tag=even:false')).toEqual([]);
    expect(await found('order=asc')).toEqual(ids.toReversed());
    expect(await found('order=asc&limit=2')).toEqual(ids.slice(-2).reverse());
  });

  it('continues with a cursor only under the owner, filters and order that it came from', async () => {
    const { nextCursor } = (await lister.get<{ nextCursor: string }>('/v1/jobs?tag=even&type=write-batch,run-query&limit=1')).body;
    const same = `tag=even&type=run-query,write-batch&cursor=${nextCursor}`;
    expect((await lister.get<{ jobs: { id: string }[] }>(`/v1/jobs?${same}`)).body.jobs.map(({ id }) => id)).toEqual(ids.slice(1));
    for (const other of ['&order=asc', '&status=queued', '&tag=a:b', '&since=2026-01-01', '&until=2099-01-01'])
      expect((await lister.get<Problem>(`/v1/jobs?${same}${other}`)).body).toMatchObject({ status: 400, code: 'invalid-cursor' });
    for (const changed of [`${nextCursor}A`, nextCursor.slice(1), nextCursor.replace(/^./, 'X')])
      expect((await lister.get<Problem>(`/v1/jobs?tag=even&type=run-query,write-batch&cursor=${changed}`)).status).toBe(400);
    expect((await lister.get<Problem>(`/v1/jobs/counts?cursor=${nextCursor}`)).status).toBe(400);
  });

  it('is counted by type and end, for admins also another owner’s', async () => {
    const { body } = await lister.get<{ counts: { type: string }[] }>('/v1/jobs/counts');
    expect(body).toMatchObject({ counts: [{ type: 'write-batch', cancelled: 0 }], isComplete: true, nextCursor: null });
    const sumOf = (counts: readonly object[]) =>
      counts.flatMap((numbers) => Object.values(numbers)).reduce((sum, number) => sum + (typeof number === 'number' ? number : 0), 0);
    expect(sumOf(body.counts)).toBe(7);
    const odd = await lister.get<{ counts: { type: string }[] }>(
      '/v1/jobs/counts?tag=even:false&type=write-batch,run-query&since=2026-01-01',
    );
    expect(sumOf(odd.body.counts)).toBe(3);
    expect((await lister.get<object>('/v1/jobs/counts?until=2001-01-01')).body).toEqual({ counts: [], isComplete: true, nextCursor: null });
    const path = `/v1/jobs/counts?owner=${encodeURIComponent('lister')}`;
    expect((await client.as('eve').get<Problem>(path)).status).toBe(403);
  });

  it.each(['limit=1', 'order=asc', 'status=failed', 'type=', 'type=a,,b', 'tag=', 'since=yesterday', 'colour=blue'])(
    'has no count for %s',
    async (query) => expect((await lister.get(`/v1/jobs/counts?${query}`)).status).toBe(400),
  );

  it.each([
    'cursor=garbage',
    'cursor=W10',
    'status=broken',
    'status=queued&status=',
    'status=queued,',
    'status=,',
    'type=A%20B',
    `type=${Array.from({ length: 21 }, (_, i) => `t${i}`).join(',')}`,
    `type=${'a'.repeat(41)}`,
    Array.from({ length: 11 }, (_, i) => `tag=t${i}`).join('&'),
    'order=newest',
    'order=asc,desc',
    'owner=lister&owner=lister',
    'order=asc&order=asc',
    'since=yesterday',
    'since=2026-02-30',
    'limit=many',
    'limit=',
    'tag=',
    'owner=',
    'colour=blue',
  ])('refuses %s', async (query) => expect((await lister.get(`/v1/jobs?${query}`)).status).toBe(400));

  it("refuses another owner's cursor", async () => {
    const { nextCursor } = (await lister.get<{ nextCursor: string }>('/v1/jobs?limit=1')).body;
    expect((await client.as('eve').get<Problem>(`/v1/jobs?cursor=${nextCursor}`)).body.code).toBe('invalid-cursor');
  });
});

it.each([
  ['since=2026-11-25T00:00:00', 'since must have an offset'],
  ['until=2026-11-25T00:00:00+01:00', 'until must have no space before its offset: in a query string, write + as %2B'],
])('says of %s what is wrong: %s', async (query, why) => {
  const { status, body } = await client.get<Problem>(`/v1/jobs?${query}`);
  expect([status, body.detail]).toEqual([400, expect.stringContaining(why)]);
});

describe('names that JavaScript has a meaning for', () => {
  it('are tags like any other, or refused', async () => {
    const kind = client.as('prototypes');
    const { status, body } = await kind.submit('write-batch', oneRow('proto'), { tags: { constructor: 'y', toString: 'z' } });
    expect([status, body['tags']]).toEqual([202, { constructor: 'y', toString: 'z' }]);
    const found = async (tag: string) => (await kind.get<{ jobs: unknown[] }>(`/v1/jobs?tag=${tag}`)).body.jobs.length;
    expect(await Promise.all(['constructor', 'constructor:y', 'hasOwnProperty', '__proto__'].map(found))).toEqual([1, 1, 0, 0]);
    const refused = await kind.request<Problem>('POST', '/v1/jobs', {
      body: '{"type":"write-batch","input":{"table":"scratch","operation":"put","rows":[{"id":"p"}]},"tags":{"__proto__":"y"}}',
    });
    expect(refused.body.errors).toEqual([{ pointer: '#/tags/__proto__', detail: 'is a name that cannot be kept' }]);
  });
});

describe('job types', () => {
  it('are listed with their schemas and limits', async () => {
    const { jobTypes } = (await client.get<{ jobTypes: { name: string; links: { self: string } }[] }>('/v1/job-types')).body;
    expect(jobTypes.map(({ name }) => name).filter((name) => !['probe', 'rehearsal'].includes(name))).toEqual([
      'launch-instances',
      'run-query',
      'terminate-instances',
      'write-batch',
    ]);
    for (const { name, links } of jobTypes) {
      const { body } = await client.get(links.self);
      expect(body).toMatchObject({ name, inputSchema: { type: 'object', additionalProperties: false }, resultSchema: { type: 'object' } });
    }
    expect((await client.get<Problem>('/v1/job-types/none')).body.code).toBe('job-type-not-found');
  });
});

it('is healthy', async () => expect(await client.get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } }));

describe('a result', () => {
  it('is not there before the end, and never of a failed job', async () => {
    const { body: waiting } = await client.submit('write-batch', oneRow('result'), { delaySeconds: 3_600 });
    const early = await client.get<Problem>(`/v1/jobs/${waiting.id}/result`);
    expect([early.status, early.body.code, Number(early.headers.get('retry-after'))]).toEqual([409, 'job-not-finished', 3_600]);
    const failed = await client.run('run-query', { sql: 'SELECT nonsense' });
    expect(failed).toMatchObject({ status: 'failed', result: null, error: { code: 'sql_error' } });
    expect((await client.get<Problem>(`/v1/jobs/${failed.id}/result`)).body.code).toBe('job-failed');
  });

  it('that is large is left out of the job and handed out by a link', async () => {
    const job = await client.run('run-query', { sql: "SELECT repeat('x', 100) AS x FROM range(500)" });
    expect(job).toMatchObject({ status: 'succeeded', result: null });
    const { status, headers, body } = await client.get<{ location: string }>(job.links.result ?? '');
    expect([status, headers.get('content-type')]).toEqual([303, 'application/json']);
    // For those who must not follow it with the headers that they signed with.
    expect(body).toEqual({ location: headers.get('location') });
    const result = (await (await fetch(headers.get('location') ?? '')).json()) as { rows: unknown[] };
    expect(result.rows).toHaveLength(500);
  });
});

describe('an input', () => {
  it('is shown with the job, as it came, and in lists', async () => {
    const owner = client.as('inputs');
    const { body } = await owner.submit('write-batch', oneRow('shown'));
    expect(body.input).toMatchObject(oneRow('shown'));
    expect((await owner.get(body.links.self)).body.input).toEqual(body.input);
    expect((await owner.get(body.links.input ?? '')).body).toEqual(body.input);
    expect((await owner.get<{ jobs: { input: unknown }[] }>('/v1/jobs')).body.jobs[0]?.input).toEqual(body.input);
  });

  it('that is large is at its link, with every digit', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => `{"id":"large-${i}","n":12345678901234567890,"text":"ü \\" 𝄞"}`);
    const { body } = await client.request('POST', '/v1/jobs', {
      body: `{"type":"write-batch","input":{"table":"scratch","operation":"put","rows":[${rows.join(',')}]},"delaySeconds":3600}`,
    });
    expect(body.input).toBeNull();
    const { status, headers, text } = await client.get(body.links.input ?? '');
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(text).toContain(`"rows":[${rows.join(',')}]`);
    expect((await client.as('eve').get<Problem>(body.links.input ?? '')).body.code).toBe('job-not-found');
  });

  it.each([
    ['short', 'echo hunter22'],
    ['large', `echo hunter22 # ${'x'.repeat(5_000)}`],
  ])('shows nothing that its contract calls secret, %s', async (_, userData) => {
    const { status, body } = await client.submit(
      'launch-instances',
      { ...deployment.launch, userData, tags: { Team: 'data' } },
      { delaySeconds: 3_600 },
    );
    expect(status).toBe(202);
    const { text, body: input } = await client.get<{ userData: string; tags: object }>(body.links.input ?? '');
    expect(input).toMatchObject({ userData: '[redacted]', tags: { Team: 'data' } });
    expect(text + JSON.stringify(body)).not.toContain('hunter22');
  });
});

describe('a batch', () => {
  interface Results {
    readonly results: readonly {
      readonly status: number;
      readonly isReplay: boolean;
      readonly job: JobAnswer | null;
      readonly problem: Problem | null;
    }[];
  }
  const item = (id: string, more = {}) => ({ type: 'write-batch', input: oneRow(id), ...more });
  const send = (jobs: unknown, headers: Record<string, string> = {}) =>
    client.request<Results>('POST', '/v1/jobs/batch', { body: { jobs }, headers });

  it('decides each submission independently, in order, and a bad one shifts nothing', async () => {
    const jobs = [
      item('b0'),
      { type: 'write-batch', input: { table: 'scratch', operation: 'put', rows: 'none' } },
      7,
      { type: 'nothing', input: {} },
      item('b4', { delaySeconds: 3_600, tags: { batch: 'yes' } }),
      item('b5', { idempotencyKey: '' }),
      item('b6', { unknown: 1 }),
    ];
    const { status, body } = await send(jobs);
    expect(status).toBe(200);
    expect(body.results.map((result) => [result.status, result.problem?.code ?? result.job?.status])).toEqual([
      [202, 'queued'],
      [422, 'invalid-submission'],
      [422, 'invalid-submission'],
      [422, 'unknown-job-type'],
      [202, 'scheduled'],
      [400, 'malformed-idempotency-key'],
      [422, 'invalid-submission'],
    ]);
    expect(body.results[1]?.problem?.errors?.map(({ pointer }) => pointer)).toEqual(['#/jobs/1/input/rows']);
    expect(body.results[6]?.problem?.detail).toBe('#/jobs/6/unknown: is not a known member');
    expect((await client.ended(body.results[0]?.job?.id ?? '')).status).toBe('succeeded');
  });

  it('is idempotent item by item: by a key of the item, or that of the request and the position', async () => {
    const jobs = [item('k0'), item('k1', { idempotencyKey: 'own key' }), item('k2')];
    const first = await send(jobs, { 'idempotency-key': 'batch-1' });
    const again = await send([item('k0'), item('k1', { idempotencyKey: 'own key' }), item('other')], { 'idempotency-key': 'batch-1' });
    const ids = first.body.results.map(({ job }) => job?.id);
    expect(new Set(ids).size).toBe(3);
    expect(again.body.results.map(({ job, isReplay, problem }) => [job?.id, isReplay, problem?.code])).toEqual([
      [ids[0], true, undefined],
      [ids[1], true, undefined],
      [undefined, false, 'idempotency-key-reused'],
    ]);
    const single = await client.submit('write-batch', oneRow('k1'), { key: 'own key' });
    expect([single.body.id, single.headers.get('idempotent-replayed')]).toEqual([ids[1], 'true']);
  });

  it('with one key twice makes one job, and shows it in both places', async () => {
    const key = { idempotencyKey: 'twice' };
    const { body } = await send([item('t', key), item('t', key), item('u', key)]);
    const [one, two, three] = body.results;
    expect([two?.job?.id, one?.isReplay, two?.isReplay, three?.problem?.code]).toEqual([
      one?.job?.id,
      false,
      true,
      'idempotency-key-reused',
    ]);
  });

  it.each([
    ['no submissions', [], ['#/jobs']],
    ['101 submissions', Array.from({ length: 101 }, () => item('x')), ['#/jobs']],
    ['an object', {}, ['#/jobs']],
  ])('of %s is refused, and writes nothing', async (_, jobs, pointers) => {
    const { status, body } = await client.request<Problem>('POST', '/v1/jobs/batch', { body: { jobs } });
    expect([status, body.errors?.map(({ pointer }) => pointer)]).toEqual([422, pointers]);
  });

  it('of more than 3 MB is refused, and one below is accepted', async () => {
    const big = (bytes: number) =>
      Array.from({ length: 4 }, (_, i) =>
        item('x', { tags: {}, input: { ...oneRow('x'), rows: [{ id: `${i}`, fill: 'x'.repeat(bytes) }] } }),
      );
    const over = await client.request<Problem>('POST', '/v1/jobs/batch', { body: { jobs: big(800_000) } });
    expect([over.status, over.body.code]).toEqual([413, 'body-too-large']);
    const below = await send(big(700_000));
    expect([below.status, below.body.results.map(({ status }) => status)]).toEqual([200, [202, 202, 202, 202]]);
  });
});

describe('validateOnly', () => {
  const validate = (body: object, headers: Record<string, string> = {}) =>
    client.request<Record<string, unknown>>('POST', '/v1/jobs?validateOnly=true', { body, headers });

  it('says when the job would run and what it would cost, and writes nothing', async () => {
    const owner = client.as('validator');
    const body = { type: 'write-batch', input: oneRow('v'), delaySeconds: 60 };
    const answer = await owner.request<Record<string, unknown>>('POST', '/v1/jobs?validateOnly=true', { body });
    expect([answer.status, answer.headers.get('location')]).toEqual([200, null]);
    expect(answer.body).toMatchObject({ type: 'write-batch', replayOf: null, estimatedCost: { dynamoDbWriteUnits: 6, sqsRequests: 3 } });
    expect(Date.parse(String(answer.body['startAt'])) - Date.now()).toBeGreaterThan(50_000);
    expect((await owner.get<{ jobs: object[] }>('/v1/jobs')).body.jobs).toEqual([]);
  });

  it('is refused as the submission would be', async () => {
    const invalid = await validate({ type: 'write-batch', input: { table: 'scratch' } });
    expect([invalid.status, invalid.body['code']]).toEqual([422, 'invalid-submission']);
    const parameter = await client.request<Problem>('POST', '/v1/jobs?validateOnly=yes', { body: {} });
    expect([parameter.status, parameter.body.code]).toEqual([400, 'invalid-parameter']);
  });

  it('names the job that the key has created, or says that it belongs to another submission', async () => {
    const { body: job } = await client.submit('write-batch', oneRow('known'), { key: 'v-known' });
    const same = await validate({ type: 'write-batch', input: oneRow('known') }, { 'idempotency-key': 'v-known' });
    expect(same.body['replayOf']).toBe(job.id);
    const other = await validate({ type: 'write-batch', input: oneRow('other') }, { 'idempotency-key': 'v-known' });
    expect([other.status, other.body['code']]).toEqual([422, 'idempotency-key-reused']);
  });
});

it('says who calls, and what is allowed', async () => {
  const { body: admin } = await client.get<Record<string, unknown>>('/v1/me');
  expect(admin).toMatchObject({ isAdmin: true, allowed: { seeAllJobs: true, changeJobTypes: true } });
  const { body: eve } = await client.as('eve').get<Record<string, unknown>>('/v1/me');
  expect(eve).toMatchObject({ isAdmin: false, allowed: { seeAllJobs: false }, version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string });
});

it('carries the trace of a request into the job, and shows what the job has used', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const answer = await client.request('POST', '/v1/jobs', {
    body: { type: 'write-batch', input: oneRow('traced') },
    headers: { traceparent, prefer: 'wait=15' },
  });
  expect(answer.body['traceparent']).toBe(traceparent);
  expect(answer.body['cost']).toMatchObject({ invocations: 1, recordWrites: 3 });
  const cost = answer.body['cost'] as { readonly runSeconds: number; readonly gigabyteSeconds: number };
  expect(cost.runSeconds).toBeGreaterThan(0);
  expect(cost.gigabyteSeconds).toBeGreaterThan(0);
  const waiting = await client.submit('write-batch', oneRow('untraced'), { delaySeconds: 60 });
  expect([waiting.body['traceparent'], waiting.body['cost']]).toEqual([
    null,
    { invocations: 0, runSeconds: 0, gigabyteSeconds: 0, recordWrites: 1 },
  ]);
});

describe('one idempotency key in a race', () => {
  /** The emulated account starts a process for each request under way. */
  const atOnce = (count: number) => (deployment.isLocal ? count : Math.ceil(count / 20));
  const body = JSON.stringify({ type: 'write-batch', input: oneRow('race') });
  /** Sends a submission; with a time, the connection is dropped after it, whether or not the answer has come. */
  const send = (key: string, droppedAfterMs?: number) =>
    client
      .request('POST', '/v1/jobs', {
        body,
        headers: { 'idempotency-key': key },
        ...(droppedAfterMs === undefined ? {} : { signal: AbortSignal.timeout(droppedAfterMs) }),
      })
      .catch(() => undefined);

  it('is one job for 200 submissions at once, and one of them alone is new', async () => {
    const answers = await Promise.all(Array.from({ length: atOnce(200) }, () => send('race-200')));
    expect(answers.map((answer) => answer?.status).filter((status) => status !== 202 && status !== 200)).toEqual([]);
    expect(new Set(answers.map((answer) => answer?.body.id)).size).toBe(1);
    expect(answers.filter((answer) => answer?.headers.get('idempotent-replayed') === null)).toHaveLength(1);
    expect(new Set(answers.map((answer) => answer?.headers.get('location'))).size).toBe(1);
  });

  it('is one job although connections are dropped at any time, and a repeat finds it', async () => {
    await Promise.all(Array.from({ length: atOnce(40) }, (_, i) => send('race-dropped', i)));
    const again = await send('race-dropped');
    const job = await client.ended(again?.body.id ?? '');
    const after = await send('race-dropped');
    expect([after?.status, after?.body.id, after?.headers.get('idempotent-replayed')]).toEqual([200, job.id, 'true']);
    const { body: listed } = await client.get<{ jobs: { id: string; input: unknown }[] }>('/v1/jobs?type=write-batch&limit=100');
    expect(listed.jobs.filter(({ id }) => id === job.id)).toHaveLength(1);
  });
});

describe('waiting (RFC 7240)', () => {
  const soon = { prefer: 'wait=15' };
  const submit = (input: object, headers: Record<string, string>, more = {}) =>
    client.request('POST', '/v1/jobs', { body: { type: 'write-batch', input, ...more }, headers });

  it('answers a submission with 200 and the job at its end, where that comes within the time', async () => {
    const answer = await submit(oneRow('waited'), soon);
    expect([answer.status, answer.body.status, answer.headers.get('preference-applied')]).toEqual([200, 'succeeded', 'wait=15']);
    expect([answer.headers.get('location'), answer.headers.get('vary')]).toEqual([answer.body.links.self, 'Prefer']);
    expect(answer.headers.get('retry-after')).toBeNull();
  });

  it('answers with 202 where the time is up first, and does not wait for a job that starts later', async () => {
    const started = Date.now();
    const later = await submit(oneRow('later'), soon, { delaySeconds: 60 });
    expect([later.status, later.body.status, Date.now() - started < 10_000]).toEqual([202, 'scheduled', true]);
    const asked = await client.request('GET', later.body.links.self, { headers: { prefer: 'wait=1' } });
    expect([asked.status, asked.body.status, asked.headers.get('preference-applied')]).toEqual([200, 'scheduled', 'wait=1']);
    await client.request('POST', later.body.links.cancel ?? '');
  });

  it('says what it applied of several preferences, and ignores those that it does not know', async () => {
    const answer = await submit(oneRow('async'), { prefer: 'handling=strict, respond-async, wait=0' });
    expect([answer.status, answer.headers.get('preference-applied')]).toEqual([202, 'respond-async, wait=0']);
    const none = await submit(oneRow('async'), { prefer: 'return=minimal' });
    expect(none.headers.get('preference-applied')).toBeNull();
  });

  it('of a reader ends with the job, and with a known ETag at any change', async () => {
    const { body: job } = await client.submit('write-batch', oneRow('changes'), { delaySeconds: 2 });
    const first = await client.get(job.links.self);
    const tag = first.headers.get('etag') ?? '';
    const changed = await client.request('GET', job.links.self, { headers: { ...soon, 'if-none-match': tag } });
    expect([changed.status, changed.headers.get('etag') === tag]).toEqual([200, false]);
    const ended = await client.request('GET', job.links.self, { headers: soon });
    expect([ended.status, ended.body.status]).toEqual([200, 'succeeded']);
    // Nothing can change any more, so there is nothing to wait for.
    const again = await client.request('GET', job.links.self, {
      headers: { ...soon, 'if-none-match': ended.headers.get('etag') ?? '' },
    });
    expect([again.status, again.text]).toEqual([304, '']);
  });
});

describe('conditional requests (RFC 9110)', () => {
  it('answer 304 while nothing has changed: a job, and a list', async () => {
    const { id } = await client.run('write-batch', oneRow('tagged'));
    for (const path of [`/v1/jobs/${id}`, '/v1/jobs?tag=nothing-has-this-tag']) {
      const first = await client.get(path);
      const tag = first.headers.get('etag') ?? '';
      expect([path, tag]).toEqual([path, expect.stringMatching(/^"[0-9a-f]{32}"$/)]);
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      const again = await client.request('GET', path, { headers: { 'if-none-match': `"other", W/${tag}` } });
      expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
      const head = await client.request('HEAD', path);
      expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', tag]);
      expect((await client.request('GET', path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200);
    }
  });

  it('are not those of a submission', async () => {
    const { headers, status } = await client.submit('write-batch', oneRow('untagged'));
    expect([status, headers.get('etag'), headers.get('cache-control')]).toEqual([202, null, 'no-store']);
  });
});

describe('every answer', () => {
  it('carries the id of its request: that of the caller, or a new one', async () => {
    const given = await client.request('GET', '/healthz', { headers: { 'x-request-id': 'trace-1/a' } });
    expect(given.headers.get('x-request-id')).toBe('trace-1/a');
    for (const headers of [{}, { 'x-request-id': 'a b' }, { 'x-request-id': 'x'.repeat(200) }]) {
      const { headers: answered } = await client.request('GET', '/healthz', { headers });
      expect(answered.get('x-request-id')).toMatch(/^[\w=-]{8,64}$/);
    }
  });

  it('to OPTIONS names the methods', async () => {
    // The emulated gateway answers it itself.
    if (!deployment.isLocal) return;
    const answer = await client.request('OPTIONS', '/v1/jobs');
    expect([answer.status, answer.headers.get('allow'), answer.text]).toEqual([204, 'GET, HEAD, POST, OPTIONS', '']);
  });

  it('with a problem has the address of a page that explains it', async () => {
    const { body } = await client.get<Problem>('/v1/jobs/none');
    const { pathname } = new URL(body.type);
    expect(body.type).toBe(`${deployment.origin}${pathname}`);
    const page = await client.request('GET', pathname);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).toContain(`<code>${body.code}</code>`);
    expect((await client.get(`${pathname}x`)).status).toBe(404);
  });
});

interface DescribedPath {
  readonly post?: {
    readonly requestBody: {
      readonly content: { readonly 'application/json': { readonly examples?: Readonly<Record<string, { readonly value: object }>> } };
    };
  };
}

it('describes itself', async () => {
  const { status, body } = await client.get<{
    readonly servers: readonly object[];
    readonly paths: Readonly<Record<string, DescribedPath>>;
  }>('/openapi.json');
  expect([status, body.servers]).toEqual([200, [{ url: deployment.origin }]]);
  expect(Object.keys(body.paths)).toContain('/v1/jobs/{id}');
  const examples = Object.values(body.paths['/v1/jobs']?.post?.requestBody.content['application/json'].examples ?? {});
  expect(examples.length).toBeGreaterThanOrEqual(4);
  // As they are, in a deployment that allows everything.
  for (const { value } of deployment.isLocal ? examples : []) {
    const valid = await client.request('POST', '/v1/jobs?validateOnly=true', { body: value });
    expect([value, valid.status]).toEqual([value, 200]);
  }
});

describe('cancelling', () => {
  it('ends a waiting job at once, and says that it has ended when it is repeated', async () => {
    const { body } = await client.submit('write-batch', oneRow('cancel'), { delaySeconds: 3_600 });
    const cancelled = await client.request('POST', body.links.cancel ?? '');
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', result: null, error: null, links: { cancel: null } } });
    expect((await client.request<Problem>('POST', `/v1/jobs/${body.id}/cancel`)).body).toMatchObject({
      status: 409,
      code: 'job-already-ended',
    });
  });

  it('stops a running query', async () => {
    const { body } = await client.submit('run-query', { sql: 'SELECT count(*) FROM range(1000000) a, range(1000000) b' });
    await client.until(body.id, ({ status }) => status === 'running');
    expect((await client.request('POST', `/v1/jobs/${body.id}/cancel`)).status).toBe(202);
    expect((await client.ended(body.id)).status).toBe('cancelled');
  });
});
