/** Groups over the API, the workers and the clock, in memory: what callers see, and what a death between two requests leaves. */
import type { Carry } from '../../testing/carry.ts';
import { type GroupAnswer, GroupBench, greetingsOf, many } from '../support/group-bench.ts';

describe('a group of exactly one batch', () => {
  it('ends as succeeded with its last member, once, and shows true counts on the way', async () => {
    const bench = new GroupBench();
    const sent = await bench.batch(many(3), true);
    const id = sent.body.group ?? '';
    expect(sent.status).toBe(200);
    expect(sent.headers.get('location')).toBe(`/v1/groups/${id}`);
    expect(sent.body.results.map(({ status, job }) => [status, job?.['group']])).toEqual([
      [202, id],
      [202, id],
      [202, id],
    ]);
    await bench.wake(id);
    expect(await bench.group(id)).toMatchObject({
      ...{ status: 'waiting', sealed: true, batches: 1, progress: 0 },
      counts: { total: 3, unfinished: 3, succeeded: 0, failed: 0, cancelled: 0, refused: 0 },
      links: { jobs: `/v1/groups/${id}/jobs`, seal: null, cancel: `/v1/groups/${id}/cancel` },
    });
    bench.woken.length = 0;
    const [first = '', ...others] = sent.body.results.map(({ job }) => job?.id ?? '');
    await bench.wake(first);
    expect((await bench.group(id)).counts).toMatchObject({ unfinished: 2, succeeded: 1 });
    for (const other of others) await bench.wake(other);
    expect(bench.woken).toEqual([id]);
    await bench.settle();
    expect(await bench.group(id)).toMatchObject({ status: 'succeeded', progress: 1, counts: { unfinished: 0, succeeded: 3 } });
    expect(bench.record(id).result).toEqual({
      kind: 'inline',
      json: JSON.stringify({ total: 3, succeeded: 3, failed: 0, cancelled: 0, refused: 0 }),
    });
  });

  it('ends as failed once all have ended, never early, with the counts', async () => {
    const bench = new GroupBench();
    const { body } = await bench.batch(greetingsOf('fail', 'hello', 'hello'), true);
    const id = body.group ?? '';
    const [first = '', second = '', third = ''] = body.results.map(({ job }) => job?.id ?? '');
    await bench.wake(id);
    await bench.wake(first);
    await bench.wake(second);
    expect(await bench.group(id)).toMatchObject({ status: 'waiting', counts: { failed: 1, succeeded: 1, unfinished: 1 } });
    await bench.wake(third);
    await bench.settle();
    expect(await bench.group(id)).toMatchObject({
      status: 'failed',
      error: { code: 'members_failed', details: { total: 3, succeeded: 2, failed: 1, cancelled: 0, refused: 0 } },
    });
  });

  it('refuses a member after its group, or after a job that waits for the group', async () => {
    const bench = new GroupBench();
    const { id } = (await bench.api().post<GroupAnswer>('/v1/groups', {})).body;
    const waits = (await bench.api().post<{ readonly id: string }>('/v1/jobs', { ...many(1)[0], after: [id] })).body.id;
    const first = (await bench.batch(many(1), id)).body.results[0]?.job?.id ?? '';
    const { body } = await bench.batch(
      [[id], [waits], [first]].map((after) => ({ ...many(1)[0], after })),
      id,
    );
    expect(body.results.map(({ problem }) => problem?.code)).toEqual(['invalid-predecessor', 'invalid-predecessor', undefined]);
  });

  it('does not wait for members that were refused', async () => {
    const bench = new GroupBench();
    const { body } = await bench.batch([...many(1), { type: 'greet', input: { text: 1 } }, 7], true);
    expect(body.results.map(({ problem }) => problem?.code)).toEqual([undefined, 'invalid-submission', 'invalid-submission']);
    await bench.settle();
    expect(await bench.group(body.group ?? '')).toMatchObject({ status: 'failed', counts: { total: 3, succeeded: 1, refused: 2 } });
  });

  it('ends where all of its members were refused, by the quota', async () => {
    const bench = new GroupBench();
    bench.quota = { submissionsPerMinute: 1 };
    const { body } = await bench.batch(many(2), true);
    expect(body.results.map(({ problem }) => problem?.code)).toEqual(['over-quota', 'over-quota']);
    await bench.settle();
    expect(await bench.group(body.group ?? '')).toMatchObject({ status: 'failed', counts: { refused: 2 } });
  });

  it('takes no place of the jobs in flight, which its members take', async () => {
    const bench = new GroupBench();
    bench.quota = { jobsInFlight: 2 };
    const { body } = await bench.batch(many(3), true);
    expect(body.results.map(({ status }) => status)).toEqual([202, 202, 429]);
  });

  it('is the same group for a repeated request, also with another number of jobs', async () => {
    const bench = new GroupBench();
    const first = await bench.batch(many(2), true, { key: 'k' });
    const again = await bench.batch(many(2), true, { key: 'k' });
    expect(again.body.group).toBe(first.body.group);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(again.body.results.map(({ isReplay, job }) => [isReplay, job?.id])).toEqual(
      first.body.results.map(({ job }) => [true, job?.id]),
    );
    expect((await bench.batch(many(3), true, { key: 'k' })).body).toMatchObject({ code: 'idempotency-key-reused' });
    const changed = await bench.batch(greetingsOf('hello 0', 'other'), true, { key: 'k' });
    expect(changed.body.results.map(({ problem }) => problem?.code)).toEqual([undefined, 'idempotency-key-reused']);
    await bench.settle();
    expect(await bench.group(first.body.group ?? '')).toMatchObject({ status: 'succeeded', counts: { total: 2, refused: 0 } });
  });

  it('refuses what is wrong with the group, with a pointer, and keys of its members', async () => {
    const bench = new GroupBench();
    const late = await bench.batch(many(1), { deadline: '2020-01-01T00:00:00Z' });
    expect([late.status, late.body.errors?.map(({ pointer }) => pointer)]).toEqual([422, ['#/group/deadline']]);
    const keyed = await bench.batch([{ ...many(1)[0], idempotencyKey: 'own' }], true);
    expect([keyed.status, keyed.body.errors?.map(({ pointer }) => pointer)]).toEqual([422, ['#/jobs/0/idempotencyKey']]);
    const unique = await bench.batch([...many(1), { ...many(1)[0], uniqueKey: 'own' }], true);
    expect([unique.status, unique.body.errors?.map(({ pointer }) => pointer)]).toEqual([422, ['#/jobs/1/uniqueKey']]);
    expect(bench.jobs.rows.size).toBe(0);
  });
});

