/** Webhooks of a start and of progress: what they say, in which order a receiver has them, and what a crash or a refusal leaves. */
import { PermanentError, UnavailableError } from '../../../lambdas/core/contract/errors.ts';
import type { Job } from '../../../lambdas/core/job/job.ts';
import { type Delivered, deliveryId } from '../../../lambdas/core/submit/webhook-delivery.ts';
import type { DeliveryResult } from '../../../lambdas/jobs/deliver-webhook/contract.ts';
import type { TestWork } from '../../support/test-engine.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { answer, closeReceivers, type Request, Setting, succeed, webhookUrl } from './delivery-setting.ts';

useEmulators();
afterEach(closeReceivers);

interface Event {
  readonly type: string;
  readonly timestamp: string;
  readonly sequence: number;
  readonly data: Readonly<Record<string, unknown>>;
}

const eventOf = (setting: Setting, request: Request | undefined) => setting.verified(request as Request).event as Event;
const resultOf = ({ result }: Job) => JSON.parse(result?.kind === 'inline' ? result.json : 'null') as DeliveryResult;
const startAndEnd = { webhookEvents: ['started', 'ended'] as const };
const found = (setting: Setting, job: Job, delivered: Delivered) => setting.engine.ports.store.get(deliveryId(job, delivered), 0);
/** Reports progress, and lets a heartbeat carry each report out before the next. */
const reporting =
  (setting: Setting, fractions: readonly number[], settled: () => Promise<unknown> = async () => undefined): TestWork['run'] =>
  async ({ text }, ctx) => {
    for (const fraction of fractions) {
      ctx.progress(fraction, `${fraction * 100} percent`);
      const { revision } = await setting.engine.read({ id: ctx.job.id });
      setting.engine.runtime.advance(15_000);
      while ((await setting.engine.read({ id: ctx.job.id })).revision === revision) await new Promise((resolve) => setImmediate(resolve));
      await settled();
    }
    return { echo: text };
  };

