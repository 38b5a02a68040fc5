/** Who cancelled, paused or drained, when and why: kept by the record and the states of the types, over the real stores. */
import { cancelJob } from '../../lambdas/core/control/cancel.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import { ApiCaller } from '../support/api-caller.ts';
import { Engine, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };

describe('the reason of a cancel', () => {
  it('is on the timeline of a job that is cancelled at once, with who and when', async () => {
    const engine = await Engine.open();
    const api = ApiCaller.of(engine);
    const job = await engine.accept();
    engine.runtime.advance(1_000);
    const at = new Date(engine.runtime.nowMs()).toISOString();
    const { status, body } = await api.post(`/v1/jobs/${job.id}/cancel`, { reason: 'submitted by mistake' });
    expect(status).toBe(200);
    expect(body.timeline).toEqual([
      { at: expect.any(String), event: 'queued' },
      { at, event: 'cancel_requested', by: 'tester', detail: 'submitted by mistake' },
      { at, event: 'cancelled' },
    ]);
    expect(body['cancelRequestedAt']).toBe(at);
    expect((await api.get(`/v1/jobs/${job.id}`)).body.timeline).toEqual(body.timeline);
  });

  it('names the admin who cancelled for somebody else; without a reason it says who and when', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const { body } = await ApiCaller.of(engine).as('olga').post(`/v1/jobs/${job.id}/cancel`);
    expect(body.timeline[1]).toEqual({ at: expect.any(String), event: 'cancel_requested', by: 'olga' });
  });

  it('stays in its place although the worker, which runs meanwhile, writes the timeline too', async () => {
    const engine = await Engine.open();
    const api = ApiCaller.of(engine);
    const job = await engine.accept();
    const shown: unknown[] = [];
    await engine.wake(job, {
      run: async ({ text }, ctx) => {
        await ctx.step('before', async () => undefined);
        expect((await api.post(`/v1/jobs/${job.id}/cancel`, { reason: 'too expensive' })).status).toBe(202);
        shown.push(...(await api.get(`/v1/jobs/${job.id}`)).body.timeline);
        await ctx.step('after', async () => undefined);
        ctx.signal.throwIfAborted();
        return { echo: text };
      },
    });
    const { status, timeline } = (await api.get(`/v1/jobs/${job.id}`)).body;
    expect(status).toBe('cancelled');
    expect(timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'step', 'cancel_requested', 'step', 'cancelled']);
    expect(timeline.slice(0, shown.length)).toEqual(shown);
    expect(timeline[3]).toMatchObject({ detail: 'too expensive' });
  });

  it('is shown at its time where the timeline was summarised since', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const api = ApiCaller.of(engine);
    await engine.wake(job, {
      run: async (_, ctx) => {
        for (let i = 0; i < 20; i++) await ctx.step(`s${i}`, async () => engine.runtime.advance(10));
        const read = await engine.read(job);
        await cancelJob({ job: read, contract: engine.contract, canceller: { by: 'tester', reason: 'why' } }, engine.ports);
        for (let i = 20; i < 40; i++) await ctx.step(`s${i}`, async () => engine.runtime.advance(10)).catch(() => undefined);
        return { echo: '' };
      },
    });
    const { timeline } = (await api.get(`/v1/jobs/${job.id}`)).body;
    const at = timeline.findIndex(({ event }) => event === 'cancel_requested');
    const times = timeline.map((entry) => Date.parse(String((entry as { at?: string }).at)));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(at).toBeGreaterThan(0);
  });

  it('of the first cancel stays: a repeat changes nothing', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const api = ApiCaller.of(engine);
    await engine.die(job);
    const first = await api.post(`/v1/jobs/${job.id}/cancel`, { reason: 'first' });
    const again = await api.as('olga').post(`/v1/jobs/${job.id}/cancel`, { reason: 'second' });
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body.timeline).toEqual(first.body.timeline);
  });

  it.each([
    [{ reason: '' }, '#/reason'],
    [{ reason: 'x'.repeat(501) }, '#/reason'],
    [{ reason: 3 }, '#/reason'],
    [{ reason: '\ud800' }, '#/reason'],
    [{ why: 'x' }, '#/why'],
    ['null', '#'],
  ])('is refused if it is %j, at %s, and nothing is cancelled', async (body, pointer) => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const answer = await ApiCaller.of(engine).post(`/v1/jobs/${job.id}/cancel`, body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
    expect(await engine.read(job)).toEqual(job);
  });

  it('may have 500 characters', async () => {
    const engine = await Engine.open();
    const job = await engine.accept();
    const reason = '😀'.repeat(250);
    const { body } = await ApiCaller.of(engine).post(`/v1/jobs/${job.id}/cancel`, { reason });
    expect(body.timeline[1]?.detail).toBe(reason);
  });
});