describe('an open group', () => {
  const openGroup = async (bench: GroupBench, body: object = {}) => (await bench.api().post<GroupAnswer>('/v1/groups', body)).body.id;

  it('takes batches until it is sealed, and ends with the last member', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench, { tags: { run: 'x' } });
    await bench.batch(many(2), id);
    await bench.settle();
    expect(await bench.group(id)).toMatchObject({ status: 'waiting', sealed: false, counts: { total: 2, succeeded: 2, unfinished: 0 } });
    const { body } = await bench.batch(greetingsOf('a', 'b', 'c'), id);
    expect((await bench.seal(id)).status).toBe(202);
    expect((await bench.seal(id)).status).toBe(202);
    expect((await bench.batch(many(1), id)).body).toMatchObject({ code: 'group-closed', detail: expect.stringContaining('sealed') });
    await bench.settle();
    expect(await bench.group(id)).toMatchObject({ status: 'succeeded', batches: 2, counts: { total: 5, succeeded: 5 } });
    expect((await bench.members(id)).map(({ id: member }) => member).slice(2)).toEqual(body.results.map(({ job }) => job?.id));
  });

  it('ends at once, as succeeded, where it is sealed without a member', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench);
    await bench.settle();
    await bench.seal(id);
    await bench.settle();
    expect(await bench.group(id)).toMatchObject({ status: 'succeeded', progress: null, counts: { total: 0 } });
  });

  it('fails at its deadline where no caller seals it, and its members are cancelled', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench, { deadline: new Date(bench.nowMs + 600_000).toISOString() });
    await bench.batch(many(2), id);
    const [first = '', second = ''] = (await bench.members(id)).map((job) => job.id);
    bench.woken.length = 0;
    await bench.wake(first);
    await bench.wake(id);
    for (let i = 0; i < 20; i++) {
      await bench.pass(60_000);
      bench.woken.splice(0);
      await bench.wake(id);
    }
    expect(await bench.group(id)).toMatchObject({
      status: 'failed',
      error: { code: 'deadline_exceeded' },
      counts: { succeeded: 1, cancelled: 1 },
    });
    expect(bench.record(second)).toMatchObject({ status: 'cancelled', cancelRequest: { actedBy: id } });
  });

  it('fails at its deadline though no worker has ever had it, and leaves no member behind', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench, { deadline: new Date(bench.nowMs + 600_000).toISOString() });
    const { body } = await bench.batch(many(1), id);
    bench.woken.length = 0;
    await bench.pass(900_000);
    bench.woken.splice(0);
    await bench.wake(id);
    expect(await bench.group(id)).toMatchObject({ status: 'failed', counts: { cancelled: 1 } });
    expect(bench.record(body.results[0]?.job?.id ?? '').status).toBe('cancelled');
  });

  it('is 100 batches at most, and says so', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench);
    for (let i = 0; i < 100; i++) await bench.batch(many(1), id);
    expect((await bench.batch(many(1), id)).body).toMatchObject({ code: 'too-many-batches' });
  });

  it('answers other owners that there is no such group, and so for jobs that are none', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench);
    const other = bench.api().as('somebody');
    expect((await other.get(`/v1/groups/${id}`)).status).toBe(404);
    expect((await bench.batch(many(1), id, { api: other })).status).toBe(404);
    expect((await bench.batch(many(1), id, { api: bench.api().as('olga') })).body).toMatchObject({ code: 'forbidden' });
    const { body } = await bench.batch(many(1), id);
    expect((await bench.api().get(`/v1/groups/${body.results[0]?.job?.id}`)).body).toMatchObject({ code: 'group-not-found' });
    expect((await bench.api().get('/v1/groups/nothing')).body).toMatchObject({ code: 'group-not-found' });
  });

  it('is the same for the same key, and not that of a submission', async () => {
    const bench = new GroupBench();
    const headers = { 'idempotency-key': '"k"' };
    const [first, again] = [
      await bench.api().request<GroupAnswer>('POST', '/v1/groups', { headers }),
      await bench.api().request<GroupAnswer>('POST', '/v1/groups', { headers }),
    ];
    expect([again.body.id, again.headers.get('idempotent-replayed')]).toEqual([first.body.id, 'true']);
    expect((await bench.api().request('POST', '/v1/jobs', { headers, body: many(1)[0] })).status).toBe(422);
  });

  it('adds a batch once, and pages through members in the order of submission', async () => {
    const bench = new GroupBench();
    const id = await openGroup(bench);
    const first = await bench.batch(many(3), id, { key: 'one' });
    const again = await bench.batch(many(3), id, { key: 'one' });
    expect(again.body.results.map(({ job }) => job?.id)).toEqual(first.body.results.map(({ job }) => job?.id));
    expect((await bench.batch(many(2), id, { key: 'one' })).body).toMatchObject({ code: 'idempotency-key-reused' });
    const second = await bench.batch(many(2), id, { key: 'two' });
    await bench.settle();
    const ids = [...first.body.results, ...second.body.results].map(({ job }) => job?.id);
    const pages: string[][] = [];
    for (let cursor = ''; ; ) {
      const { body } = await bench
        .api()
        .get<{ jobs: { id: string }[]; nextCursor: string | null }>(`/v1/groups/${id}/jobs?limit=2${cursor}`);
      pages.push(body.jobs.map((job) => job.id));
      if (body.nextCursor === null) break;
      cursor = `&cursor=${body.nextCursor}`;
    }
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect((await bench.api().get(`/v1/groups/${id}/jobs?cursor=9`)).body).toMatchObject({ code: 'invalid-cursor' });
  });
});