describe('a start', () => {
  it('is sent beside the end, shows the job as it was then, and comes before it by its sequence', async () => {
    const setting = await Setting.open();
    const job = await setting.ended(startAndEnd);
    for (const delivered of ['ended', 'started'] as const)
      expect(await setting.work(deliveryId(job, delivered))).toMatchObject({ status: 'succeeded', type: 'deliver-webhook' });
    const [end, start] = setting.received().map((request) => eventOf(setting, request)) as [Event, Event];
    expect(start).toMatchObject({
      type: 'job.started',
      timestamp: start.data['startedAt'],
      data: { id: job.id, status: 'running', attempt: 1, result: null, finishedAt: null, error: null },
    });
    expect(start.data['timeline']).toEqual([expect.objectContaining({ event: 'queued' }), expect.objectContaining({ event: 'started' })]);
    expect(end).toMatchObject({ type: 'job.succeeded', data: { status: 'succeeded', webhook: { events: ['started', 'ended'] } } });
    expect(start.sequence).toBeLessThan(end.sequence);
    const ids = setting.received().map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(2);
  });

  it('is not sent where it was not asked for, and costs such a job nothing', async () => {
    const setting = await Setting.open();
    const job = await setting.ended();
    expect(await found(setting, job, 'started')).toBeUndefined();
    expect(job).not.toHaveProperty('webhookEvents');
    const puts = setting.engine.calls.filter(({ name }) => name === 'PutItemCommand');
    expect(puts).toHaveLength(2); // the job and the delivery of its end
  });

  it('is sent once for a job that has several attempts', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...startAndEnd });
    let runs = 0;
    const work: TestWork = {
      run: async ({ text }, ctx) => {
        runs += 1;
        await ctx.sleep('a', { seconds: 5 });
        return { echo: text };
      },
    };
    await setting.engine.wake(job, work);
    const create = jest.spyOn(setting.engine.ports.store, 'create');
    setting.engine.runtime.skip(6_000);
    await setting.engine.wake(job, work);
    expect(runs).toBe(2);
    expect(create.mock.calls.map(([{ id }]) => id)).toEqual([deliveryId(await setting.engine.read(job))]);
    expect(await setting.work(deliveryId(job, 'started'))).toMatchObject({ status: 'succeeded' });
  });

  it('that the table refused is made up for by the end', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...startAndEnd });
    jest.spyOn(setting.engine.ports.store, 'create').mockRejectedValueOnce(new UnavailableError('the table does not answer'));
    await setting.engine.wake(job, succeed);
    expect(setting.engine.logs.join()).toContain('could not be submitted');
    const ended = await setting.engine.read(job);
    expect(ended).toMatchObject({ status: 'succeeded' });
    expect(ended.isUnannounced).toBeUndefined();
    expect(await setting.work(deliveryId(job, 'started'))).toMatchObject({ status: 'succeeded' });
    expect(eventOf(setting, setting.received()[0])).toMatchObject({ type: 'job.started', data: { status: 'running' } });
  });

  it('whose worker died before it submitted the delivery is made up for by the next worker', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...startAndEnd });
    await setting.engine.die(job);
    setting.engine.runtime.skip(200_000);
    let isThere = false;
    await setting.engine.wake(job, {
      run: async ({ text }) => {
        while (!isThere) isThere = (await found(setting, job, 'started')) !== undefined;
        return { echo: text };
      },
    });
    expect((await setting.engine.read(job)).status).toBe('succeeded');
  });

  it('alone is sent without the end, which cannot be sent again then', async () => {
    const setting = await Setting.open();
    const job = await setting.ended({ webhookEvents: ['started'] });
    expect([await found(setting, job, 'ended'), (await found(setting, job, 'started'))?.status]).toEqual([undefined, 'queued']);
    const { body } = await setting.api.get(`/v1/jobs/${job.id}`);
    expect([body['webhook'], body.links]).toMatchObject([{ events: ['started'], delivery: null }, { webhook: null }]);
    const again = await setting.api.post<{ code: string }>(`/v1/jobs/${job.id}/webhook`);
    expect([again.status, again.body.code]).toEqual([409, 'no-webhook']);
  });

  it('of a job that was cancelled before it started is never sent', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...startAndEnd });
    await setting.engine.cancel(job);
    expect([await found(setting, job, 'started'), (await found(setting, job, 'ended'))?.status]).toEqual([undefined, 'queued']);
  });

  it('whose receiver hangs, or whose submission does, holds up nothing', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...startAndEnd });
    const { create } = setting.engine.ports.store;
    const hanging = Promise.withResolvers<void>();
    jest.spyOn(setting.engine.ports.store, 'create').mockImplementationOnce(async (...args) => {
      await hanging.promise;
      return create(...args);
    });
    const waking = setting.engine.wake(job, succeed);
    while ((await setting.engine.read(job)).status !== 'succeeded') await new Promise((resolve) => setImmediate(resolve));
    hanging.resolve();
    await waking;
  });
});

describe('progress', () => {
  const all = { webhookEvents: ['progress', 'ended'] as const };

  it('is sent at most once a minute, as the job is then, and in an order that its sequence says', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...all });
    const { create } = setting.engine.ports.store;
    setting.engine.remainingMs = 600_000;
    let working: Promise<unknown> = Promise.resolve();
    jest.spyOn(setting.engine.ports.store, 'create').mockImplementation((record, nowMs) => {
      const creating = create(record, nowMs);
      if (record.input.kind === 'inline' && record.input.json.includes('job.progress'))
        working = creating.then(() => setting.work(record.id));
      return creating;
    });
    const settled = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await working;
    };
    await setting.engine.wake(job, { run: reporting(setting, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], settled) });
    const events = setting.received().map((request) => eventOf(setting, request));
    expect(events.map(({ type }) => type)).toEqual(['job.progress', 'job.progress']);
    expect(events[0]?.data).toMatchObject({ status: 'running', progress: { fraction: 0.1, message: '10 percent' } });
    const ended = await setting.engine.read(job);
    await setting.work(deliveryId(ended));
    const sequences = [...events, eventOf(setting, setting.received()[2])].map(({ sequence }) => sequence);
    expect(sequences).toEqual(sequences.toSorted((a, b) => a - b));
    expect(new Set(sequences).size).toBe(3);
  });

  it('of a job that has ended since is not sent any more', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...all });
    await setting.engine.wake(job, { run: reporting(setting, [0.1]) });
    const minute = Math.floor((Date.UTC(2026, 10, 24, 12) + 15_000) / 60_000);
    const delivery = await setting.work(deliveryId(job, `progress ${minute}`));
    expect(delivery.status).toBe('succeeded');
    expect(resultOf(delivery).tries).toEqual([]);
    expect(setting.requests).toEqual([]);
  });

  it('that a receiver does not take is dropped after three tries, without a failure that an alarm would count', async () => {
    const setting = await Setting.open();
    setting.answers = [answer('500 Oops'), answer('500 Oops'), answer('500 Oops')];
    const job = await setting.engine.accept({ webhookUrl, ...all });
    const minute = Math.floor((Date.UTC(2026, 10, 24, 12) + 15_000) / 60_000);
    const id = deliveryId(job, `progress ${minute}`);
    const firstTry = async () => {
      while ((await setting.engine.ports.store.get(id, 0)) === undefined) await new Promise((resolve) => setImmediate(resolve));
      await setting.work(id);
    };
    await setting.engine.wake(job, { run: reporting(setting, [0.5], firstTry) });
    for (let number = 2; number <= 3; number++) await setting.next(await setting.engine.read({ id }));
    const delivery = await setting.engine.read({ id });
    expect(delivery.status).toBe('succeeded');
    expect(resultOf(delivery).tries.map(({ status }) => status)).toEqual([500, 500, 500]);
  });

  it('is not sent where it was not asked for', async () => {
    const setting = await Setting.open();
    const job = await setting.engine.accept({ webhookUrl, ...startAndEnd });
    const create = jest.spyOn(setting.engine.ports.store, 'create');
    await setting.engine.wake(job, { run: reporting(setting, [0.1, 0.2]) });
    expect(create.mock.calls.map(([{ id }]) => id).sort()).toEqual([deliveryId(job, 'started'), deliveryId(job)].sort());
  });
});

