/** Redrive and cancel by filter over the real stores: the request, the job that carries it out, and what a break in the middle leaves. */

import type { WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { PermanentError, UnavailableError } from '../../lambdas/core/contract/errors.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { handleWakeUp } from '../../lambdas/core/run/handle-wake-up.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import type { BulkDeps } from '../../lambdas/jobs/bulk-action/bulk-run.ts';
import { contract as bulkContract } from '../../lambdas/jobs/bulk-action/contract.ts';
import { bulkAction } from '../../lambdas/jobs/bulk-action/worker.ts';
import { ApiCaller } from '../support/api-caller.ts';
import { Engine, type TestSubmission, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const failsWith = (code: string): TestWork => ({
  run: async () => {
    throw new PermanentError('it failed', { code });
  },
});

interface Preview {
  readonly dryRun: boolean;
  readonly count: number;
  readonly isLowerBound: boolean;
  readonly jobs: readonly { readonly id: string }[];
}

class Setting {
  readonly engine: Engine;
  readonly api: ApiCaller;
  /** The pauses of the bulk action, in milliseconds; the time passes during each. */
  readonly pauses: number[] = [];

  private constructor(engine: Engine) {
    this.engine = engine;
    this.api = ApiCaller.of(engine);
  }

  /** The engine's queues take messages of the internal type as well: the test delivers them. */
  static async open(changes: Parameters<typeof Engine.open>[0] = {}): Promise<Setting> {
    const engine = await Engine.open(changes);
    const { queues } = engine.ports;
    const wake: typeof queues.wake = async (job, delaySeconds) =>
      job.type === bulkContract.name ? undefined : queues.wake(job, delaySeconds);
    const wakeAll: typeof queues.wakeAll = async (wakeUps) => {
      for (const { job, delaySeconds } of wakeUps) await wake(job, delaySeconds);
    };
    Object.assign(engine.ports, { queues: { ...queues, wake, wakeAll } });
    await engine.ports.typeStates.registerJobs(engine.contract.name);
    return new Setting(engine);
  }

  async failed(submission: TestSubmission = {}, code = 'table_not_found'): Promise<Job> {
    this.engine.runtime.advance(10);
    const job = await this.engine.accept(submission);
    await this.engine.wake(job, failsWith(code));
    return this.engine.read(job);
  }

  async queued(submission: TestSubmission = {}): Promise<Job> {
    this.engine.runtime.advance(10);
    return this.engine.accept(submission);
  }

  /** Delivers a wake-up of the bulk action to its worker. */
  async work(id: string, changes: Partial<BulkDeps> = {}): Promise<Job> {
    const { ports } = this.engine;
    const { typeStates } = ports;
    const { runtime: driven } = this.engine;
    const runtime = Object.assign(Object.create(driven) as typeof driven, {
      sleep: async (ms: number) => {
        this.pauses.push(ms);
        driven.advance(ms);
      },
    });
    const lists = { knownTypes: () => typeStates.knownTypes(), partitionsToRead: () => typeStates.partitionsToRead() };
    const deps: BulkDeps = { ...ports, runtime, ...lists, internalTypes: [bulkContract.name], ...changes };
    const definition = bulkAction(deps) as unknown as WorkerDefinition<JobTypeContract>;
    const delivery = {
      body: JSON.stringify({ v: 1, id }),
      receiveCount: 1,
      remainingMs: () => 300_000,
      extendVisibility: async () => undefined,
    };
    await handleWakeUp({ contract: bulkContract as unknown as JobTypeContract, definition }, delivery, {
      ...ports,
      runningJobs: new RunningJobs(),
    });
    return this.engine.read({ id });
  }

  resultOf(job: Job): Record<string, unknown> {
    return JSON.parse(job.result?.kind === 'inline' ? job.result.json : 'null') as Record<string, unknown>;
  }

  async retriesOf(): Promise<readonly Job[]> {
    const { jobs } = (await this.api.get<{ jobs: readonly { id: string; retryOf: string | null }[] }>('/v1/jobs?limit=100')).body;
    return Promise.all(jobs.filter(({ retryOf }) => retryOf !== null).map((job) => this.engine.read(job)));
  }
}

const redrive = (filter: object, more: object = {}) => ({ filter, dryRun: false, ...more });

describe('a dry run, which is what is done by default', () => {
  it('counts what matches, shows the first ten, oldest first, and writes nothing', async () => {
    const setting = await Setting.open();
    const jobs: Job[] = [];
    for (let i = 0; i < 12; i++) jobs.push(await setting.failed());
    await setting.queued();
    const writes = () => setting.engine.calls.filter(({ name }) => /Put|Update|Send/.test(name)).length;
    const before = writes();
    const { status, body } = await setting.api.post<Preview>('/v1/jobs/redrive', { filter: { code: ['table_not_found'] } });
    expect([status, body.dryRun, body.count, body.isLowerBound]).toEqual([200, true, 12, false]);
    expect(body.jobs.map(({ id }) => id)).toEqual(jobs.slice(0, 10).map(({ id }) => id));
    expect(writes()).toBe(before);
  });

  it.each([
    [{ status: ['failed'] }, ['plain', 'tagged', 'coded']],
    [{ status: ['cancelled'] }, ['cancelled']],
    [{ status: ['failed', 'cancelled'] }, ['plain', 'cancelled', 'tagged', 'coded']],
    [{ code: ['other_code'] }, ['coded']],
    [{ tag: ['team'] }, ['tagged']],
    [{ tag: ['team:data'] }, ['tagged']],
    [{ tag: ['team:data', 'run:2'] }, []],
    [{ type: ['another-type'] }, []],
    [{ since: 'tagged' }, ['tagged', 'coded']],
    [{ until: 'plain' }, ['plain']],
  ])('takes the filter %j', async (filter, expected) => {
    const setting = await Setting.open();
    const jobs: Record<string, Job> = { plain: await setting.failed() };
    const cancelled = await setting.queued();
    await setting.engine.cancel(cancelled);
    jobs['cancelled'] = cancelled;
    jobs['tagged'] = await setting.failed({ tags: { team: 'data' } });
    jobs['coded'] = await setting.failed({}, 'other_code');
    const at = (name: string | undefined) => name && new Date(jobs[name]?.createdAtMs ?? 0).toISOString();
    const { since, until } = filter as { since?: string; until?: string };
    const sent = { ...filter, ...(since ? { since: at(since) } : {}), ...(until ? { until: at(until) } : {}) };
    const { body } = await setting.api.post<Preview>('/v1/jobs/redrive', { filter: sent });
    const names = body.jobs.map(({ id }) => Object.keys(jobs).find((name) => jobs[name]?.id === id));
    expect(names).toEqual(expected);
  });

  it('no longer counts what was retried', async () => {
    const setting = await Setting.open();
    const job = await setting.failed();
    await setting.failed();
    await setting.api.post(`/v1/jobs/${job.id}/retry`);
    expect((await setting.api.post<Preview>('/v1/jobs/redrive', { filter: { status: ['failed'] } })).body.count).toBe(1);
  });

  it('counts to its bound, and says that there may be more', async () => {
    const setting = await Setting.open();
    const first = await setting.failed();
    const { store } = setting.engine.ports;
    // Eleven hundred records, written past the engine.
    const copies = Array.from({ length: 1_100 }, (_, i) => ({
      ...first,
      id: `job_${String(i).padStart(26, '0')}`,
      createdAtMs: first.createdAtMs + 1 + i,
    }));
    for (let i = 0; i < copies.length; i += 50)
      await Promise.all(copies.slice(i, i + 50).map((copy) => store.create(copy, setting.engine.runtime.nowMs())));
    setting.engine.runtime.advance(10_000);
    const { body } = await setting.api.post<Preview>('/v1/jobs/redrive', { filter: { status: ['failed'] } });
    expect([body.count, body.isLowerBound, body.jobs.length]).toEqual([1_000, true, 10]);
  });
});

describe('a request that is refused', () => {
  it.each([
    ['redrive', {}, '#/filter', 'filter'],
    ['redrive', { filter: {} }, '#/filter', '{"status": ["failed"]}'],
    ['cancel', { filter: {} }, '#/filter', '["scheduled","queued","running","waiting"]'],
    ['redrive', { filter: { status: [] } }, '#/filter/status', 'leave it out'],
    ['redrive', { filter: { type: [] } }, '#/filter/type', 'leave it out'],
    ['redrive', { filter: { status: ['queued'] } }, '#/filter/status/0', 'failed'],
    ['redrive', { filter: { status: ['succeeded'] } }, '#/filter/status/0', 'failed'],
    ['cancel', { filter: { status: ['failed'] } }, '#/filter/status/0', 'queued'],
    ['cancel', { filter: { code: ['x'] } }, '#/filter/code', 'known'],
    ['redrive', { filter: { since: '2026-01-01T00:00:00' } }, '#/filter/since', 'offset'],
    ['redrive', { filter: { tag: Array.from({ length: 11 }, (_, i) => `t${i}`) } }, '#/filter/tag', '10'],
    ['redrive', { filter: { status: ['failed'] }, jobsPerSecond: 0 }, '#/jobsPerSecond', '1'],
    ['redrive', { filter: { status: ['failed'] }, jobsPerSecond: 101 }, '#/jobsPerSecond', '100'],
    ['redrive', { filter: { status: ['failed'] }, dryRun: 'no' }, '#/dryRun', 'boolean'],
    ['cancel', { filter: { status: ['queued'] }, reason: 'x'.repeat(501) }, '#/reason', '500'],
    ['redrive', { filter: { status: ['failed'] }, ids: [] }, '#/ids', 'known'],
  ])('%s of %j, at %s', async (path, body, pointer, hint) => {
    const setting = await Setting.open();
    await setting.failed();
    const answer = await setting.api.post(`/v1/jobs/${path}`, body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
    expect(JSON.stringify(answer.body.errors).replaceAll('\\"', '"')).toContain(hint);
  });

  it("names another owner without being an admin's", async () => {
    const setting = await Setting.open();
    const answer = await setting.api.post('/v1/jobs/redrive', { filter: { status: ['failed'] }, owner: 'ann' });
    expect([answer.status, answer.body.type]).toEqual([403, expect.stringContaining('forbidden')]);
  });

  it('has no body', async () => {
    const setting = await Setting.open();
    expect((await setting.api.request('POST', '/v1/jobs/redrive')).status).toBe(415);
  });

  it('is of another method', async () => {
    const setting = await Setting.open();
    const answer = await setting.api.get('/v1/jobs/redrive');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  });
});

describe('a redrive', () => {
  it('is itself a job, which retries all that match, and its result says how many', async () => {
    const setting = await Setting.open();
    const jobs = [await setting.failed(), await setting.failed({ tags: { team: 'data' } })];
    const { status, headers, body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/jobs/${body.id}`);
    expect(body).toMatchObject({ type: 'bulk-action', owner: 'tester', status: 'queued', links: { cancel: `/v1/jobs/${body.id}/cancel` } });
    const done = await setting.work(body.id);
    expect([done.status, setting.resultOf(done)]).toEqual([
      'succeeded',
      expect.objectContaining({ matched: 2, retried: 2, skipped: {}, failed: 0 }),
    ]);
    const retries = await setting.retriesOf();
    expect(retries.map(({ retryOf }) => retryOf).sort()).toEqual(jobs.map(({ id }) => id).sort());
    expect(retries[0]?.timeline[0]?.detail).toContain(body.id);
    for (const job of jobs) expect(await setting.engine.read(job)).toEqual(job);
    expect((await setting.api.get(`/v1/jobs/${body.id}`)).body).toMatchObject({
      status: 'succeeded',
      result: { retried: 2 },
      links: { retry: null },
    });
  });

  it('wakes what it created', async () => {
    const setting = await Setting.open();
    await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    await setting.engine.drain();
    await setting.work(body.id);
    const [message] = await setting.engine.drain();
    const [retry] = await setting.retriesOf();
    expect(JSON.parse(message?.Body ?? '{}')).toMatchObject({ id: retry?.id });
  });

  it('passes over what it may not retry, with the reason, and goes on', async () => {
    const setting = await Setting.open();
    const retried = await setting.failed();
    await setting.api.post(`/v1/jobs/${retried.id}/retry`);
    const lost = await setting.failed({ input: { text: 'x'.repeat(5_000) } });
    await setting.engine.ports.payloads.put((lost.input as { key: string }).key, '{}');
    await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    const result = setting.resultOf(await setting.work(body.id));
    expect(result).toMatchObject({ matched: 3, retried: 1, skipped: { already_retried: 1 }, failed: 1 });
    expect(result['failures']).toEqual([{ id: lost.id, code: 'input_lost', message: expect.any(String) }]);
  });

  it.each(['draining', 'removed'] as const)('skips the jobs of a type that is %s', async (state) => {
    const setting = await Setting.open();
    await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    if (state === 'draining') await setting.engine.ports.typeStates.setState(setting.engine.contract.name, 'draining');
    const done = await setting.work(body.id, state === 'removed' ? { catalogue: [] } : {});
    expect(setting.resultOf(done)).toMatchObject({ matched: 1, retried: 0, skipped: { [`job_type_${state}`]: 1 } });
  });

  it('does not retry what it has created itself, nor what failed after the request', async () => {
    const setting = await Setting.open();
    await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'], until: '2099-01-01T00:00:00Z' }));
    await setting.failed();
    const result = setting.resultOf(await setting.work(body.id));
    expect(result).toMatchObject({ matched: 1, retried: 1 });
  });

  it("leaves jobs of other owners alone; an admin may name one, and the retries are that owner's", async () => {
    const setting = await Setting.open();
    const [own] = [await setting.failed({ owner: 'olga' }), await setting.failed({ owner: 'ann' }), await setting.failed()];
    const olga = setting.api.as('olga');
    const mine = (await olga.post('/v1/jobs/redrive', redrive({ status: ['failed'] }))).body;
    expect(setting.resultOf(await setting.work(mine.id))).toMatchObject({ matched: 1, retried: 1 });
    expect((await olga.get(`/v1/jobs/${own?.id}`)).body['retriedBy']).toMatch(/^job_/);
    const hers = (await olga.post('/v1/jobs/redrive', redrive({ status: ['failed'] }, { owner: 'ann' }))).body;
    expect(hers).toMatchObject({ owner: 'olga' });
    expect(setting.resultOf(await setting.work(hers.id))).toMatchObject({ matched: 1, retried: 1 });
    const { jobs } = (await setting.api.as('ann').get<{ jobs: readonly { owner: string }[] }>('/v1/jobs')).body;
    expect(jobs.map(({ owner }) => owner)).toEqual(['ann', 'ann']);
  });

  it('goes no faster than it was asked to', async () => {
    const setting = await Setting.open();
    for (let i = 0; i < 6; i++) await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }, { jobsPerSecond: 2 }));
    await setting.work(body.id);
    expect(setting.pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(2_900);
  });

  it('waits for room in the quota, goes on where it was, and counts each job once', async () => {
    const setting = await Setting.open();
    for (let i = 0; i < 3; i++) await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    const settings = { ...setting.engine.ports.settings, quota: { submissionsPerMinute: 2 } };
    const waiting = await setting.work(body.id, { settings });
    expect(waiting).toMatchObject({ status: 'waiting', reason: { code: 'quota' }, attempt: 1 });
    setting.engine.runtime.advance(61_000);
    expect(setting.resultOf(await setting.work(body.id, { settings }))).toMatchObject({ matched: 3, retried: 3, skipped: {} });
    expect(await setting.retriesOf()).toHaveLength(3);
  });

  it('takes no place of the quota that its own retries need', async () => {
    const setting = await Setting.open();
    await setting.failed();
    const settings = { ...setting.engine.ports.settings, quota: { jobsInFlight: 1 } };
    const api = ApiCaller.of(setting.engine, { settings });
    const { body } = await api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    expect(setting.resultOf(await setting.work(body.id, { settings }))).toMatchObject({ retried: 1 });
  });

  it('is the same job for the same Idempotency-Key', async () => {
    const setting = await Setting.open();
    await setting.failed();
    const send = (body: object) => setting.api.request('POST', '/v1/jobs/redrive', { body, headers: { 'idempotency-key': '"again"' } });
    const first = await send(redrive({ status: ['failed'] }));
    const again = await send(redrive({ status: ['failed'] }));
    expect([again.status, again.body.id, again.headers.get('idempotent-replayed')]).toEqual([202, first.body.id, 'true']);
    expect((await send(redrive({ status: ['cancelled'] }))).status).toBe(422);
  });

  it('is of a type that callers neither see nor submit, and it cannot be retried', async () => {
    const setting = await Setting.open();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    const { jobTypes } = (await setting.api.get<{ jobTypes: readonly { name: string }[] }>('/v1/job-types')).body;
    expect(jobTypes.map(({ name }) => name)).toEqual([setting.engine.contract.name]);
    expect((await setting.api.get('/v1/job-types/bulk-action')).status).toBe(404);
    const input = (await setting.api.get(`/v1/jobs/${body.id}/input`)).body;
    const submitted = await setting.api.post('/v1/jobs', { type: 'bulk-action', input });
    expect([submitted.status, submitted.body.type]).toEqual([422, expect.stringContaining('unknown-job-type')]);
    await setting.api.post(`/v1/jobs/${body.id}/cancel`);
    const retried = await setting.api.post(`/v1/jobs/${body.id}/retry`);
    expect([retried.status, retried.body.type]).toEqual([409, expect.stringContaining('not-retryable')]);
    expect((await setting.api.get(`/v1/jobs/${body.id}`)).body.links).toMatchObject({ retry: null });
    const { jobs } = (await setting.api.get<{ jobs: readonly { id: string }[] }>('/v1/jobs')).body;
    expect(jobs.map(({ id }) => id)).toEqual([body.id]);
    expect((await setting.api.as('eve').get(`/v1/jobs/${body.id}`)).status).toBe(404);
  });
});

describe('a redrive that breaks in the middle', () => {
  it.each(['before', 'after'] as const)('%s a job was created does nothing twice, and counts each job once', async (when) => {
    const setting = await Setting.open();
    for (let i = 0; i < 5; i++) await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }, { jobsPerSecond: 1 }));
    const { store } = setting.engine.ports;
    let creates = 0;
    const breaking = {
      ...store,
      create: async (...args: Parameters<typeof store.create>) => {
        creates += 1;
        if (creates === 3 && when === 'before') throw new UnavailableError('the network is down');
        const created = await store.create(...args);
        if (creates === 3 && when === 'after') throw new UnavailableError('the answer was lost');
        return created;
      },
    };
    expect((await setting.work(body.id, { store: breaking })).status).toBe('waiting');
    setting.engine.runtime.advance(3_600_000);
    const done = await setting.work(body.id);
    expect([done.status, setting.resultOf(done)]).toEqual(['succeeded', expect.objectContaining({ matched: 5, retried: 5, skipped: {} })]);
    expect(await setting.retriesOf()).toHaveLength(5);
  });

  it('since its worker died goes on with another one', async () => {
    const setting = await Setting.open();
    for (let i = 0; i < 3; i++) await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    const { store } = setting.engine.ports;
    let creates = 0;
    const dying = {
      ...store,
      create: (...args: Parameters<typeof store.create>) => {
        creates += 1;
        return creates === 2 ? new Promise<never>(() => undefined) : store.create(...args);
      },
    };
    void setting.work(body.id, { store: dying }).catch(() => undefined);
    while (creates < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await setting.engine.killProcess(body);
    expect(setting.resultOf(await setting.work(body.id))).toMatchObject({ matched: 3, retried: 3, skipped: {} });
    expect(await setting.retriesOf()).toHaveLength(3);
  });

  it('by its cancel stops, and what it retried until then stays retried', async () => {
    const setting = await Setting.open();
    for (let i = 0; i < 12; i++) await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }, { jobsPerSecond: 1 }));
    const { store } = setting.engine.ports;
    let creates = 0;
    const watched = {
      ...store,
      create: async (...args: Parameters<typeof store.create>) => {
        creates += 1;
        if (creates === 4) await setting.api.post(`/v1/jobs/${body.id}/cancel`, { reason: 'enough' });
        return store.create(...args);
      },
    };
    expect((await setting.work(body.id, { store: watched })).status).toBe('cancelled');
    const retries = await setting.retriesOf();
    expect(retries.length).toBeGreaterThanOrEqual(4);
    expect(retries.length).toBeLessThan(12);
    const { result, error, progress } = (await setting.api.get(`/v1/jobs/${body.id}`)).body;
    expect({ result, error, progress }).toMatchObject({
      result: null,
      error: null,
      progress: { fraction: expect.any(Number), message: `${retries.length} retried, 0 skipped, 0 failed` },
    });
  });

  it('shows what it had done when it was cancelled while it waited for room in the quota', async () => {
    const setting = await Setting.open();
    for (let i = 0; i < 3; i++) await setting.failed();
    const { body } = await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }));
    const settings = { ...setting.engine.ports.settings, quota: { jobsInFlight: 2 } };
    expect((await setting.work(body.id, { settings })).status).toBe('waiting');
    const { status, body: cancelled } = await setting.api.post(`/v1/jobs/${body.id}/cancel`);
    expect([status, cancelled.status, cancelled['progress']]).toMatchObject([
      200,
      'cancelled',
      { message: '2 retried, 0 skipped, 0 failed' },
    ]);
  });

  it.each([
    ['never', 'the same job'],
    ['failed', 'a new job'],
  ] as const)('with the key of one that was cancelled is, where keys are released %s, %s', async (release, what) => {
    const setting = await Setting.open();
    const released = release === 'failed' ? { idempotencyRelease: release } : {};
    const api = ApiCaller.of(setting.engine, { settings: { ...setting.engine.ports.settings, admins: [], ...released } });
    const send = () =>
      api.request('POST', '/v1/jobs/redrive', { body: redrive({ status: ['failed'] }), headers: { 'idempotency-key': 'nightly' } });
    const first = await send();
    expect((await send()).body.id).toBe(first.body.id);
    await api.post(`/v1/jobs/${first.body.id}/cancel`);
    const second = await send();
    expect([second.status, second.body.id === first.body.id]).toEqual(what === 'a new job' ? [202, false] : [200, true]);
    expect(second.headers.get('delegation-note')).toContain(what === 'a new job' ? first.body.id : 'Send a new key');
    expect((await send()).body.id).toBe(second.body.id);
  });
});

describe('a cancel by filter', () => {
  it('cancels what waits, asks running jobs to stop, and leaves the rest', async () => {
    const setting = await Setting.open();
    const queued = await setting.queued();
    const scheduled = await setting.queued({ startAtMs: setting.engine.runtime.nowMs() + 3_600_000 });
    const running = await setting.queued();
    await setting.engine.die(running);
    const failed = await setting.failed();
    const body = { filter: { status: ['queued', 'scheduled', 'running'] }, dryRun: false, reason: 'wrong table' };
    const accepted = await setting.api.post('/v1/jobs/cancel', body);
    expect(accepted.status).toBe(202);
    const done = await setting.work(accepted.body.id);
    expect(setting.resultOf(done)).toMatchObject({ matched: 3, cancelled: 2, cancelRequested: 1, skipped: {}, failed: 0 });
    for (const job of [queued, scheduled]) {
      const shown = (await setting.api.get(`/v1/jobs/${job.id}`)).body;
      expect(shown.status).toBe('cancelled');
      expect(shown.timeline).toContainEqual({
        at: expect.any(String),
        event: 'cancel_requested',
        by: 'tester',
        actedBy: accepted.body.id,
        detail: 'wrong table',
      });
    }
    expect((await setting.engine.read(running)).cancelRequestedAtMs).toBeDefined();
    expect(await setting.engine.read(failed)).toEqual(failed);
  });

  it('does not cancel the work of the service, itself included', async () => {
    const setting = await Setting.open();
    const other = (await setting.api.post('/v1/jobs/redrive', redrive({ status: ['failed'] }))).body;
    await setting.queued();
    setting.engine.runtime.advance(10);
    const dry = await setting.api.post<Preview>('/v1/jobs/cancel', { filter: { status: ['queued'] } });
    expect(dry.body.count).toBe(1);
    const { body } = await setting.api.post('/v1/jobs/cancel', { filter: { status: ['queued', 'running'] }, dryRun: false });
    expect(setting.resultOf(await setting.work(body.id))).toMatchObject({ matched: 1, cancelled: 1 });
    expect((await setting.engine.read(other)).status).toBe('queued');
  });

  it('that breaks in the middle counts each job once', async () => {
    const setting = await Setting.open();
    for (let i = 0; i < 4; i++) await setting.queued();
    const { body } = await setting.api.post('/v1/jobs/cancel', { filter: { status: ['queued'] }, dryRun: false, jobsPerSecond: 1 });
    const { store } = setting.engine.ports;
    let cancels = 0;
    const breaking = {
      ...store,
      write: async (...args: Parameters<typeof store.write>) => {
        if (args[2].status === 'cancelled' && ++cancels === 3) {
          await store.write(...args);
          throw new UnavailableError('the answer was lost');
        }
        return store.write(...args);
      },
    };
    expect((await setting.work(body.id, { store: breaking })).status).toBe('waiting');
    setting.engine.runtime.advance(3_600_000);
    expect(setting.resultOf(await setting.work(body.id))).toMatchObject({ matched: 4, cancelled: 4, skipped: {} });
  });
});