describe('a cancelled group', () => {
  it('cancels what waits, leaves what has ended, and ends as cancelled', async () => {
    const bench = new GroupBench();
    const { body } = await bench.batch(many(3), true);
    const id = body.group ?? '';
    const [first = '', second = '', third = ''] = body.results.map(({ job }) => job?.id ?? '');
    await bench.wake(id);
    await bench.wake(first);
    bench.woken.length = 0;
    const cancelled = await bench.api().post<GroupAnswer>(`/v1/groups/${id}/cancel`, { reason: 'enough' });
    expect(cancelled.status).toBe(202);
    expect((await bench.batch(many(1), id)).status).toBe(409);
    await bench.settle();
    expect(await bench.group(id)).toMatchObject({ status: 'cancelled', counts: { succeeded: 1, cancelled: 2, unfinished: 0 } });
    for (const member of [second, third])
      expect(bench.record(member)).toMatchObject({ status: 'cancelled', cancelRequest: { by: 'tester', actedBy: id, reason: 'enough' } });
    expect((await bench.api().post(`/v1/groups/${id}/cancel`)).body).toMatchObject({ code: 'job-already-ended' });
  });

  it('cancels its members though no worker has ever had it', async () => {
    const bench = new GroupBench();
    const { body } = await bench.batch(many(2), true);
    bench.woken.length = 0;
    expect((await bench.api().post(`/v1/groups/${body.group}/cancel`)).status).toBe(202);
    await bench.settle();
    expect(await bench.group(body.group ?? '')).toMatchObject({ status: 'cancelled', counts: { cancelled: 2 } });
  });
});