describe('a submission', () => {
  const path = '/v1/jobs';

  it.each([
    [{ webhookEvents: ['started'] }, '#/webhookEvents', 'needs a webhookUrl'],
    [{ webhookUrl: null, webhookEvents: ['started'] }, '#/webhookEvents', 'needs a webhookUrl'],
    [{ webhookUrl, webhookEvents: [] }, '#/webhookEvents', ''],
    [{ webhookUrl, webhookEvents: ['ended', 'ended'] }, '#/webhookEvents', 'twice'],
    [{ webhookUrl, webhookEvents: ['finished'] }, '#/webhookEvents/0', ''],
    [{ webhookUrl, webhookEvents: 'ended' }, '#/webhookEvents', ''],
    [{ webhookUrl, webhookEvents: null }, '#/webhookEvents', ''],
  ])('with %j is refused, as a job, in a schedule and in a retry', async (members, pointer, detail) => {
    const setting = await Setting.open();
    const job = { type: setting.engine.contract.name, input: { text: 'x' }, ...members };
    const errors = [{ pointer, detail: expect.stringContaining(detail) }];
    expect((await setting.api.post(path, job)).body).toMatchObject({ code: 'invalid-submission', errors });
    const schedule = await setting.api.request('PUT', '/v1/schedules/daily', { body: { cron: '0 0 * * *', job } });
    expect(schedule.body).toMatchObject({ code: 'invalid-schedule', errors: [{ ...errors[0], pointer: pointer.replace('#', '#/job') }] });
    const failed = await setting.ended({ webhookUrl: undefined as never }, { run: () => Promise.reject(new PermanentError('no')) });
    const retry = await setting.api.post(`${path}/${failed.id}/retry`, members);
    expect([retry.status, retry.body]).toMatchObject([422, { errors }]);
  });

  it('that names the end alone is the one without the member, and a retry keeps what was chosen or replaces it', async () => {
    const setting = await Setting.open();
    const type = setting.engine.contract.name;
    const send = async (members: object) => {
      const { body } = await setting.api.post(path, { type, input: { text: 'x' }, webhookUrl, ...members });
      return setting.engine.read(body);
    };
    expect((await send({ webhookEvents: ['ended'] })).webhookEvents).toBeUndefined();
    const chosen = await send({ webhookEvents: ['ended', 'started'] });
    expect(chosen.webhookEvents).toEqual(['started', 'ended']);
    await setting.engine.cancel(chosen);
    const kept = await setting.engine.read((await setting.api.post(`${path}/${chosen.id}/retry`)).body);
    expect([kept.webhookUrl, kept.webhookEvents]).toEqual([webhookUrl, ['started', 'ended']]);
    await setting.engine.cancel(kept);
    const none = await setting.engine.read((await setting.api.post(`${path}/${kept.id}/retry`, { webhookUrl: null })).body);
    expect([none.webhookUrl, none.webhookEvents]).toEqual([undefined, undefined]);
  });
});