describe('the reason of a pause or a drain', () => {
  it('is shown with the state of the type, with who and when, and in the reason of each job that it holds back', async () => {
    const engine = await Engine.open();
    const [api, type] = [ApiCaller.of(engine), engine.contract.name];
    const job = await engine.accept();
    const at = new Date(engine.runtime.nowMs()).toISOString();
    const put = await api.as('olga').request('PUT', `/v1/job-types/${type}/state`, { body: { state: 'paused', reason: 'EC2 is down' } });
    const stateChange = { at, by: 'olga', reason: 'EC2 is down' };
    expect(put).toMatchObject({ status: 200, body: { state: 'paused', stateChange } });
    expect((await api.get(`/v1/job-types/${type}`)).body).toMatchObject({ state: 'paused', stateChange });
    expect((await api.get<{ jobTypes: readonly object[] }>('/v1/job-types')).body.jobTypes).toContainEqual(
      expect.objectContaining({ name: type, state: 'paused', stateChange }),
    );
    expect((await api.get(`/v1/jobs/${job.id}`)).body.reason).toEqual({
      code: 'paused',
      detail: `the job type ${type} is paused since ${at} by olga: EC2 is down`,
      until: null,
    });
  });

  it('is replaced by the next change, which need not have one; a type that was never paused shows none', async () => {
    const engine = await Engine.open();
    const [api, type] = [ApiCaller.of(engine), engine.contract.name];
    expect((await api.get(`/v1/job-types/${type}`)).body).toMatchObject({ state: 'active', stateChange: null });
    const put = (body: object) => api.as('olga').request('PUT', `/v1/job-types/${type}/state`, { body });
    await put({ state: 'draining', reason: 'being replaced' });
    engine.runtime.advance(60_000);
    const at = new Date(engine.runtime.nowMs()).toISOString();
    expect((await put({ state: 'active' })).body).toMatchObject({ state: 'active', stateChange: { at, by: 'olga', reason: null } });
  });

  it('survives the clock, which registers types in the same item', async () => {
    const engine = await Engine.open();
    await engine.ports.typeStates.setState(engine.contract.name, 'paused', { by: 'olga', atMs: 1, reason: 'why' });
    await engine.ports.typeStates.registerJobs('another-type');
    await engine.clock();
    const states = new JobTypeStates(engine.ports);
    expect(await states.changeOf(engine.contract.name)).toEqual({ state: 'paused', by: 'olga', atMs: 1, reason: 'why' });
  });

  it('is not that of a state which an earlier version of the service wrote since', async () => {
    const engine = await Engine.open();
    const { control, typeStates } = engine.ports;
    await typeStates.setState(engine.contract.name, 'paused', { by: 'olga', atMs: 1, reason: 'why' });
    const read = await control.read();
    await control.write({ ...read, types: { ...read.types, [engine.contract.name]: 'draining' } });
    const states = new JobTypeStates(engine.ports);
    expect([await states.stateOf(engine.contract.name), await states.changeOf(engine.contract.name)]).toEqual(['draining', undefined]);
  });

  it('is refused if it is too long, and the state stays', async () => {
    const engine = await Engine.open();
    const type = engine.contract.name;
    const body = { state: 'paused', reason: 'x'.repeat(501) };
    const { status } = await ApiCaller.of(engine).as('olga').request('PUT', `/v1/job-types/${type}/state`, { body });
    expect([status, await engine.ports.typeStates.stateOf(type)]).toEqual([422, 'active']);
  });
});

it('a job that ended without a request has no entry of a request', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, echo);
  const { timeline } = (await ApiCaller.of(engine).get(`/v1/jobs/${job.id}`)).body;
  expect(timeline.map(({ event }) => event)).toEqual(['queued', 'started', 'succeeded']);
});