describe('a death between two requests', () => {
  /** A process that dies before its n-th request of a kind. */
  const dyingAt =
    (operation: string, count: number): Carry =>
    (name, act) => {
      if (name === operation && --count < 0) return new Promise(() => undefined);
      return Promise.resolve().then(act);
    };
  const soon = () => new Promise((resolve) => setTimeout(resolve, 50));

  it('between the group and its members is made up for by the repeated request, after a minute', async () => {
    const bench = new GroupBench();
    void bench.batch(many(2), true, { key: 'k', api: bench.api(dyingAt('create', 2)) });
    await soon();
    expect([...bench.jobs.rows.values()].map(({ job }) => job.type).sort()).toEqual(['greet', 'group']);
    const early = await bench.batch(many(2), true, { key: 'k' });
    expect(early.body.results.map(({ status }) => status).sort()).toEqual([202, 503]);
    bench.nowMs += 61_000;
    const later = await bench.batch(many(2), true, { key: 'k' });
    expect(later.body.results.map(({ status }) => status)).toEqual([202, 202]);
    for (const { job } of bench.jobs.rows.values()) if (job.type === 'greet') await bench.wake(job.id);
    await bench.wake(early.body.group ?? '');
    expect(await bench.group(early.body.group ?? '')).toMatchObject({ status: 'succeeded', counts: { succeeded: 2 } });
  });

  it('is made up for by the worker, which counts as refused who never came, and lets none come later', async () => {
    const bench = new GroupBench();
    void bench.batch(many(2), true, { key: 'k', api: bench.api(dyingAt('create', 2)) });
    await soon();
    bench.woken.push(...bench.jobs.rows.keys());
    await bench.settle();
    await bench.run(12);
    const [id = ''] = [...bench.jobs.rows.values()].flatMap(({ job }) => (job.type === 'group' ? [job.id] : []));
    expect(await bench.group(id)).toMatchObject({ status: 'failed', counts: { succeeded: 1, refused: 1 } });
    const later = await bench.batch(many(2), true, { key: 'k' });
    expect(later.body.results.map(({ problem }) => problem?.code).filter((code) => code !== undefined)).toEqual(['member-refused']);
    expect(bench.jobs.rows.size).toBe(2);
  });

  it.each(['add to tally', 'write'])(
    'of the worker of the last member, before "%s", delays the end of the group and no more',
    async (operation) => {
      const bench = new GroupBench();
      const { body } = await bench.batch(many(1), true);
      const [id, member] = [body.group ?? '', body.results[0]?.job?.id ?? ''];
      await bench.wake(id);
      bench.woken.length = 0;
      // The first write is the end of the member, and the second is that of the group.
      void bench.wake(member, dyingAt(operation, operation === 'write' ? 1 : 0));
      await soon();
      expect(bench.record(member)).toMatchObject({ status: 'succeeded', isUnannounced: true });
      await bench.run(5);
      expect(await bench.group(id)).toMatchObject({ status: 'succeeded', counts: { succeeded: 1 } });
    },
  );

  it('counts an end once that is announced twice', async () => {
    const bench = new GroupBench();
    const { body } = await bench.batch(many(2), true);
    const [id, member] = [body.group ?? '', body.results[0]?.job?.id ?? ''];
    await bench.wake(id);
    // It dies before it has removed the mark.
    void bench.wake(member, dyingAt('write', 1));
    await soon();
    bench.woken.length = 0;
    await bench.pass(300_000);
    expect(bench.record(member).isUnannounced).toBeUndefined();
    expect(await bench.group(id)).toMatchObject({ status: 'waiting', counts: { succeeded: 1, unfinished: 1 } });
  });
});

it('looks at its members after five minutes, ten, twenty, and from then on once an hour', async () => {
  const bench = new GroupBench();
  const deadline = new Date(bench.nowMs + 86_400_000).toISOString();
  const { body } = await bench.batch([{ ...many(1)[0], deadline }], true);
  const id = body.group ?? '';
  await bench.wake(id);
  const looks: number[] = [];
  const startMs = bench.nowMs;
  for (let minute = 1; minute <= 360; minute++) {
    bench.nowMs = startMs + minute * 60_000;
    if (bench.record(id).notBeforeMs > bench.nowMs) continue;
    await bench.wake(id);
    looks.push(minute);
  }
  expect(bench.record(id).status).toBe('waiting');
  expect(looks).toEqual([5, 10, 20, 40, 80, 140, 200, 260, 320]);
});
